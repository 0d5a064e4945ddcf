// RIB records of TABLE_DUMP_V2 (RFC 6396 §4.3.2, §4.3.4; RFC 8050 §4): the routes to one prefix.

import { concat, u16 } from "bgp-ts";
import { addressBytes, type Family, IPV4, networkAddress, type Prefix } from "../route/index.ts";
import { MRT_TYPE, mrtRecord } from "./mrt-record.ts";
import { u32 } from "./octets.ts";

/** RIB_IPV4_UNICAST and so on, by family; those with path identifiers. */
const PLAIN = [2, 4] as const;
const ADD_PATH = [8, 10] as const;

/** NEXT_HOP: well-known, transitive. MP_REACH_NLRI: optional. */
const NEXT_HOP = [0x40, 3] as const;
const MP_REACH_NLRI = [0x80, 14] as const;

export interface RibEntry {
  /** Of the neighbour, in the index. */
  readonly peer: number;
  /** Milliseconds since the epoch. */
  readonly since: number;
  /** Path identifier as received (RFC 7911). */
  readonly pathId: number;
  /** All but the next hop, with AS numbers of four octets. */
  readonly attributes: Uint8Array;
  /** 4, 16 or 32 octets; empty: none is written. */
  readonly nextHop: Uint8Array;
}

/** Of an entry's attributes: their length is 16 bits (RFC 6396 §4.3.4). */
const MOST_ATTRIBUTES = 0xffff;
/** Longer than any next hop as an attribute. */
const NEXT_HOP_ROOM = 40;

/**
 * One record, or two where some entries have path identifiers and others have none. `sequence`: one
 * for each prefix of a dump. An entry whose attributes are longer than MRT can say, as they may be in
 * extended messages (RFC 8654), is left out: it would spoil all that follows.
 */
export function ribEntries(
  sequence: number,
  prefix: Prefix,
  entries: readonly RibEntry[],
  time: number,
): Uint8Array {
  const fitting = entries.filter(
    ({ attributes }) => attributes.length <= MOST_ATTRIBUTES - NEXT_HOP_ROOM,
  );
  const plain = fitting.filter(({ pathId }) => pathId === 0);
  const others = fitting.filter(({ pathId }) => pathId !== 0);
  const record = (some: readonly RibEntry[], isAddPath: boolean): Uint8Array => {
    if (some.length === 0) return new Uint8Array(0);
    const subtype = (isAddPath ? ADD_PATH : PLAIN)[prefix.family];
    const head = [u32(sequence), prefixOctets(prefix), u16(some.length)];
    const body = some.flatMap((entry) => entryParts(entry, prefix.family, isAddPath));
    return mrtRecord(MRT_TYPE.TABLE_DUMP_V2, subtype, time, [...head, ...body]);
  };
  return concat([record(plain, false), record(others, true)]);
}

function entryParts(entry: RibEntry, family: Family, isAddPath: boolean): Uint8Array[] {
  const hop = nextHopAttribute(entry.nextHop, family);
  const { attributes } = entry;
  return [
    u16(entry.peer),
    u32(Math.floor(entry.since / 1000)),
    isAddPath ? u32(entry.pathId) : new Uint8Array(0),
    u16(attributes.length + hop.length),
    attributes,
    hop,
  ];
}

/** RFC 6396 §4.3.4: of MP_REACH_NLRI the length of the next hop and the next hop alone. */
function nextHopAttribute(nextHop: Uint8Array, family: Family): Uint8Array {
  if (nextHop.length === 0) return nextHop;
  if (family === IPV4 && nextHop.length === 4)
    return concat([Uint8Array.of(...NEXT_HOP, 4), nextHop]);
  return concat([Uint8Array.of(...MP_REACH_NLRI, nextHop.length + 1, nextHop.length), nextHop]);
}

function prefixOctets(prefix: Prefix): Uint8Array {
  const octets = addressBytes(networkAddress(prefix)).subarray(0, Math.ceil(prefix.length / 8));
  return concat([Uint8Array.of(prefix.length), octets]);
}
