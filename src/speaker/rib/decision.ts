// The decision process of one family (RFC 4271 §9.1.2): which path of a prefix is the best, and which
// others are as good. The paths that are still under consideration lie in a scratch array, so nothing
// is allocated for a prefix.

import type { AttributeTable } from "../../route/index.ts";
import type { NextHopStates } from "./next-hop-states.ts";
import { FLAG, type PathStore } from "./path-store.ts";
import type { SourceState, Sources } from "./sources.ts";
import { TieBreaks } from "./tie-breaks.ts";
import { LOCAL_SOURCE, type DecisionRules, type DecisionSettings } from "./types.ts";

/** Steps of the cheapest kind, a few nanoseconds each, for one unit of work. */
const STEPS_A_UNIT = 256;

/** What a path under consideration costs. A prefix of a few paths stays within one unit. */
const STEPS_A_PATH = 16;

export class Decision {
  readonly ties: TieBreaks;
  readonly #paths: PathStore;
  readonly #state: SourceState;
  readonly #attributes: AttributeTable;
  readonly #states: NextHopStates;
  #rules: DecisionRules;
  /** Paths under consideration. */
  #left: Int32Array = new Int32Array(64);
  #count = 0;
  /** Since {@link takeCost}. */
  #steps = 0;

  constructor(
    paths: PathStore,
    state: SourceState,
    sources: Sources,
    attributes: AttributeTable,
    states: NextHopStates,
    settings: DecisionSettings,
  ) {
    this.ties = new TieBreaks(paths, sources, attributes, states, settings);
    this.#paths = paths;
    this.#state = state;
    this.#attributes = attributes;
    this.#states = states;
    this.#rules = settings;
  }

  /** What is decided is to be decided again. */
  setRules(rules: DecisionRules): void {
    this.#rules = rules;
    this.ties.setRules(rules);
  }

