// What a policy remembers about attribute sets, so that a route whose attributes were judged before
// costs one look-up and allocates nothing. A memory never outlives what it speaks of: ids are used
// again, so each entry keeps the generation of the set asked about and of the set that came out, and
// counts only while both are still the same. Nothing is held: a memory keeps no set alive.

import type { AttributeTable } from "../../route/index.ts";

const FIRST = 64;
/** Entries at most. Beyond that, sets share places and are judged again now and then. */
const LAST = 1 << 17;

/** {@link Memo.find}: nothing is remembered. */
export const UNKNOWN = -1;

export class Memo {
  readonly #attributes: AttributeTable;
  #mask = FIRST - 1;
  #id = new Uint32Array(FIRST);
  #generation = new Uint32Array(FIRST);
  #first = new Uint32Array(FIRST);
  #second = new Uint32Array(FIRST);
  #value = new Uint32Array(FIRST);
  #note = new Uint32Array(FIRST);

  constructor(attributes: AttributeTable) {
    this.#attributes = attributes;
  }

  /**
   * The entry for a set and two numbers (unsigned, 32 bits) that its judgement depends on besides;
   * {@link UNKNOWN} when there is none.
   */
  find(id: number, first: number, second: number): number {
    const at = this.#place(id, first, second);
    const same =
      this.#id[at] === id &&
      this.#generation[at] === this.#attributes.generation(id) &&
      this.#first[at] === first &&
      this.#second[at] === second;
    return same ? at : UNKNOWN;
  }

  value(entry: number): number {
    return this.#value[entry];
  }

  note(entry: number): number {
    return this.#note[entry];
  }

  /** Remembers two numbers; what stood in the entry's place is forgotten. */
  store(id: number, first: number, second: number, value: number, note: number): void {
    if (this.#mask + 1 < LAST && this.#mask + 1 < this.#attributes.limit * 2) this.#grow();
    const at = this.#place(id, first, second);
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

  /** Starts afresh with room for two entries a set; what is lost is found again. */
  #grow(): void {
    let size = this.#mask + 1;
    while (size < LAST && size < this.#attributes.limit * 2) size *= 2;
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
