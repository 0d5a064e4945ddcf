/** Links: struct ifinfomsg (family, type, index, flags, change) and its attributes. */
import {
  IFF_RUNNING,
  IFF_UP,
  IFLA_ADDRESS,
  IFLA_EXT_MASK,
  IFLA_IFNAME,
  IFLA_INFO_KIND,
  IFLA_LINK,
  IFLA_LINKINFO,
  IFLA_MASTER,
  IFLA_MTU,
  IFLA_OPERSTATE,
  AF_UNSPEC,
  NLM_F_DUMP,
  RTEXT_FILTER_SKIP_STATS,
  RTM_GETLINK,
} from "./constants.ts";
import { i32, readText, u16, u32 } from "./bytes.ts";
import { AttributeCursor } from "./cursor.ts";
import type { NetlinkWriter } from "./writer.ts";

const LINK_HEADER_LENGTH = 16;

export interface Link {
  readonly index: number;
  readonly name: string;
  /** ifi_family: AF_UNSPEC for the link itself; AF_BRIDGE for a bridge port's own notice. */
  readonly family: number;
  /** ARPHRD_*: 1 is Ethernet. */
  readonly hardware: number;
  /** IFF_*. */
  readonly flags: number;
  /** IFF_UP: switched on. */
  readonly up: boolean;
  /** IFF_RUNNING: has carrier and may be used. */
  readonly running: boolean;
  readonly mtu: number;
  /** IFLA_ADDRESS, usually 6 bytes; a copy. */
  readonly mac: Uint8Array;
  /** ifindex of the bridge or bond it belongs to; 0 none. */
  readonly master: number;
  /** ifindex below (VLAN, veth's peer); 0 none. */
  readonly lower: number;
  /** IF_OPER_* (RFC 2863): 6 is up, 0 unknown. */
  readonly operationalState: number;
  /** IFLA_INFO_KIND: "veth", "bridge"; "" for hardware. */
  readonly kind: string;
}

/** RTM_NEWLINK, RTM_DELLINK. @returns undefined when it is too short */
export function decodeLink(bytes: Uint8Array, start: number, end: number): Link | undefined {
  if (end - start < LINK_HEADER_LENGTH) return undefined;
  const flags = u32(bytes, start + 8);
  const link = {
    index: i32(bytes, start + 4),
    name: "",
    family: bytes[start],
    hardware: u16(bytes, start + 2),
    flags,
    up: (flags & IFF_UP) !== 0,
    running: (flags & IFF_RUNNING) !== 0,
    mtu: 0,
    mac: new Uint8Array(0),
    master: 0,
    lower: 0,
    operationalState: 0,
    kind: "",
  };
  const attributes = new AttributeCursor().reset(bytes, start + LINK_HEADER_LENGTH, end);
  while (attributes.next()) {
    const at = attributes.start;
    switch (attributes.type) {
      case IFLA_IFNAME:
        link.name = readText(bytes, at, attributes.end);
        break;
      case IFLA_ADDRESS:
        link.mac = bytes.slice(at, attributes.end);
        break;
      case IFLA_MTU:
        if (attributes.holds(4)) link.mtu = u32(bytes, at);
        break;
      case IFLA_MASTER:
        if (attributes.holds(4)) link.master = u32(bytes, at);
        break;
      case IFLA_LINK:
        if (attributes.holds(4)) link.lower = u32(bytes, at);
        break;
      case IFLA_OPERSTATE:
        if (attributes.holds(1)) link.operationalState = bytes[at];
        break;
      case IFLA_LINKINFO:
        link.kind = readKind(bytes, at, attributes.end);
        break;
    }
  }
  return link;
}

function readKind(bytes: Uint8Array, start: number, end: number): string {
  const attributes = new AttributeCursor().reset(bytes, start, end);
  while (attributes.next()) {
    if (attributes.type === IFLA_INFO_KIND)
      return readText(bytes, attributes.start, attributes.end);
  }
  return "";
}

/** Asks for all links, without their counters. */
export function writeDumpLinks(writer: NetlinkWriter, sequence: number): void {
  writer.begin(RTM_GETLINK, NLM_F_DUMP, sequence);
  writer.u8(AF_UNSPEC);
  writer.u8(0);
  writer.u16(0);
  writer.u32(0);
  writer.u32(0);
  writer.u32(0);
  writer.attributeU32(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
  writer.end();
}
