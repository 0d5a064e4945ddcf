// The header of MRT records (RFC 6396 §2, §3): time, type, subtype, length.

import { concat, u16 } from "bgp-ts";
import { u32 } from "./octets.ts";

export const MRT_TYPE = {
  TABLE_DUMP_V2: 13,
  /** BGP4MP with microseconds. */
  BGP4MP_ET: 17,
} as const;

/** A whole record. `time`: milliseconds since the epoch. */
export function mrtRecord(
  type: number,
  subtype: number,
  time: number,
  parts: readonly Uint8Array[],
): Uint8Array {
  const seconds = Math.floor(time / 1000);
  const micros = u32(Math.floor((time - seconds * 1000) * 1000));
  const body = type === MRT_TYPE.BGP4MP_ET ? [micros, ...parts] : parts;
  const length = body.reduce((sum, part) => sum + part.length, 0);
  return concat([u32(seconds), u16(type), u16(subtype), u32(length), ...body]);
}
