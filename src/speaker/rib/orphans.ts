// Prefixes that were marked for members that have left: each still has the reference that its mark was.
// They are given back in slices, for a member that was blocked for long leaves as many as there are
// (measured: a million at once hold the event loop for hundreds of milliseconds).

import type { Bitset } from "./bitset.ts";
import type { PrefixReferences } from "./prefix-references.ts";

interface Orphan {
  readonly references: PrefixReferences;
  readonly prefixes: Bitset;
  cursor: number;
}

export class Orphans {
  readonly #waiting: Orphan[] = [];

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Takes over a set of prefixes, with a reference to each. */
  add(references: PrefixReferences, prefixes: Bitset): void {
    if (prefixes.count > 0) this.#waiting.push({ references, prefixes, cursor: 0 });
  }

  /** Drops up to `units` references; the result is what is left of `units`. */
  work(units: number): number {
    let left = units;
    while (left > 0 && this.#waiting.length > 0) {
      const orphan = this.#waiting[0];
      const prefix = orphan.prefixes.next(orphan.cursor);
      if (prefix < 0) {
        this.#waiting.shift();
        continue;
      }
      orphan.cursor = prefix + 1;
      orphan.references.drop(prefix);
      left--;
    }
    return left;
  }
}
