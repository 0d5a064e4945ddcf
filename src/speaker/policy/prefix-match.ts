import type { PrefixRange, PrefixTable } from "../../route/index.ts";
import type { FilterMatch, NumberRange } from "./filter-spec.ts";
import { RangeSet } from "./range-set.ts";

/** A rule's conditions about the prefix. */
export class PrefixMatch {
  readonly #inside: RangeSet | undefined;
  readonly #outside: RangeSet | undefined;
  readonly #minimum: number;
  readonly #maximum: number;

  private constructor(
    inside: readonly PrefixRange[] | undefined,
    outside: readonly PrefixRange[] | undefined,
    length: NumberRange | undefined,
  ) {
    this.#inside = inside && new RangeSet(inside);
    this.#outside = outside && new RangeSet(outside);
    this.#minimum = length?.minimum ?? 0;
    this.#maximum = length?.maximum ?? 128;
  }

  /** undefined: the rule does not look at the prefix. */
  static of(match: FilterMatch | undefined): PrefixMatch | undefined {
    const { prefix, notPrefix, length } = match ?? {};
    if (prefix === undefined && notPrefix === undefined && length === undefined) return undefined;
    return new PrefixMatch(prefix, notPrefix, length);
  }

  matches(prefixes: PrefixTable, prefixId: number): boolean {
    const length = prefixes.lengthOf(prefixId);
    if (length < this.#minimum || length > this.#maximum) return false;
    if (this.#inside !== undefined && this.#inside.match(prefixes, prefixId) < 0) return false;
    return this.#outside === undefined || this.#outside.match(prefixes, prefixId) < 0;
  }
}
