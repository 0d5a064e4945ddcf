/** Nexthop objects (linux/nexthop.h): struct nhmsg (family, scope, protocol, reserved, flags). */
import {
  AF_UNSPEC,
  NHA_BLACKHOLE,
  NHA_GATEWAY,
  NHA_GROUP,
  NHA_GROUP_TYPE,
  NHA_ID,
  NHA_OIF,
  NHA_RES_GROUP,
  NHA_RES_GROUP_BUCKETS,
  NHA_RES_GROUP_IDLE_TIMER,
  NLA_F_NESTED,
  NLM_F_ACK,
  NLM_F_DUMP,
  RTM_DELNEXTHOP,
  RTM_GETNEXTHOP,
  RTM_NEWNEXTHOP,
  RTNH_F_ONLINK,
} from "./constants.ts";
import { readAddress, u16, u32 } from "./bytes.ts";
import { AttributeCursor } from "./cursor.ts";
import { IPV4, addressFamilyOf, familyOf } from "./ip.ts";
import type { Family, IpAddress } from "./ip.ts";
import type { NetlinkWriter } from "./writer.ts";

const NEXTHOP_HEADER_LENGTH = 8;
/** struct nexthop_grp: id, weight - 1 (its high octet means something since Linux 6.12), reserved. */
const GROUP_MEMBER_LENGTH = 8;
const NHA_GROUP_TYPE_RESILIENT = 1;

export interface NexthopMember {
  readonly id: number;
  /** 1 to 65536; kernels before 6.12 refuse more than 256. */
  readonly weight: number;
}

export interface Nexthop {
  readonly id: number;
  /** RTPROT_* of who made it. */
  readonly protocol: number;
  /** IPv4 for a group (which has no family of its own). */
  readonly family: Family;
  /** 0 for a group. */
  readonly interface: number;
  readonly gateway?: IpAddress;
  readonly onlink: boolean;
  readonly blackhole: boolean;
  /** RTNH_F_*: dead, link down, ... */
  readonly flags: number;
  readonly members?: readonly NexthopMember[];
  /** A resilient group (Linux 5.13): how many buckets it shares out among its members. */
  readonly buckets?: number;
}

/** RTM_NEWNEXTHOP, RTM_DELNEXTHOP. @returns undefined: too short or without an id */
export function decodeNexthop(bytes: Uint8Array, start: number, end: number): Nexthop | undefined {
  if (end - start < NEXTHOP_HEADER_LENGTH) return undefined;
  const flags = u32(bytes, start + 4);
  let id = 0;
  let index = 0;
  let blackhole = false;
  let gateway: IpAddress | undefined;
  let members: NexthopMember[] | undefined;
  let buckets: number | undefined;
  const attributes = new AttributeCursor().reset(bytes, start + NEXTHOP_HEADER_LENGTH, end);
  while (attributes.next()) {
    const at = attributes.start;
    if (attributes.type === NHA_ID && attributes.holds(4)) id = u32(bytes, at);
    else if (attributes.type === NHA_OIF && attributes.holds(4)) index = u32(bytes, at);
    else if (attributes.type === NHA_BLACKHOLE) blackhole = true;
    else if (attributes.type === NHA_GATEWAY) gateway = readAddress(bytes, at, attributes.end);
    else if (attributes.type === NHA_GROUP) members = readMembers(bytes, at, attributes.end);
    else if (attributes.type === NHA_RES_GROUP) buckets = readBuckets(bytes, at, attributes.end);
  }
  if (id === 0) return undefined;
  return {
    id,
    protocol: bytes[start + 2],
    family: familyOf(bytes[start]) ?? IPV4,
    interface: index,
    ...(gateway === undefined ? {} : { gateway }),
    onlink: (flags & RTNH_F_ONLINK) !== 0,
    blackhole,
    flags,
    ...(members === undefined ? {} : { members }),
    ...(buckets === undefined ? {} : { buckets }),
  };
}

function readBuckets(bytes: Uint8Array, start: number, end: number): number | undefined {
  const attributes = new AttributeCursor().reset(bytes, start, end);
  while (attributes.next()) {
    if (attributes.type === NHA_RES_GROUP_BUCKETS && attributes.holds(2)) {
      return u16(bytes, attributes.start);
    }
  }
  return undefined;
}

function readMembers(bytes: Uint8Array, start: number, end: number): NexthopMember[] {
  const members: NexthopMember[] = [];
  for (let at = start; at + GROUP_MEMBER_LENGTH <= end; at += GROUP_MEMBER_LENGTH) {
    members.push({ id: u32(bytes, at), weight: u16(bytes, at + 4) + 1 });
  }
  return members;
}

