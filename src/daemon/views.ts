import type {
  ControlCommands,
  ControlViews,
  InterfaceView,
  ProtocolView,
  RouteQuery,
  RouteView,
  StatusView,
  TimeFormat,
} from "../control/index.ts";
import type { Family } from "../route/index.ts";
import type { Rooms } from "./rooms.ts";
import { neighbourProtocol, ownProtocols, rangeProtocol } from "./views-protocols.ts";
import { routes } from "./views-routes.ts";
import { interfaces, status } from "./views-status.ts";

/** The control room's window on the daemon. Everything is a snapshot made when it is asked for. */
export class Views implements ControlViews {
  readonly commands: ControlCommands;
  readonly #rooms: Rooms;

  constructor(rooms: Rooms, commands: ControlCommands) {
    this.#rooms = rooms;
    this.commands = commands;
  }

  get generation(): number {
    return this.#rooms.state().generation;
  }

  get timeFormat(): TimeFormat {
    return this.#rooms.config().control.timeFormat;
  }

  status(): StatusView {
    return status(this.#rooms);
  }

  *protocols(): Iterable<ProtocolView> {
    const now = this.#rooms.clock();
    yield* ownProtocols(this.#rooms);
    for (const range of this.#rooms.speaker.ranges()) yield rangeProtocol(range, this.#rooms);
    for (const neighbour of this.#rooms.speaker.neighbours(now)) {
      yield neighbourProtocol(neighbour, this.#rooms.state().configuredAt);
    }
  }

  interfaces(): Iterable<InterfaceView> {
    return interfaces(this.#rooms);
  }

  routes(query: RouteQuery): Iterable<RouteView | undefined> {
    return routes(this.#rooms, query);
  }

  tableSize(family: Family): { routes: number; networks: number } {
    return this.#rooms.speaker.tableSize(family);
  }
}
