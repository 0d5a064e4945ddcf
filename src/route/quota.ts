// How much of a table neighbours may fill. A neighbour can send distinct attribute sets and next hops
// for ever; without a ceiling it would take all memory, and with one alone it would take everybody's
// room. So nobody gets more than half: one that runs wild is stopped while the others still have room.

import { roundUp } from "./byte-arena.ts";

/** Of an attribute set, beside its encoding: its columns, and its place in the index. */
const SET_BYTES = 64;

/** What an attribute set with an encoding of so many bytes counts against its owner's quota. */
export function weightOf(length: number): number {
  return SET_BYTES + roundUp(length);
}

/** The owner of what this node makes itself. */
export const THIS_NODE = 0;

export class Quota {
  readonly #maximum: number;
  readonly #ownMaximum: number;
  /** What all neighbours have together. */
  #taken = 0;
  readonly #owned = new Map<number, number>();

  /** `maximum`: of all neighbours together. `ownMaximum`: of this node, besides. */
  constructor(maximum: number, ownMaximum: number) {
    this.#maximum = maximum;
    this.#ownMaximum = ownMaximum;
  }

  /** False: there is no room for that much more of this owner's, and nothing was taken. */
  take(owner: number, amount: number): boolean {
    const owned = (this.#owned.get(owner) ?? 0) + amount;
    if (owner === THIS_NODE) {
      if (owned > this.#ownMaximum) return false;
    } else {
      if (owned > this.#maximum / 2 || this.#taken + amount > this.#maximum) return false;
      this.#taken += amount;
    }
    this.#owned.set(owner, owned);
    return true;
  }

  give(owner: number, amount: number): void {
    const left = (this.#owned.get(owner) ?? 0) - amount;
    if (left > 0) this.#owned.set(owner, left);
    else this.#owned.delete(owner);
    if (owner !== THIS_NODE) this.#taken -= amount;
  }
}
