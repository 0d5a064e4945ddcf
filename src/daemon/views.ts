import type {
  BfdSessionView,
  ConfigurationView,
  ControlCommands,
  ControlViews,
  DrainView,
  ExplainQuestion,
  Explanation,
  FilterQuestion,
  FilterTestView,
  InterfaceView,
  LoadView,
  MemoryView,
  PlanQuestion,
  PlanView,
  ProtocolName,
  ProtocolView,
  BusyPlan,
  RefusedPlan,
  RouteCounts,
  RouteQuery,
  RouteView,
  StatusView,
  TimeFormats,
} from "../control/index.ts";
import { pathAttributes } from "bgp-ts";
import { type Family, IPV6 } from "../route/index.ts";
import type { Observed } from "./observed.ts";
import type { Rooms } from "./rooms.ts";
import { neighbourProtocol, ownProtocols, rangeProtocol } from "./views-protocols.ts";
import { explain } from "./views-explain.ts";
import { count, routes } from "./views-routes.ts";
import { bfdSessions, interfaces, status } from "./views-status.ts";

/** The control room's window on the daemon. Everything is a snapshot made when it is asked for. */
export class Views implements ControlViews {
  readonly commands: ControlCommands;
  readonly #rooms: Rooms;
  readonly #observed: () => Pick<Observed, "load">;
  readonly #family: Family | undefined;

  /** `observed`: what is the same as for the observe room. `family`: see over(). */
  constructor(
    rooms: Rooms,
    commands: ControlCommands,
    observed: () => Pick<Observed, "load">,
    family?: Family,
  ) {
    this.#rooms = rooms;
    this.#observed = observed;
    this.#family = family;
    this.commands = commands;
  }

  /** The same, but of BGP's sessions only those over one family. */
  over(family: Family): Views {
    return new Views(this.#rooms, this.commands, this.#observed, family);
  }

  get generation(): number {
    return this.#rooms.state().generation;
  }

  get timeFormats(): TimeFormats {
    return this.#rooms.config().control.timeFormats;
  }

  get now(): number {
    return Date.now();
  }

  status(): Generator<undefined, StatusView, undefined> {
    return status(this.#rooms);
  }

  *protocolNames(): Iterable<ProtocolName> {
    for (const { name, kind } of ownProtocols(this.#rooms)) yield { name, kind, isRange: false };
    for (const { name, isRange } of this.#peers()) yield { name, kind: "BGP", isRange };
  }

  *protocols(isAsked: (name: string) => boolean = () => true): Iterable<ProtocolView> {
    const rooms = this.#rooms;
    for (const own of ownProtocols(rooms)) if (isAsked(own.name)) yield own;
    const ranges = new Map([...rooms.survey.ranges()].map((range) => [range.name, range]));
    const view = rooms.survey.viewer(rooms.clock());
    for (const { name, isRange } of this.#peers()) {
      if (!isAsked(name)) continue;
      const [range, neighbour] = isRange ? [ranges.get(name)] : [undefined, view(name)];
      if (range !== undefined) yield rangeProtocol(range, rooms);
      if (neighbour !== undefined) yield neighbourProtocol(neighbour, rooms.transport);
    }
  }

  /** As they are configured, each range with those who came out of it; at the end who leaves soon. */
  *#peers(): Iterable<{ name: string; isRange: boolean }> {
    const { survey, config } = this.#rooms;
    const byPeer = new Map<string, string[]>();
    for (const { name, template = name, address } of survey.neighbourNames()) {
      if (!this.#isShown(address)) continue;
      const known = byPeer.get(template);
      if (known === undefined) byPeer.set(template, [name]);
      else known.push(name);
    }
    const ranges = new Map([...survey.ranges()].map(({ name, range }) => [name, range]));
    for (const { name } of config().peers) {
      const range = ranges.get(name);
      if (range !== undefined && this.#isShown(range)) yield { name, isRange: true };
      for (const each of byPeer.get(name) ?? []) yield { name: each, isRange: false };
      byPeer.delete(name);
    }
    for (const names of byPeer.values()) {
      for (const name of names) yield { name, isRange: false };
    }
  }

  /** Who is found on an interface is found by its link-local address. */
  #isShown(place: { readonly family: Family } | undefined): boolean {
    return this.#family === undefined || (place?.family ?? IPV6) === this.#family;
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
    return this.#rooms.survey.askFilter({ ...question, route: given });
  }

  plan(question: PlanQuestion): PlanView | RefusedPlan | BusyPlan {
    return this.#rooms.plan(question);
  }

  routes(query: RouteQuery, counts?: RouteCounts): Iterable<RouteView | undefined> {
    return routes(this.#rooms, query, counts);
  }

  count(query: RouteQuery): Generator<undefined, RouteCounts, undefined> {
    return count(this.#rooms, query);
  }

  load(): Generator<undefined, LoadView, undefined> {
    return this.#observed().load();
  }

  memory(): MemoryView {
    const { prefixes, attributes, survey, fib } = this.#rooms;
    const tables = prefixes[0].bytes + prefixes[1].bytes + survey.bytes;
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

  configuration(): ConfigurationView {
    return this.#rooms.state().configuration;
  }

  drains(): readonly DrainView[] {
    return this.#rooms.drains.views();
  }

  drainChange(patience: number): Promise<void> {
    return this.#rooms.drains.change(patience);
  }

  filters(): Iterable<string> {
    return this.#rooms.config().filters.map(({ name }) => name);
  }

  listen(...wanted: Parameters<ControlViews["listen"]>): () => void {
    return this.#rooms.listen(...wanted);
  }

  updatesFile(): string | undefined {
    return this.#rooms.config().mrt.updates?.file;
  }

  get networkChanges(): number {
    return this.#rooms.survey.networkChanges;
  }

  tableSize(family: Family): { routes: number; networks: number } {
    return this.#rooms.survey.tableSize(family);
  }
}
