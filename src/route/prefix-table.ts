// The interned prefixes of one family. A prefix becomes a small dense integer, which every other
// table uses as its index; the words and the hash index are typed arrays. An IPv4 prefix costs 14
// bytes, an IPv6 prefix 26, plus the slack of doubling.

import { formatWords } from "./address-text.ts";
import { type Family, IPV4 } from "bgp-ts";
import { PHASE, columnLength, fitted8, grown32, roomOf } from "./grow.ts";
import { mixWord } from "./hash.ts";
import { Prefix, maskWord } from "./prefix.ts";
import { sortByAddress } from "./sort.ts";
import { END, Slots } from "./slots.ts";

/** Who keeps a prefix alive; one bit each, so that eight may. */
export const HOLDER = { RIB: 1, FIB: 2, OUT: 4, LOCAL: 8 } as const;

/**
 * Prefixes of one family: four times the Internet's table, and the largest cluster's. Whoever interns
 * what comes from outside looks at {@link PrefixTable.isFull}; the table itself refuses nothing.
 */
const MOST_PREFIXES = 1 << 22;

/** In the column of lengths: this id is free. */
const FREE = 255;

const NONE = -1;

/** The columns, by their phases. */
const WORDS = PHASE.PREFIXES;
const LENGTHS = PHASE.PREFIXES + 1;
const HOLDERS = PHASE.PREFIXES + 2;

export class PrefixTable {
  readonly family: Family;
  /** Prefixes that it is to have at most. */
  readonly maximum: number;
  /** Words of one prefix: 1 or 4. */
  readonly #stride: 1 | 4;
  readonly #seed: number;
  /** Prefixes before the first growth. */
  readonly #first: number;
  #words: Uint32Array;
  #lengths: Uint8Array<ArrayBuffer>;
  #holders: Uint8Array<ArrayBuffer>;
  readonly #slots: Slots;
  /** Ids that every column has room for. */
  #room: number;
  #limit = 0;
  #size = 0;
  /** The free ids are chained by their first word (id + 1; 0 ends the chain). */
  #free = 0;
  /** How many prefixes there are of each length. */
  readonly #counts: Uint32Array;
  /** The lengths that occur, longest first. */
  #present: number[] = [];

  /**
   * `initialCapacity`: prefixes before the first growth. `seed`: any number, best a random one: a
   * neighbour that does not know it cannot choose prefixes that all fall into one slot. `maximum`:
   * prefixes after which {@link isFull} holds.
   */
  constructor(family: Family, initialCapacity = 1024, seed = 0, maximum = MOST_PREFIXES) {
    this.family = family;
    this.maximum = maximum;
    this.#stride = family === IPV4 ? 1 : 4;
    this.#seed = seed | 0;
    this.#first = initialCapacity;
    this.#words = new Uint32Array(this.#lengthOf(WORDS, 0) * this.#stride);
    this.#lengths = new Uint8Array(this.#lengthOf(LENGTHS, 0)).fill(FREE);
    this.#holders = new Uint8Array(this.#lengthOf(HOLDERS, 0));
    this.#room = this.#words.length / this.#stride;
    this.#slots = new Slots(initialCapacity);
    this.#counts = new Uint32Array(129);
  }

  /** Prefixes in the table. */
  get size(): number {
    return this.#size;
  }

  /** It has more prefixes than it is to have. */
  get isFull(): boolean {
    return this.#size > this.maximum;
  }

  /** Every id is below this; it never shrinks. */
  get limit(): number {
    return this.#limit;
  }

  /** Memory held, in bytes. */
  get bytes(): number {
    return (
      this.#words.byteLength +
      this.#lengths.byteLength +
      this.#holders.byteLength +
      this.#slots.bytes
    );
  }

