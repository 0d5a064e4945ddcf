import type {
  BfdSessionView,
  ControlCommands,
  ControlViews,
  ExplainQuestion,
  Explanation,
  FilterQuestion,
  FilterTestView,
  InterfaceView,
  LoadView,
  MemoryView,
  ProtocolView,
  RouteQuery,
  RouteView,
  StatusView,
  TimeFormat,
} from "../control/index.ts";
import { pathAttributes } from "bgp-ts";
import type { Family } from "../route/index.ts";
import type { Observed } from "./observed.ts";
import type { Rooms } from "./rooms.ts";
import type { NeighbourView } from "../speaker/index.ts";
import { neighbourProtocol, ownProtocols, rangeProtocol } from "./views-protocols.ts";
import { explain } from "./views-explain.ts";
import { routes } from "./views-routes.ts";
import { bfdSessions, interfaces, status } from "./views-status.ts";

/** The control room's window on the daemon. Everything is a snapshot made when it is asked for. */
export class Views implements ControlViews {
  readonly commands: ControlCommands;
  readonly #rooms: Rooms;
  readonly #observed: () => Pick<Observed, "load">;

  /** `observed`: what is the same as for the observe room. */
  constructor(rooms: Rooms, commands: ControlCommands, observed: () => Pick<Observed, "load">) {
    this.#rooms = rooms;
    this.#observed = observed;
    this.commands = commands;
  }

  get generation(): number {
    return this.#rooms.state().generation;
  }

  get timeFormat(): TimeFormat {
    return this.#rooms.config().control.timeFormat;
  }

  get now(): number {
    return Date.now();
  }

  status(): Generator<undefined, StatusView, undefined> {
    return status(this.#rooms);
  }

  *protocols(): Iterable<ProtocolView> {
    const rooms = this.#rooms;
    const byPeer = new Map<string, NeighbourView[]>();
    for (const neighbour of rooms.speaker.neighbours(rooms.clock())) {
      const peer = neighbour.template ?? neighbour.name;
      const known = byPeer.get(peer);
      if (known === undefined) byPeer.set(peer, [neighbour]);
      else known.push(neighbour);
    }
    const ranges = new Map([...rooms.speaker.ranges()].map((range) => [range.name, range]));
    yield* ownProtocols(rooms);
    for (const { name } of rooms.config().peers) {
      const range = ranges.get(name);
      if (range !== undefined) yield rangeProtocol(range, rooms);
      for (const neighbour of byPeer.get(name) ?? []) {
        yield neighbourProtocol(neighbour, rooms.transport);
      }
      byPeer.delete(name);
    }
    // Those that are no longer configured and stay for a while.
    for (const neighbour of [...byPeer.values()].flat()) {
      yield neighbourProtocol(neighbour, rooms.transport);
    }
  }

  interfaces(): Iterable<InterfaceView> {
    return interfaces(this.#rooms);
  }

  bfdSessions(): Iterable<BfdSessionView> {
    return bfdSessions(this.#rooms);
  }

  explain(question: ExplainQuestion): Promise<Explanation> {
    return explain(this.#rooms, question);
  }

  testFilter({ route, ...question }: FilterQuestion): readonly FilterTestView[] | string {
    const given = route && { ...route, attributes: pathAttributes(route.attributes) };
    return this.#rooms.speaker.askFilter({ ...question, route: given });
  }

  routes(query: RouteQuery): Iterable<RouteView | undefined> {
    return routes(this.#rooms, query);
  }

  load(): Generator<undefined, LoadView, undefined> {
    return this.#observed().load();
  }

  memory(): MemoryView {
    const { prefixes, attributes, speaker, fib } = this.#rooms;
    const tables = prefixes[0].bytes + prefixes[1].bytes + speaker.bytes;
    const total = process.memoryUsage.rss();
    const known = tables + attributes.bytes + fib.bytes;
    return {
      tables,
      attributes: attributes.bytes,
      kernel: fib.bytes,
      rest: Math.max(0, total - known),
      total,
    };
  }

  filters(): Iterable<string> {
    return this.#rooms.config().filters.map(({ name }) => name);
  }

  tableSize(family: Family): { routes: number; networks: number } {
    return this.#rooms.speaker.tableSize(family);
  }
}
