/**
 * Somebody takes out of the kernel what is put there, again and again: another daemon that believes the
 * same table to be its own, or a script. What was taken is put back at once, a few times; then each
 * time later, so that two programs do not answer each other as fast as they can for ever.
 */

/** Removals that are answered at once, one soon after the other: a link may flap. */
const PATIENCE = 3;
/** Milliseconds after which it counts as the first one again. */
const MEMORY = 30_000;
/** Things remembered; whoever is forgotten is put back at once. */
const MOST = 4096;
const TIMES = 16;

export class Quarrels {
  /** When a thing was taken last, and how often: milliseconds * TIMES + times. The oldest first. */
  readonly #known = new Map<number, number>();

  /** A thing, named by a number, was taken. 0: to be put back at once; else how much too often it was. */
  note(thing: number, now: number): number {
    const known = this.#known.get(thing);
    const isAgain = known !== undefined && now - Math.floor(known / TIMES) < MEMORY;
    const times = isAgain ? Math.min((known % TIMES) + 1, TIMES - 1) : 1;
    this.#known.delete(thing);
    if (this.#known.size === MOST) {
      for (const oldest of this.#known.keys()) {
        this.#known.delete(oldest);
        break;
      }
    }
    this.#known.set(thing, Math.floor(now) * TIMES + times);
    return Math.max(0, times - PATIENCE);
  }
}
