// How many places of this room mention a prefix: its chain of paths, the queues, every Adj-RIB-Out and
// every member that still has to hear of it. The prefix table knows holders, not counts; this room
// is one holder there, from the first reference to the last.

import { HOLDER, PHASE, type PrefixTable, columnLength, grown16 } from "../../route/index.ts";

export class PrefixReferences {
  readonly #prefixes: PrefixTable;
  /** At most one for each neighbour, two for each group, and a handful. */
  #counts = new Uint16Array(columnLength(PHASE.REFERENCES, 0));

  constructor(prefixes: PrefixTable) {
    this.#prefixes = prefixes;
  }

  get bytes(): number {
    return this.#counts.byteLength;
  }

  /** Whether any place mentions it. */
  has(prefix: number): boolean {
    return prefix < this.#counts.length && this.#counts[prefix] !== 0;
  }

  retain(prefix: number): void {
    if (prefix >= this.#counts.length) {
      this.#counts = grown16(this.#counts, columnLength(PHASE.REFERENCES, prefix + 1));
    }
    if (this.#counts[prefix]++ === 0) this.#prefixes.hold(prefix, HOLDER.RIB);
  }

  /** After the last reference the prefix may be freed and its id used again. */
  drop(prefix: number, count = 1): void {
    this.#counts[prefix] -= count;
    if (this.#counts[prefix] === 0) this.#prefixes.release(prefix, HOLDER.RIB);
  }
}
