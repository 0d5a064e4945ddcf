// The tie-breaks of the decision process, one method each, numbered in their order. Each compares two
// paths: negative, the first is better; positive, the second is; 0, the next tie-break decides.
//
//  1 own routes first (RFC 4271 §9.1 knows no neighbour for them; everybody prefers them)
//  2 higher LOCAL_PREF (RFC 4271 §9.1.1)
//  3 shorter AS_PATH (RFC 4271 §9.1.2.2 a)
//  4 lower ORIGIN (§9.1.2.2 b)
//  5 lower MULTI_EXIT_DISC among paths from one neighbouring AS (§9.1.2.2 c); absent counts as 0
//  6 external before internal (§9.1.2.2 d)
//  7 lower metric to the next hop (§9.1.2.2 e)
//    -- paths that are equal up to here may be used together --
//  8 lower BGP Identifier, or ORIGINATOR_ID in its place (§9.1.2.2 f, RFC 4456 §9)
//  9 shorter CLUSTER_LIST (RFC 4456 §9)
// 10 lower neighbour address (§9.1.2.2 g)
// 11 lower path identifier, so that the order is total when one neighbour sends several paths
//
// 5 is no comparison of two paths, as it holds between some and not between others: decision.ts does
// it as the RFC does, by taking paths out of a set.

import type { AttributeTable } from "../../route/index.ts";
import type { NextHopStates } from "./next-hop-states.ts";
import type { PathStore } from "./path-store.ts";
import type { Sources } from "./sources.ts";
import { LOCAL_SOURCE, type DecisionSettings, type Reason } from "./types.ts";

export class TieBreaks {
  readonly #paths: PathStore;
  readonly #sources: Sources;
  readonly #attributes: AttributeTable;
  readonly #states: NextHopStates;
  readonly #defaultLocalPref: number;

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
  }

  /** Tie-breaks 1 to 4. */
  beforeMed(a: number, b: number): number {
    const x = this.#paths.accepted[a];
    const y = this.#paths.accepted[b];
    return (
      this.localOrigin(a, b) ||
      this.localPreference(x, y) ||
      this.asPathLength(x, y) ||
      this.origin(x, y)
    );
  }

  /** Tie-breaks 6 and 7: what is equal after them may share the traffic. */
  afterMed(a: number, b: number): number {
    return this.externalOverInternal(a, b) || this.igpMetric(a, b);
  }

  /** Tie-breaks 8 to 11: never 0 for two different paths. */
  last(a: number, b: number): number {
    return (
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

  /** 2. `x`, `y`: attribute sets, here and below. */
  localPreference(x: number, y: number): number {
    return this.#localPref(y) - this.#localPref(x);
  }

  /** 3. */
  asPathLength(x: number, y: number): number {
    return this.#attributes.asPathLength(x) - this.#attributes.asPathLength(y);
  }

  /** 4. */
  origin(x: number, y: number): number {
    return this.#attributes.origin(x) - this.#attributes.origin(y);
  }

  /** 5, for two attribute sets to which it applies. */
  med(x: number, y: number): number {
    return this.medOf(x) - this.medOf(y);
  }

  /** 6. */
  externalOverInternal(a: number, b: number): number {
    const left = this.#sources.isExternal(this.#paths.source[a]) ? 0 : 1;
    const right = this.#sources.isExternal(this.#paths.source[b]) ? 0 : 1;
    return left - right;
  }

  /** 7. */
  igpMetric(a: number, b: number): number {
    return this.#metric(a) - this.#metric(b);
  }

  /** 8. */
  routerId(a: number, b: number): number {
    return this.#routerId(a) - this.#routerId(b);
  }

  /** 9. */
  clusterListLength(x: number, y: number): number {
    return this.#attributes.clusterListLength(x) - this.#attributes.clusterListLength(y);
  }

  /** 10. */
  neighbourAddress(a: number, b: number): number {
    return this.#sources.rank(this.#paths.source[a]) - this.#sources.rank(this.#paths.source[b]);
  }

  /** 11. */
  pathId(a: number, b: number): number {
    return this.#paths.pathId(a) - this.#paths.pathId(b);
  }

  /** MULTI_EXIT_DISC; absent is the lowest (RFC 4271 §9.1.2.2 c). */
  medOf(attributes: number): number {
    const med = this.#attributes.med(attributes);
    return med < 0 ? 0 : med;
  }

  /** By which tie-break path `a` is preferred to `b`, MED left out; undefined when it is not. */
  reason(a: number, b: number): Reason | undefined {
    const x = this.#paths.accepted[a];
    const y = this.#paths.accepted[b];
    const results: readonly (readonly [Reason, number])[] = [
      ["local origin", this.localOrigin(a, b)],
      ["local preference", this.localPreference(x, y)],
      ["AS path length", this.asPathLength(x, y)],
      ["origin", this.origin(x, y)],
      ["external over internal", this.externalOverInternal(a, b)],
      ["IGP metric", this.igpMetric(a, b)],
      ["router id", this.routerId(a, b)],
      ["cluster list length", this.clusterListLength(x, y)],
      ["neighbour address", this.neighbourAddress(a, b)],
      ["path id", this.pathId(a, b)],
    ];
    const first = results.find(([, result]) => result !== 0);
    return first !== undefined && first[1] < 0 ? first[0] : undefined;
  }

  #localPref(attributes: number): number {
    const value = this.#attributes.localPref(attributes);
    return value < 0 ? this.#defaultLocalPref : value;
  }

  #metric(path: number): number {
    const nextHop = this.#attributes.nextHop(this.#paths.accepted[path]);
    return nextHop === 0 ? 0 : this.#states.metric(nextHop);
  }

  #routerId(path: number): number {
    const originator = this.#attributes.originatorId(this.#paths.accepted[path]);
    return originator !== 0 ? originator : this.#sources.routerId(this.#paths.source[path]);
  }
}
