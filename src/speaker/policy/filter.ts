// Filters, as configuration writes them: rules from first to last, the first that matches decides,
// and what no rule matches is rejected. A filter is compiled once. Which rules an attribute set can
// match at all is worked out once a set; only the rules that look at prefixes are asked a prefix.

import type { AttributeTable, PrefixRange, PrefixTable } from "../../route/index.ts";
import { Memo, UNKNOWN } from "./memo.ts";
import { RangeSet } from "./range-set.ts";
import { SOURCE, type Source } from "./source.ts";

/** Where a route comes from, in a rule's words. */
export type FilterSource = "own-pods" | "own-blocks" | "ebgp" | "ibgp";

/** Every key that is present has to match; within a key, one of the list is enough. */
export interface FilterMatch {
  readonly prefix?: readonly PrefixRange[] | undefined;
  /** The route carries this very community (RFC 1997, 32 bits). */
  readonly communities?: readonly number[] | undefined;
  readonly source?: readonly FilterSource[] | undefined;
}

export interface FilterAction {
  readonly accept: boolean;
  /** LOCAL_PREF, 0 to 2^32-1. Without effect towards another AS. */
  readonly setLocalPref?: number | undefined;
  /** Added to those that are there. */
  readonly addCommunities?: readonly number[] | undefined;
  /**
   * How many times more an AS is put in front of AS_PATH: the local one on export, the neighbour's
   * on import. Within one AS the path stays as it is (RFC 4271 §5.1.2).
   */
  readonly prepend?: number | undefined;
}

export interface FilterRule {
  /** For `explain`; else the rule goes by its number, from 1. */
  readonly name?: string | undefined;
  readonly match?: FilterMatch | undefined;
  readonly then: "accept" | "reject" | FilterAction;
}

export interface FilterSpec {
  readonly name: string;
  readonly rules: readonly FilterRule[];
}

/** What a route does where nothing changes it. */
export const ACCEPT: FilterAction = { accept: true };

const REJECT: FilterAction = { accept: false };

/** {@link Filter.decide}: no rule matched. */
export const RAN_OUT = -1;

/** Distinct lists of candidate rules that a filter remembers before it starts afresh. */
const SIGNATURES = 4096;

interface CompiledRule {
  readonly action: FilterAction;
  readonly ranges: RangeSet | undefined;
  readonly communities: readonly number[] | undefined;
  /** Bit `1 << source` for each source that the rule takes. */
  readonly sources: number;
}

export class Filter {
  readonly spec: FilterSpec;
  readonly #attributes: AttributeTable;
  readonly #rules: readonly CompiledRule[];
  readonly #memo: Memo;
  /** The candidate lists by number, and the number of each. */
  #signatures: Uint16Array[] = [];
  readonly #numbers = new Map<string, number>();

  constructor(spec: FilterSpec, attributes: AttributeTable) {
    this.spec = spec;
    this.#attributes = attributes;
    this.#rules = spec.rules.map(compileRule);
    this.#memo = new Memo(attributes);
  }

  /** The index of the rule that decides about a route; {@link RAN_OUT} when none does. */
  decide(id: number, source: Source, prefixes: PrefixTable, prefixId: number): number {
    const candidates = this.#signatures[this.#signature(id, source)];
    for (let i = 0; i < candidates.length; i++) {
      const { ranges } = this.#rules[candidates[i]];
      if (ranges === undefined || ranges.match(prefixes, prefixId) >= 0) return candidates[i];
    }
    return RAN_OUT;
  }

  /** What the rule does that {@link decide} named. */
  action(rule: number): FilterAction {
    return rule === RAN_OUT ? REJECT : this.#rules[rule].action;
  }

  /** A rule, in words. */
  describe(rule: number): string {
    if (rule === RAN_OUT) return `filter ${this.spec.name}: no rule matched`;
    return `filter ${this.spec.name}: rule ${this.spec.rules[rule].name ?? String(rule + 1)}`;
  }

  /** The number of the list of rules that routes with these attributes can match. */
  #signature(id: number, source: Source): number {
    const entry = this.#memo.find(id, source, 0);
    if (entry !== UNKNOWN) return this.#memo.value(entry);
    const candidates = this.#candidates(id, source);
    const key = candidates.join();
    let number = this.#numbers.get(key);
    if (number === undefined) {
      if (this.#signatures.length === SIGNATURES) this.#forget();
      number = this.#signatures.length;
      this.#signatures.push(Uint16Array.from(candidates));
      this.#numbers.set(key, number);
    }
    this.#memo.store(id, source, 0, number, 0);
    return number;
  }

  /** The rules that match but for the prefix, up to the first that takes any prefix. */
  #candidates(id: number, source: Source): number[] {
    const candidates: number[] = [];
    for (const [index, rule] of this.#rules.entries()) {
      if ((rule.sources & (1 << source)) === 0 || !this.#carries(id, rule.communities)) continue;
      candidates.push(index);
      if (rule.ranges === undefined) break;
    }
    return candidates;
  }

  #carries(id: number, wanted: readonly number[] | undefined): boolean {
    if (wanted === undefined) return true;
    const communities = this.#attributes.get(id).communities ?? [];
    return wanted.some((community) => communities.includes(community));
  }

  /** A neighbour that varies its communities without end does not make us remember without end. */
  #forget(): void {
    this.#memo.clear();
    this.#numbers.clear();
    this.#signatures = [];
  }
}

const SOURCES: Readonly<Record<FilterSource, number>> = {
  "own-pods": 1 << SOURCE.OWN_POD,
  "own-blocks": 1 << SOURCE.OWN_BLOCK,
  ebgp: 1 << SOURCE.EXTERNAL,
  ibgp: (1 << SOURCE.INTERNAL) | (1 << SOURCE.CLIENT),
};

const ANY_SOURCE = 0xff;

function compileRule(rule: FilterRule): CompiledRule {
  const { prefix, communities, source } = rule.match ?? {};
  let sources = source === undefined ? ANY_SOURCE : 0;
  for (const name of source ?? []) sources |= SOURCES[name];
  return { action: actionOf(rule), ranges: prefix && new RangeSet(prefix), communities, sources };
}

function actionOf({ then }: FilterRule): FilterAction {
  if (then === "accept") return ACCEPT;
  return then === "reject" ? REJECT : then;
}
