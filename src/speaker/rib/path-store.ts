// Path records of one family: Adj-RIB-In, on typed arrays. A path is a slot, 1 and up; the paths of a
// prefix are chained, the best one first. A path costs 24 bytes, 4 more once a neighbour sends path
// identifiers (RFC 7911), and 2 more once one is sent any.

import { PHASE, columnLength, fitted16, fitted32, roomOf } from "../../route/index.ts";

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

/** How long a column is to be for so many slots: each has a phase of its own. */
const lengthOf = (column: number, slots: number): number =>
  columnLength(PHASE.PATHS + column, slots);
const PATH_IDS = 7;
const SEND_IDS = 8;

export class PathStore {
  prefix = new Uint32Array(lengthOf(0, 0));
  /** Attribute set as received; 0 in a dead path. */
  received = new Uint32Array(lengthOf(1, 0));
  /** Attribute set after the import policy; 0: rejected, or a dead path. */
  accepted = new Uint32Array(lengthOf(2, 0));
  /** When it changed last: the caller's units, modulo 2^32. */
  since = new Uint32Array(lengthOf(3, 0));
  /** The next path of the prefix; of a free slot the next free one. 0: none. */
  next = new Uint32Array(lengthOf(4, 0));
  source = new Uint16Array(lengthOf(5, 0));
  flags = new Uint16Array(lengthOf(6, 0));
  #pathIds: Uint32Array<ArrayBuffer> | undefined;
  #sendIds: Uint16Array<ArrayBuffer> | undefined;
  #limit = 1;
  /** Slots that every column has. */
  #room = 1024;
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
    return this.#columns.reduce((sum, { byteLength }) => sum + byteLength, 0);
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
    if (this.#sendIds === undefined) {
      this.#sendIds = new Uint16Array(lengthOf(SEND_IDS, this.#limit));
      this.#measure();
    }
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
    if (pathId !== 0 && this.#pathIds === undefined) {
      this.#pathIds = new Uint32Array(lengthOf(PATH_IDS, this.#limit));
      this.#measure();
    }
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
    if (this.#limit === this.#room) this.#grow();
    return this.#limit++;
  }

  /** The columns that have no room for one more; mostly it is one. */
  #grow(): void {
    const size = this.#limit + 1;
    const { PATHS } = PHASE;
    this.prefix = fitted32(this.prefix, PATHS, size);
    this.received = fitted32(this.received, PATHS + 1, size);
    this.accepted = fitted32(this.accepted, PATHS + 2, size);
    this.since = fitted32(this.since, PATHS + 3, size);
    this.next = fitted32(this.next, PATHS + 4, size);
    this.source = fitted16(this.source, PATHS + 5, size);
    this.flags = fitted16(this.flags, PATHS + 6, size);
    if (this.#pathIds !== undefined) {
      this.#pathIds = fitted32(this.#pathIds, PATHS + PATH_IDS, size);
    }
    if (this.#sendIds !== undefined) {
      this.#sendIds = fitted16(this.#sendIds, PATHS + SEND_IDS, size);
    }
    this.#measure();
  }

  #measure(): void {
    this.#room = roomOf(this.#columns);
  }

  get #columns(): (Uint16Array | Uint32Array)[] {
    const { prefix, received, accepted, since, next, source, flags } = this;
    const always = [prefix, received, accepted, since, next, source, flags];
    const optional = [this.#pathIds, this.#sendIds].filter((column) => column !== undefined);
    return [...always, ...optional];
  }
}
