// The RIB: both families, their sources and next hops, the queue to the FIB and the update groups.

import { type Census, census } from "./census.ts";
import {
  type AttributeTable,
  Address,
  type Family,
  IPV4,
  IPV6,
  type PrefixTable,
} from "../../route/index.ts";
import type { RouteListener } from "./family-parts.ts";
import { FamilyRib } from "./family-rib.ts";
import { FibQueue } from "./fib-queue.ts";
import { NextHopStates } from "./next-hop-states.ts";
import type { PathTable } from "./path-feed.ts";
import { FLAG } from "./path-store.ts";
import { pathView, pathViews } from "./path-views.ts";
import { Sources } from "./sources.ts";
import {
  LOCAL_SOURCE,
  type DecisionRules,
  type DecisionSettings,
  type ExportPolicy,
  type FibSink,
  type GroupSettings,
  type GroupView,
  type ImportJudge,
  type MemberView,
  type NextHopInterest,
  type NextHopLoss,
  type PathView,
  type PathVisitor,
  type RibTables,
  type Source,
  type SourceCounters,
  type Write,
} from "./types.ts";
import { UpdateGroups } from "./update-groups.ts";
import { Watch } from "./watch.ts";

const FAMILIES: readonly Family[] = [IPV4, IPV6];

const THIS_NODE: Source = {
  name: "local",
  external: false,
  client: false,
  asn: 0,
  routerId: 0,
  address: new Address(IPV4, 0),
};

export class Rib {
  #settings: DecisionSettings;
  readonly #sources = new Sources(THIS_NODE);
  readonly #states: NextHopStates;
  readonly #families: readonly [FamilyRib, FamilyRib];
  readonly #fibQueues: readonly [FibQueue, FibQueue];
  readonly #groups: UpdateGroups;
  readonly #attributes: AttributeTable;
  /** Which family is first: a flood in one of them must not hold up the other. */
  #deciding: Family = IPV4;
  #giving: Family = IPV4;

