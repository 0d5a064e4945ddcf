// A set of small integers, one bit each.

export class Bitset {
  #words: Uint32Array;
  #count = 0;

  constructor(capacity = 1024) {
    this.#words = new Uint32Array((capacity + 31) >>> 5);
  }

  /** Members of the set. */
  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#words.byteLength;
  }

  has(id: number): boolean {
    const at = id >>> 5;
    return at < this.#words.length && (this.#words[at] & (1 << (id & 31))) !== 0;
  }

  /** False: it was there already. */
  add(id: number): boolean {
    const at = id >>> 5;
    if (at >= this.#words.length) this.#grow(at);
    const bit = 1 << (id & 31);
    const word = this.#words[at];
    if ((word & bit) !== 0) return false;
    this.#words[at] = word | bit;
    this.#count++;
    return true;
  }

  /** False: it was not there. */
  delete(id: number): boolean {
    const at = id >>> 5;
    if (at >= this.#words.length) return false;
    const bit = 1 << (id & 31);
    const word = this.#words[at];
    if ((word & bit) === 0) return false;
    this.#words[at] = word & ~bit;
    this.#count--;
    return true;
  }

  /** The first member that is `from` or more; -1 when there is none. Steps over 32 ids at a time. */
  next(from: number): number {
    let at = from >>> 5;
    if (at >= this.#words.length) return -1;
    let word = this.#words[at] & (-1 << (from & 31));
    while (word === 0) {
      if (++at >= this.#words.length) return -1;
      word = this.#words[at];
    }
    return (at << 5) + (31 - Math.clz32(word & -word));
  }

  #grow(at: number): void {
    const words = new Uint32Array(Math.max(at + 1, this.#words.length * 2));
    words.set(this.#words);
    this.#words = words;
  }
}
