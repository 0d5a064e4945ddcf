// What a policy remembers about attribute sets, so that a route whose attributes were judged before
// costs one look-up and allocates nothing. A memory never outlives what it speaks of: ids are used
// again, so each entry keeps the generation of the set asked about and of the set that came out, and
// counts only while both are still the same. Nothing is held: a memory keeps no set alive.

import type { AttributeTable } from "../../route/index.ts";

const FIRST = 64;
/** Entries at most. Beyond that, the memory forgets one thing when it learns another. */
const LAST = 1 << 17;
/** An entry lies in one of this many places, so that two sets do not keep pushing each other out. */
const WINDOW = 8;

/** {@link Memo.find}: nothing is remembered. */
export const UNKNOWN = -1;

export class Memo {
  readonly #attributes: AttributeTable;
  #mask = 0;
  #id = new Uint32Array(0);
  #generation = new Uint32Array(0);
  #first = new Uint32Array(0);
  #second = new Uint32Array(0);
  #value = new Uint32Array(0);
  #note = new Uint32Array(0);
  #victim = 0;

  constructor(attributes: AttributeTable) {
    this.#attributes = attributes;
    this.#resize(FIRST);
  }

  /**
   * The entry for a set and two numbers (unsigned, 32 bits) that its judgement depends on besides;
   * {@link UNKNOWN} when there is none.
   */
  find(id: number, first: number, second: number): number {
    const start = this.#place(id, first, second);
    for (let i = 0; i < WINDOW; i++) {
      const at = (start + i) & this.#mask;
      if (this.#id[at] === 0) break; // places fill from the first on, and none is emptied alone
      if (this.#id[at] !== id || this.#first[at] !== first || this.#second[at] !== second) continue;
      return this.#generation[at] === this.#attributes.generation(id) ? at : UNKNOWN;
    }
    return UNKNOWN;
  }

  value(entry: number): number {
    return this.#value[entry];
  }

  note(entry: number): number {
    return this.#note[entry];
  }

  /** Remembers two numbers about a set. */
  store(id: number, first: number, second: number, value: number, note: number): void {
    const at = this.#room(id, first, second);
    this.#id[at] = id;
    this.#generation[at] = this.#attributes.generation(id);
    this.#first[at] = first;
    this.#second[at] = second;
    this.#value[at] = value;
    this.#note[at] = note;
  }

  clear(): void {
    this.#id.fill(0);
  }

  #place(id: number, first: number, second: number): number {
    let h = Math.imul(id ^ Math.imul(first, 0x9e3779b1), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 15) ^ second, 0xc2b2ae35);
    return (h ^ (h >>> 15)) & this.#mask;
  }

  /**
   * Where to write: the same key's entry, else an empty or outlived one, else after growing. At its
   * end a memory does not ask who has outlived: that is another place to look at for each entry of
   * the window (measured: `fib-table`, 200,000 sets: a twentieth of the main thread's time).
   */
  #room(id: number, first: number, second: number): number {
    for (;;) {
      const start = this.#place(id, first, second);
      for (let i = 0; i < WINDOW; i++) {
        const at = (start + i) & this.#mask;
        const other = this.#id[at];
        if (other === 0) return at;
        if (other === id && this.#first[at] === first && this.#second[at] === second) return at;
      }
      if (this.#mask + 1 === LAST) return (start + (this.#victim++ % WINDOW)) & this.#mask;
      for (let i = 0; i < WINDOW; i++) {
        const at = (start + i) & this.#mask;
        if (this.#attributes.generation(this.#id[at]) !== this.#generation[at]) return at;
      }
      this.#grow();
    }
  }

  /** Doubles. The odd entry that finds no room in its new window is forgotten. */
  #grow(): void {
    const [ids, generations, firsts] = [this.#id, this.#generation, this.#first];
    const [seconds, values, notes] = [this.#second, this.#value, this.#note];
    this.#resize(ids.length * 2);
    for (const [at, id] of ids.entries()) {
      if (id === 0 || this.#attributes.generation(id) !== generations[at]) continue;
      const start = this.#place(id, firsts[at], seconds[at]);
      for (let i = 0; i < WINDOW; i++) {
        const to = (start + i) & this.#mask;
        if (this.#id[to] !== 0) continue;
        this.#id[to] = id;
        this.#generation[to] = generations[at];
        this.#first[to] = firsts[at];
        this.#second[to] = seconds[at];
        this.#value[to] = values[at];
        this.#note[to] = notes[at];
        break;
      }
    }
  }

  #resize(size: number): void {
    this.#mask = size - 1;
    this.#id = new Uint32Array(size);
    this.#generation = new Uint32Array(size);
    this.#first = new Uint32Array(size);
    this.#second = new Uint32Array(size);
    this.#value = new Uint32Array(size);
    this.#note = new Uint32Array(size);
  }
}

/**
 * The same for judgements that are themselves attribute sets: a result counts only while the set
 * that it names is the one that came out.
 */
export class ResultMemo {
  readonly #attributes: AttributeTable;
  readonly #results: Memo;
  /** After {@link find} gave 0: why there is no result. */
  code = 0;

  constructor(attributes: AttributeTable) {
    this.#attributes = attributes;
    this.#results = new Memo(attributes);
  }

  /** The set that came out, 0 for none; {@link UNKNOWN} when it is not remembered. */
  find(id: number, first: number, second: number): number {
    const entry = this.#results.find(id, first, second);
    if (entry === UNKNOWN) return UNKNOWN;
    const result = this.#results.value(entry);
    const note = this.#results.note(entry);
    if (result === 0) this.code = note;
    else if (this.#attributes.generation(result) !== note) return UNKNOWN;
    return result;
  }

  /** `code`: why there is no result; it is kept only where `result` is 0. */
  store(id: number, first: number, second: number, result: number, code: number): void {
    const note = result === 0 ? code : this.#attributes.generation(result);
    this.#results.store(id, first, second, result, note);
  }
}
