// What another configuration would do, found out before it is applied: whose session would end, and for
// each prefix what neighbours would be told, what would be accepted of them, and where packets would go.
// Nothing changes by it, and it is made in small steps while the node works on.
//
// It tells what is so in the end: sessions that begin anew are up again, with neighbours that say in
// their OPENs and send what they do now. What a new neighbour would send nobody knows; what it would be
// told is found out for one that can do all that it is offered.

import { type Family, formatAddress, HOLDER, type Prefix } from "../route/index.ts";
import type { SpeakerConfig } from "./config.ts";
import { samePrefixes } from "./configurator.ts";
import { type FateRooms, fatesOf } from "./plan-fates.ts";
import { type NextHops, differs, nextHopsOf, wayOf } from "./plan-kernel.ts";
import { leakOf } from "./plan-leaks.ts";
import { type Twin, TwinRoutes, type TwinOptions } from "./plan-twin.ts";
import type { PeerPlan, PlanChange, PlanCounts, PlanItem, PlanWhat } from "./plan-views.ts";
import type { RouteListener } from "./rib/index.ts";
import { LOCAL_SOURCE } from "./rib/index.ts";
import { tellingOf } from "./route-trial.ts";
import type { Routes, RouteTables } from "./routes.ts";

const FAMILIES: readonly Family[] = [0, 1];

/** Looks at one neighbour for one prefix, in a step: below two milliseconds (measured). */
const LOOKS = 512;
const MOST_PREFIXES = 128;
/** Ids without a prefix that cost as much as one with. */
const EMPTY = 64;

export interface PlanRequest extends Pick<
  TwinOptions,
  "multipath" | "own" | "nextHop" | "endpoints"
> {
  /** Every pod of the cluster is in here; empty: nothing is said of what is not. */
  readonly pool: readonly Prefix[];
  /** Items at most of one kind; Infinity: all. */
  readonly most: number;
}

export interface PlanOptions extends PlanRequest, TwinOptions {
  /** The configuration that runs. */
  readonly running: SpeakerConfig;
}

/** A prefix there and in the twin; -1: there it is not. */
interface Pair {
  readonly family: Family;
  readonly id: number;
  readonly here: number;
}

interface Line {
  readonly twin: Twin;
  readonly view: PeerPlan;
  /** The session as it was when the plan began; of another one nothing is said. */
  readonly up: unknown;
  /** Whether it was told things then. */
  readonly isTold: boolean;
}

export class Plan {
  readonly peers: readonly PeerPlan[];
  readonly kernel: PlanCounts = noCounts();
  /** Best paths that have changed since the plan began. */
  changes = 0;
  /** Prefixes looked at, and how many there were when it began. */
  done = 0;
  readonly total: number;
  readonly #tables: RouteTables;
  readonly #real: Routes;
  readonly #options: PlanOptions;
  readonly #twin: TwinRoutes;
  readonly #lines: readonly Line[];
  readonly #listeners: readonly RouteListener[];
  readonly #listed = new Map<string, number>();
  /** Aggregates: they come last, when it is known whether something lies in them. */
  readonly #aggregates: readonly [Set<number>, Set<number>] = [new Set(), new Set()];

