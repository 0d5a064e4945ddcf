// The hash index that the tables of this room share: open addressing with linear probing, at most
// half full. It stores ids and a few bits of their hashes; its owner knows what an id means, so hashing and comparing
// stay with the owner, without a callback on the fast path.
//
// The owner's look-up loop, over the ids that may be the one:
//   for (let at = slots.first(hash); at !== END; at = slots.next(at, hash)) {
//     const id = slots.at(at);
//     if (same(id)) return id;
//   }
//
// Growing: a table of twice the size takes over, and each insertion moves a few ids into it. Moving
// all at once would hold the event loop (measured: 20 ms for half a million ids). Until the last has
// moved, look-ups try the new table and then the old one.

/** Gives an id's hash again, when slots move. */
export interface Hashed {
  hashOf(id: number): number;
}

/**
 * A slot is the id + 1 in its low bits and above them the top of the id's hash, so that a look-up steps
 * over nearly all other ids without asking the owner, who would fetch them from memory (measured, a
 * million /32s in random order: interning takes 0.78 of the time, a miss 0.68). No table of this room
 * comes to sixteen million ids: their ceilings are below.
 */
const ID_BITS = 24;
const ID_MASK = (1 << ID_BITS) - 1;

/** No slot: the end of a look-up. */
export const END = -1;

/** Slots of the old table are numbered from here. */
const OLD = 0x40000000;

/** Slots of the old table that each insertion empties, at least. */
const STEP = 16;

const NO_TABLE = new Uint32Array(0);

export class Slots {
  /** As said above; 0 is empty. The length is a power of two. */
  #slots: Uint32Array;
  #mask: number;
  #used = 0;
  /** While growing: the old table, where to go on in it, and how many of its slots are left. */
  #old: Uint32Array = NO_TABLE;
  #cursor = 0;
  #left = 0;

  /** `capacity`: how many ids fit before the first growth; rounded up to a power of two. */
  constructor(capacity: number) {
    let size = 16;
    while (size < capacity * 2) size *= 2;
    this.#slots = new Uint32Array(size);
    this.#mask = size - 1;
  }

  /** Ids in the index. */
  get size(): number {
    return this.#used;
  }

  /** Memory held, in bytes. */
  get bytes(): number {
    return this.#slots.byteLength + this.#old.byteLength;
  }

  /** The first slot in which an id of this hash may be; {@link END} when there is none. */
  first(hash: number): number {
    return this.#search(hash & this.#mask, hash);
  }

  /** The next one, after `slot`. */
  next(slot: number, hash: number): number {
    if (slot < OLD) return this.#search((slot + 1) & this.#mask, hash);
    return this.#searchOld(slot - OLD + 1, hash);
  }

  /** The id in a slot that {@link first} or {@link next} gave. */
  at(slot: number): number {
    return ((slot < OLD ? this.#slots[slot] : this.#old[slot - OLD]) & ID_MASK) - 1;
  }

  #search(from: number, hash: number): number {
    const slots = this.#slots;
    const mask = this.#mask;
    const tag = hash >>> ID_BITS;
    let at = from;
    for (let slot = slots[at]; slot !== 0; slot = slots[at]) {
      if (slot >>> ID_BITS === tag) return at;
      at = (at + 1) & mask;
    }
    return this.#left === 0 ? END : this.#searchOld(hash, hash);
  }

  #searchOld(from: number, hash: number): number {
    const slots = this.#old;
    const mask = slots.length - 1;
    const tag = hash >>> ID_BITS;
    let at = from & mask;
    for (let slot = slots[at]; slot !== 0; slot = slots[at]) {
      if (slot >>> ID_BITS === tag) return OLD + at;
      at = (at + 1) & mask;
    }
    return END;
  }

  /** Adds an id which is not there yet. */
  insert(id: number, owner: Hashed): void {
    if (id >= ID_MASK) throw new Error(`id ${id} is more than the index can hold`);
    if (this.#left > 0) this.#move(owner);
    else if ((this.#used + 1) * 2 > this.#slots.length) this.#grow();
    this.#place(id, owner.hashOf(id));
    this.#used++;
  }

  /** Takes an id out. */
  remove(id: number, owner: Hashed): void {
    const hash = owner.hashOf(id);
    let slot = this.first(hash);
    while (slot !== END && this.at(slot) !== id) slot = this.next(slot, hash);
    if (slot === END) throw new Error(`id ${id} is not in the index`);
    if (slot < OLD) close(this.#slots, slot, owner);
    else close(this.#old, slot - OLD, owner);
    this.#used--;
  }

  /** The most slots that a look-up of an id steps over: how well the hash spreads. */
  longestProbe(owner: Hashed): number {
    let longest = 0;
    for (let at = 0; at < this.#slots.length; at++) {
      if (this.#slots[at] === 0) continue;
      const home = owner.hashOf((this.#slots[at] & ID_MASK) - 1);
      longest = Math.max(longest, (at - home) & this.#mask);
    }
    return longest;
  }

  #place(id: number, hash: number): void {
    let at = hash & this.#mask;
    while (this.#slots[at] !== 0) at = (at + 1) & this.#mask;
    this.#slots[at] = ((hash & ~ID_MASK) | (id + 1)) >>> 0;
  }

  #grow(): void {
    this.#old = this.#slots;
    this.#slots = new Uint32Array(this.#old.length * 2);
    this.#mask = this.#slots.length - 1;
    // Behind an empty slot, so that whole runs are moved and no look-up is cut short.
    this.#cursor = this.#old.indexOf(0) + 1;
    this.#left = this.#old.length;
  }

  /** Empties some slots of the old table, up to the end of a run. */
  #move(owner: Hashed): void {
    const old = this.#old;
    for (let moved = 0; this.#left > 0; moved++) {
      const at = this.#cursor++ & (old.length - 1);
      this.#left--;
      if (old[at] !== 0) {
        const id = (old[at] & ID_MASK) - 1;
        this.#place(id, owner.hashOf(id));
        old[at] = 0;
      } else if (moved >= STEP) break;
    }
    if (this.#left === 0) this.#old = NO_TABLE;
  }
}

/** Empties a slot; the ids behind it move up, so that no dead slots are left to step over. */
function close(slots: Uint32Array, slot: number, owner: Hashed): void {
  const mask = slots.length - 1;
  let hole = slot;
  for (let at = (hole + 1) & mask; slots[at] !== 0; at = (at + 1) & mask) {
    const home = owner.hashOf((slots[at] & ID_MASK) - 1) & mask;
    if (((at - home) & mask) >= ((at - hole) & mask)) {
      slots[hole] = slots[at];
      hole = at;
    }
  }
  slots[hole] = 0;
}
