/**
 * What somebody else took out of the kernel. Whoever flushes a table removes thousands of things one
 * by one: they are counted for a moment and told in one event.
 */

/** Milliseconds from the first loss to the event. */
const GATHER = 200;

export class Losses {
  /** What the event is to name: one of the things lost. */
  example = "";
  #count = 0;
  #routes = 0;
  #due = Infinity;

  /** Counts one; true: it is the first, and `example` wants to be set. `routes`: lost along with it. */
  add(now: number, routes = 0): boolean {
    this.#routes += routes;
    if (this.#count++ > 0) return false;
    this.#due = now + GATHER;
    return true;
  }

  nextDeadline(): number {
    return this.#due;
  }

  /** What has been lost, once the moment is over. */
  take(now: number): { count: number; routes: number; example: string } | undefined {
    if (now < this.#due) return undefined;
    const { example } = this;
    const lost = { count: this.#count, routes: this.#routes, example };
    this.#count = 0;
    this.#routes = 0;
    this.#due = Infinity;
    return lost;
  }
}
