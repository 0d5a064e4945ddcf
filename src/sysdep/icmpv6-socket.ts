/** ICMPv6 on one interface, for neighbour discovery: a few types of message, straight off the link. */
import { ERRNO, check, systemFault } from "./errno.ts";
import type { SystemFault } from "./errno.ts";
import { attachFilter, ttlFilter } from "./filter.ts";
import * as libc from "./libc.ts";
import { AF_INET6, encodeSocketAddress, readSocketAddress } from "./socket-address.ts";

const SOCK_RAW = 3;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_BINDTODEVICE = 25;
const IPPROTO_IPV6 = 41;
const IPPROTO_ICMPV6 = 58;
const IPV6_UNICAST_HOPS = 16;
const IPV6_MULTICAST_HOPS = 18;
const IPV6_MULTICAST_LOOP = 19;
const IPV6_JOIN_GROUP = 20;
const ICMPV6_FILTER = 1;
/** RFC 4861 §6.1: nothing that a router has passed on has this hop limit. */
const HOP_LIMIT = 255;
const SOCKADDR_IN6_LENGTH = 28;

export interface Icmpv6SocketOptions {
  /** Name and index of the interface; nothing else is heard, and what is sent goes out there. */
  readonly device: string;
  readonly index: number;
  /** ICMPv6 types that are wanted. */
  readonly types: readonly number[];
  /** 16 bytes each: groups whose members are to hear. */
  readonly groups: readonly Uint8Array[];
}

/**
 * What is received has come with a hop limit of 255 and a right checksum (RFC 3542 §3.1: the kernel
 * checks it, and fills it into what is sent). Own multicasts are not heard.
 */
export class Icmpv6Socket {
  readonly #fd: number;
  readonly #index: number;
  readonly #sender = new Uint8Array(SOCKADDR_IN6_LENGTH);
  readonly #senderLength = new Uint32Array(1);

  private constructor(fd: number, index: number) {
    this.#fd = fd;
    this.#index = index;
  }

  /** A non-blocking socket. ENODEV: there is no such interface. */
  static open(options: Icmpv6SocketOptions): Icmpv6Socket | SystemFault {
    const fd = libc.socket(AF_INET6, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_ICMPV6);
    if (fd < 0) return systemFault("socket ICMPv6", -fd);
    const fault = prepare(fd, options);
    if (fault === undefined) return new Icmpv6Socket(fd, options.index);
    libc.close(fd);
    return fault;
  }

  /** @returns bytes sent, or the negated errno: EADDRNOTAVAIL the interface has no address yet */
  send(bytes: Uint8Array, to: Uint8Array): number {
    const address = encodeSocketAddress({ address: to, port: 0, scope: this.#index });
    for (;;) {
      const sent = libc.sendto(this.#fd, bytes, 0, address);
      if (sent !== -ERRNO.EINTR) return sent;
    }
  }

  /**
   * One message into `bytes`, from its type on; what does not fit is cut off. Never blocks.
   * @returns its length, or the negated errno: EAGAIN none is there
   */
  receive(bytes: Uint8Array): number {
    for (;;) {
      this.#senderLength[0] = SOCKADDR_IN6_LENGTH;
      const length = libc.recvfrom(this.#fd, bytes, 0, this.#sender, this.#senderLength);
      if (length !== -ERRNO.EINTR) return length;
    }
  }

  /** 16 bytes: who sent the message that receive() gave last. */
  sender(): Uint8Array {
    return readSocketAddress(this.#sender).address;
  }

  close(): void {
    libc.close(this.#fd);
  }
}

function prepare(fd: number, options: Icmpv6SocketOptions): SystemFault | undefined {
  const { device, index, types, groups } = options;
  const filter = typeFilter(types);
  const set = (name: string, level: number, option: number, value: Uint8Array) =>
    check(`setsockopt ${name}`, libc.setsockopt(fd, level, option, value));
  const setNumber = (name: string, option: number, value: number) =>
    check(`setsockopt ${name}`, libc.setsockoptInt(fd, IPPROTO_IPV6, option, value));
  let fault =
    // The filters first: nothing may slip in between.
    set("ICMP6_FILTER", IPPROTO_ICMPV6, ICMPV6_FILTER, filter) ??
    attachFilter(fd, ttlFilter(true, HOP_LIMIT)) ??
    set("SO_BINDTODEVICE", SOL_SOCKET, SO_BINDTODEVICE, new TextEncoder().encode(device)) ??
    setNumber("IPV6_UNICAST_HOPS", IPV6_UNICAST_HOPS, HOP_LIMIT) ??
    setNumber("IPV6_MULTICAST_HOPS", IPV6_MULTICAST_HOPS, HOP_LIMIT) ??
    setNumber("IPV6_MULTICAST_LOOP", IPV6_MULTICAST_LOOP, 0);
  for (const group of groups) {
    fault ??= set("IPV6_JOIN_GROUP", IPPROTO_IPV6, IPV6_JOIN_GROUP, membership(group, index));
  }
  return fault;
}

/** struct icmp6_filter (RFC 3542 §3.2): a bit for each type; the kernel drops those that are set. */
function typeFilter(types: readonly number[]): Uint8Array {
  const words = new Uint32Array(8).fill(0xffffffff);
  for (const type of types) words[type >>> 5] &= ~(1 << (type & 31));
  return new Uint8Array(words.buffer);
}

/** struct ipv6_mreq: the group, the interface's index. */
function membership(group: Uint8Array, index: number): Uint8Array {
  const bytes = new Uint8Array(20);
  bytes.set(group);
  new DataView(bytes.buffer).setUint32(16, index, true);
  return bytes;
}
