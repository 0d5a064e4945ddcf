// The RIB: both families, their sources and next hops, the queue to the FIB and the update groups. What
// happens to it; what is in it is to be read from contents.ts.

import { type Family, IPV4, IPV6 } from "../../route/index.ts";
import { RibContents } from "./contents.ts";
import type { RouteListener } from "./family-parts.ts";
import type { PathTable } from "./path-feed.ts";
import {
  LOCAL_SOURCE,
  type DecisionRules,
  type ExportPolicy,
  type FibSink,
  type GroupSettings,
  type ImportJudge,
  type NextHopInterest,
  type NextHopLoss,
  type Source,
  type Write,
} from "./types.ts";
import { Watch } from "./watch.ts";

const FAMILIES: readonly Family[] = [IPV4, IPV6];

export class Rib extends RibContents {
  /** Which family is first: a flood in one of them must not hold up the other. */
  #deciding: Family = IPV4;
  #giving: Family = IPV4;

  /** Next hops at most for one prefix, 1 or more; the FIB is told again where that may count. */
  setMultipath(multipath: number): void {
    if (multipath === this.settings.multipath) return;
    this.settings = { ...this.settings, multipath };
    for (const family of FAMILIES) {
      this.fibQueues[family].setMultipath(multipath);
      this.families[family].rulesChanged();
    }
  }

  /** Other rules of decision: in slices everything is decided again. */
  setRules(rules: DecisionRules): void {
    const { alwaysCompareMed, missingMedAsWorst, multipathRelax, preferOldest } = this.settings;
    const isSame =
      rules.alwaysCompareMed === alwaysCompareMed &&
      rules.missingMedAsWorst === missingMedAsWorst &&
      rules.multipathRelax === multipathRelax &&
      rules.preferOldest === preferOldest;
    if (isSame) return;
    this.settings = { ...this.settings, ...rules };
    for (const family of this.families) {
      family.decision.setRules(rules);
      family.rulesChanged();
    }
  }

  /** No id is left. One whose neighbour is gone is free when its paths are. */
  get isFull(): boolean {
    return this.sources.isFull;
  }

  /** A neighbour's id: 1 and up, the lowest that is free. Not while the RIB isFull. */
  addSource(source: Source): number {
    return this.sources.add(source);
  }

  /**
   * For a neighbour that is kept but whose identifier, address or kind changed. Its prefixes are
   * decided again, in slices; one walk over all paths when it has any.
   */
  changeSource(id: number, source: Source): void {
    this.sources.change(id, source);
    for (const family of FAMILIES) {
      if (this.pathCount(id, family) > 0) this.families[family].sourceChanged(id);
    }
  }

  /** False: the source still has paths (flushSource() first, and let work() finish) or is a member. */
  removeSource(id: number): boolean {
    const hasPaths = FAMILIES.some((family) => this.pathCount(id, family) > 0);
    if (id === LOCAL_SOURCE || hasPaths || this.updateGroups.member(id) !== undefined) return false;
    this.sources.remove(id);
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
    return this.families[family].announce(source, prefix, pathId, received, accepted, now);
  }

  /** Import policies changed: the paths of a prefix are judged again. False: it has none. */
  rejudge(family: Family, prefix: number, judge: ImportJudge, now: number): boolean {
    return this.families[family].rejudge(prefix, judge, now);
  }

  /** False: there was no such path. */
  withdraw(source: number, family: Family, prefix: number, pathId: number): boolean {
    return this.families[family].withdraw(source, prefix, pathId);
  }

  /** Takes all paths of a source away, in slices. What it announces from now on stays. */
  flushSource(source: number, family?: Family): void {
    if (family === undefined) this.states.abandon(source);
    this.markStale(source, family);
    this.sweepStale(source, family);
  }

  /**
   * What the source announced so far is stale from now on, and is used as before (RFC 4724 §4.2).
   * What has been stale since the time before is used no longer, as that section demands, and goes.
   */
  markStale(source: number, family?: Family): void {
    for (const each of family === undefined ? FAMILIES : [family]) {
      this.families[each].markStale(source);
    }
  }

  /** The same, but for that what has been stale since the time before stays, too. */
  markAllStale(source: number, family: Family): void {
    this.families[family].markAllStale(source);
  }

  /** Takes away, in slices, what is still stale. */
  sweepStale(source: number, family?: Family): void {
    for (const each of family === undefined ? FAMILIES : [family]) {
      this.families[each].sweepStale(source);
    }
  }

