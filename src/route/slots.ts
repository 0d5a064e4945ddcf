// The hash index that the tables of this room share: open addressing with linear probing, at most
// half full. It stores ids and nothing else; its owner knows what an id means, so hashing and comparing
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

/** No slot: the end of a look-up. */
export const END = -1;

/** Slots of the old table are numbered from here. */
const OLD = 0x40000000;

/** Slots of the old table that each insertion empties, at least. */
const STEP = 16;

const NO_TABLE = new Uint32Array(0);

export class Slots {
  /** id + 1; 0 is empty. The length is a power of two. */
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
    const at = hash & this.#mask;
    return this.#slots[at] !== 0 ? at : this.#firstOld(hash);
  }

  /** The next one, after `slot`. */
  next(slot: number, hash: number): number {
    if (slot < OLD) {
      const at = (slot + 1) & this.#mask;
      return this.#slots[at] !== 0 ? at : this.#firstOld(hash);
    }
    const at = (slot - OLD + 1) & (this.#old.length - 1);
    return this.#old[at] !== 0 ? OLD + at : END;
  }

  /** The id in a slot that {@link first} or {@link next} gave. */
  at(slot: number): number {
    return (slot < OLD ? this.#slots[slot] : this.#old[slot - OLD]) - 1;
  }

  /** Adds an id which is not there yet. */
  insert(id: number, owner: Hashed): void {
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
      const home = owner.hashOf(this.#slots[at] - 1);
      longest = Math.max(longest, (at - home) & this.#mask);
    }
    return longest;
  }

  #firstOld(hash: number): number {
    if (this.#left === 0) return END;
    const at = hash & (this.#old.length - 1);
    return this.#old[at] !== 0 ? OLD + at : END;
  }

  #place(id: number, hash: number): void {
    let at = hash & this.#mask;
    while (this.#slots[at] !== 0) at = (at + 1) & this.#mask;
    this.#slots[at] = id + 1;
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
        this.#place(old[at] - 1, owner.hashOf(old[at] - 1));
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
    const home = owner.hashOf(slots[at] - 1) & mask;
    if (((at - home) & mask) >= ((at - hole) & mask)) {
      slots[hole] = slots[at];
      hole = at;
    }
  }
  slots[hole] = 0;
}
