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
import { NO_SOURCE } from "./neighbour.ts";
import { type FateRooms, fatesOf } from "./plan-fates.ts";
import { type NextHops, differs, nextHopsOf, wayOf } from "./plan-kernel.ts";
import { leakOf } from "./plan-leaks.ts";
import { type Line, Lines } from "./plan-lines.ts";
import { Listing, noneListed } from "./plan-listing.ts";
import { type Steps, type Twin, TwinRoutes, type TwinOptions } from "./plan-twin.ts";
import type { PeerPlan, PlanChange, PlanCounts, PlanItem, PlanWhat } from "./plan-views.ts";
import type { RouteListener } from "./rib/index.ts";
import { LOCAL_SOURCE } from "./rib/index.ts";
import { tellingOf } from "./route-trial.ts";
import type { Routes, RouteTables } from "./routes.ts";

const FAMILIES: readonly Family[] = [0, 1];

/** Of work in a step, in prefixes of which one neighbour has a part: below two milliseconds (measured). */
const STEP = 128;
/** Neighbours of an update group that cost as much as a prefix. */
const LINES = 16;
/** Neighbours that are met in a step. */
const PEERS = 8;
/** Ids without a prefix that do. */
const EMPTY = 64;

export interface PlanRequest extends Pick<
  TwinOptions,
  "multipath" | "announcement" | "own" | "nextHop" | "endpoints"
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

export class Plan {
  /** Complete when the walk is. */
  readonly peers: PeerPlan[] = [];
  readonly kernel: PlanCounts = noCounts();
  /** Best paths that have changed since the plan began. */
  changes = 0;
  /** Prefixes looked at, and how many there were when it began. */
  done = 0;
  readonly total: number;
  readonly #tables: RouteTables;
  readonly #real: Routes;
  readonly #rooms: FateRooms;
  readonly #options: PlanOptions;
  readonly #twin: TwinRoutes;
  readonly #lines: Lines;
  readonly #listeners: readonly RouteListener[];
  readonly #listing: Listing;
  readonly #kernelListed = noneListed();
  /** By bucket, of the prefix that is looked at; null: not found out yet. */
  #bucketChanges: (PlanChange | undefined | null)[] = [];
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
    this.#rooms = { ...rooms, rib: real.rib };
    this.#options = options;
    const { config, running } = options;
    const blocksChange = !samePrefixes(running.blocks ?? [], config.blocks ?? []);
    this.#twin = new TwinRoutes(real, blocksChange, options);
    this.#lines = new Lines(real.rib, this.#twin.routes.rib);
    this.#listing = new Listing(options.most, STEP);
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
    yield* this.#meet();
    const cost = 1 + this.#lines.size / (this.#listing.isWhole ? 1 : LINES);
    for (const family of FAMILIES) {
      const table = this.#tables.prefixes[family];
      for (let id = 0; id < table.limit;) {
        // Ids may be another prefix's after a pause, so none is kept beyond it.
        const some: number[] = [];
        for (let left = STEP; left > 0 && id < table.limit; id++) {
          left -= table.has(id) ? cost : 1 / EMPTY;
          if (table.has(id) && !this.#isLast(family, id)) some.push(id);
        }
        yield* this.#look(family, some);
        yield undefined;
      }
    }
    yield* this.#lookAtOwn();
  }

  /** Neighbours whose sessions have come, gone or begun anew since the plan began. */
  get disturbed(): readonly string[] {
    return this.#lines.disturbed();
  }

  /** Gives back what is held; to be gone through. */
  *close(): Steps {
    for (const family of FAMILIES) this.#real.rib.unlisten(family, this.#listeners[family]);
    yield* this.#twin.close();
  }

  /** Who there would be. */
  *#meet(): Steps {
    yield* this.#twin.originate();
    for (const fate of fatesOf(this.#options.config, this.#rooms)) {
      const view = peerPlan(fate);
      this.peers.push(view);
      const isRange = fate.neighbour === undefined && fate.config?.range !== undefined;
      if (!isRange && (fate.neighbour ?? fate.config) !== undefined) {
        const twin = this.#twin.add(fate);
        view.obstacle = twin.obstacle;
        this.#lines.add(twin, view);
      }
      if (this.peers.length % PEERS === 0) yield undefined;
    }
    this.#bucketChanges = Array.from({ length: this.#lines.buckets }, () => null);
    yield* this.#twin.settling();
  }

  /** Whether a prefix is an aggregate: it is known at the end what that is. */
  #isLast(family: Family, id: number): boolean {
    this.done++;
    if (this.#aggregates[family].size === 0) return false;
    const here = this.#twin.prefixes[family].findPrefix(this.#tables.prefixes[family].prefix(id));
    return here >= 0 && this.#aggregates[family].has(here);
  }

  *#look(family: Family, ids: readonly number[]): Generator<PlanItem, void, undefined> {
    if (ids.length === 0) return;
    const table = this.#tables.prefixes[family];
    const pairs = ids.map((id): Pair => {
      return { family, id, here: this.#twin.give(family, table.prefix(id), id) };
    });
    this.#twin.settle();
    // All before anything is told: whoever takes an item may be slow, and tables change meanwhile.
    const items = this.#compareAll(pairs);
    this.#twin.clear();
    this.#twin.settle();
    for (const { here } of pairs) {
      const own = this.#twin.prefixes[family];
      if (own.has(here)) own.release(here, 0);
    }
    yield* items;
  }

