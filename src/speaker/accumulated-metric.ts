// AIGP on the way out (RFC 7311 §3.4.3): who puts another next hop into a route adds the way to the old
// one, at least 1, so that the metric grows along every path; who leaves the next hop alone changes
// nothing.

import type { AttributeTable } from "../route/index.ts";
import { addressesEqual } from "../route/index.ts";
import { ResultMemo, UNKNOWN } from "./policy/index.ts";

const MOST = 0xffffffffffffffffn;

export class AccumulatedMetric {
  readonly #attributes: AttributeTable;
  readonly #metricOf: (nextHop: number) => number;
  readonly #memo: ResultMemo;

  /** `metricOf`: of the way to a next hop (its id), u32. */
  constructor(attributes: AttributeTable, metricOf: (nextHop: number) => number) {
    this.#attributes = attributes;
    this.#metricOf = metricOf;
    this.#memo = new ResultMemo(attributes);
  }

  /** `before`: the set as it is used here; `set`: as it is to be sent. 0: no room. */
  add(before: number, set: number): number {
    const attributes = this.#attributes;
    if (!attributes.hasAigp(set)) return set;
    const nextHop = attributes.nextHop(before);
    if (nextHop === 0 || this.#isKept(nextHop, attributes.nextHop(set))) return set;
    // A blackhole is here, wherever its next hop may be.
    const way = attributes.handling(before).blackhole ? 0 : this.#metricOf(nextHop);
    const step = Math.max(1, way);
    const known = this.#memo.find(set, step, 0);
    if (known !== UNKNOWN) return known;
    const { aigp = 0n, ...others } = attributes.get(set);
    const sum = aigp + BigInt(step);
    const after = { ...others, aigp: sum > MOST ? MOST : sum };
    const result = attributes.internWith(after, attributes.nextHop(set));
    this.#memo.store(set, step, 0, result, 0);
    return result;
  }

  /** The same router's address; a link-local one beside it may have been left out. */
  #isKept(before: number, after: number): boolean {
    if (before === after) return true;
    if (after === 0) return false;
    const { nextHops } = this.#attributes;
    return addressesEqual(nextHops.get(before).address, nextHops.get(after).address);
  }
}
