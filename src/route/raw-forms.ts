// The bytes by which attribute sets are recognised that do not come in their canonical encoding. One set
// may arrive in several forms (another order of attributes, two-octet AS numbers, a different flag,
// something that is discarded); each form is an alias of the set's id, so that a header that was decoded
// once is not decoded again as long as the set lives.

import { type ByteArena, NO_ROOM, roundUp } from "./byte-arena.ts";
import { PHASE, columnLength, fitted32, roomOf } from "./grow.ts";
import { hashBytes, mixWord } from "./hash.ts";
import { END, Slots } from "./slots.ts";

/**
 * Forms that a set may have at once. A neighbour that varies the form without end (it can) makes the
 * oldest one go, and costs itself a decoding each time.
 */
const FORMS_PER_SET = 16;

/** A form to look for: bytes in up to four ranges, and two numbers which belong to the key. */
export interface FormKey {
  readonly bytes: Uint8Array;
  /** start, end, start, end, ... */
  readonly ranges: Uint32Array;
  /** How many pairs of `ranges` count. */
  readonly pairs: number;
  readonly tag: number;
  readonly scope: number;
}

/** Of a form, beside its bytes: seven columns, and its place in the index. */
const FORM_BYTES = 7 * 4 + 8;

/** End of a set's chain of forms. */
const NONE = 0xffffffff;

/** Forms before the first growth. */
const FIRST = 256;

const column = (at: number): Uint32Array<ArrayBuffer> =>
  new Uint32Array(columnLength(PHASE.FORMS + at, FIRST, FIRST));

export class RawForms {
  readonly #arena: ByteArena;
  readonly #seed: number;
  readonly #maximum: number;
  readonly #slots = new Slots(FIRST);
  #hash = column(0);
  #address = column(1);
  #length = column(2);
  #tag = column(3);
  #scope = column(4);
  #set = column(5);
  /** The next form of the same set; of a free form, the next free one. */
  #next = column(6);
  #limit = 0;
  /** Forms that every column has room for. */
  #room = FIRST;
  #free = NONE;
  /** What the forms take, as counted against the maximum. */
  #weight = 0;

  /**
   * `seed`: see the table of prefixes; here it is for headers. `maximum`: bytes that forms may take.
   */
  constructor(arena: ByteArena, seed: number, maximum: number) {
    this.#arena = arena;
    this.#seed = seed;
    this.#maximum = maximum;
  }

  get bytes(): number {
    const own = this.#columns.reduce((sum, { byteLength }) => sum + byteLength, 0);
    return this.#slots.bytes + own;
  }

  /** The hash of a form, unsigned. */
  hash(key: FormKey): number {
    let hash = mixWord(mixWord(mixWord(this.#seed, key.tag), key.scope), key.pairs);
    for (let i = 0; i < key.pairs * 2; i += 2) {
      hash = hashBytes(hash, key.bytes, key.ranges[i], key.ranges[i + 1]);
    }
    return hash >>> 0;
  }

  /** The set that this form stands for; 0 when it is not known. */
  find(key: FormKey, hash: number): number {
    const slots = this.#slots;
    for (let at = slots.first(hash); at !== END; at = slots.next(at, hash)) {
      const form = slots.at(at);
      if (this.#hash[form] === hash && this.#is(form, key)) return this.#set[form];
    }
    return 0;
  }

  /**
   * Adds a form of a set, if there is room. `first`: the set's chain so far, or -1. Returns the new
   * chain. A form that is not kept costs a decoding whenever it comes again, and nothing else.
   */
  add(set: number, first: number, key: FormKey, hash: number): number {
    const length = lengthOf(key);
    const weight = FORM_BYTES + roundUp(length);
    if (this.#weight + weight > this.#maximum) return first;
    const address = this.#arena.allocate(length);
    if (address === NO_ROOM) return first;
    this.#weight += weight;
    const form = this.#take();
    const chunk = this.#arena.chunkOf(address);
    let to = this.#arena.offsetOf(address);
    for (let i = 0; i < key.pairs * 2; i += 2) {
      for (let from = key.ranges[i]; from < key.ranges[i + 1]; from++)
        chunk[to++] = key.bytes[from];
    }
    this.#hash[form] = hash;
    this.#address[form] = address;
    this.#length[form] = length;
    this.#tag[form] = key.tag;
    this.#scope[form] = key.scope;
    this.#set[form] = set;
    this.#next[form] = first < 0 ? NONE : first;
    this.#slots.insert(form, this);
    this.#trim(form);
    return form;
  }

  /** Forgets a chain of forms. */
  removeChain(first: number): void {
    for (let form = first < 0 ? NONE : first; form !== NONE;) {
      const next = this.#next[form];
      this.#remove(form);
      form = next;
    }
  }

  /** For the index of this table only. */
  hashOf(form: number): number {
    return this.#hash[form];
  }

  #trim(first: number): void {
    let last = first;
    for (let count = 1; count < FORMS_PER_SET; count++) {
      if (this.#next[last] === NONE) return;
      last = this.#next[last];
    }
    const surplus = this.#next[last];
    this.#next[last] = NONE;
    this.removeChain(surplus === NONE ? -1 : surplus);
  }

  #is(form: number, key: FormKey): boolean {
    if (this.#tag[form] !== key.tag || this.#scope[form] !== key.scope) return false;
    if (this.#length[form] !== lengthOf(key)) return false;
    const chunk = this.#arena.chunkOf(this.#address[form]);
    let at = this.#arena.offsetOf(this.#address[form]);
    for (let i = 0; i < key.pairs * 2; i += 2) {
      const end = key.ranges[i + 1];
      for (let from = key.ranges[i]; from < end; from++) {
        if (chunk[at++] !== key.bytes[from]) return false;
      }
    }
    return true;
  }

  #remove(form: number): void {
    this.#slots.remove(form, this);
    this.#arena.free(this.#address[form], this.#length[form]);
    this.#weight -= FORM_BYTES + roundUp(this.#length[form]);
    this.#next[form] = this.#free;
    this.#free = form;
  }

  #take(): number {
    if (this.#free !== NONE) {
      const form = this.#free;
      this.#free = this.#next[form];
      return form;
    }
    if (this.#limit === this.#room) this.#grow(this.#limit + 1);
    return this.#limit++;
  }

  /** Room for so many forms in the columns that have none; mostly that is one. */
  #grow(size: number): void {
    const fitted = (column: Uint32Array<ArrayBuffer>, at: number): Uint32Array<ArrayBuffer> =>
      fitted32(column, PHASE.FORMS + at, size, FIRST);
    this.#hash = fitted(this.#hash, 0);
    this.#address = fitted(this.#address, 1);
    this.#length = fitted(this.#length, 2);
    this.#tag = fitted(this.#tag, 3);
    this.#scope = fitted(this.#scope, 4);
    this.#set = fitted(this.#set, 5);
    this.#next = fitted(this.#next, 6);
    this.#room = roomOf(this.#columns);
  }

  get #columns(): readonly Uint32Array[] {
    const key = [this.#hash, this.#length, this.#tag, this.#scope];
    return [...key, this.#address, this.#set, this.#next];
  }
}

function lengthOf(key: FormKey): number {
  let length = 0;
  for (let i = 0; i < key.pairs * 2; i += 2) length += key.ranges[i + 1] - key.ranges[i];
  return length;
}
