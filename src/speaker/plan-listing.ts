// How much of what a plan finds is listed one by one; all of it is counted.

import type { PlanChange } from "./plan-views.ts";

/** Items at most where not all are wanted: one costs as much as a prefix, and somebody keeps them. */
const MOST_LISTED = 10_000;

/** How many of each kind have been listed. */
export type Listed = Record<PlanChange | "leak", number>;

export function noneListed(): Listed {
  return { appear: 0, vanish: 0, change: 0, leak: 0 };
}

/** Room for items: so many of one kind, so many in one step, and so many in all. */
export class Listing {
  readonly #most: number;
  readonly #mostInStep: number;
  #room = MOST_LISTED;
  #stepRoom = 0;

  /** `most` of one kind; Infinity: all there are, in a step and altogether, too. */
  constructor(most: number, mostInStep: number) {
    this.#most = most;
    this.#mostInStep = mostInStep;
  }

  get isWhole(): boolean {
    return this.#most === Infinity;
  }

  beginStep(): void {
    this.#stepRoom = this.#mostInStep;
  }

  /** Whether one more of a kind is to be listed; it is counted as such. */
  takes(listed: Listed, kind: keyof Listed): boolean {
    if (this.isWhole) return true;
    if (listed[kind] >= this.#most || this.#stepRoom === 0 || this.#room === 0) return false;
    listed[kind]++;
    this.#stepRoom--;
    this.#room--;
    return true;
  }
}
