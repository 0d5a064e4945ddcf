/**
 * Routes are named across both families by one number, a ref: prefix id * 2 + family. This is a
 * queue of them: a ring in a typed array, which doubles when full and goes back to its first size
 * when it has run empty.
 */
import type { Family } from "../route/index.ts";

export const refOf = (family: Family, prefixId: number): number => prefixId * 2 + family;
export const refFamily = (ref: number): Family => ((ref & 1) === 0 ? 0 : 1);
export const refPrefix = (ref: number): number => ref >>> 1;

const FIRST_SIZE = 1024;

export class RefQueue {
  #ring = new Uint32Array(FIRST_SIZE);
  #head = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(ref: number): void {
    if (this.#size === this.#ring.length) this.#grow();
    this.#ring[(this.#head + this.#size) & (this.#ring.length - 1)] = ref;
    this.#size++;
  }

  /** The oldest; the queue must not be empty. */
  shift(): number {
    const ref = this.#ring[this.#head];
    this.#head = (this.#head + 1) & (this.#ring.length - 1);
    if (--this.#size === 0 && this.#ring.length > FIRST_SIZE) {
      this.#ring = new Uint32Array(FIRST_SIZE);
      this.#head = 0;
    }
    return ref;
  }

  #grow(): void {
    const ring = new Uint32Array(this.#ring.length * 2);
    const first = this.#ring.length - this.#head;
    ring.set(this.#ring.subarray(this.#head), 0);
    ring.set(this.#ring.subarray(0, this.#head), first);
    this.#ring = ring;
    this.#head = 0;
  }
}
