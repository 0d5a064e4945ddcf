// Long-lived stale routes (RFC 9494 §4.2): they carry LLGR_STALE, by which the decision process and
// every neighbour know them as the last choice; NO_LLGR forbids that a route is kept so long.

import { COMMUNITY, TRAIT } from "../route/index.ts";
import type { AttributeTable } from "../route/index.ts";
import { ResultMemo, UNKNOWN } from "./policy/index.ts";

export class LongLived {
  readonly #attributes: AttributeTable;
  readonly #memo: ResultMemo;

  constructor(attributes: AttributeTable) {
    this.#attributes = attributes;
    this.#memo = new ResultMemo(attributes);
  }

  /** The attribute set of a stale route that stays; 0: it must not. A new one has no holder yet. */
  demote(set: number): number {
    const traits = this.#attributes.traits(set);
    if ((traits & TRAIT.NO_LLGR) !== 0) return 0;
    if ((traits & TRAIT.LLGR_STALE) !== 0) return set;
    const known = this.#memo.find(set, 0, 0);
    if (known !== UNKNOWN) return known;
    const before = this.#attributes.get(set);
    const communities = [...(before.communities ?? []), COMMUNITY.LLGR_STALE];
    const after = { ...before, communities };
    const attributes = this.#attributes;
    const handling = attributes.handling(set);
    const result = attributes.internWith(after, attributes.nextHop(set), undefined, handling);
    this.#memo.store(set, 0, 0, result, 0);
    return result;
  }
}