  /** To be closed. */
  constructor(
    tables: RouteTables,
    real: Routes,
    rooms: Omit<FateRooms, "rib">,
    options: PlanOptions,
  ) {
    this.#tables = tables;
    this.#real = real;
    this.#options = options;
    const { config, running } = options;
    const fates = fatesOf(config, { ...rooms, rib: real.rib });
    const blocksChange = !samePrefixes(running.blocks ?? [], config.blocks ?? []);
    this.#twin = new TwinRoutes(real, fates, blocksChange, options);
    const views = new Map(fates.map((fate) => [fate, peerPlan(fate)]));
    this.peers = [...views.values()];
    this.#lines = this.#twin.twins.map((twin) => {
      const view = views.get(twin.fate) ?? peerPlan(twin.fate);
      view.obstacle = twin.obstacle;
      const { up, source } = twin.fate.neighbour ?? {};
      const isTold = source !== undefined && real.rib.member(source) !== undefined;
      return { twin, view, up, isTold };
    });
    this.#listeners = FAMILIES.map((family) => {
      const listener: RouteListener = { routeChanged: () => void this.changes++ };
      real.rib.listen(family, listener);
      return listener;
    });
    for (const { prefix } of config.aggregates ?? []) {
      const id = this.#twin.prefixes[prefix.family].internPrefix(prefix);
      this.#twin.prefixes[prefix.family].hold(id, HOLDER.LOCAL);
      this.#aggregates[prefix.family].add(id);
    }
    this.total = tables.prefixes[0].size + tables.prefixes[1].size;
  }

  /** What changes, as far as it is to be listed; undefined: a place to stop for other work. */
  *walk(): Generator<PlanItem | undefined, void, undefined> {
    const last: Pair[] = [];
    for (const family of FAMILIES) {
      const table = this.#tables.prefixes[family];
      let empty = 0;
      let some: Pair[] = [];
      for (let id = 0; id < table.limit; id++) {
        if (!table.has(id)) {
          if (++empty % (EMPTY * this.#step) === 0) yield undefined;
          continue;
        }
        this.done++;
        const here = this.#twin.prefixes[family].findPrefix(table.prefix(id));
        if (here >= 0 && this.#aggregates[family].has(here)) last.push({ family, id, here });
        else some.push(this.#give(family, id));
        if (some.length < this.#step) continue;
        yield* this.#look(some);
        some = [];
        yield undefined;
      }
      yield* this.#look(some);
      yield undefined;
    }
    yield* this.#lookAtOwn(last);
  }

  /** Neighbours whose sessions have come, gone or begun anew since the plan began. */
  get disturbed(): readonly string[] {
    return this.#lines.filter((line) => isDisturbed(line)).map(({ view }) => view.name);
  }

  close(): void {
    for (const family of FAMILIES) this.#real.rib.unlisten(family, this.#listeners[family]);
    this.#twin.close();
  }

  get #step(): number {
    const looks = Math.ceil(LOOKS / Math.max(1, this.#lines.length));
    return Math.min(MOST_PREFIXES, looks);
  }

  #give(family: Family, id: number): Pair {
    const prefix = this.#tables.prefixes[family].prefix(id);
    return { family, id, here: this.#twin.give(family, prefix, id) };
  }

  *#look(pairs: readonly Pair[]): Generator<PlanItem, void, undefined> {
    if (pairs.length === 0) return;
    this.#twin.settle();
    // All before anything is told: whoever takes an item may be slow, and tables change meanwhile.
    const items = pairs.flatMap((pair) => this.#compare(pair));
    this.#twin.clear();
    this.#twin.settle();
    for (const { family, here } of pairs) {
      const table = this.#twin.prefixes[family];
      if (table.has(here)) table.release(here, 0);
    }
    yield* items;
  }

  /** What is left: aggregates, and what only the other configuration has. */
  *#lookAtOwn(aggregates: readonly Pair[]): Generator<PlanItem | undefined, void, undefined> {
    const known = new Set(aggregates.map(({ family, here }) => `${family} ${here}`));
    const rest: Pair[] = [];
    for (const family of FAMILIES) {
      const table = this.#twin.prefixes[family];
      for (let here = 0; here < table.limit; here++) {
        if (!table.has(here) || known.has(`${family} ${here}`)) continue;
        const id = this.#tables.prefixes[family].findPrefix(table.prefix(here));
        if (id < 0 || this.#aggregates[family].has(here)) rest.push({ family, id, here });
      }
    }
    for (const { family, id } of aggregates) this.#give(family, id);
    const all = [...aggregates, ...rest];
    this.#twin.settle();
    for (let at = 0; at < all.length; at += this.#step) {
      yield* all.slice(at, at + this.#step).flatMap((pair) => this.#compare(pair));
      yield undefined;
    }
  }

  #compare(pair: Pair): PlanItem[] {
    const items: PlanItem[] = [];
    for (const line of this.#lines) {
      if (!isDisturbed(line)) this.#announced(line, pair, items);
    }
    this.#accepted(pair, items);
    this.#kernel(pair, items);
    return items;
  }

  // What a neighbour is told

  #announced({ twin, view, isTold }: Line, pair: Pair, items: PlanItem[]): void {
    const { family, id, here } = pair;
    const { neighbour } = twin;
    if (neighbour?.up === undefined) return;
    const before = isTold && id >= 0 ? this.#real.rib.exportedSets(twin.source, family, id) : [];
    const after = this.#twin.routes.rib.exportedSets(neighbour.source, family, here);
    const change = changeOf(before, after);
    if (change === undefined) return;
    view.announced[change]++;
    const leak =
      change === "appear"
        ? leakOf(twin, neighbour.up, family, here, id >= 0, this.#twin, this.#options.pool)
        : undefined;
    if (leak !== undefined) view.leaks++;
    if (!this.#isListed(view.name, "announced", leak === undefined ? change : "leak")) return;
    const { reason } = tellingOf(neighbour, family, here, this.#twin.routes);
    items.push(this.#item(pair, "announced", change, view.name, reason, leak));
  }

  // What is accepted of a neighbour

  #accepted(pair: Pair, items: PlanItem[]): void {
    const { family, id, here } = pair;
    if (id < 0) return;
    const after = this.#acceptedThen(family, here);
    this.#real.rib.eachPath(family, id, (source, pathId, received, accepted) => {
      if (source === LOCAL_SOURCE) return;
      const line = this.#lines.find(({ twin }) => twin.source === source);
      if (line === undefined || isDisturbed(line)) return;
      const { neighbour, fate } = line.twin;
      const then = neighbour === undefined ? 0 : (after.get(keyOf(neighbour.source, pathId)) ?? 0);
      const change = changeOf(some(accepted), some(then));
      if (change === undefined) return;
      line.view.accepted[change]++;
      if (!this.#isListed(line.view.name, "accepted", change)) return;
      const { routes } = this.#twin;
      const verdict = neighbour && routes.judgement(neighbour.source, received, family, here);
      const rule = verdict?.rule ?? line.twin.obstacle ?? fate.what;
      items.push(this.#item(pair, "accepted", change, line.view.name, rule, undefined));
    });
  }

  #acceptedThen(family: Family, here: number): ReadonlyMap<number, number> {
    const sets = new Map<number, number>();
    this.#twin.routes.rib.eachPath(family, here, (source, pathId, _, accepted) =>
      sets.set(keyOf(source, pathId), accepted),
    );
    return sets;
  }

  // Where packets go

  #kernel(pair: Pair, items: PlanItem[]): void {
    const { family, id, here } = pair;
    const before: NextHops = id < 0 ? NOWHERE : nextHopsOf(this.#real.rib, family, id);
    const after = nextHopsOf(this.#twin.routes.rib, family, here);
    if (!differs(before, after)) return;
    const [was, is] = [before.best.length > 0, after.best.length > 0];
    const change = was && is ? "change" : is ? "appear" : "vanish";
    this.kernel[change]++;
    if (!this.#isListed("", "kernel", change)) return;
    const way = (each: NextHops) => wayOf(each, this.#tables.nextHops);
    const rule = was && is ? `${way(before)}, then ${way(after)}` : way(is ? after : before);
    items.push(this.#item(pair, "kernel", change, undefined, rule, undefined));
  }

  /** Whether one more of its kind is to be shown. */
  #isListed(name: string, what: PlanWhat, change: string): boolean {
    const key = `${what} ${change} ${name}`;
    const count = this.#listed.get(key) ?? 0;
    if (count >= this.#options.most) return false;
    this.#listed.set(key, count + 1);
    return true;
  }

  #item(
    { family, here }: Pair,
    what: PlanWhat,
    change: PlanChange,
    peer: string | undefined,
    rule: string,
    leak: string | undefined,
  ): PlanItem {
    return { what, change, peer, prefix: this.#twin.prefixes[family].format(here), rule, leak };
  }
}

const NOWHERE: NextHops = { best: [], backup: 0, table: 0, metric: 0 };

function noCounts(): PlanCounts {
  return { appear: 0, vanish: 0, change: 0 };
}

function peerPlan({ name, kind, what, neighbour, config, loses }: Twin["fate"]): PeerPlan {
  const address = neighbour?.address ?? config?.address;
  return {
    name,
    kind,
    what,
    loses,
    address: address && formatAddress(address),
    obstacle: undefined,
    announced: noCounts(),
    accepted: noCounts(),
    leaks: 0,
  };
}

function isDisturbed({ twin, up }: Line): boolean {
  const { neighbour } = twin.fate;
  return neighbour !== undefined && (neighbour.up !== up || neighbour.source !== twin.source);
}

function changeOf(before: readonly number[], after: readonly number[]): PlanChange | undefined {
  if (before.length === 0) return after.length === 0 ? undefined : "appear";
  if (after.length === 0) return "vanish";
  if (before.length === 1 && after.length === 1)
    return before[0] === after[0] ? undefined : "change";
  // Path identifiers are this node's to give, and say nothing.
  const [x, y] = [before.toSorted(), after.toSorted()];
  return x.length === y.length && x.every((set, i) => set === y[i]) ? undefined : "change";
}

function some(set: number): readonly number[] {
  return set === 0 ? [] : [set];
}

function keyOf(source: number, pathId: number): number {
  return source * 2 ** 32 + pathId;
}
