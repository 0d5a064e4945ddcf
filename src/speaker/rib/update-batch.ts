// What one slice of work has to say: prefixes, each with the attribute set to announce it with or 0 to
// withdraw it, and to whom. Sorted, so that prefixes with the same attributes share an UPDATE, and
// encoded once for all who hear the same. It is full after so many entries or so many bytes,
// whichever comes first: with attributes of 4 or 60 kilobytes each, entries alone say nothing.
//
// An audience tag says to whom within a list of members: to all of them, to all but one (the route
// came from that one), or to one alone.

import { grown16 } from "../../route/index.ts";
import { originOf } from "./member.ts";
import type { FamilyRib } from "./family-rib.ts";
import type { Write } from "./types.ts";
import type { AttributeTable } from "../../route/index.ts";
import type { UpdateEncoder } from "./update-encoder.ts";
import { UpdateSize } from "./update-size.ts";

/** Entries at most; 12 bits of the sort key. */
export const BATCH = 4096;

/** Bytes that end a batch; one message at most goes beyond. */
export const BATCH_BYTES = 1 << 18;

/** Bytes that cost as much as a prefix does. */
const BYTES_A_UNIT = 256;

/** Tags: 0, or a source id plus one of these. */
const EXCEPT = 0x10000;
const ONLY = 0x20000;
const SOURCE_BITS = 0xffff;

/** Sort key: number of the tag within the batch (12 bits), attribute set (29), entry (12). */
const TAG_UNIT = 2 ** 41;
const SET_UNIT = 2 ** 12;

export class UpdateBatch {
  readonly prefixes = new Uint32Array(BATCH);
  readonly #pathIds = new Uint16Array(BATCH);
  /** Place for whoever looks out prefixes to add. */
  readonly chosen = new Uint32Array(BATCH);
  readonly #keys = new Float64Array(BATCH);
  readonly #size: UpdateSize;
  #count = 0;
  #isSorted = true;
  /** The tags that occur, and each tag's place among them, plus 1. */
  #tags: number[] = [];
  #places = new Uint16Array(0);

  constructor(attributes: AttributeTable) {
    this.#size = new UpdateSize(attributes);
  }

  /** How many entries still fit. */
  get room(): number {
    return this.#size.bytes >= BATCH_BYTES ? 0 : BATCH - this.#count;
  }

  /** For what this encoder is going to write. The batch is empty. */
  begin(rib: FamilyRib, encoder: UpdateEncoder): void {
    this.#size.begin(encoder.maximumLength, encoder.sendsPathIds(rib.family));
  }

  /** `set` 0: withdraw. The batch takes a reference to the prefix until it is written. */
  addForAll(rib: FamilyRib, prefix: number, pathId: number, set: number): void {
    this.#add(rib, prefix, pathId, set, 0);
  }

  /** For all but the member with this source id. */
  addExcept(rib: FamilyRib, prefix: number, pathId: number, set: number, source: number): void {
    this.#add(rib, prefix, pathId, set, EXCEPT + source);
  }

  /** For the member with this source id alone. */
  addOnly(rib: FamilyRib, prefix: number, pathId: number, set: number, source: number): void {
    this.#add(rib, prefix, pathId, set, ONLY + source);
  }

  /**
   * Encodes everything for an audience, appends it to `sink`, and is empty again. The result: what the
   * bytes cost in units of work, beyond one for each entry.
   */
  write(
    rib: FamilyRib,
    encoder: UpdateEncoder,
    audience: readonly number[],
    sink: Write[],
  ): number {
    const cost = Math.max(0, Math.ceil(this.#size.bytes / BYTES_A_UNIT) - this.#count);
    const keys = this.#keys.subarray(0, this.#count);
    if (!this.#isSorted) keys.sort();
    for (let from = 0; from < this.#count;) {
      const place = Math.floor(keys[from] / TAG_UNIT);
      const members = select(audience, this.#tags[place]);
      if (members.length > 0) encoder.begin(rib);
      const start = from;
      let announced = 0;
      for (; from < this.#count && Math.floor(keys[from] / TAG_UNIT) === place; from++) {
        if (members.length === 0) continue;
        const entry = entryOf(keys[from]);
        const set = setOf(keys[from]);
        encoder.add(this.prefixes[entry], this.#pathIds[entry], set);
        if (set !== 0) announced++;
      }
      if (from === start || members.length === 0) continue;
      const routes = { family: rib.family, announced, withdrawn: from - start - announced };
      sink.push({ members, bytes: encoder.end(), routes });
    }
    this.#clear(rib);
    return cost;
  }

  #add(rib: FamilyRib, prefix: number, pathId: number, set: number, tag: number): void {
    const entry = this.#count++;
    const key = this.#placeOf(tag) * TAG_UNIT + set * SET_UNIT + entry;
    this.prefixes[entry] = prefix;
    this.#pathIds[entry] = pathId;
    this.#keys[entry] = key;
    if (entry > 0 && key < this.#keys[entry - 1]) this.#isSorted = false;
    this.#size.add(set, tag, rib.prefixes.lengthOf(prefix));
    rib.references.retain(prefix);
  }

  #placeOf(tag: number): number {
    if (tag >= this.#places.length) this.#places = grown16(this.#places, tag + 1);
    const known = this.#places[tag];
    if (known !== 0) return known - 1;
    this.#places[tag] = this.#tags.push(tag);
    return this.#tags.length - 1;
  }

  #clear(rib: FamilyRib): void {
    for (let i = 0; i < this.#count; i++) rib.references.drop(this.prefixes[i]);
    for (const tag of this.#tags) this.#places[tag] = 0;
    this.#tags = [];
    this.#count = 0;
    this.#isSorted = true;
  }
}

// Plain arithmetic: the remainder operator is slow on numbers of more than 32 bits.

function entryOf(key: number): number {
  return key - Math.floor(key / SET_UNIT) * SET_UNIT;
}

function setOf(key: number): number {
  return Math.floor((key - Math.floor(key / TAG_UNIT) * TAG_UNIT) / SET_UNIT);
}

/** Those of an audience that a tag means. */
function select(audience: readonly number[], tag: number): readonly number[] {
  const source = tag & SOURCE_BITS;
  if (tag === 0) return audience;
  return audience.filter((member) => (originOf(member) === source) === tag >= ONLY);
}
