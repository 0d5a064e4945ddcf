/**
 * Routes that wait to be looked at, each by its ref. What is to be put into the kernel goes in the
 * order in which it came. What is to go away goes in strides: every sixteenth address, then the next
 * sixteenth, for the kernel's trie shrinks node by node when neighbouring addresses leave one after
 * the other, and each time waits for its readers (measured: a million /32s in order 3.0 s, in
 * strides 2.3 s; for adding them it makes no difference; `npm run bench`).
 */
import type { PrefixTable } from "../route/index.ts";
import { RefQueue } from "./ref-queue.ts";

const LANES = 16;

export class RouteQueue {
  /** What is to be put, then the lanes of what is to go, by the low bits of the address. */
  readonly #queues = Array.from({ length: 1 + LANES }, () => new RefQueue());
  /** The queue whose turn it is, and how much of it: what comes meanwhile waits for the next turn. */
  #turn = 0;
  #left = 0;
  #lane = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** To be put into the kernel, or replaced there. */
  push(ref: number): void {
    this.#queues[0].push(ref);
    this.#size++;
  }

  /** To be taken out; `bits`: of {@link lastBits}. */
  pushRemoval(ref: number, bits: number): void {
    this.#queues[1 + (bits & (LANES - 1))].push(ref);
    this.#size++;
  }

  /** The next; the queue must not be empty. */
  shift(): number {
    while (this.#left === 0) this.#next();
    this.#left--;
    this.#size--;
    return this.#queues[this.#turn].shift();
  }

  /** What is to be put has every other turn. */
  #next(): void {
    if (this.#turn === 0) {
      this.#lane = (this.#lane + 1) % LANES;
      this.#turn = 1 + this.#lane;
    } else {
      this.#turn = 0;
    }
    this.#left = this.#queues[this.#turn].size;
  }
}

/** The last bits of a network, its own and none behind them: neighbours of one length differ there. */
export function lastBits(prefixes: PrefixTable, id: number): number {
  const length = prefixes.lengthOf(id);
  if (length === 0) return 0;
  const last = length - 1;
  return prefixes.word(id, (last >>> 5) as 0 | 1 | 2 | 3) >>> (31 - (last & 31));
}
