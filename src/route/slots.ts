// The hash index that the tables of this room share: open addressing with linear probing, never more
// than half full. It stores ids and nothing else; its owner knows what an id means, so hashing and
// comparing stay with the owner, without a callback on the fast path.
//
// The owner's look-up loop:
//   for (let at = slots.first(hash); ; at = slots.next(at)) {
//     const id = slots.at(at);           // -1: an empty slot, the key is not there
//     if (id < 0 || same(id)) break;
//   }

/** Gives an id's hash again, when slots move. */
export interface Hashed {
  hashOf(id: number): number;
}

export class Slots {
  /** id + 1; 0 is empty. The length is a power of two. */
  #slots: Uint32Array;
  #mask: number;
  #used = 0;

  /** `capacity`: how many ids fit before the first growth; rounded up to a power of two. */
  constructor(capacity: number) {
    let size = 16;
    while (size < capacity * 2) size *= 2;
    this.#slots = new Uint32Array(size);
    this.#mask = size - 1;
  }

  get size(): number {
    return this.#used;
  }

  get bytes(): number {
    return this.#slots.byteLength;
  }

  first(hash: number): number {
    return hash & this.#mask;
  }

  next(slot: number): number {
    return (slot + 1) & this.#mask;
  }

  /** The id in a slot; -1 when it is empty. */
  at(slot: number): number {
    return this.#slots[slot] - 1;
  }

  /** Adds an id which is not there yet. */
  insert(id: number, owner: Hashed): void {
    if ((this.#used + 1) * 2 > this.#slots.length) this.#grow(owner);
    this.#place(id, owner.hashOf(id));
    this.#used++;
  }

  /** Takes an id out; the ids behind it move up, so that no dead slots are left to step over. */
  remove(id: number, owner: Hashed): void {
    const slots = this.#slots;
    const mask = this.#mask;
    let hole = owner.hashOf(id) & mask;
    while (slots[hole] !== id + 1) {
      if (slots[hole] === 0) throw new Error(`id ${id} is not in the index`);
      hole = (hole + 1) & mask;
    }
    for (let at = (hole + 1) & mask; slots[at] !== 0; at = (at + 1) & mask) {
      const home = owner.hashOf(slots[at] - 1) & mask;
      if (((at - home) & mask) >= ((at - hole) & mask)) {
        slots[hole] = slots[at];
        hole = at;
      }
    }
    slots[hole] = 0;
    this.#used--;
  }

  /** The most slots that a look-up of an id in the index steps over: how well the hash spreads. */
  longestProbe(owner: Hashed): number {
    let longest = 0;
    for (let at = 0; at < this.#slots.length; at++) {
      if (this.#slots[at] === 0) continue;
      const home = owner.hashOf(this.#slots[at] - 1);
      longest = Math.max(longest, (at - home) & this.#mask);
    }
    return longest;
  }

  #place(id: number, hash: number): void {
    let at = hash & this.#mask;
    while (this.#slots[at] !== 0) at = (at + 1) & this.#mask;
    this.#slots[at] = id + 1;
  }

  #grow(owner: Hashed): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(old.length * 2);
    this.#mask = this.#slots.length - 1;
    for (let at = 0; at < old.length; at++) {
      if (old[at] !== 0) this.#place(old[at] - 1, owner.hashOf(old[at] - 1));
    }
  }
}
