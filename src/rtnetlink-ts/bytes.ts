/** Numbers from bytes. rtnetlink is in host order, little-endian here; addresses are in network order. */
import { IPV4, IPV6 } from "./ip.ts";
import type { Family, IpAddress } from "./ip.ts";

export function u16(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8);
}

export function u32(bytes: Uint8Array, at: number): number {
  return (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0;
}

/** Exact up to 2^53. */
export function u64(bytes: Uint8Array, at: number): number {
  return u32(bytes, at) + u32(bytes, at + 4) * 2 ** 32;
}

export function i32(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
}

export function networkU32(bytes: Uint8Array, at: number): number {
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
}

/** An address of 4 or 16 bytes; undefined for any other length. */
export function readAddress(bytes: Uint8Array, start: number, end: number): IpAddress | undefined {
  if (end - start === 4) return { family: IPV4, w0: networkU32(bytes, start), w1: 0, w2: 0, w3: 0 };
  if (end - start !== 16) return undefined;
  return {
    family: IPV6,
    w0: networkU32(bytes, start),
    w1: networkU32(bytes, start + 4),
    w2: networkU32(bytes, start + 8),
    w3: networkU32(bytes, start + 12),
  };
}

/** An address of the family that is expected; undefined when its length is another. */
export function readAddressOf(
  family: Family,
  bytes: Uint8Array,
  start: number,
  end: number,
): IpAddress | undefined {
  const address = readAddress(bytes, start, end);
  return address?.family === family ? address : undefined;
}

/** A C string in ASCII: ends at the first zero byte or at `end`. */
export function readText(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let at = start; at < end && bytes[at] !== 0; at++) text += String.fromCharCode(bytes[at]);
  return text;
}
