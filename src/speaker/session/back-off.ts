// How long a fallen session rests in Idle (the IdleHoldTimer of RFC 4271 §8.1.1), by its cause.

import type { Pause } from "./cause.ts";
import type { BackOffSettings } from "./settings.ts";
import { jittered } from "./timers.ts";

/** Milliseconds over which "at once" is spread, so that two sides do not collide in step for ever. */
const AT_ONCE_SPREAD = 500;
/** After so many in a row, "at once" becomes the short pause: something is wrong with the other side. */
const AT_ONCE_LIMIT = 5;
/** Seconds; doubles from there. */
const HOPEFUL = 1;
/** A neighbour is not steady that has had so many sessions since the last good one ... */
const MOMENTS = 10;
/** ... which lasted for fewer milliseconds than these. */
const MOMENT = 3000;

export class BackOff {
  /** How many growing pauses there were since the last good session. */
  #doublings = 0;
  #atOnce = 0;
  #moments = 0;

  /** Its sessions come and go: RFC 4271 §8.1.1, DampPeerOscillations. */
  get isUnsteady(): boolean {
    return this.#moments >= MOMENTS;
  }

  /** A session has ended that lasted for so many milliseconds. */
  noteSession(lasted: number, settings: BackOffSettings): void {
    if (lasted >= settings.forgetAfter * 1000) this.forget();
    else if (lasted < MOMENT) this.#moments++;
  }

  /** After a good session, a change of configuration, an operator's word. */
  forget(): void {
    this.#doublings = 0;
    this.#atOnce = 0;
    this.#moments = 0;
  }

  /** The next pause in milliseconds. */
  next(pause: Pause, settings: BackOffSettings, random: () => number): number {
    if (pause === "none" && this.#atOnce++ < AT_ONCE_LIMIT) return AT_ONCE_SPREAD * random();
    if (pause === "none" || pause === "short") return jittered(settings.short * 1000, random);
    const first = pause === "hopeful" ? HOPEFUL : settings.first;
    const seconds = Math.min(settings.longest, first * 2 ** this.#doublings);
    if (seconds < settings.longest) this.#doublings++;
    return jittered(seconds * 1000, random);
  }
}
