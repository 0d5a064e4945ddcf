// A queue of prefix ids in which no prefix is twice: a ring, and a set that says who is in it. Every
// queued prefix is referenced (prefix-references.ts), so that its id keeps its meaning until the queue
// is read.

import { Bitset } from "./bitset.ts";
import type { PrefixReferences } from "./prefix-references.ts";

/** Ring entries at the start, and again once a ring that grew is empty; a power of two. */
const SMALL = 1024;

export class PrefixQueue {
  readonly #references: PrefixReferences;
  readonly #members = new Bitset();
  #ring = new Uint32Array(SMALL);
  #head = 0;
  #used = 0;

  constructor(references: PrefixReferences) {
    this.#references = references;
  }

  /** Prefixes in the queue. */
  get length(): number {
    return this.#members.count;
  }

  get bytes(): number {
    return this.#ring.byteLength + this.#members.bytes;
  }

  has(prefix: number): boolean {
    return this.#members.has(prefix);
  }

  /** Adds a prefix at the end; one that is in the queue stays where it is. */
  push(prefix: number): void {
    if (!this.#members.add(prefix)) return;
    this.#references.retain(prefix);
    if (this.#used === this.#ring.length) this.#grow();
    this.#ring[(this.#head + this.#used++) & (this.#ring.length - 1)] = prefix;
  }

  /**
   * Takes the first prefix out; -1 when the queue is empty. The reference goes to the caller, who
   * drops it when the prefix has been dealt with.
   */
  shift(): number {
    while (this.#used > 0) {
      const prefix = this.#ring[this.#head];
      this.#head = (this.#head + 1) & (this.#ring.length - 1);
      this.#used--;
      if (this.#members.delete(prefix)) return prefix;
    }
    if (this.#ring.length > SMALL) this.#ring = new Uint32Array(SMALL);
    this.#head = 0;
    return -1;
  }

  /**
   * Takes one prefix out, wherever it stands. False: it was not there. The reference goes to the
   * caller. Its entry in the ring is stepped over later, or is its place if it is pushed before that.
   */
  take(prefix: number): boolean {
    return this.#members.delete(prefix);
  }

  #grow(): void {
    const ring = new Uint32Array(this.#ring.length * 2);
    const tail = this.#ring.subarray(this.#head);
    ring.set(tail);
    ring.set(this.#ring.subarray(0, this.#head), tail.length);
    this.#ring = ring;
    this.#head = 0;
  }
}
