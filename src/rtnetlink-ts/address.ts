/** Addresses of interfaces: struct ifaddrmsg (family, prefix length, flags, scope, index). */
import {
  AF_UNSPEC,
  IFA_ADDRESS,
  IFA_FLAGS,
  IFA_LOCAL,
  NLM_F_DUMP,
  RTM_DELADDR,
  RTM_GETADDR,
  RTM_NEWADDR,
} from "./constants.ts";
import { readAddressOf, u32 } from "./bytes.ts";
import { AttributeCursor } from "./cursor.ts";
import { addressBits, addressFamilyOf, familyOf } from "./ip.ts";
import type { Family, IpAddress } from "./ip.ts";
import type { NetlinkWriter } from "./writer.ts";

const ADDRESS_HEADER_LENGTH = 8;

export interface InterfaceAddress {
  readonly interface: number;
  /** This end: IFA_LOCAL, or IFA_ADDRESS where there is no other end. */
  readonly address: IpAddress;
  /** The other end of a point-to-point address. */
  readonly peer?: IpAddress;
  /** Bits of the prefix (the peer's, on a point-to-point address). */
  readonly length: number;
  /** RT_SCOPE_*. */
  readonly scope: number;
  /** IFA_F_*: tentative, deprecated, secondary, ... */
  readonly flags: number;
}

/**
 * RTM_NEWADDR, RTM_DELADDR.
 * @returns undefined: too short, no address, another family, or more bits than its addresses have
 */
export function decodeAddress(
  bytes: Uint8Array,
  start: number,
  end: number,
): InterfaceAddress | undefined {
  if (end - start < ADDRESS_HEADER_LENGTH) return undefined;
  const family = familyOf(bytes[start]);
  if (family === undefined || bytes[start + 1] > addressBits(family)) return undefined;
  let flags = bytes[start + 2];
  let local: IpAddress | undefined;
  let address: IpAddress | undefined;
  const attributes = new AttributeCursor().reset(bytes, start + ADDRESS_HEADER_LENGTH, end);
  while (attributes.next()) {
    if (attributes.type === IFA_LOCAL) {
      local = readAddressOf(family, bytes, attributes.start, attributes.end);
    } else if (attributes.type === IFA_ADDRESS) {
      address = readAddressOf(family, bytes, attributes.start, attributes.end);
    } else if (attributes.type === IFA_FLAGS && attributes.holds(4)) {
      flags = u32(bytes, attributes.start);
    }
  }
  const own = local ?? address;
  if (own === undefined) return undefined;
  return {
    interface: u32(bytes, start + 4),
    address: own,
    ...(local !== undefined && address !== undefined && !same(local, address)
      ? { peer: address }
      : {}),
    length: bytes[start + 1],
    scope: bytes[start + 3],
    flags,
  };
}

function same(a: IpAddress, b: IpAddress): boolean {
  return a.w0 === b.w0 && a.w1 === b.w1 && a.w2 === b.w2 && a.w3 === b.w3;
}

/** Adds or removes an address: `ip address add 192.0.2.1/24 dev IF`. */
export function writeAddress(
  writer: NetlinkWriter,
  kind: "new" | "delete",
  flags: number,
  sequence: number,
  address: { interface: number; address: IpAddress; length: number },
): void {
  const family: Family = address.address.family;
  writer.begin(kind === "new" ? RTM_NEWADDR : RTM_DELADDR, flags, sequence);
  writeHeader(writer, addressFamilyOf(family), address.length, address.interface);
  writer.attributeAddress(IFA_LOCAL, address.address);
  writer.attributeAddress(IFA_ADDRESS, address.address);
  writer.end();
}

/** Asks for all addresses of both families. */
export function writeDumpAddresses(writer: NetlinkWriter, sequence: number): void {
  writer.begin(RTM_GETADDR, NLM_F_DUMP, sequence);
  writeHeader(writer, AF_UNSPEC, 0, 0);
  writer.end();
}

function writeHeader(writer: NetlinkWriter, family: number, length: number, index: number): void {
  writer.u8(family);
  writer.u8(length);
  writer.u8(0);
  writer.u8(0);
  writer.u32(index);
}
