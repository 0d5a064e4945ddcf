/**
 * The next hops that a route carries itself: RTA_MULTIPATH, a list of struct rtnexthop (length, flags,
 * hops, ifindex) each with attributes of its own, and RTA_GATEWAY or RTA_VIA, in there or in the route.
 */
import { RTA_GATEWAY, RTA_VIA, RTNH_F_ONLINK } from "./constants.ts";
import { readAddress, readAddressOf, u16, u32 } from "./bytes.ts";
import { AttributeCursor } from "./cursor.ts";
import { IPV4, IPV6, addressFamilyOf, familyOf } from "./ip.ts";
import type { Family, IpAddress } from "./ip.ts";
import type { NetlinkWriter } from "./writer.ts";

const HOP_HEADER_LENGTH = 8;

export interface RouteHop {
  readonly interface: number;
  readonly gateway?: IpAddress;
  readonly onlink: boolean;
  /** RTNH_F_*: dead, link down, ... */
  readonly flags: number;
  /** 1 to 256. */
  readonly weight: number;
}

/** What is written of one. */
export type WrittenHop = Pick<RouteHop, "interface" | "gateway" | "onlink" | "weight">;

export function hopOf(
  index: number,
  gateway: IpAddress | undefined,
  flags: number,
  weight: number,
): RouteHop {
  const hop = { interface: index, onlink: (flags & RTNH_F_ONLINK) !== 0, flags, weight };
  return gateway === undefined ? hop : { ...hop, gateway };
}

/** RTA_GATEWAY, or RTA_VIA where an IPv4 route has an IPv6 gateway (its value begins with a family). */
export function readGateway(
  family: Family,
  bytes: Uint8Array,
  attribute: AttributeCursor,
): IpAddress | undefined {
  if (attribute.type === RTA_GATEWAY) {
    return readAddressOf(family, bytes, attribute.start, attribute.end);
  }
  if (attribute.type !== RTA_VIA || !attribute.holds(2)) return undefined;
  const gateway = readAddress(bytes, attribute.start + 2, attribute.end);
  return gateway?.family === familyOf(bytes[attribute.start]) ? gateway : undefined;
}

/** The value of RTA_MULTIPATH is bytes[start .. end). */
export function readHops(
  family: Family,
  bytes: Uint8Array,
  start: number,
  end: number,
): RouteHop[] {
  const hops: RouteHop[] = [];
  const attributes = new AttributeCursor();
  let at = start;
  while (at + HOP_HEADER_LENGTH <= end) {
    const length = u16(bytes, at);
    if (length < HOP_HEADER_LENGTH || length > end - at) break;
    let gateway: IpAddress | undefined;
    attributes.reset(bytes, at + HOP_HEADER_LENGTH, at + length);
    while (attributes.next()) gateway = readGateway(family, bytes, attributes) ?? gateway;
    hops.push(hopOf(u32(bytes, at + 4), gateway, bytes[at + 2], bytes[at + 3] + 1));
    at += (length + 3) & ~3;
  }
  return hops;
}

export function writeHop(writer: NetlinkWriter, family: Family, hop: WrittenHop): void {
  const mark = writer.length;
  writer.u16(0); // the length, below
  writer.u8(hop.onlink ? RTNH_F_ONLINK : 0);
  writer.u8(hop.weight - 1);
  writer.u32(hop.interface);
  writeGateway(writer, family, hop.gateway);
  writer.endNested(mark);
}

export function writeGateway(
  writer: NetlinkWriter,
  family: Family,
  gateway: IpAddress | undefined,
): void {
  if (gateway === undefined) return;
  if (gateway.family === family) {
    writer.attributeAddress(RTA_GATEWAY, gateway);
    return;
  }
  // struct rtvia: family, address (RFC 8950: IPv4 over IPv6). 2 bytes of family, 16 of address.
  writer.u16(gateway.family === IPV4 ? 10 : 22);
  writer.u16(RTA_VIA);
  writer.u16(addressFamilyOf(gateway.family));
  writer.networkU32(gateway.w0);
  if (gateway.family === IPV6) {
    writer.networkU32(gateway.w1);
    writer.networkU32(gateway.w2);
    writer.networkU32(gateway.w3);
  }
  writer.u16(0); // padding
}
