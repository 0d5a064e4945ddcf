// The octets of attribute sets, by set: where the canonical encoding of each lies, and whose room it takes.

import { type PathAttributes, encodeAttributes } from "bgp-ts";
import { type ByteArena, NO_ROOM } from "./byte-arena.ts";
import { fitted16, fitted32, roomOf } from "./grow.ts";
import { type Quota, weightOf } from "./quota.ts";

/** A canonical encoding: the first `length` bytes. */
export interface Encoding {
  readonly bytes: Uint8Array;
  readonly length: number;
}

export function encodingOf(attributes: PathAttributes): Encoding {
  const bytes = encodeAttributes(attributes, { fourOctetAs: true });
  return { bytes, length: bytes.length };
}

/** Columns, and so phases (grow.ts). */
export const ENCODING_COLUMNS = 3;

export class Encodings {
  readonly #arena: ByteArena;
  readonly #quota: Quota;
  readonly #phase: number;
  readonly #first: number;
  #address = new Uint32Array(0);
  #length = new Uint32Array(0);
  /** Whose room the set takes. */
  #owner = new Uint16Array(0);

  /** `phase`: of the first of its columns. `first`: sets before the first growth. */
  constructor(arena: ByteArena, quota: Quota, phase: number, first: number) {
    this.#arena = arena;
    this.#quota = quota;
    this.#phase = phase;
    this.#first = first;
  }

  /** Memory of the columns, in bytes. */
  get bytes(): number {
    return this.#address.byteLength + this.#length.byteLength + this.#owner.byteLength;
  }

  /** Makes room for so many sets in the columns that have none; the result is how many all have room for. */
  grow(size: number): number {
    const first = this.#first;
    this.#address = fitted32(this.#address, this.#phase, size, first);
    this.#length = fitted32(this.#length, this.#phase + 1, size, first);
    this.#owner = fitted16(this.#owner, this.#phase + 2, size, first);
    return roomOf([this.#address, this.#length, this.#owner]);
  }

  /** False: the owner has no room for it left, or nobody has. */
  put(id: number, { bytes, length }: Encoding, owner: number): boolean {
    const weight = weightOf(length);
    if (!this.#quota.take(owner, weight)) return false;
    const address = this.#arena.allocate(length);
    if (address === NO_ROOM) {
      this.#quota.give(owner, weight);
      return false;
    }
    const chunk = this.#arena.chunkOf(address);
    const offset = this.#arena.offsetOf(address);
    for (let i = 0; i < length; i++) chunk[offset + i] = bytes[i];
    this.#address[id] = address;
    this.#length[id] = length;
    this.#owner[id] = owner;
    return true;
  }

  /** Gives back what {@link put} took. */
  free(id: number): void {
    this.#arena.free(this.#address[id], this.#length[id]);
    this.#quota.give(this.#owner[id], weightOf(this.#length[id]));
  }

  /** A view, valid until the set is freed. */
  view(id: number): Uint8Array {
    return this.#arena.view(this.#address[id], this.#length[id]);
  }

  lengthOf(id: number): number {
    return this.#length[id];
  }

  isEqual(id: number, { bytes, length }: Encoding): boolean {
    if (this.#length[id] !== length) return false;
    const chunk = this.#arena.chunkOf(this.#address[id]);
    const offset = this.#arena.offsetOf(this.#address[id]);
    for (let i = 0; i < length; i++) if (chunk[offset + i] !== bytes[i]) return false;
    return true;
  }
}
