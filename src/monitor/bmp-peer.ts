// The per-peer header (RFC 7854 §4.2, RFC 8671 §4, RFC 9069 §4.1): of whom, and of which of its
// tables, a message is.

import { concat, writeU32 } from "bgp-ts";
import { type Address, addressBytes, IPV6 } from "../route/index.ts";
import { u32 } from "./octets.ts";

/** Flags of a neighbour's tables. */
export const PEER_FLAG = {
  /** L: after the policy. */
  POST_POLICY: 0x40,
  /** A: AS_PATH with AS numbers of two octets. */
  TWO_OCTET_AS: 0x20,
  /** O: what the neighbour is told (RFC 8671 §4). */
  ADJ_RIB_OUT: 0x10,
} as const;

const IPV6_PEER = 0x80;
const GLOBAL_INSTANCE = 0;
const LOC_RIB_INSTANCE = 3;

export const PEER_HEADER_LENGTH = 42;
/** In it: the two numbers of the timestamp. */
const TIME_AT = 34;

/** Adj-RIB-In before and after the import policy, Adj-RIB-Out after the export policy, Loc-RIB. */
export type BmpTable = "adj-rib-in-pre" | "adj-rib-in-post" | "adj-rib-out-post" | "loc-rib";

/** The ends of a session. */
export interface BmpEndpoint {
  readonly local: Address;
  readonly remote: Address;
  readonly localPort: number;
  readonly remotePort: number;
}

/** A neighbour's table; without an address this node's Loc-RIB. */
export interface BmpPeer {
  readonly address: Address | undefined;
  readonly asn: number;
  /** BGP Identifier, u32. */
  readonly routerId: number;
  /** PEER_FLAG. */
  readonly flags: number;
}

/** The 42 octets. `time`: milliseconds since the epoch; 0: not known. */
export function peerHeader({ address, asn, routerId, flags }: BmpPeer, time: number): Uint8Array {
  const place = new Uint8Array(16);
  if (address !== undefined) {
    const bytes = addressBytes(address);
    place.set(bytes, 16 - bytes.length);
  }
  const kind = address === undefined ? LOC_RIB_INSTANCE : GLOBAL_INSTANCE;
  const family = address?.family === IPV6 ? IPV6_PEER : 0;
  const header = concat([
    Uint8Array.of(kind, family | flags),
    new Uint8Array(8), // The distinguisher: there is one instance.
    place,
    u32(asn),
    u32(routerId),
    new Uint8Array(8),
  ]);
  stamp(header, 0, time);
  return header;
}

/** Writes the time into the per-peer header at `at`. */
export function stamp(bytes: Uint8Array, at: number, time: number): void {
  const seconds = Math.floor(time / 1000);
  writeU32(bytes, at + TIME_AT, seconds);
  writeU32(bytes, at + TIME_AT + 4, Math.floor((time - seconds * 1000) * 1000));
}
