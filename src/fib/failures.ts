/**
 * Routes that the kernel has refused: how often, why, and when to try again. The delay doubles up to
 * a minute and stays there, so a route is never given up and never a burden.
 *
 * A delay is a level, and a level is a queue: whoever enters it later is due later, so there is
 * nothing to sort, however many routes have failed.
 */
import { RefQueue } from "./ref-queue.ts";

/** Milliseconds, by level. */
const DELAYS: readonly number[] = [100, 500, 1000, 2000, 4000, 8000, 16_000, 32_000, 64_000];

export class Failures {
  /** Ref -> errno * 16 + level. Numbers, not objects: a million may fail at once. */
  readonly #records = new Map<number, number>();
  readonly #queues = DELAYS.map(() => new RefQueue());
  /** When each entry of the queue beside it is due, in milliseconds. */
  readonly #due: number[][] = DELAYS.map(() => []);
  /** Entries of `#due` that have been used up. */
  readonly #used: number[] = DELAYS.map(() => 0);

  get size(): number {
    return this.#records.size;
  }

  /** 0: it has not failed. */
  errno(ref: number): number {
    return (this.#records.get(ref) ?? 0) >>> 4;
  }

  /** Notes a failure; answers whether it is the first one of this kind. */
  add(ref: number, errno: number, now: number): boolean {
    const record = this.#records.get(ref);
    const level = record === undefined ? 0 : Math.min((record & 15) + 1, DELAYS.length - 1);
    this.hold(ref, errno, level, now);
    return record === undefined || record >>> 4 !== errno;
  }

  /** It is to wait, as long as after `level` failures. */
  hold(ref: number, errno: number, level: number, now: number): void {
    this.#records.set(ref, (errno << 4) | level);
    this.#queues[level].push(ref);
    this.#due[level].push(now + DELAYS[level]);
  }

  /** It has gone well, or nobody wants it any more. */
  clear(ref: number): void {
    this.#records.delete(ref);
  }

  /** Moves the refs that are due into `into`; one that has been cleared meanwhile is left out. */
  take(now: number, into: number[]): void {
    for (let level = 0; level < DELAYS.length; level++) {
      const queue = this.#queues[level];
      while (queue.size > 0 && this.#due[level][this.#used[level]] <= now) {
        this.#used[level]++;
        const ref = queue.shift();
        if (this.#records.has(ref)) into.push(ref);
      }
      if (queue.size > 0 && this.#used[level] < 4096) continue;
      this.#due[level] = this.#due[level].slice(this.#used[level]);
      this.#used[level] = 0;
    }
  }

  nextDeadline(): number {
    let deadline = Infinity;
    for (let level = 0; level < DELAYS.length; level++) {
      if (this.#queues[level].size === 0) continue;
      deadline = Math.min(deadline, this.#due[level][this.#used[level]]);
    }
    return deadline;
  }
}
