// Aggregates (RFC 4271 §9.2.2.2): one route in the place of many, announced as long as there is a more
// specific one in Loc-RIB. A route counts for the most specific aggregate that it lies in; that
// aggregate, being a route of this node, counts for the next one around it.
//
// AS_PATH of an aggregate is empty, and ATOMIC_AGGREGATE says that it was cut short. No AS_SET is made
// (RFC 9774 §3), and so no path of an aggregate makes a loop known: who aggregates others' routes must
// not announce the result to where they came from.

import type { Family, Prefix, PrefixTable } from "../route/index.ts";
import { bitsOf, prefixesEqual } from "../route/index.ts";
import type { StaticRoute } from "./config.ts";
import { RangeSet } from "./policy/index.ts";
import type { Rib, RouteListener } from "./rib/index.ts";

export interface AggregateConfig {
  readonly prefix: Prefix;
  /** Towards other ASes, what lies in it is not announced. */
  readonly summaryOnly: boolean;
  readonly communities?: readonly number[] | undefined;
}

const FAMILIES: readonly Family[] = [0, 1];

/** Prefix ids looked at for one unit of work. */
const IDS_A_UNIT = 16;

/** What lies in an aggregate, itself left out. */
export function within({ prefix }: AggregateConfig) {
  return { prefix, minimum: prefix.length + 1, maximum: bitsOf(prefix.family) };
}

export class Aggregates {
  readonly #prefixes: readonly [PrefixTable, PrefixTable];
  readonly #rib: Rib;
  readonly #listeners: readonly RouteListener[];
  /** The most specific first. */
  #configs: readonly AggregateConfig[] = [];
  #ranges = new RangeSet([]);
  /** By aggregate: prefixes that count for it. */
  #counts = new Uint32Array(0);
  /** A bit for each prefix that counts for its aggregate, by family. */
  readonly #counted: [Uint32Array, Uint32Array] = [new Uint32Array(32), new Uint32Array(32)];
  /** Where the look at what is there already stands, by family. */
  readonly #cursors: [number, number] = [Infinity, Infinity];
  #hasChanged = false;

  constructor(prefixes: readonly [PrefixTable, PrefixTable], rib: Rib) {
    this.#prefixes = prefixes;
    this.#rib = rib;
    this.#listeners = FAMILIES.map((family) => ({
      routeChanged: (prefix) => this.#look(family, prefix),
    }));
  }

  /** Takes other aggregates; work() finds out which have something in them. */
  configure(configs: readonly AggregateConfig[]): void {
    const sorted = configs.toSorted((a, b) => b.prefix.length - a.prefix.length);
    const isSame =
      sorted.length === this.#configs.length &&
      sorted.every(({ prefix }, i) => prefixesEqual(prefix, this.#configs[i].prefix));
    this.#hasChanged = true;
    const hadAny = this.#configs.length > 0;
    this.#configs = sorted;
    if (isSame) return;
    this.#ranges = new RangeSet(sorted.map(within));
    this.#counts = new Uint32Array(sorted.length);
    for (const family of FAMILIES) {
      this.#counted[family].fill(0);
      this.#cursors[family] = sorted.length === 0 ? Infinity : 0;
      if (hadAny) this.#rib.unlisten(family, this.#listeners[family]);
      if (sorted.length > 0) this.#rib.listen(family, this.#listeners[family]);
    }
  }

  /** A slice of looking at what is there; true: there is more to do. */
  work(units: number): boolean {
    let more = false;
    for (const family of FAMILIES) {
      const { limit } = this.#prefixes[family];
      const end = Math.min(limit, this.#cursors[family] + units * IDS_A_UNIT);
      for (let id = this.#cursors[family]; id < end; id++) this.#look(family, id);
      this.#cursors[family] = end >= limit ? Infinity : end;
      if (end < limit) more = true;
    }
    return more;
  }

  /** The aggregates to be announced, where they are others than at the last call, or may be. */
  takeChange(asn: number, routerId: number): StaticRoute[] | undefined {
    if (!this.#hasChanged) return undefined;
    this.#hasChanged = false;
    return this.#configs
      .filter((_, i) => this.#counts[i] > 0)
      .map(({ prefix, communities }) => ({
        prefix,
        communities: communities?.length === 0 ? undefined : communities,
        atomicAggregate: true,
        aggregator: { asn, address: routerId },
      }));
  }

  /** The aggregate that a prefix counts for, by its place among them; -1: none. */
  indexOf(family: Family, prefix: number): number {
    return this.#ranges.match(this.#prefixes[family], prefix);
  }

  #look(family: Family, prefix: number): void {
    const aggregate = this.indexOf(family, prefix);
    if (aggregate < 0) return;
    const word = prefix >>> 5;
    const bit = 1 << (prefix & 31);
    const counted = this.#bits(family, word);
    const has = this.#rib.hasBest(family, prefix);
    if (has === ((counted[word] & bit) !== 0)) return;
    counted[word] ^= bit;
    this.#counts[aggregate] += has ? 1 : -1;
    if (this.#counts[aggregate] === (has ? 1 : 0)) this.#hasChanged = true;
  }

  #bits(family: Family, word: number): Uint32Array {
    const bits = this.#counted[family];
    if (word < bits.length) return bits;
    const larger = new Uint32Array(Math.max(word + 1, bits.length * 2));
    larger.set(bits);
    this.#counted[family] = larger;
    return larger;
  }
}
