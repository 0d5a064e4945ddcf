// PEER_INDEX_TABLE (RFC 6396 §4.3.1): the first record of a dump names the neighbours by number.

import { encodeUtf8, concat, u16 } from "bgp-ts";
import { type Address, addressBytes, IPV6 } from "../route/index.ts";
import { MRT_TYPE, mrtRecord } from "./mrt-record.ts";
import { u32 } from "./octets.ts";

const PEER_INDEX_TABLE = 1;
/** Bits of a peer's type. */
const IPV6_PEER = 1;
const FOUR_OCTET_AS = 2;

export interface MrtPeer {
  readonly routerId: number;
  readonly address: Address;
  readonly asn: number;
}

/** 65535 peers at most: their count is 16 bits. `view`: what is dumped, in words; may be empty. */
export function peerIndexTable(
  routerId: number,
  view: string,
  peers: readonly MrtPeer[],
  time: number,
): Uint8Array {
  const name = encodeUtf8(view, 0xffff);
  const entries = peers.map(({ routerId: id, address, asn }) => {
    const type = FOUR_OCTET_AS | (address.family === IPV6 ? IPV6_PEER : 0);
    return concat([Uint8Array.of(type), u32(id), addressBytes(address), u32(asn)]);
  });
  const head = [u32(routerId), u16(name.length), name, u16(peers.length)];
  return mrtRecord(MRT_TYPE.TABLE_DUMP_V2, PEER_INDEX_TABLE, time, [...head, ...entries]);
}
