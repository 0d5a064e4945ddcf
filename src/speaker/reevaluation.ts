// Import policies changed: every path that is there is judged again, from the attributes as they were
// received, in slices. No neighbour has to send anything again.

import type { Family, PrefixTable } from "../route/index.ts";
import type { LongLived } from "./long-lived.ts";
import { PrefixGate } from "./prefix-limits.ts";
import { LOCAL_SOURCE } from "./rib/index.ts";
import type { ImportJudge, Rib } from "./rib/index.ts";
import type { Places } from "./places.ts";

/** Prefix ids without a path that cost as much as one with. */
const EMPTY_PER_UNIT = 32;

export class Reevaluation {
  readonly #prefixes: readonly [PrefixTable, PrefixTable];
  readonly #rib: Rib;
  readonly #places: Places;
  readonly #longLived: LongLived;
  #family: Family = 0;
  #cursor = 0;
  #isActive = false;
  /** Paths of a neighbour that are accepted: in the RIB, unless it holds a part only (plan-twin.ts). */
  acceptedCount: (source: number, family: Family) => number;

  constructor(
    prefixes: readonly [PrefixTable, PrefixTable],
    rib: Rib,
    places: Places,
    longLived: LongLived,
  ) {
    this.#longLived = longLived;
    this.#prefixes = prefixes;
    this.#rib = rib;
    this.#places = places;
    this.acceptedCount = (source, family) => rib.acceptedCount(source, family);
  }

  get isActive(): boolean {
    return this.#isActive;
  }

  /** Begins with the first prefix; a walk under way begins again, since policies changed once more. */
  request(): void {
    this.#isActive = true;
    this.#family = 0;
    this.#cursor = 0;
  }

  /** A slice of about `units` prefixes. `ticks`: ticks.ts. */
  work(units: number, ticks: number): void {
    for (let left = units; left > 0 && this.#isActive;) {
      if (this.#cursor >= this.#prefixes[this.#family].limit) {
        this.#nextTable();
        continue;
      }
      left -= this.judge(this.#family, this.#cursor++, ticks) ? 1 : 1 / EMPTY_PER_UNIT;
    }
  }

  /** Judges the paths of one prefix now. False: there are none. */
  judge(family: Family, prefix: number, ticks: number): boolean {
    return this.#rib.rejudge(family, prefix, this.verdict, ticks);
  }

  /** Own routes are not judged, nor is what a session that is gone has left: it goes. */
  readonly verdict: ImportJudge = (source, received, accepted, family, prefix, isStale) => {
    const neighbour = source === LOCAL_SOURCE ? undefined : this.#places.of(source);
    if (isStale && neighbour?.kept[family]?.isLast === true) {
      return accepted === 0 ? 0 : this.#longLived.demote(accepted);
    }
    const up = neighbour?.up;
    if (up === undefined) return accepted;
    const result = up.import.policy.evaluate(received, family, prefix);
    // What was kept away before does not come in by the back door.
    return accepted === 0 && this.#isFull(source, family) ? 0 : result;
  };

  /** Of a neighbour whose limit blocks. */
  #isFull(source: number, family: Family): boolean {
    const neighbour = this.#places.of(source);
    const limits = neighbour && PrefixGate.limitsOf(neighbour);
    return limits?.accepted !== undefined && this.acceptedCount(source, family) >= limits.accepted;
  }

  #nextTable(): void {
    this.#cursor = 0;
    if (this.#family === 0) this.#family = 1;
    else this.#isActive = false;
  }
}
