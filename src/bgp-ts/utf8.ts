/**
 * UTF-8 (RFC 3629) for the few texts that BGP carries. This room has no TextDecoder: it is the
 * platform's, not the language's.
 */

/** The text, or undefined where the octets are not UTF-8: overlong, surrogate, cut short, above U+10FFFF. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  let text = "";
  let at = 0;
  while (at < bytes.length) {
    const length = sequenceLength(bytes[at]);
    if (length === 0 || at + length > bytes.length) return undefined;
    let point = length === 1 ? bytes[at] : bytes[at] & (0x7f >> length);
    for (let i = 1; i < length; i++) {
      const octet = bytes[at + i];
      if ((octet & 0xc0) !== 0x80) return undefined;
      point = (point << 6) | (octet & 0x3f);
    }
    if (point < SMALLEST[length] || point > 0x10ffff) return undefined;
    if (point >= 0xd800 && point <= 0xdfff) return undefined;
    text += String.fromCodePoint(point);
    at += length;
  }
  return text;
}

/** The text's octets, at most `limit` of them, cut between two characters. */
export function encodeUtf8(text: string, limit: number): Uint8Array {
  const octets: number[] = [];
  for (const character of text) {
    const encoded = encodeCodePoint(character.codePointAt(0) ?? 0);
    if (octets.length + encoded.length > limit) break;
    octets.push(...encoded);
  }
  return Uint8Array.from(octets);
}

/** The smallest code point that needs a sequence of this many octets; index 0 is not used. */
const SMALLEST: readonly number[] = [0, 0, 0x80, 0x800, 0x10000];

/** Octets of the sequence that this octet begins; 0: it begins none. */
function sequenceLength(first: number): number {
  if (first < 0x80) return 1;
  if (first < 0xc0) return 0;
  if (first < 0xe0) return 2;
  if (first < 0xf0) return 3;
  return first < 0xf8 ? 4 : 0;
}

function encodeCodePoint(point: number): number[] {
  // An unpaired surrogate has no UTF-8; U+FFFD stands for it (RFC 3629 §3).
  if (point >= 0xd800 && point <= 0xdfff) return [0xef, 0xbf, 0xbd];
  if (point < 0x80) return [point];
  const tail = 0x80 | (point & 0x3f);
  if (point < 0x800) return [0xc0 | (point >> 6), tail];
  const middle = 0x80 | ((point >> 6) & 0x3f);
  if (point < 0x10000) return [0xe0 | (point >> 12), middle, tail];
  return [0xf0 | (point >> 18), 0x80 | ((point >> 12) & 0x3f), middle, tail];
}
