import { readU32, u32s } from "./octets.ts";
import type { ExtendedCommunity, LargeCommunity } from "./path-attributes.ts";

/** Numbers of 32 bits in bytes[start .. end): COMMUNITIES (RFC 1997), CLUSTER_LIST (RFC 4456 §8). */
export function decodeU32s(bytes: Uint8Array, start: number, end: number): number[] {
  const values = new Array<number>((end - start) / 4);
  for (let i = 0, at = start; at < end; i++, at += 4) values[i] = readU32(bytes, at);
  return values;
}

/** EXTENDED COMMUNITIES, 8 octets each (RFC 4360 §2). */
export function decodeExtendedCommunities(
  bytes: Uint8Array,
  start: number,
  end: number,
): ExtendedCommunity[] {
  const values: ExtendedCommunity[] = [];
  for (let at = start; at < end; at += 8) {
    values.push([readU32(bytes, at), readU32(bytes, at + 4)]);
  }
  return values;
}

export function encodeExtendedCommunities(communities: readonly ExtendedCommunity[]): Uint8Array {
  return u32s(communities.flat());
}

/**
 * LARGE_COMMUNITY, 12 octets each, in the order received; a value that is there again is left out
 * (RFC 8092 §3).
 */
export function decodeLargeCommunities(
  bytes: Uint8Array,
  start: number,
  end: number,
): LargeCommunity[] {
  const values = new Map<string, LargeCommunity>();
  for (let at = start; at < end; at += 12) {
    const value = [readU32(bytes, at), readU32(bytes, at + 4), readU32(bytes, at + 8)] as const;
    const key = value.join(":");
    if (!values.has(key)) values.set(key, value);
  }
  return [...values.values()];
}

export function encodeLargeCommunities(communities: readonly LargeCommunity[]): Uint8Array {
  return u32s(communities.flat());
}