  /**
   * Whether a path may be chosen: accepted, and its next hop resolvable (RFC 4271 §9.1.2), unless
   * nothing is sent there: packets that a blackhole takes end here.
   */
  isEligible(path: number): boolean {
    this.#steps += STEPS_A_PATH;
    const accepted = this.#paths.accepted[path];
    if (accepted === 0) return false;
    if (this.isSwept(path)) return false;
    if (this.#paths.source[path] === LOCAL_SOURCE) return true;
    const nextHop = this.#attributes.nextHop(accepted);
    if (nextHop === 0) return false;
    return this.#states.isReachable(nextHop) || this.#isBlackhole(accepted);
  }

  /**
   * What was asked since the last call, in units of work: 1 at least, and more where a prefix has many
   * paths, so that a slice of such prefixes is no longer than another.
   */
  takeCost(): number {
    const cost = 1 + Math.floor(this.#steps / STEPS_A_UNIT);
    this.#steps = 0;
    return cost;
  }

  /** Whether a path is stale and not even kept: it is as good as gone. */
  isSwept(path: number): boolean {
    return this.#state.isSwept(this.#paths.source[path], this.#paths.epoch(path));
  }

  /** Whether a path is from before its source's last markStale(). */
  isStale(path: number): boolean {
    return this.#paths.epoch(path) !== this.#state.epoch(this.#paths.source[path]);
  }

  /** The best path of a chain; 0 when no path of it is eligible. */
  choose(first: number): number {
    this.#consider(first, undefined);
    return this.#best();
  }

  /**
   * What a path that is new beside the best one of a chain means for that: less than 0, the new one is
   * the best; more than 0, it is not; 0, only a look at the whole chain can tell.
   */
  challenge(path: number, best: number): number {
    if (!this.isEligible(best)) return 0;
    if (!this.isEligible(path)) return 1;
    const before = this.ties.beforeMed(path, best);
    if (before !== 0) return before;
    const { accepted } = this.#paths;
    const med = this.ties.medOf(accepted[path]);
    if (med !== this.ties.medOf(accepted[best])) return 0;
    const order = this.ties.afterMed(path, best) || this.ties.last(path, best);
    // To be the best it must be among those that MED leaves over: as the lowest MED of all, or because
    // the best one is, with the same MED from the same AS.
    const survives = med === 0 || this.#groupAs(path) === this.#groupAs(best);
    return order > 0 || survives ? order : 0;
  }

  /** The best path of a chain among those that are not marked as ranked; 0: there is none. */
  chooseUnranked(first: number): number {
    this.#consider(first, undefined, FLAG.RANKED);
    return this.#best();
  }

  /** The best path of a chain among those which lead to none of these next hops; 0: there is none. */
  chooseOther(first: number, nextHops: readonly number[]): number {
    this.#consider(first, nextHops);
    return this.#best();
  }

  /**
   * The paths that may share the traffic with the best one, into `sink`, the best one first, then in
   * the order of the remaining tie-breaks. Only one path a next hop; `sink.length` at most.
   */
  multipath(first: number, best: number, sink: Int32Array): number {
    this.#consider(first, undefined);
    sink[0] = best;
    let count = 1;
    for (let i = 0; i < this.#count; i++) {
      const path = this.#left[i];
      if (path !== best && this.isEqual(path, best)) count = this.#insert(sink, count, path);
    }
    return count;
  }

  /** For two paths that MED left over: equal up to the cut. */
  isEqual(path: number, best: number): boolean {
    const x = this.#paths.accepted[path];
    const y = this.#paths.accepted[best];
    if (this.ties.afterMed(path, best) !== 0) return false;
    // The kernel has no group of which a part leads nowhere.
    if (this.#isBlackhole(x) !== this.#isBlackhole(y)) return false;
    if (this.#rules.multipathRelax) return true;
    return this.#attributes.neighbourAs(x) === this.#attributes.neighbourAs(y);
  }

  /** Whether a path of the chain is one of those that tie-breaks 1 to 6 leave over. */
  survivesMed(first: number, path: number): boolean {
    this.#consider(first, undefined);
    for (let i = 0; i < this.#count; i++) if (this.#left[i] === path) return true;
    return false;
  }

  /** Keeps `sink` sorted after its first entry, and without two paths to one next hop. */
  #insert(sink: Int32Array, count: number, path: number): number {
    const nextHop = this.#nextHop(path);
    let at = 0;
    while (at < count && this.#nextHop(sink[at]) !== nextHop) at++;
    if (at === sink.length) at--;
    if (at < count && (at === 0 || this.ties.last(sink[at], path) < 0)) return count;
    const grown = Math.max(count, at + 1);
    while (at > 1 && this.ties.last(path, sink[at - 1]) < 0) {
      sink[at] = sink[at - 1];
      at--;
    }
    sink[at] = path;
    return grown;
  }

  /** Tie-breaks 7 to 13 among the paths under consideration. */
  #best(): number {
    if (this.#count === 0) return 0;
    let best = this.#left[0];
    for (let i = 1; i < this.#count; i++) {
      const path = this.#left[i];
      if ((this.ties.afterMed(path, best) || this.ties.last(path, best)) < 0) best = path;
    }
    return best;
  }

  #nextHop(path: number): number {
    return this.#attributes.nextHop(this.#paths.accepted[path]);
  }

  /**
   * Leaves the eligible paths of a chain that survive tie-breaks 1 to 6 under consideration; without
   * those by way of some next hops, or with a flag.
   */
  #consider(first: number, without: readonly number[] | undefined, withoutFlag = 0): void {
    this.#count = 0;
    for (let path = first; path !== 0; path = this.#paths.next[path]) {
      if (!this.isEligible(path) || (this.#paths.flags[path] & withoutFlag) !== 0) continue;
      if (without !== undefined && without.includes(this.#nextHop(path))) continue;
      const order = this.#count === 0 ? 0 : this.ties.beforeMed(path, this.#left[0]);
      if (order > 0) continue;
      if (order < 0) this.#count = 0;
      this.#append(path);
    }
    if (this.#count > 1 && !this.#medsAreEqual()) this.#removeByMed();
  }

  #isBlackhole(set: number): boolean {
    return this.#attributes.handling(set).blackhole;
  }

  #append(path: number): void {
    if (this.#count === this.#left.length) {
      const larger = new Int32Array(this.#count * 2);
      larger.set(this.#left);
      this.#left = larger;
    }
    this.#left[this.#count++] = path;
  }

  #medsAreEqual(): boolean {
    const accepted = this.#paths.accepted;
    const med = this.ties.medOf(accepted[this.#left[0]]);
    for (let i = 1; i < this.#count; i++) {
      if (this.ties.medOf(accepted[this.#left[i]]) !== med) return false;
    }
    return true;
  }

  /**
   * Tie-break 6 as RFC 4271 §9.1.2.2 c has it: a path goes when another one from the same
   * neighbouring AS has a lower MED. It looks at the whole set, so the order in which paths arrived
   * does not matter. Paths times ASes steps.
   */
  #removeByMed(): void {
    const left = this.#left;
    const total = this.#count;
    this.#count = 0;
    let done = 0;
    while (done < total) {
      this.#steps += total - done;
      const group = this.#groupAs(left[done]);
      let end = done;
      let lowest = Infinity;
      for (let i = done; i < total; i++) {
        if (this.#groupAs(left[i]) !== group) continue;
        const path = left[i];
        left[i] = left[end];
        left[end++] = path;
        lowest = Math.min(lowest, this.ties.medOf(this.#paths.accepted[path]));
      }
      for (; done < end; done++) {
        const path = left[done];
        if (this.ties.medOf(this.#paths.accepted[path]) === lowest) left[this.#count++] = path;
      }
    }
  }

  /** Paths with the same answer have their MEDs compared. */
  #groupAs(path: number): number {
    if (this.#rules.alwaysCompareMed) return 0;
    return this.#attributes.neighbourAs(this.#paths.accepted[path]);
  }
}
