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

  /** Whether it has all members of another set that are `from` or more and less than `to`. */
  includes(other: Bitset, from: number, to: number): boolean {
    for (let at = from >>> 5; at << 5 < to; at++) {
      const wanted = other.#within(at, from, to);
      if ((wanted & ~this.#within(at, from, to)) !== 0) return false;
    }
    return true;
  }

  /** Takes the members of another set that are `from` or more and less than `to` out of this one. */
  subtract(other: Bitset, from: number, to: number): void {
    for (let at = from >>> 5; at << 5 < to; at++) {
      const gone = other.#within(at, from, to) & this.#within(at, from, to);
      if (gone === 0) continue;
      this.#words[at] &= ~gone;
      this.#count -= ones(gone);
    }
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

  /** A word, without the bits of ids outside from .. to. */
  #within(at: number, from: number, to: number): number {
    if (at >= this.#words.length) return 0;
    let word = this.#words[at];
    if (at << 5 < from) word &= -1 << (from & 31);
    if (to - (at << 5) < 32) word &= ~(-1 << (to & 31));
    return word;
  }

  #grow(at: number): void {
    const words = new Uint32Array(Math.max(at + 1, this.#words.length * 2));
    words.set(this.#words);
    this.#words = words;
  }
}

/** How many bits of a word are set: sums of 1, 2, 4 bits, then of all bytes. */
function ones(word: number): number {
  let sum = word - ((word >>> 1) & 0x55555555);
  sum = (sum & 0x33333333) + ((sum >>> 2) & 0x33333333);
  sum = (sum + (sum >>> 4)) & 0x0f0f0f0f;
  return Math.imul(sum, 0x01010101) >>> 24;
}
