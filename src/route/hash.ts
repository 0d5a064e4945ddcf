// Hashing for the open-addressed tables of this room. A multiplication and two shifts a word, with a
// finish in which every input bit reaches every output bit, so that the low bits can be the slot.

/** Stirs one word into a hash. Signed or unsigned in, signed out. */
export function mixWord(hash: number, word: number): number {
  const h = Math.imul(hash ^ word, 0x9e3779b1);
  return h ^ (h >>> 15);
}

/** The last step; the result is signed, mask it to get a slot. */
export function finishHash(hash: number): number {
  let h = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** The hash of a range of bytes, four at a time. */
export function hashBytes(hash: number, bytes: Uint8Array, start: number, end: number): number {
  let h = mixWord(hash, end - start);
  let at = start;
  for (; at + 4 <= end; at += 4) {
    const word = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
    h = mixWord(h, word);
  }
  let rest = 0;
  for (let shift = 0; at < end; at++, shift += 8) rest |= bytes[at] << shift;
  return mixWord(h, rest);
}