  /** The tables are shared with other rooms; what the RIB keeps in them it holds. */
  constructor(tables: RibTables, settings: DecisionSettings) {
    const { attributes } = tables;
    this.#attributes = attributes;
    this.#settings = settings;
    this.#states = new NextHopStates(tables.nextHops);
    const four = this.#family(IPV4, tables.prefixes[IPV4], attributes);
    const six = this.#family(IPV6, tables.prefixes[IPV6], attributes);
    const { multipath } = settings;
    this.#families = [four, six];
    this.#fibQueues = [
      new FibQueue(four, attributes, multipath),
      new FibQueue(six, attributes, multipath),
    ];
    this.#groups = new UpdateGroups(this.#families, attributes);
  }

  /** Next hops at most for one prefix, 1 or more; the FIB is told again where that may count. */
  setMultipath(multipath: number): void {
    if (multipath === this.#settings.multipath) return;
    this.#settings = { ...this.#settings, multipath };
    for (const family of FAMILIES) {
      this.#fibQueues[family].setMultipath(multipath);
      this.#families[family].rulesChanged();
    }
  }

  /** Other rules of decision: in slices everything is decided again. */
  setRules(rules: DecisionRules): void {
    const { alwaysCompareMed, missingMedAsWorst, multipathRelax, preferOldest } = this.#settings;
    const isSame =
      rules.alwaysCompareMed === alwaysCompareMed &&
      rules.missingMedAsWorst === missingMedAsWorst &&
      rules.multipathRelax === multipathRelax &&
      rules.preferOldest === preferOldest;
    if (isSame) return;
    this.#settings = { ...this.#settings, ...rules };
    for (const family of this.#families) {
      family.decision.setRules(rules);
      family.rulesChanged();
    }
  }

  /** A neighbour's id: 1 and up, the lowest that is free. */
  addSource(source: Source): number {
    return this.#sources.add(source);
  }

  source(id: number): Source | undefined {
    return this.#sources.get(id);
  }

  /**
   * For a neighbour that is kept but whose identifier, address or kind changed. Its prefixes are
   * decided again, in slices; one walk over all paths when it has any.
   */
  changeSource(id: number, source: Source): void {
    this.#sources.change(id, source);
    for (const family of FAMILIES) {
      if (this.pathCount(id, family) > 0) this.#families[family].sourceChanged(id);
    }
  }

  /** False: the source still has paths (flushSource() first, and let work() finish) or is a member. */
  removeSource(id: number): boolean {
    const hasPaths = FAMILIES.some((family) => this.pathCount(id, family) > 0);
    if (id === LOCAL_SOURCE || hasPaths || this.#groups.member(id) !== undefined) return false;
    this.#sources.remove(id);
    return true;
  }

  /**
   * A path was announced. `received`, `accepted`: attribute sets before and after the import policy,
   * held by the RIB from here on; `accepted` 0: rejected, kept as it was received; `received` is never
   * 0. `now`: in units of the caller's, modulo 2^32. False: the source has MAXIMUM_PATHS of the prefix
   * already, and this one is not taken.
   */
  announce(
    source: number,
    family: Family,
    prefix: number,
    pathId: number,
    received: number,
    accepted: number,
    now: number,
  ): boolean {
    return this.#families[family].announce(source, prefix, pathId, received, accepted, now);
  }

  /** Import policies changed: the paths of a prefix are judged again. False: it has none. */
  rejudge(family: Family, prefix: number, judge: ImportJudge, now: number): boolean {
    return this.#families[family].rejudge(prefix, judge, now);
  }

  /** False: there was no such path. */
  withdraw(source: number, family: Family, prefix: number, pathId: number): boolean {
    return this.#families[family].withdraw(source, prefix, pathId);
  }

  /** Takes all paths of a source away, in slices. What it announces from now on stays. */
  flushSource(source: number, family?: Family): void {
    if (family === undefined) this.#states.abandon(source);
    this.markStale(source, family);
    this.sweepStale(source, family);
  }

  /**
   * What the source announced so far is stale from now on, and is used as before (RFC 4724 §4.2).
   * What has been stale since the time before is used no longer, as that section demands, and goes.
   */
  markStale(source: number, family?: Family): void {
    for (const each of family === undefined ? FAMILIES : [family]) {
      this.#families[each].markStale(source);
    }
  }

  /** The same, but for that what has been stale since the time before stays, too. */
  markAllStale(source: number, family: Family): void {
    this.#families[family].markAllStale(source);
  }

  /** Takes away, in slices, what is still stale. */
  sweepStale(source: number, family?: Family): void {
    for (const each of family === undefined ? FAMILIES : [family]) {
      this.#families[each].sweepStale(source);
    }
  }

  /** The same of a source that is away, and will not come back with what it left. */
  giveUp(source: number): void {
    this.#states.abandon(source);
    this.sweepStale(source);
  }

  /** What is known about a next hop that takeNextHopInterest() named. `metric`: u32. */
  setNextHop(nextHop: number, reachable: boolean, metric: number): void {
    if (!this.#states.set(nextHop, reachable, metric)) return;
    for (const family of this.#families) family.nextHopChanged(nextHop);
  }

  /** As setNextHop() said; all ones: unreachable. */
  metricOf(nextHop: number): number {
    return this.#states.metric(nextHop);
  }

  /** Next hops that paths lead to are unreachable until setNextHop() says something else. */
  takeNextHopInterest(): NextHopInterest {
    return this.#states.takeInterest();
  }

  /** Next hops that no source stands for any more while its paths are taken away; or again. */
  takeNextHopLosses(): readonly NextHopLoss[] {
    return this.#states.takeLosses();
  }

  /** Nothing waits for a decision. */
  get isDecided(): boolean {
    return this.#families.every((family) => family.isIdle);
  }

  /** Decisions, up to `units` (about one a prefix); true: there is more to do. */
  decide(units: number): boolean {
    this.#decide(units);
    return this.#families.some((family) => !family.isIdle);
  }

  /**
   * A slice of everything: decisions, then UPDATEs for take(). About 0.2 ms for 1000 units, and twice
   * that with a group to write for. True: there is more to do.
   */
  work(units: number): boolean {
    const left = this.#decide(units);
    this.#groups.work(Math.max(left, units >>> 1));
    return this.#groups.isBusy || this.#families.some((family) => !family.isIdle);
  }

  /** What work() and refresh() want sent, in order. */
  take(): Write[] {
    return this.#groups.take();
  }

  /** Whether takeFibChanges() has something to hand out. */
  get hasFibChanges(): boolean {
    return this.#fibQueues.some((queue) => queue.length > 0);
  }

  /** Hands the next hops of up to `limit` prefixes to the FIB; the result is how many it were. */
  takeFibChanges(sink: FibSink, limit: number): number {
    const first = this.#giving;
    this.#giving = other(first);
    const given = this.#fibQueues[first].take(sink, limit);
    return given + this.#fibQueues[other(first)].take(sink, limit - given);
  }

  /** The neighbour's session is up: from now on it hears what its group exports. */
  join(source: number, settings: GroupSettings): void {
    this.#groups.join(source, settings);
  }

  /**
   * The neighbour's export policy is another one from now on; its session goes on, and it hears of the
   * difference. False: it does not yet know all of what the change before this one means; ask again
   * after work(). From true on, the policy before is not asked again on this neighbour's behalf.
   */
  regroup(source: number, policy: ExportPolicy): boolean {
    return this.#groups.regroup(source, policy);
  }

  /** The session is down. Writes that take() did not hand out yet may still name the source. */
  leave(source: number): void {
    this.#groups.leave(source);
  }

  /** All sessions are down, for good. */
  leaveAll(): void {
    this.#groups.leaveAll();
  }

  /** The member's socket is full: nothing more is written for it until drained(). */
  blocked(source: number): void {
    this.#groups.blocked(source);
  }

  drained(source: number): void {
    this.#groups.drained(source);
  }

  /** The same of all members that stand for a watcher (observerOf): it takes nothing more. */
  watcherBlocked(watcher: number): void {
    this.#groups.watcherBlocked(watcher);
  }

  watcherDrained(watcher: number): void {
    this.#groups.watcherDrained(watcher);
  }

  watcherLeaves(watcher: number): void {
    this.#groups.watcherLeaves(watcher);
  }

  /** ROUTE-REFRESH came in (RFC 2918). `enhanced`: RFC 7313 was negotiated. */
  refresh(source: number, family: Family, enhanced: boolean): void {
    this.#groups.refresh(source, family, enhanced);
  }

  /** The paths of a prefix, the best one first, as of the last decision. */
  paths(family: Family, prefix: number): PathView[] {
    return pathViews(this.#families[family], prefix, this.#settings.multipath);
  }

  /** The best path of a prefix, as of the last decision. */
  best(family: Family, prefix: number): PathView | undefined {
    const rib = this.#families[family];
    const path = rib.best(prefix);
    return path === 0 ? undefined : pathView(rib, path, "best");
  }

  /** Shows the paths of a prefix that are not on their way out, in no order. */
  eachPath(family: Family, prefix: number, visit: PathVisitor): void {
    const rib = this.#families[family];
    const { paths, decision } = rib;
    for (let path = rib.first(prefix); path !== 0; path = paths.next[path]) {
      if ((paths.flags[path] & FLAG.DEAD) !== 0 || decision.isSwept(path)) continue;
      visit(
        paths.source[path],
        paths.pathId(path),
        paths.received[path],
        paths.accepted[path],
        paths.since[path],
        decision.isStale(path),
      );
    }
  }

  /** What takeFibChanges() would hand out for a prefix, whether or not it changed. */
  nextHopsOf(family: Family, prefix: number, sink: FibSink): void {
    this.#fibQueues[family].give(prefix, sink);
  }

  /** The attribute sets that a member holds of a prefix, or will as soon as it takes them. */
  exportedSets(member: number, family: Family, prefix: number): number[] {
    return this.#groups.exportedSets(member, family, prefix);
  }

  /** What time it is for the age of paths, in announce()'s units, where that announces older ones. */
  setTime(now: number): void {
    for (const { decision } of this.#families) decision.ties.now = now;
  }

  /** The attribute set that a member holds of a prefix, or will as soon as it takes it; 0: none. */
  exported(member: number, family: Family, prefix: number): number {
    return this.#groups.exported(member, family, prefix);
  }

  /** Somebody watches these tables from now on, until Watch.close(). */
  watch(tables: readonly PathTable[]): Watch {
    return new Watch(this.#families, this.#attributes, tables);
  }

  counters(source: number, family: Family): SourceCounters {
    return this.#sources.counters(source, family);
  }

  pathCount(source: number, family: Family): number {
    return this.#sources.families[family].received[source];
  }

  /**
   * Paths that the source announced and stands by: not those from before its session, or a refresh,
   * that are about to go.
   */
  currentCount(source: number, family: Family): number {
    const { received, stale } = this.#sources.families[family];
    return received[source] - stale[source];
  }

  /** Of these, the ones that the import policy accepted; at least: see prefix-limits.ts. */
  acceptedCount(source: number, family: Family): number {
    const { accepted, stale } = this.#sources.families[family];
    return Math.max(0, accepted[source] - stale[source]);
  }

  /** The listener hears from now on of prefixes whose best path is another, or changed. */
  listen(family: Family, listener: RouteListener): void {
    this.#families[family].listen(listener);
  }

  unlisten(family: Family, listener: RouteListener): void {
    this.#families[family].unlisten(listener);
  }

  /** Where the best path of a prefix is from, as of the last decision; -1: there is none. */
  bestSource(family: Family, prefix: number): number {
    const rib = this.#families[family];
    const path = rib.best(prefix);
    return path === 0 ? -1 : rib.paths.source[path];
  }

  /** Whether a prefix is in Loc-RIB, as of the last decision. */
  hasBest(family: Family, prefix: number): boolean {
    return this.#families[family].best(prefix) !== 0;
  }

  /** Whether the source stands by such a path. */
  hasPath(source: number, family: Family, prefix: number, pathId: number): boolean {
    return this.#families[family].hasPath(source, prefix, pathId);
  }

  /** Whether it was accepted by the import policy. */
  isAccepted(source: number, family: Family, prefix: number, pathId: number): boolean {
    return this.#families[family].isAccepted(source, prefix, pathId);
  }

  /** Paths in the Adj-RIBs-In of a family, and prefixes that have any. */
  tableSize(family: Family): { routes: number; networks: number } {
    const { paths, networks } = this.#families[family];
    return { routes: paths.size, networks };
  }

  /** How often a prefix of either family has got its first path, or lost its last one. */
  get networkChanges(): number {
    return this.#families[0].networkChanges + this.#families[1].networkChanges;
  }

  /** Paths that were accepted, or the rejected ones, and the prefixes that have any. */
  census(family: Family, rejected: boolean): Generator<undefined, Census, undefined> {
    return census(this.#families[family], this.#sources.families[family], rejected);
  }

  /** Prefixes in Loc-RIB, as of the last decisions. */
  locRibSize(family: Family): number {
    return this.#sources.families[family].bestPaths;
  }

  groups(): GroupView[] {
    return this.#groups.views();
  }

  /** undefined: the neighbour is in no group. */
  member(source: number): MemberView | undefined {
    return this.#groups.member(source);
  }

  /** Memory of both families in bytes, without the update groups. */
  get bytes(): number {
    return this.#families[IPV4].bytes + this.#families[IPV6].bytes;
  }

  #decide(units: number): number {
    const first = this.#deciding;
    this.#deciding = other(first);
    return this.#families[other(first)].work(this.#families[first].work(units));
  }

  #family(family: Family, prefixes: PrefixTable, attributes: AttributeTable): FamilyRib {
    const settings = this.#settings;
    const parts = { prefixes, attributes, states: this.#states, sources: this.#sources, settings };
    return new FamilyRib(family, parts);
  }
}

function other(family: Family): Family {
  return family === IPV4 ? IPV6 : IPV4;
}
