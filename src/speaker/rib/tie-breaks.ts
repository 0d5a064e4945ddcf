// The tie-breaks of the decision process, one method each, numbered in their order. Each compares two
// paths: negative, the first is better; positive, the second is; 0, the next tie-break decides.
//
//  1 own routes first (RFC 4271 §9.1 knows no neighbour for them; everybody prefers them)
//    -- behind them, whatever is long-lived stale comes last (RFC 9494 §4.3) --
//  2 higher weight of the route or else of its neighbour, which no RFC knows, and nobody but this node
//  3 higher LOCAL_PREF (RFC 4271 §9.1.1)
//    -- then AIGP before none, and the lower sum of it and the metric to the next hop (RFC 7311 §4.1) --
//  4 shorter AS_PATH (RFC 4271 §9.1.2.2 a)
//  5 lower ORIGIN (§9.1.2.2 b)
//  6 lower MULTI_EXIT_DISC among paths from one neighbouring AS, or among all (alwaysCompareMed)
//    (§9.1.2.2 c); absent counts as 0, or as the highest (missingMedAsWorst)
//  7 external before internal (§9.1.2.2 d)
//  8 lower metric to the next hop (§9.1.2.2 e)
//    -- paths that are equal up to here may be used together --
//  9 the older of two external paths, where that is wanted (preferOldest, RFC 5004)
// 10 lower BGP Identifier, or ORIGINATOR_ID in its place (§9.1.2.2 f, RFC 4456 §9)
// 11 shorter CLUSTER_LIST (RFC 4456 §9)
// 12 lower neighbour address (§9.1.2.2 g)
// 13 lower path identifier, so that the order is total when one neighbour sends several paths
//
// 6 is no comparison of two paths, as it holds between some and not between others: decision.ts does
// it as the RFC does, by taking paths out of a set.

import { TRAIT, type AttributeTable } from "../../route/index.ts";
import type { NextHopStates } from "./next-hop-states.ts";
import type { PathStore } from "./path-store.ts";
import type { Sources } from "./sources.ts";
import { LOCAL_SOURCE, type DecisionRules, type DecisionSettings, type Reason } from "./types.ts";

const WORD = 2 ** 32;

export class TieBreaks {
  readonly #paths: PathStore;
  readonly #sources: Sources;
  readonly #attributes: AttributeTable;
  readonly #states: NextHopStates;
  readonly #defaultLocalPref: number;
  #missingMed = 0;
  #preferOldest = false;
  /** The latest time of which a path was told, in the units of their `since`. */
  now = 0;

  constructor(
    paths: PathStore,
    sources: Sources,
    attributes: AttributeTable,
    states: NextHopStates,
    settings: DecisionSettings,
  ) {
    this.#paths = paths;
    this.#sources = sources;
    this.#attributes = attributes;
    this.#states = states;
    this.#defaultLocalPref = settings.defaultLocalPref;
    this.setRules(settings);
  }

  setRules({ missingMedAsWorst, preferOldest }: DecisionRules): void {
    this.#missingMed = missingMedAsWorst ? 0xffffffff : 0;
    this.#preferOldest = preferOldest;
  }

  /** Tie-breaks 1 to 5. */
  beforeMed(a: number, b: number): number {
    const x = this.#paths.accepted[a];
    const y = this.#paths.accepted[b];
    return (
      this.localOrigin(a, b) ||
      this.longLivedStale(x, y) ||
      this.weight(a, b) ||
      this.localPreference(x, y) ||
      this.aigp(a, b) ||
      this.asPathLength(x, y) ||
      this.origin(x, y)
    );
  }

  /** Tie-breaks 7 and 8: what is equal after them may share the traffic. */
  afterMed(a: number, b: number): number {
    return this.externalOverInternal(a, b) || this.igpMetric(a, b);
  }

