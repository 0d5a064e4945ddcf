// BGP4MP_MESSAGE (RFC 6396 §4.4.2, §4.4.3; RFC 8050 §3): a BGP message of a session, as it came.

import { concat, u16 } from "bgp-ts";
import { type Address, addressBytes, IPV4, IPV6 } from "../route/index.ts";
import { MRT_TYPE, mrtRecord } from "./mrt-record.ts";
import { u32 } from "./octets.ts";

/** Subtypes, by octets of an AS number in AS_PATH, and whether NLRI have path identifiers. */
const SUBTYPE = {
  two: { plain: 1, addPath: 8 },
  four: { plain: 4, addPath: 9 },
} as const;

const AS_TRANS = 23456;

/** A session, as its records name it. */
export interface MrtSession {
  readonly peerAsn: number;
  readonly localAsn: number;
  readonly interface: number;
  readonly peer: Address;
  /** undefined: not known, the session is down. */
  readonly local: Address | undefined;
}

/**
 * `message`: whole, received from the neighbour. `fourOctetAs`, `addPath`: as its UPDATEs are to be
 * read; of an UPDATE with several families, path identifiers in any.
 */
export function bgpMessage(
  session: MrtSession,
  message: Uint8Array,
  kind: { readonly fourOctetAs: boolean; readonly addPath: boolean },
  time: number,
): Uint8Array {
  const { plain, addPath } = kind.fourOctetAs ? SUBTYPE.four : SUBTYPE.two;
  const head = sessionHead(session, kind.fourOctetAs);
  const subtype = kind.addPath ? addPath : plain;
  return mrtRecord(MRT_TYPE.BGP4MP_ET, subtype, time, [head, message]);
}

/** What message and state change records begin with. */
export function sessionHead(session: MrtSession, fourOctetAs: boolean): Uint8Array {
  const { peerAsn, localAsn, interface: index, peer, local } = session;
  const asn = (value: number): Uint8Array =>
    fourOctetAs ? u32(value) : u16(value > 0xffff ? AS_TRANS : value);
  const { family } = peer;
  const empty = new Uint8Array(family === IPV6 ? 16 : 4);
  const here = local?.family === family ? addressBytes(local) : empty;
  // An interface's index of more than 16 bits cannot be said.
  const link = u16(index > 0xffff ? 0 : index);
  const afi = u16(family === IPV4 ? 1 : 2);
  return concat([asn(peerAsn), asn(localAsn), link, afi, addressBytes(peer), here]);
}