  /** What is left: aggregates, and what only the other configuration has. */
  *#lookAtOwn(): Generator<PlanItem | undefined, void, undefined> {
    const rest: Omit<Pair, "id">[] = [];
    for (const family of FAMILIES) {
      const table = this.#twin.prefixes[family];
      const isLeft = (here: number) =>
        table.has(here) && (this.#aggregates[family].has(here) || this.#idOf({ family, here }) < 0);
      for (let here = 0; here < table.limit; here++) {
        if (isLeft(here)) rest.push({ family, here });
        if (here % STEP === STEP - 1) yield undefined;
      }
    }
    for (const each of rest) {
      const prefix = this.#twin.prefixes[each.family].prefix(each.here);
      this.#twin.give(each.family, prefix, this.#idOf(each));
    }
    this.#twin.settle();
    for (let at = 0; at < rest.length; at += LINES) {
      const some = rest.slice(at, at + LINES);
      yield* this.#compareAll(some.map((each) => ({ ...each, id: this.#idOf(each) })));
      yield undefined;
    }
  }

  /** -1: the prefix is not in the tables. */
  #idOf({ family, here }: Omit<Pair, "id">): number {
    return this.#tables.prefixes[family].findPrefix(this.#twin.prefixes[family].prefix(here));
  }

  #compareAll(pairs: readonly Pair[]): PlanItem[] {
    const lines = this.#lines.undisturbed();
    this.#listing.beginStep();
    const items: PlanItem[] = [];
    for (const pair of pairs) {
      this.#bucketChanges.fill(null);
      const { family, id, here } = pair;
      const best = id < 0 ? NO_SOURCE : this.#real.rib.bestSource(family, id);
      const next = this.#twin.routes.rib.bestSource(family, here);
      for (const line of lines) this.#announced(line, pair, best, next, items);
      this.#accepted(pair, items);
      this.#kernel(pair, items);
    }
    return items;
  }

  // What a neighbour is told

  /** `best`, `next`: where the best path is from, here and there; -1: there is none. */
  #announced(line: Line, pair: Pair, best: number, next: number, items: PlanItem[]): void {
    const { twin, view, bucket } = line;
    const { family, id, here } = pair;
    const { neighbour } = twin;
    if (neighbour?.up === undefined) return;
    // What is its own it may not hear, as the others do.
    const isOwn = (best >= 0 && twin.source === best) || neighbour.source === next;
    const isShared = bucket >= 0 && !isOwn;
    let change = isShared ? this.#bucketChanges[bucket] : null;
    if (change === null) {
      change = this.#announcedTo(line, neighbour.source, pair);
      if (isShared) this.#bucketChanges[bucket] = change;
    }
    if (change === undefined) return;
    view.announced[change]++;
    const leak =
      change === "appear"
        ? leakOf(twin, neighbour.up, family, here, id >= 0, this.#twin, this.#options.pool)
        : undefined;
    if (leak !== undefined) view.leaks++;
    if (!this.#listing.takes(line.listed.announced, leak === undefined ? change : "leak")) return;
    const { reason } = tellingOf(neighbour, family, here, this.#twin.routes);
    items.push(this.#item(pair, "announced", change, view.name, reason, leak));
  }

  #announcedTo(line: Line, source: number, { family, id, here }: Pair): PlanChange | undefined {
    const { rib } = this.#twin.routes;
    const isThere = line.isTold && id >= 0;
    if (line.bucket >= 0) {
      const before = isThere ? this.#real.rib.exported(line.twin.source, family, id) : 0;
      return changeOf(before, rib.exported(source, family, here));
    }
    const before = isThere ? this.#real.rib.exportedSets(line.twin.source, family, id) : [];
    return changeOfAll(before, rib.exportedSets(source, family, here));
  }

  // What is accepted of a neighbour

  #accepted(pair: Pair, items: PlanItem[]): void {
    const { family, id, here } = pair;
    if (id < 0) return;
    const after = this.#acceptedThen(family, here);
    this.#real.rib.eachPath(family, id, (source, pathId, received, accepted) => {
      if (source === LOCAL_SOURCE) return;
      const line = this.#lines.of(source);
      if (line === undefined) return;
      const { neighbour, fate } = line.twin;
      const then = neighbour === undefined ? 0 : (after.get(keyOf(neighbour.source, pathId)) ?? 0);
      const change = changeOf(accepted, then);
      if (change === undefined) return;
      line.view.accepted[change]++;
      if (!this.#listing.takes(line.listed.accepted, change)) return;
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
    if (!this.#listing.takes(this.#kernelListed, change)) return;
    const way = (each: NextHops) => wayOf(each, this.#tables.nextHops);
    const rule = was && is ? `${way(before)}, then ${way(after)}` : way(is ? after : before);
    items.push(this.#item(pair, "kernel", change, undefined, rule, undefined));
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

/** Of attribute sets; 0: none. */
function changeOf(before: number, after: number): PlanChange | undefined {
  if (before === after) return undefined;
  if (before === 0) return "appear";
  return after === 0 ? "vanish" : "change";
}

/** Path identifiers are this node's to give, and say nothing. */
function changeOfAll(before: readonly number[], after: readonly number[]): PlanChange | undefined {
  if (before.length === 0) return after.length === 0 ? undefined : "appear";
  if (after.length === 0) return "vanish";
  const [x, y] = [before.toSorted(), after.toSorted()];
  return x.length === y.length && x.every((set, i) => set === y[i]) ? undefined : "change";
}

function keyOf(source: number, pathId: number): number {
  return source * 2 ** 32 + pathId;
}
