/** UDP sockets for a thread that lives without an event loop: bytes, addresses, TTLs, and no more. */
import { ERRNO, systemFault } from "./errno.ts";
import type { SystemFault } from "./errno.ts";
import { setBuffers } from "./buffers.ts";
import type { BufferSizes } from "./buffers.ts";
import { attachFilter, NOTHING, ttlFilter } from "./filter.ts";
import * as libc from "./libc.ts";
import {
  AF_INET6,
  addressFamily,
  encodeSocketAddress,
  readSocketAddress,
} from "./socket-address.ts";
import type { SocketAddress } from "./socket-address.ts";

const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const IPPROTO_IP = 0;
const IPPROTO_UDP = 17;
const IPPROTO_IPV6 = 41;
const IP_TOS = 1;
const IP_TTL = 2;
const IPV6_UNICAST_HOPS = 16;
const IPV6_V6ONLY = 26;
const IPV6_TCLASS = 67;
const SOCKADDR_IN6_LENGTH = 28;

export interface UdpSocketOptions extends BufferSizes {
  /** Local end; also says the family. */
  readonly local: SocketAddress;
  /** TTL or hop limit of what is sent. */
  readonly ttl?: number;
  /** The whole TOS / traffic class octet of what is sent. */
  readonly trafficClass?: number;
  /** What arrives with another TTL or hop limit is dropped by the kernel. */
  readonly onlyTtl?: number | undefined;
  /** true: whatever arrives is dropped by the kernel; nobody reads. */
  readonly deaf?: boolean;
}

export class UdpSocket {
  readonly fd: number;
  readonly #sender = new Uint8Array(SOCKADDR_IN6_LENGTH);
  readonly #senderLength = new Uint32Array(1);

  private constructor(fd: number) {
    this.fd = fd;
  }

  /** Opens, sets and binds a non-blocking socket. An IPv6 one does not take IPv4. */
  static open(options: UdpSocketOptions): UdpSocket | SystemFault {
    const family = addressFamily(options.local.address);
    const fd = libc.socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP);
    if (fd < 0) return systemFault("socket", -fd);
    const fault = prepare(fd, family === AF_INET6, options);
    if (fault === undefined) return new UdpSocket(fd);
    libc.close(fd);
    return fault;
  }

  /** @returns bytes sent, or the negated errno */
  send(bytes: Uint8Array, to: SocketAddress): number {
    const address = encodeSocketAddress(to);
    for (;;) {
      const sent = libc.sendto(this.fd, bytes, 0, address);
      if (sent !== -ERRNO.EINTR) return sent;
    }
  }

  /**
   * One datagram into `bytes`; what does not fit is cut off. Never blocks.
   * @returns its length, or the negated errno: EAGAIN none is there
   */
  receive(bytes: Uint8Array): number {
    for (;;) {
      this.#senderLength[0] = SOCKADDR_IN6_LENGTH;
      const length = libc.recvfrom(this.fd, bytes, 0, this.#sender, this.#senderLength);
      if (length !== -ERRNO.EINTR) return length;
    }
  }

  /** Who sent the datagram that receive() gave last. */
  sender(): SocketAddress {
    return readSocketAddress(this.#sender);
  }

  close(): void {
    libc.close(this.fd);
  }
}

function prepare(fd: number, ipv6: boolean, options: UdpSocketOptions): SystemFault | undefined {
  const { local, ttl, trafficClass, onlyTtl } = options;
  const level = ipv6 ? IPPROTO_IPV6 : IPPROTO_IP;
  const settings: readonly (readonly [string, number, number | undefined])[] = [
    ["IPV6_V6ONLY", IPV6_V6ONLY, ipv6 ? 1 : undefined],
    ["TTL", ipv6 ? IPV6_UNICAST_HOPS : IP_TTL, ttl],
    ["TOS", ipv6 ? IPV6_TCLASS : IP_TOS, trafficClass],
  ];
  for (const [name, option, value] of settings) {
    if (value === undefined) continue;
    const failed = libc.setsockoptInt(fd, level, option, value);
    if (failed < 0) return systemFault(`setsockopt ${name}`, -failed);
  }
  const refused = setBuffers(fd, options);
  if (refused < 0) return systemFault("setsockopt of buffers", -refused);
  // Before the bind: nothing may slip in between.
  const hops = onlyTtl === undefined ? undefined : ttlFilter(ipv6, onlyTtl);
  const filter = options.deaf === true ? NOTHING : hops;
  const fault = filter && attachFilter(fd, filter);
  if (fault !== undefined) return fault;
  const bound = libc.bind(fd, encodeSocketAddress(local));
  return bound < 0 ? systemFault("bind", -bound) : undefined;
}
