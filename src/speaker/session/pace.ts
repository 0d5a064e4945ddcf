// How fast this node connects, all its neighbours together. After a common failure (a switch, this
// node itself) hundreds of sessions end in one moment, and their pauses end almost in one as well:
// the more wait, the longer the queue here. A few go at once, so that one neighbour alone never waits.

/** Attempts that may be made in one moment ... */
const AT_ONCE = 10;
/** ... and milliseconds between two when more wait: 500 neighbours take five seconds. */
const SPACING = 10;

export class Pace {
  /** When the attempts granted so far would have been made, had all been SPACING apart. */
  #booked = -Infinity;

  /** Books an attempt: now, or when its turn comes. Milliseconds of the caller's clock. */
  turn(now: number): number {
    const booked = Math.max(this.#booked, now);
    this.#booked = booked + SPACING;
    return Math.max(now, booked - (AT_ONCE - 1) * SPACING);
  }
}