/**
 * `ip nexthop add|replace id ID via GATEWAY dev IF [onlink] protocol N`; with neither gateway nor
 * interface: `ip nexthop add|replace id ID blackhole protocol N`.
 */
export function writeNexthop(
  writer: NetlinkWriter,
  flags: number,
  sequence: number,
  nexthop: {
    id: number;
    family: Family;
    protocol: number;
    interface: number;
    gateway?: IpAddress | undefined;
    onlink: boolean;
  },
): void {
  writer.begin(RTM_NEWNEXTHOP, flags, sequence);
  const family = nexthop.gateway?.family ?? nexthop.family;
  writeHeader(
    writer,
    addressFamilyOf(family),
    nexthop.protocol,
    nexthop.onlink ? RTNH_F_ONLINK : 0,
  );
  writer.attributeU32(NHA_ID, nexthop.id);
  if (nexthop.gateway !== undefined) writer.attributeAddress(NHA_GATEWAY, nexthop.gateway);
  if (nexthop.gateway !== undefined || nexthop.interface !== 0) {
    writer.attributeU32(NHA_OIF, nexthop.interface);
  } else {
    writer.attributeFlag(NHA_BLACKHOLE);
  }
  writer.end();
}

/**
 * `ip nexthop add|replace id ID group A,WEIGHT/B,WEIGHT protocol N`; with `buckets` (Linux 5.13)
 * `type resilient buckets BUCKETS idle_timer 0`: each member has buckets by its weight, rounded, and
 * where its share changes, buckets change hands at once. Neither type nor number can ever change.
 */
export function writeNexthopGroup(
  writer: NetlinkWriter,
  flags: number,
  sequence: number,
  group: {
    id: number;
    protocol: number;
    members: readonly NexthopMember[];
    buckets?: number | undefined;
  },
): void {
  writer.begin(RTM_NEWNEXTHOP, flags, sequence);
  writeHeader(writer, AF_UNSPEC, group.protocol, 0);
  writer.attributeU32(NHA_ID, group.id);
  if (group.buckets !== undefined) writeResilience(writer, group.buckets);
  const mark = writer.beginNested(NHA_GROUP);
  for (const member of group.members) {
    writer.u32(member.id);
    writer.u16(member.weight - 1);
    writer.u16(0);
  }
  writer.endNested(mark);
  writer.end();
}

function writeResilience(writer: NetlinkWriter, buckets: number): void {
  writer.attributeU16(NHA_GROUP_TYPE, NHA_GROUP_TYPE_RESILIENT);
  const mark = writer.beginNested(NHA_RES_GROUP | NLA_F_NESTED);
  writer.attributeU16(NHA_RES_GROUP_BUCKETS, buckets);
  writer.attributeU32(NHA_RES_GROUP_IDLE_TIMER, 0);
  writer.endNested(mark);
}

/** `ip nexthop del id ID`. The kernel removes the routes that use it, without a word. */
export function writeDeleteNexthop(
  writer: NetlinkWriter,
  flags: number,
  sequence: number,
  id: number,
): void {
  writer.begin(RTM_DELNEXTHOP, flags, sequence);
  writeHeader(writer, AF_UNSPEC, 0, 0);
  writer.attributeU32(NHA_ID, id);
  writer.end();
}

/** Asks for all nexthop objects. Kernels before 5.3 answer EOPNOTSUPP. */
export function writeDumpNexthops(writer: NetlinkWriter, sequence: number): void {
  writer.begin(RTM_GETNEXTHOP, NLM_F_DUMP, sequence);
  writeHeader(writer, AF_UNSPEC, 0, 0);
  writer.end();
}

/** Asks for one nexthop object. An ACK ends the answer; ENOENT: there is none of the id. */
export function writeGetNexthop(writer: NetlinkWriter, sequence: number, id: number): void {
  writer.begin(RTM_GETNEXTHOP, NLM_F_ACK, sequence);
  writeHeader(writer, AF_UNSPEC, 0, 0);
  writer.attributeU32(NHA_ID, id);
  writer.end();
}

function writeHeader(writer: NetlinkWriter, family: number, protocol: number, flags: number): void {
  writer.u8(family);
  writer.u8(0); // scope: the kernel's to say
  writer.u8(protocol);
  writer.u8(0);
  writer.u32(flags);
}
