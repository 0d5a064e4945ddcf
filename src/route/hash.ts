// Hashing for the open-addressed tables of this room. Neighbours choose what is hashed, so it is not
// enough that the start is secret: with a multiplication and a shift a word, a change of the top bit
// of one word is undone by a known change of the next, whatever the seed, and n pairs of words make
// 2^n attribute sets with one hash. Words are therefore stirred until no bit's way is predictable,
// and byte strings, which have pairs without end, go through a keyed hash made for the purpose.

/** Stirs one word into a hash; every input bit reaches every output bit. Signed out; mask it to get a slot. */
export function mixWord(hash: number, word: number): number {
  let h = hash ^ word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** Rounds behind the last word. */
const FINAL_ROUNDS = 3;

/**
 * The hash of bytes[start .. end), keyed by `key`: HalfSipHash-1-3 (Aumasson, Bernstein), one round a
 * word of four bytes. Signed.
 */
export function hashBytes(key: number, bytes: Uint8Array, start: number, end: number): number {
  const key1 = mixWord(key, 0x9e3779b1);
  let v0 = key;
  let v1 = key1;
  let v2 = 0x6c796765 ^ key;
  let v3 = 0x74656462 ^ key1;
  const words = (end - start) >>> 2;
  for (let i = 0, at = start; i <= words + FINAL_ROUNDS; i++, at += 4) {
    let word = 0;
    if (i < words) {
      word = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
    } else if (i === words) {
      word = (end - start) << 24;
      for (let rest = at; rest < end; rest++) word |= bytes[rest] << ((rest - at) * 8);
    } else if (i === words + 1) {
      v2 ^= 0xff;
    }
    v3 ^= word;
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    v0 ^= word;
  }
  return v1 ^ v3;
}
