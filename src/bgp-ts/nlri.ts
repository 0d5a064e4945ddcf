import { bitsOf, IPV4, type Family } from "./family.ts";
import { readU32, writeU32 } from "./octets.ts";

/** Octets of a path identifier in front of a prefix (RFC 7911 §3). */
const PATH_ID_LENGTH = 4;

/**
 * Checks prefixes (RFC 4271 §4.3) in bytes[start .. end) as RFC 7606 §5.3 asks. Returns the index
 * of the first octet that is wrong (a length above the family's, or one whose prefix runs over the
 * end), or -1.
 */
export function findNlriDefect(
  bytes: Uint8Array,
  start: number,
  end: number,
  family: Family,
  addPath: boolean,
): number {
  const bits = bitsOf(family);
  const before = addPath ? PATH_ID_LENGTH : 0;
  let at = start;
  while (at < end) {
    const lengthAt = at + before;
    if (lengthAt >= end) return at;
    const length = bytes[lengthAt];
    at = lengthAt + 1 + ((length + 7) >>> 3);
    if (length > bits || at > end) return lengthAt;
  }
  return -1;
}

/**
 * V8 lays fields out by what they have held: one that has held 0 alone is laid out anew when an address
 * from 128.0.0.0 on comes, and what was compiled for small numbers is thrown away (measured: `reflect`).
 */
const ANY_WORD = 2 ** 32 - 1;

/**
 * Walks over prefixes without making an object for one: next() fills the fields.
 *
 *     cursor.reset(bytes, range.start, range.end, family, addPath);
 *     while (cursor.next()) use(cursor.w0, cursor.length, ...);
 */
export class NlriCursor {
  /** The prefix's words, numbers of 32 bits in host order, host bits 0; IPv4 has only w0. */
  w0 = ANY_WORD;
  w1 = ANY_WORD;
  w2 = ANY_WORD;
  w3 = ANY_WORD;
  /** Bits. */
  length = 0;
  /** 0 without ADD-PATH. */
  pathId = 0;

  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;
  #family: Family = IPV4;
  #addPath = false;

  /** Begins at bytes[start .. end), which the cursor reads until the next reset(). */
  reset(bytes: Uint8Array, start: number, end: number, family: Family, addPath: boolean): void {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    this.#family = family;
    this.#addPath = addPath;
    this.w1 = 0;
    this.w2 = 0;
    this.w3 = 0;
    this.pathId = 0;
  }

  /** Moves to the next prefix. False at the end, and for good where the octets are not prefixes. */
  next(): boolean {
    const bytes = this.#bytes;
    const end = this.#end;
    let at = this.#at;
    if (this.#addPath) {
      if (at + PATH_ID_LENGTH >= end) return false;
      this.pathId = readU32(bytes, at);
      at += PATH_ID_LENGTH;
    }
    if (at >= end) return false;
    const length = bytes[at++];
    const next = at + ((length + 7) >>> 3);
    if (next > end || length > bitsOf(this.#family)) return false;
    this.length = length;
    this.w0 = wordAt(bytes, at, length);
    if (this.#family !== IPV4) {
      this.w1 = wordAt(bytes, at + 4, length - 32);
      this.w2 = wordAt(bytes, at + 8, length - 64);
      this.w3 = wordAt(bytes, at + 12, length - 96);
    }
    this.#at = next;
    return true;
  }
}

/** Octets that appendPrefix() writes. */
export function prefixSize(length: number, addPath: boolean): number {
  return (addPath ? PATH_ID_LENGTH : 0) + 1 + ((length + 7) >>> 3);
}

/** Writes a prefix at bytes[at]; returns the index behind it. There must be room for 17 octets, 21 with a path identifier. */
export function writePrefix(
  bytes: Uint8Array,
  at: number,
  w0: number,
  w1: number,
  w2: number,
  w3: number,
  length: number,
  pathId: number,
  addPath: boolean,
): number {
  if (addPath) {
    writeU32(bytes, at, pathId);
    at += PATH_ID_LENGTH;
  }
  bytes[at++] = length;
  writeU32(bytes, at, w0);
  if (length > 32) {
    writeU32(bytes, at + 4, w1);
    writeU32(bytes, at + 8, w2);
    writeU32(bytes, at + 12, w3);
  }
  return at + ((length + 7) >>> 3);
}

/** The word of which the first `bits` bits are at bytes[at]; the others are 0. `bits` may be out of 0..32. */
function wordAt(bytes: Uint8Array, at: number, bits: number): number {
  if (bits <= 0) return 0;
  let word = bytes[at] << 24;
  if (bits > 8) word |= bytes[at + 1] << 16;
  if (bits > 16) word |= bytes[at + 2] << 8;
  if (bits > 24) word |= bytes[at + 3];
  return bits >= 32 ? word >>> 0 : (word & (-1 << (32 - bits))) >>> 0;
}
