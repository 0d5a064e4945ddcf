/** Big-endian octets that BGP itself has no use for; those it has are in bgp-ts. */
import { concat } from "bgp-ts";

export function u32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

/** A whole number below 2^53. */
export function u64(value: number): Uint8Array {
  return concat([u32(Math.floor(value / 2 ** 32)), u32(value >>> 0)]);
}
