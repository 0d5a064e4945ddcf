// Path records of one family: Adj-RIB-In, on typed arrays. A path is a slot, 1 and up; the paths of a
// prefix are chained, the best one first. A path costs 24 bytes, 4 more once a neighbour sends path
// identifiers (RFC 7911), and 2 more once one is sent any.

import { grown16, grown32 } from "./grow.ts";

export const FLAG = {
  /** The slot is in use. */
  USED: 1,
  /** The best path of its prefix: it is the first of the chain. */
  BEST: 2,
  /** Its attributes changed after the last decision. */
  CHANGED: 4,
  /** Withdrawn; the next decision takes it out of the chain. */
  DEAD: 8,
  /** Taken already while the best few paths are looked for; clear between two such searches. */
  RANKED: 16,
} as const;

/** The bits of `flags` above those: its source's epoch when the path was last announced (sources.ts). */
const EPOCH_SHIFT = 5;
export const EPOCHS = 1 << (16 - EPOCH_SHIFT);

export class PathStore {
  prefix = new Uint32Array(1024);
  /** Attribute set as received; 0 in a dead path. */
  received = new Uint32Array(1024);
  /** Attribute set after the import policy; 0: rejected, or a dead path. */
  accepted = new Uint32Array(1024);
  /** When it changed last: the caller's units, modulo 2^32. */
  since = new Uint32Array(1024);
  /** The next path of the prefix; of a free slot the next free one. 0: none. */
  next = new Uint32Array(1024);
  source = new Uint16Array(1024);
  flags = new Uint16Array(1024);
  #pathIds: Uint32Array | undefined;
  #sendIds: Uint16Array | undefined;
  #limit = 1;
  #free = 0;
  #size = 0;

  /** Paths in the store, dead ones included. */
  get size(): number {
    return this.#size;
  }

  /** Every slot is below this. */
  get limit(): number {
    return this.#limit;
  }

  get bytes(): number {
    const optional = (this.#pathIds?.byteLength ?? 0) + (this.#sendIds?.byteLength ?? 0);
    return this.prefix.length * 24 + optional;
  }

  pathId(path: number): number {
    return this.#pathIds === undefined ? 0 : this.#pathIds[path];
  }

  /** The path identifier by which it is announced (path-ids.ts); 0: it has none yet. */
  sendId(path: number): number {
    return this.#sendIds === undefined ? 0 : this.#sendIds[path];
  }

  epoch(path: number): number {
    return this.flags[path] >>> EPOCH_SHIFT;
  }

  setEpoch(path: number, epoch: number): void {
    const flags = this.flags[path] & ((1 << EPOCH_SHIFT) - 1);
    this.flags[path] = flags | (epoch << EPOCH_SHIFT);
  }

  setSendId(path: number, pathId: number): void {
    this.#sendIds ??= new Uint16Array(this.prefix.length);
    this.#sendIds[path] = pathId;
  }

  add(prefix: number, source: number, pathId: number): number {
    const path = this.#take();
    this.prefix[path] = prefix;
    this.source[path] = source;
    this.received[path] = 0;
    this.accepted[path] = 0;
    this.next[path] = 0;
    this.flags[path] = FLAG.USED;
    if (pathId !== 0) this.#pathIds ??= new Uint32Array(this.prefix.length);
    if (this.#pathIds !== undefined) this.#pathIds[path] = pathId;
    if (this.#sendIds !== undefined) this.#sendIds[path] = 0;
    this.#size++;
    return path;
  }

  free(path: number): void {
    this.flags[path] = 0;
    this.next[path] = this.#free;
    this.#free = path;
    this.#size--;
  }

  #take(): number {
    if (this.#free !== 0) {
      const path = this.#free;
      this.#free = this.next[path];
      return path;
    }
    if (this.#limit === this.prefix.length) this.#grow(this.#limit * 2);
    return this.#limit++;
  }

  #grow(capacity: number): void {
    this.prefix = grown32(this.prefix, capacity);
    this.received = grown32(this.received, capacity);
    this.accepted = grown32(this.accepted, capacity);
    this.since = grown32(this.since, capacity);
    this.next = grown32(this.next, capacity);
    this.source = grown16(this.source, capacity);
    this.flags = grown16(this.flags, capacity);
    if (this.#pathIds !== undefined) this.#pathIds = grown32(this.#pathIds, capacity);
    if (this.#sendIds !== undefined) this.#sendIds = grown16(this.#sendIds, capacity);
  }
}
