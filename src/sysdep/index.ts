/**
 * sysdep: the only native calls of the daemon, through koffi (prebuilt for each platform, so no
 * compiler is needed). It offers what Node's own API lacks, as narrow functions over bytes and
 * descriptors, and knows no protocol:
 *
 * - netlink sockets with large buffers, extended ACKs, strict checking and a BPF filter;
 * - an eventfd to wake a thread, and poll(2) for a thread that lives without an event loop;
 * - TCP sockets with MD5 (RFC 2385), GTSM (RFC 5082), source address and device, which become
 *   ordinary Node sockets afterwards;
 * - UDP sockets for a thread without an event loop, where the kernel checks the TTL;
 * - ICMPv6 on one interface, for router advertisements and solicitations;
 * - ARP announcements and unsolicited neighbour advertisements;
 * - datagrams to a Unix socket, as a service manager wants to be spoken to;
 * - a thread that goes before all others, and an end that waits for none;
 * - an allocator that gives back what is no longer needed, and a program that does;
 * - errno in names and plain words.
 *
 * A refusal of the kernel is a value (SystemFault, or a negated errno on the hot paths); only a
 * mistake of the caller throws. Every descriptor is close-on-exec. Addresses are bytes in network
 * order: 4 for IPv4, 16 for IPv6. The structures are those of 64-bit little-endian Linux.
 */
export {
  announceAddress,
  encodeArpAnnouncement,
  encodeNeighbourAdvertisement,
} from "./announce.ts";
export { DatagramSocket } from "./datagram-socket.ts";
export { Poller, clearEvent, closeDescriptor, openEvent, signalEvent } from "./descriptor.ts";
export {
  ERRNO,
  describeErrno,
  errnoName,
  errnoWords,
  isSystemFault,
  systemFault,
} from "./errno.ts";
export type { SystemFault } from "./errno.ts";
export type { FilterInstruction } from "./filter.ts";
export { Icmpv6Socket } from "./icmpv6-socket.ts";
export type { Icmpv6SocketOptions } from "./icmpv6-socket.ts";
export { exitAtOnce } from "./exit.ts";
export {
  programMappings,
  releaseMappings,
  residentMemory,
  returnMemory,
  trimMemory,
} from "./memory.ts";
export type { Mapping } from "./memory.ts";
export { NetlinkSocket } from "./netlink-socket.ts";
export type { NetlinkOptions } from "./netlink-socket.ts";
export { preferThread } from "./schedule.ts";
export type { SocketAddress } from "./socket-address.ts";
export {
  descriptorOf,
  openTcpSocket,
  readTcpOptions,
  receiveRest,
  setMd5Keys,
  setTcpOptions,
} from "./tcp-socket.ts";
export type { Md5Key, TcpOptions, TcpSocketOptions, TcpState } from "./tcp-socket.ts";
export { UdpSocket } from "./udp-socket.ts";
export type { UdpSocketOptions } from "./udp-socket.ts";
