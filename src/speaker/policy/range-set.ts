// A list of prefix ranges, asked a million times which of its entries a prefix falls into. Entries
// are grouped by the first octet of their addresses, so most questions end at an empty group.

import { type PrefixRange, type PrefixTable, bitsOf } from "../../route/index.ts";
import type { Family, Prefix } from "../../route/index.ts";

export class RangeSet {
  readonly ranges: readonly PrefixRange[];
  /** By family and first octet: indexes of ranges, ascending. */
  readonly #groups: readonly [readonly number[][], readonly number[][]];

  constructor(ranges: readonly PrefixRange[]) {
    this.ranges = ranges;
    this.#groups = [groupsOf(0, ranges), groupsOf(1, ranges)];
  }

  /** The first range that the prefix falls into; -1 when there is none. */
  match(prefixes: PrefixTable, prefixId: number): number {
    const group = this.#groups[prefixes.family][prefixes.word(prefixId, 0) >>> 24];
    for (let i = 0; i < group.length; i++) {
      const range = this.ranges[group[i]];
      const length = prefixes.lengthOf(prefixId);
      if (length < range.minimum || length > range.maximum) continue;
      if (prefixes.isInside(prefixId, range.prefix)) return group[i];
    }
    return -1;
  }
}

/** A range that takes a prefix and everything inside it. */
export function inside(prefix: Prefix): PrefixRange {
  return { prefix, minimum: prefix.length, maximum: bitsOf(prefix.family) };
}

function groupsOf(family: Family, ranges: readonly PrefixRange[]): number[][] {
  const groups = Array.from({ length: 256 }, (): number[] => []);
  for (const [index, { prefix }] of ranges.entries()) {
    if (prefix.family !== family) continue;
    const first = prefix.w0 >>> 24;
    // A prefix shorter than an octet begins in several groups.
    const last = prefix.length >= 8 ? first : first + (1 << (8 - prefix.length)) - 1;
    for (let octet = first; octet <= last; octet++) groups[octet].push(index);
  }
  return groups;
}
