/**
 * Tells a segment that an address has moved to this node: an ARP announcement (IPv4) or an
 * unsolicited neighbour advertisement (IPv6). Hosts that have the address in their caches point it
 * here at once; switches learn the port.
 */
import { systemFault } from "./errno.ts";
import type { SystemFault } from "./errno.ts";
import * as libc from "./libc.ts";
import { AF_INET6, encodeSocketAddress } from "./socket-address.ts";

const AF_PACKET = 17;
const SOCK_DGRAM = 2;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const ETH_P_ARP = 0x0806;
const ETH_P_IP = 0x0800;
const ARPHRD_ETHER = 1;
const ARP_REQUEST = 1;
const IPPROTO_ICMPV6 = 58;
const IPPROTO_IPV6 = 41;
const IPV6_MULTICAST_HOPS = 18;
const ICMPV6_NEIGHBOUR_ADVERTISEMENT = 136;
const OVERRIDE = 0x20;
const TARGET_LINK_LAYER_ADDRESS = 2;

const ALL_NODES = new Uint8Array([0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]); // ff02::1

/**
 * @param address 4 or 16 bytes, network order
 * @param mac the interface's own, 6 bytes
 */
export function announceAddress(
  interfaceIndex: number,
  mac: Uint8Array,
  address: Uint8Array,
): SystemFault | undefined {
  if (mac.length !== 6) throw new RangeError(`an Ethernet address has 6 bytes, not ${mac.length}`);
  return address.length === 4
    ? sendArpAnnouncement(interfaceIndex, mac, address)
    : sendNeighbourAdvertisement(interfaceIndex, mac, address);
}

/** RFC 5227 §2.3: an ARP request whose sender and target address are both the announced one. */
export function encodeArpAnnouncement(mac: Uint8Array, address: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(28); // RFC 826, Ethernet and IPv4
  const view = new DataView(bytes.buffer);
  view.setUint16(0, ARPHRD_ETHER);
  view.setUint16(2, ETH_P_IP);
  bytes[4] = 6;
  bytes[5] = 4;
  view.setUint16(6, ARP_REQUEST);
  bytes.set(mac, 8);
  bytes.set(address, 14);
  bytes.set(address, 24); // the target's hardware address before it stays zero (RFC 5227 §1.1)
  return bytes;
}

/**
 * RFC 4861 §4.4: not solicited; override is set, because caches must change although this node only
 * proxies the address (§7.2.8 clears it for proxies that may race; here only one node may answer).
 * The checksum is the kernel's to fill (raw ICMPv6 sockets, RFC 3542 §3.1).
 */
export function encodeNeighbourAdvertisement(mac: Uint8Array, address: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(32);
  bytes[0] = ICMPV6_NEIGHBOUR_ADVERTISEMENT;
  bytes[4] = OVERRIDE;
  bytes.set(address, 8);
  bytes[24] = TARGET_LINK_LAYER_ADDRESS;
  bytes[25] = 1; // in units of 8 octets
  bytes.set(mac, 26);
  return bytes;
}

function sendArpAnnouncement(
  interfaceIndex: number,
  mac: Uint8Array,
  address: Uint8Array,
): SystemFault | undefined {
  const fd = libc.socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0); // protocol 0: receives nothing
  if (fd < 0) return systemFault("socket AF_PACKET", -fd);
  const destination = new Uint8Array(20); // struct sockaddr_ll
  const view = new DataView(destination.buffer);
  view.setUint16(0, AF_PACKET, true);
  view.setUint16(2, ETH_P_ARP, false);
  view.setInt32(4, interfaceIndex, true);
  destination[11] = 6; // sll_halen
  destination.fill(0xff, 12, 18); // broadcast
  const sent = libc.sendto(fd, encodeArpAnnouncement(mac, address), 0, destination);
  libc.close(fd);
  return sent < 0 ? systemFault("ARP announcement", -sent) : undefined;
}

function sendNeighbourAdvertisement(
  interfaceIndex: number,
  mac: Uint8Array,
  address: Uint8Array,
): SystemFault | undefined {
  const fd = libc.socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6);
  if (fd < 0) return systemFault("socket ICMPv6", -fd);
  // RFC 4861 §7.1.2: receivers discard what did not arrive with a hop limit of 255.
  const hops = libc.setsockoptInt(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 255);
  const destination = encodeSocketAddress({ address: ALL_NODES, port: 0, scope: interfaceIndex });
  const sent =
    hops < 0 ? hops : libc.sendto(fd, encodeNeighbourAdvertisement(mac, address), 0, destination);
  libc.close(fd);
  return sent < 0 ? systemFault("neighbour advertisement", -sent) : undefined;
}