  /** The same of a source that is away, and will not come back with what it left. */
  giveUp(source: number): void {
    this.states.abandon(source);
    this.sweepStale(source);
  }

  /** What is known about a next hop that takeNextHopInterest() named. `metric`: u32. */
  setNextHop(nextHop: number, reachable: boolean, metric: number): void {
    if (!this.states.set(nextHop, reachable, metric)) return;
    for (const family of this.families) family.nextHopChanged(nextHop);
  }

  /** Next hops that paths lead to are unreachable until setNextHop() says something else. */
  takeNextHopInterest(): NextHopInterest {
    return this.states.takeInterest();
  }

  /** Next hops that no source stands for any more while its paths are taken away; or again. */
  takeNextHopLosses(): readonly NextHopLoss[] {
    return this.states.takeLosses();
  }

  /** Decisions, up to `units` (about one a prefix); true: there is more to do. */
  decide(units: number): boolean {
    this.#decide(units);
    return this.families.some((family) => !family.isIdle);
  }

  /**
   * A slice of everything: decisions, then UPDATEs for take(). About 0.2 ms for 1000 units, and twice
   * that with a group to write for. True: there is more to do.
   */
  work(units: number): boolean {
    const left = this.#decide(units);
    this.updateGroups.work(Math.max(left, units >>> 1));
    return this.updateGroups.isBusy || this.families.some((family) => !family.isIdle);
  }

  /** What work() and refresh() want sent, in order. */
  take(): Write[] {
    return this.updateGroups.take();
  }

  /**
   * Hands the next hops of prefixes to the FIB, for up to `limit` units (about one a prefix); the result
   * is what it cost: `limit`, and there may be more.
   */
  takeFibChanges(sink: FibSink, limit: number): number {
    const first = this.#giving;
    this.#giving = other(first);
    const cost = this.fibQueues[first].take(sink, limit);
    return cost + this.fibQueues[other(first)].take(sink, limit - cost);
  }

  /** The neighbour's session is up: from now on it hears what its group exports. */
  join(source: number, settings: GroupSettings): void {
    this.updateGroups.join(source, settings);
  }

  /**
   * The neighbour's export policy is another one from now on; its session goes on, and it hears of the
   * difference. False: it does not yet know all of what the change before this one means; ask again
   * after work(). From true on, the policy before is not asked again on this neighbour's behalf.
   */
  regroup(source: number, policy: ExportPolicy): boolean {
    return this.updateGroups.regroup(source, policy);
  }

  /** The session is down. Writes that take() did not hand out yet may still name the source. */
  leave(source: number): void {
    this.updateGroups.leave(source);
  }

  /** All sessions are down, for good. */
  leaveAll(): void {
    this.updateGroups.leaveAll();
  }

  /** The member's socket is full: nothing more is written for it until drained(). */
  blocked(source: number): void {
    this.updateGroups.blocked(source);
  }

  drained(source: number): void {
    this.updateGroups.drained(source);
  }

  /** The same of all members that stand for a watcher (observerOf): it takes nothing more. */
  watcherBlocked(watcher: number): void {
    this.updateGroups.watcherBlocked(watcher);
  }

  watcherDrained(watcher: number): void {
    this.updateGroups.watcherDrained(watcher);
  }

  watcherLeaves(watcher: number): void {
    this.updateGroups.watcherLeaves(watcher);
  }

  /** ROUTE-REFRESH came in (RFC 2918). `enhanced`: RFC 7313 was negotiated. */
  refresh(source: number, family: Family, enhanced: boolean): void {
    this.updateGroups.refresh(source, family, enhanced);
  }

  /** What time it is for the age of paths, in announce()'s units, where that announces older ones. */
  setTime(now: number): void {
    for (const { decision } of this.families) decision.ties.now = now;
  }

  /** Somebody watches these tables from now on, until Watch.close(). */
  watch(tables: readonly PathTable[]): Watch {
    return new Watch(this.families, this.attributes, tables);
  }

  /** The listener hears from now on of prefixes whose best path is another, or changed. */
  listen(family: Family, listener: RouteListener): void {
    this.families[family].listen(listener);
  }

  unlisten(family: Family, listener: RouteListener): void {
    this.families[family].unlisten(listener);
  }

  #decide(units: number): number {
    const first = this.#deciding;
    this.#deciding = other(first);
    return this.families[other(first)].work(this.families[first].work(units));
  }
}

function other(family: Family): Family {
  return family === IPV4 ? IPV6 : IPV4;
}
