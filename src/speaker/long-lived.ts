// Long-lived stale routes (RFC 9494 §4.2): they carry LLGR_STALE, by which the decision process and
// every neighbour know them as the last choice; NO_LLGR forbids that a route is kept so long.
//
// Where not every router of the AS knows them (§4.6, partial deployment), LOCAL_PREF 0 says the same
// to all of them, and NO_EXPORT keeps those that do not know from passing it on to other ASes, where
// nobody would be told.

import { COMMUNITY, TRAIT } from "../route/index.ts";
import type { AttributeTable } from "../route/index.ts";
import { ResultMemo, UNKNOWN } from "./policy/index.ts";
import type { Negotiated } from "./session/index.ts";

/**
 * What a neighbour is told of them. "weakened": with LOCAL_PREF 0; "confined": with NO_EXPORT besides;
 * "nothing": it would not know them as the last choice (RFC 9494 §4.3).
 */
export type StaleExport = "as they are" | "weakened" | "confined" | "nothing";

/** Second words of the memory's keys. */
const DEMOTED = 0;
const DEMOTED_WEAKENED = 1;
const WEAKENED = 2;
const CONFINED = 3;

export class LongLived {
  readonly #attributes: AttributeTable;
  readonly #memo: ResultMemo;
  /** Some routers of this AS do not know them (§4.6). */
  isPartial = false;

  constructor(attributes: AttributeTable) {
    this.#attributes = attributes;
    this.#memo = new ResultMemo(attributes);
  }

  exportTo({ external, gracefulRestart }: Negotiated): StaleExport {
    const knowsThem = gracefulRestart?.longLived === true;
    if (!this.isPartial || external) return knowsThem ? "as they are" : "nothing";
    return knowsThem ? "weakened" : "confined";
  }

  /** The attribute set of a stale route that stays; 0: it must not. A new one has no holder yet. */
  demote(set: number): number {
    const traits = this.#attributes.traits(set);
    if ((traits & TRAIT.NO_LLGR) !== 0) return 0;
    if ((traits & TRAIT.LLGR_STALE) !== 0) return set;
    return this.#change(set, this.isPartial ? DEMOTED_WEAKENED : DEMOTED);
  }

  /** The attribute set of a route that is sent; 0: it is not. */
  send(set: number, how: StaleExport): number {
    if (how === "as they are" || (this.#attributes.traits(set) & TRAIT.LLGR_STALE) === 0)
      return set;
    return how === "nothing" ? 0 : this.#change(set, how === "weakened" ? WEAKENED : CONFINED);
  }

  #change(set: number, what: number): number {
    const known = this.#memo.find(set, what, 0);
    if (known !== UNKNOWN) return known;
    const before = this.#attributes.get(set);
    const { localPref, communities = [] } = before;
    const more = MORE[what];
    const isThere = more === undefined || communities.includes(more);
    const after = {
      ...before,
      localPref: what === DEMOTED ? localPref : 0,
      communities: isThere ? before.communities : [...communities, more],
    };
    const nextHop = this.#attributes.nextHop(set);
    // Where packets go is as it was: into the same table, or nowhere.
    const handling = this.#attributes.handling(set);
    const result = this.#attributes.internWith(after, nextHop, undefined, handling);
    this.#memo.store(set, what, 0, result, 0);
    return result;
  }
}

/** The community that a change adds. */
const MORE: Readonly<Record<number, number>> = {
  [DEMOTED]: COMMUNITY.LLGR_STALE,
  [DEMOTED_WEAKENED]: COMMUNITY.LLGR_STALE,
  [CONFINED]: COMMUNITY.NO_EXPORT,
};