  /** Tie-breaks 9 to 13: never 0 for two different paths. */
  last(a: number, b: number): number {
    return (
      this.age(a, b) ||
      this.routerId(a, b) ||
      this.clusterListLength(this.#paths.accepted[a], this.#paths.accepted[b]) ||
      this.neighbourAddress(a, b) ||
      this.pathId(a, b)
    );
  }

  /** 1. `a`, `b`: paths. */
  localOrigin(a: number, b: number): number {
    const left = this.#paths.source[a] === LOCAL_SOURCE ? 0 : 1;
    const right = this.#paths.source[b] === LOCAL_SOURCE ? 0 : 1;
    return left - right;
  }

  /** RFC 9494 §4.3; behind nothing but 1. `x`, `y`: attribute sets. */
  longLivedStale(x: number, y: number): number {
    const attributes = this.#attributes;
    return (attributes.traits(x) & TRAIT.LLGR_STALE) - (attributes.traits(y) & TRAIT.LLGR_STALE);
  }

  /** 2. */
  weight(a: number, b: number): number {
    return this.#weight(b) - this.#weight(a);
  }

  /** 3. `x`, `y`: attribute sets, here and below. */
  localPreference(x: number, y: number): number {
    return this.#localPref(y) - this.#localPref(x);
  }

  /** Behind 3. Words of 32 bits, for 64 are too many for a number; the sum ends at their limit. */
  aigp(a: number, b: number): number {
    const attributes = this.#attributes;
    const x = this.#paths.accepted[a];
    const y = this.#paths.accepted[b];
    const isThere = attributes.hasAigp(x);
    if (isThere !== attributes.hasAigp(y)) return isThere ? -1 : 1;
    if (!isThere) return 0;
    const left = attributes.aigpLow(x) + this.#metric(a);
    const right = attributes.aigpLow(y) + this.#metric(b);
    const high = attributes.aigpHigh(x) + (left >= WORD ? 1 : 0);
    const otherHigh = attributes.aigpHigh(y) + (right >= WORD ? 1 : 0);
    if (high >= WORD || otherHigh >= WORD) return Math.min(high, WORD) - Math.min(otherHigh, WORD);
    return high - otherHigh || (left % WORD) - (right % WORD);
  }

  /** 4. */
  asPathLength(x: number, y: number): number {
    return this.#attributes.asPathLength(x) - this.#attributes.asPathLength(y);
  }

  /** 5. */
  origin(x: number, y: number): number {
    return this.#attributes.origin(x) - this.#attributes.origin(y);
  }

  /** 6, for two attribute sets to which it applies. */
  med(x: number, y: number): number {
    return this.medOf(x) - this.medOf(y);
  }

  /** 7. */
  externalOverInternal(a: number, b: number): number {
    const left = this.#sources.isExternal(this.#paths.source[a]) ? 0 : 1;
    const right = this.#sources.isExternal(this.#paths.source[b]) ? 0 : 1;
    return left - right;
  }

  /** 8. */
  igpMetric(a: number, b: number): number {
    return this.#metric(a) - this.#metric(b);
  }

  /** 9. Between internal paths there is none: they are to be as stable as their border routers are. */
  age(a: number, b: number): number {
    const { since, source } = this.#paths;
    if (!this.#preferOldest) return 0;
    if (!this.#sources.isExternal(source[a]) || !this.#sources.isExternal(source[b])) return 0;
    return ((this.now - since[b]) >>> 0) - ((this.now - since[a]) >>> 0);
  }

  /** 10. */
  routerId(a: number, b: number): number {
    return this.#routerId(a) - this.#routerId(b);
  }

  /** 11. */
  clusterListLength(x: number, y: number): number {
    return this.#attributes.clusterListLength(x) - this.#attributes.clusterListLength(y);
  }

  /** 12. */
  neighbourAddress(a: number, b: number): number {
    return this.#sources.rank(this.#paths.source[a]) - this.#sources.rank(this.#paths.source[b]);
  }

  /** 13. */
  pathId(a: number, b: number): number {
    return this.#paths.pathId(a) - this.#paths.pathId(b);
  }

  /** MULTI_EXIT_DISC; absent is the lowest (RFC 4271 §9.1.2.2 c), unless it is to be the highest. */
  medOf(attributes: number): number {
    const med = this.#attributes.med(attributes);
    return med < 0 ? this.#missingMed : med;
  }

  /** By which tie-break path `a` is preferred to `b`, MED left out; undefined when it is not. */
  reason(a: number, b: number): Reason | undefined {
    const x = this.#paths.accepted[a];
    const y = this.#paths.accepted[b];
    const results: readonly (readonly [Reason, number])[] = [
      ["local origin", this.localOrigin(a, b)],
      ["long-lived stale", this.longLivedStale(x, y)],
      ["weight", this.weight(a, b)],
      ["local preference", this.localPreference(x, y)],
      ["AIGP", this.aigp(a, b)],
      ["AS path length", this.asPathLength(x, y)],
      ["origin", this.origin(x, y)],
      ["external over internal", this.externalOverInternal(a, b)],
      ["IGP metric", this.igpMetric(a, b)],
      ["age", this.age(a, b)],
      ["router id", this.routerId(a, b)],
      ["cluster list length", this.clusterListLength(x, y)],
      ["neighbour address", this.neighbourAddress(a, b)],
      ["path id", this.pathId(a, b)],
    ];
    const first = results.find(([, result]) => result !== 0);
    return first !== undefined && first[1] < 0 ? first[0] : undefined;
  }

  /** The route's own, where the import policy has given it one. */
  #weight(path: number): number {
    const { weight } = this.#attributes.handling(this.#paths.accepted[path]);
    return weight ?? this.#sources.weight(this.#paths.source[path]);
  }

  #localPref(attributes: number): number {
    const value = this.#attributes.localPref(attributes);
    return value < 0 ? this.#defaultLocalPref : value;
  }

  #metric(path: number): number {
    const set = this.#paths.accepted[path];
    const nextHop = this.#attributes.nextHop(set);
    // A blackhole is here, wherever its next hop may be.
    if (nextHop === 0 || this.#attributes.handling(set).blackhole) return 0;
    return this.#states.metric(nextHop);
  }

  #routerId(path: number): number {
    const originator = this.#attributes.originatorId(this.#paths.accepted[path]);
    return originator !== 0 ? originator : this.#sources.routerId(this.#paths.source[path]);
  }
}
