// The common header of BMP messages (RFC 7854 §4.1): version, length, type.

import { encodeUtf8, concat } from "bgp-ts";
import { u32 } from "./octets.ts";

const VERSION = 3;
export const BMP_HEADER_LENGTH = 6;

/** RFC 7854 §4.1. */
export const BMP = {
  ROUTE_MONITORING: 0,
  STATISTICS_REPORT: 1,
  PEER_DOWN: 2,
  PEER_UP: 3,
  INITIATION: 4,
  TERMINATION: 5,
} as const;

/** A whole message. */
export function bmpMessage(type: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, BMP_HEADER_LENGTH);
  return concat([Uint8Array.of(VERSION), u32(length), Uint8Array.of(type), ...parts]);
}

/** An information TLV (RFC 7854 §4.4): 2 octets of type, 2 of length, the value. */
export function informationTlv(type: number, value: Uint8Array): Uint8Array {
  const { length } = value;
  return concat([Uint8Array.of(type >>> 8, type, length >>> 8, length), value]);
}

/** The same with a text, of which there are 65535 octets at most. */
export function informationText(type: number, text: string): Uint8Array {
  return informationTlv(type, encodeUtf8(text, 0xffff));
}