  /**
   * The id of a prefix, a new one if need be. Words in host order, host bits zero; an IPv4 table
   * looks at `w0` only. A new id has no holder: hold it, or give it back by `release(id, 0)`.
   */
  intern(w0: number, w1: number, w2: number, w3: number, length: number): number {
    const found = this.find(w0, w1, w2, w3, length);
    if (found >= 0) return found;
    const id = this.#takeId();
    const at = id * this.#stride;
    this.#words[at] = w0;
    if (this.#stride === 4) {
      this.#words[at + 1] = w1;
      this.#words[at + 2] = w2;
      this.#words[at + 3] = w3;
    }
    this.#lengths[id] = length;
    this.#holders[id] = 0;
    this.#slots.insert(id, this);
    this.#size++;
    if (this.#counts[length]++ === 0) this.#notePresent();
    return id;
  }

  /** The id of a prefix, -1 when the table does not have it. Arguments as for {@link intern}. */
  find(w0: number, w1: number, w2: number, w3: number, length: number): number {
    const slots = this.#slots;
    const hash = this.#hash(w0, w1, w2, w3, length);
    for (let at = slots.first(hash); at !== END; at = slots.next(at, hash)) {
      const id = slots.at(at);
      if (this.#is(id, w0, w1, w2, w3, length)) return id;
    }
    return NONE;
  }

  internPrefix(prefix: Prefix): number {
    return this.intern(prefix.w0, prefix.w1, prefix.w2, prefix.w3, prefix.length);
  }

  /** -1 when the table does not have it. */
  findPrefix(prefix: Prefix): number {
    return this.find(prefix.w0, prefix.w1, prefix.w2, prefix.w3, prefix.length);
  }

  hold(id: number, holder: number): void {
    this.#holders[id] |= holder;
  }

  /** Takes a holder away (0: none). An id that nobody holds any more is free from here on. */
  release(id: number, holder: number): void {
    if (!this.has(id)) throw new Error(`prefix ${id} is already free`);
    const left = this.#holders[id] & ~holder;
    this.#holders[id] = left;
    if (left === 0) this.#freeId(id);
  }

  /** The holders of a prefix, as bits of {@link HOLDER}. */
  holders(id: number): number {
    return this.#holders[id];
  }

  has(id: number): boolean {
    return id >= 0 && id < this.#limit && this.#lengths[id] !== FREE;
  }

  /** Word `index` (0..3) of a prefix, unsigned, host order. */
  word(id: number, index: 0 | 1 | 2 | 3): number {
    if (this.#stride === 1) return index === 0 ? this.#words[id] : 0;
    return this.#words[id * 4 + index];
  }

  /** The length of a prefix, in bits. */
  lengthOf(id: number): number {
    return this.#lengths[id];
  }

  prefix(id: number): Prefix {
    return new Prefix(
      this.family,
      this.word(id, 0),
      this.word(id, 1),
      this.word(id, 2),
      this.word(id, 3),
      this.lengthOf(id),
    );
  }

  format(id: number): string {
    const words = [this.word(id, 0), this.word(id, 1), this.word(id, 2), this.word(id, 3)] as const;
    return `${formatWords(this.family, ...words)}/${this.lengthOf(id)}`;
  }

  /**
   * The longest prefix that contains the address and that `accept` takes; -1 when there is none.
   * One hash look-up for each length that occurs in the table.
   */
  longestMatch(
    w0: number,
    w1: number,
    w2: number,
    w3: number,
    accept: (id: number) => boolean,
  ): number {
    for (const length of this.#present) {
      const id = this.find(
        w0 & maskWord(length, 0),
        w1 & maskWord(length, 1),
        w2 & maskWord(length, 2),
        w3 & maskWord(length, 3),
        length,
      );
      if (id >= 0 && accept(id)) return id;
    }
    return NONE;
  }

  /** All ids in the order of addresses; of two with the same address the shorter comes first. */
  sorted(): Uint32Array {
    const ids = new Uint32Array(this.#size);
    let count = 0;
    for (let id = 0; id < this.#limit; id++) if (this.#lengths[id] !== FREE) ids[count++] = id;
    return sortByAddress(ids, this.#words, this.#stride, this.#lengths);
  }

  /** The ids of a prefix and of everything inside it, in the order of addresses. One pass. */
  covered(outer: Prefix): Uint32Array {
    const found: number[] = [];
    if (outer.family !== this.family) return new Uint32Array(0);
    for (let id = 0; id < this.#limit; id++) if (this.isInside(id, outer)) found.push(id);
    return sortByAddress(Uint32Array.from(found), this.#words, this.#stride, this.#lengths);
  }

  /** Whether the prefix is `outer`, of the same family, or lies inside it. */
  isInside(id: number, outer: Prefix): boolean {
    const length = this.#lengths[id];
    if (length < outer.length || length === FREE) return false;
    const at = id * this.#stride;
    const words = this.#words;
    if (((words[at] ^ outer.w0) & maskWord(outer.length, 0)) !== 0) return false;
    if (this.#stride === 1) return true;
    return (
      ((words[at + 1] ^ outer.w1) & maskWord(outer.length, 1)) === 0 &&
      ((words[at + 2] ^ outer.w2) & maskWord(outer.length, 2)) === 0 &&
      ((words[at + 3] ^ outer.w3) & maskWord(outer.length, 3)) === 0
    );
  }

  /** How well the hash spreads: the most slots that a look-up steps over. One pass. */
  longestProbe(): number {
    return this.#slots.longestProbe(this);
  }

  /** For the index of this table only. */
  hashOf(id: number): number {
    const length = this.#lengths[id];
    if (this.#stride === 1) return this.#hash(this.#words[id], 0, 0, 0, length);
    const at = id * 4;
    const words = this.#words;
    return this.#hash(words[at], words[at + 1], words[at + 2], words[at + 3], length);
  }

  #hash(w0: number, w1: number, w2: number, w3: number, length: number): number {
    const hash = mixWord(this.#seed + length, w0);
    return this.#stride === 1 ? hash : mixWord(mixWord(mixWord(hash, w1), w2), w3);
  }

  #is(id: number, w0: number, w1: number, w2: number, w3: number, length: number): boolean {
    const words = this.#words;
    if (this.#lengths[id] !== length) return false;
    // By exclusive or, so that a word which arithmetic has made negative is still the same word.
    if (this.#stride === 1) return (words[id] ^ w0) === 0;
    const at = id * 4;
    const low = (words[at + 2] ^ w2) | (words[at + 3] ^ w3);
    return ((words[at] ^ w0) | (words[at + 1] ^ w1) | low) === 0;
  }

  #takeId(): number {
    if (this.#free !== 0) {
      const id = this.#free - 1;
      this.#free = this.#words[id * this.#stride];
      return id;
    }
    if (this.#limit === this.#room) this.#grow();
    return this.#limit++;
  }

  #freeId(id: number): void {
    this.#slots.remove(id, this);
    if (--this.#counts[this.#lengths[id]] === 0) this.#notePresent();
    this.#lengths[id] = FREE;
    this.#words[id * this.#stride] = this.#free;
    this.#free = id + 1;
    this.#size--;
  }

  #lengthOf(phase: number, needed: number): number {
    return columnLength(phase, needed, this.#first);
  }

  /** The columns that have no room for one more; mostly it is one. */
  #grow(): void {
    const size = this.#limit + 1;
    const stride = this.#stride;
    if (this.#words.length < size * stride) {
      this.#words = grown32(this.#words, this.#lengthOf(WORDS, size) * stride);
    }
    const known = this.#lengths.length;
    this.#lengths = fitted8(this.#lengths, LENGTHS, size, this.#first).fill(FREE, known);
    this.#holders = fitted8(this.#holders, HOLDERS, size, this.#first);
    const others = roomOf([this.#lengths, this.#holders]);
    this.#room = Math.min(this.#words.length / stride, others);
  }

  #notePresent(): void {
    this.#present = [];
    for (let length = 128; length >= 0; length--) {
      if (this.#counts[length] > 0) this.#present.push(length);
    }
  }
}
