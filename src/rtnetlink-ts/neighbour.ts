/** Neighbour entries: struct ndmsg (family, index, state, flags, type). Proxy entries above all. */
import {
  NDA_DST,
  NDA_LLADDR,
  NDA_PROTOCOL,
  NLM_F_ACK,
  NLM_F_DUMP,
  NTF_PROXY,
  NUD_PERMANENT,
  RTM_DELNEIGH,
  RTM_GETNEIGH,
  RTM_NEWNEIGH,
  AF_UNSPEC,
} from "./constants.ts";
import { i32, readAddressOf, u16 } from "./bytes.ts";
import { AttributeCursor } from "./cursor.ts";
import { addressFamilyOf, familyOf } from "./ip.ts";
import type { IpAddress } from "./ip.ts";
import type { NetlinkWriter } from "./writer.ts";

const NEIGHBOUR_HEADER_LENGTH = 12;

export interface Neighbour {
  readonly interface: number;
  readonly address: IpAddress;
  /** NUD_*. */
  readonly state: number;
  /** NTF_*. */
  readonly flags: number;
  readonly proxy: boolean;
  /** RTPROT_* of who put it there; 0 unknown. */
  readonly protocol: number;
  /** Link-layer address; empty where there is none. */
  readonly mac: Uint8Array;
}

/** RTM_NEWNEIGH, RTM_DELNEIGH. @returns undefined: too short, no address, or another family */
export function decodeNeighbour(
  bytes: Uint8Array,
  start: number,
  end: number,
): Neighbour | undefined {
  if (end - start < NEIGHBOUR_HEADER_LENGTH) return undefined;
  const family = familyOf(bytes[start]);
  if (family === undefined) return undefined;
  let address: IpAddress | undefined;
  let mac: Uint8Array = new Uint8Array(0);
  let protocol = 0;
  const attributes = new AttributeCursor().reset(bytes, start + NEIGHBOUR_HEADER_LENGTH, end);
  while (attributes.next()) {
    if (attributes.type === NDA_DST) {
      address = readAddressOf(family, bytes, attributes.start, attributes.end);
    } else if (attributes.type === NDA_LLADDR) {
      mac = bytes.slice(attributes.start, attributes.end);
    } else if (attributes.type === NDA_PROTOCOL && attributes.holds(1)) {
      protocol = bytes[attributes.start];
    }
  }
  if (address === undefined) return undefined;
  const flags = bytes[start + 10];
  return {
    interface: i32(bytes, start + 4),
    address,
    state: u16(bytes, start + 8),
    flags,
    proxy: (flags & NTF_PROXY) !== 0,
    protocol,
    mac,
  };
}

/** `ip neigh add|del proxy ADDRESS dev IF protocol N`. */
export function writeProxyNeighbour(
  writer: NetlinkWriter,
  kind: "new" | "delete",
  flags: number,
  sequence: number,
  proxy: { interface: number; address: IpAddress; protocol: number },
): void {
  writer.begin(kind === "new" ? RTM_NEWNEIGH : RTM_DELNEIGH, flags, sequence);
  writeHeader(
    writer,
    addressFamilyOf(proxy.address.family),
    proxy.interface,
    NUD_PERMANENT,
    NTF_PROXY,
  );
  if (kind === "new") writer.attributeU8(NDA_PROTOCOL, proxy.protocol);
  writer.attributeAddress(NDA_DST, proxy.address);
  writer.end();
}

/** Asks for the proxy entries of both families. */
export function writeDumpProxyNeighbours(writer: NetlinkWriter, sequence: number): void {
  writer.begin(RTM_GETNEIGH, NLM_F_DUMP, sequence);
  writeHeader(writer, AF_UNSPEC, 0, 0, NTF_PROXY);
  writer.end();
}

/** Asks for the entry of one address on one link. An ACK ends the answer; ENOENT: there is none. */
export function writeGetNeighbour(
  writer: NetlinkWriter,
  sequence: number,
  neighbour: { interface: number; address: IpAddress },
): void {
  writer.begin(RTM_GETNEIGH, NLM_F_ACK, sequence);
  writeHeader(writer, addressFamilyOf(neighbour.address.family), neighbour.interface, 0, 0);
  writer.attributeAddress(NDA_DST, neighbour.address);
  writer.end();
}

function writeHeader(
  writer: NetlinkWriter,
  family: number,
  index: number,
  state: number,
  flags: number,
): void {
  writer.u8(family);
  writer.u8(0);
  writer.u16(0);
  writer.u32(index);
  writer.u16(state);
  writer.u8(flags);
  writer.u8(0);
}
