/** AF_NETLINK sockets for rtnetlink (netlink(7), rtnetlink(7)). They carry bytes and know nothing of messages. */
import { receiveBufferOf, setBuffers } from "./buffers.ts";
import type { BufferSizes } from "./buffers.ts";
import { ERRNO, check, systemFault } from "./errno.ts";
import type { SystemFault } from "./errno.ts";
import { attachFilter } from "./filter.ts";
import type { FilterInstruction } from "./filter.ts";
import * as libc from "./libc.ts";

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const NETLINK_ROUTE = 0;
const SOL_NETLINK = 270;
const NETLINK_ADD_MEMBERSHIP = 1;
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;
const NETLINK_GET_STRICT_CHK = 12;
const MSG_TRUNC = 0x20;
const SOCKADDR_NL_LENGTH = 12;

export interface NetlinkOptions extends BufferSizes {
  /** Multicast groups by number (RTNLGRP_*); one that the kernel does not know is skipped. */
  readonly groups?: readonly number[];
}

export class NetlinkSocket {
  readonly fd: number;
  /** The address by which the kernel knows this socket (nlmsg_pid of what it causes). */
  readonly portId: number;
  /** What the kernel granted, in bytes of its own accounting. */
  readonly receiveBuffer: number;
  readonly #sender = new Uint8Array(SOCKADDR_NL_LENGTH);
  readonly #senderLength = new Uint32Array(1);
  #open = true;

  private constructor(fd: number, portId: number, receiveBuffer: number) {
    this.fd = fd;
    this.portId = portId;
    this.receiveBuffer = receiveBuffer;
  }

  /**
   * Opens a non-blocking NETLINK_ROUTE socket, with extended ACKs that do not repeat the request,
   * and strict checking of dump requests, where the kernel has these (4.12, 4.20).
   */
  static open(options: NetlinkOptions = {}): NetlinkSocket | SystemFault {
    const fd = libc.socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (fd < 0) return systemFault("socket AF_NETLINK", -fd);
    const name = new Uint8Array(SOCKADDR_NL_LENGTH);
    new DataView(name.buffer).setUint16(0, AF_NETLINK, true);
    const fault =
      check("setsockopt of netlink buffers", setBuffers(fd, options)) ??
      check("bind AF_NETLINK", libc.bind(fd, name)) ??
      check("getsockname AF_NETLINK", libc.getsockname(fd, name));
    if (fault !== undefined) {
      libc.close(fd);
      return fault;
    }
    libc.setsockoptInt(fd, SOL_NETLINK, NETLINK_CAP_ACK, 1);
    libc.setsockoptInt(fd, SOL_NETLINK, NETLINK_EXT_ACK, 1);
    libc.setsockoptInt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1);
    for (const group of options.groups ?? []) {
      libc.setsockoptInt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group);
    }
    const portId = new DataView(name.buffer).getUint32(4, true);
    return new NetlinkSocket(fd, portId, receiveBufferOf(fd));
  }

  /** Classic BPF: what a program returns is how many bytes of a message are kept; 0 drops it. */
  attachFilter(program: readonly FilterInstruction[]): SystemFault | undefined {
    return attachFilter(this.fd, program);
  }

  /**
   * Hands `length` bytes to the kernel, which works on all messages in them before it returns.
   * @returns bytes sent, or the negated errno
   */
  send(bytes: Uint8Array, length: number): number {
    for (;;) {
      const sent = libc.send(this.fd, bytes, length, 0);
      if (sent !== -ERRNO.EINTR) return sent;
    }
  }

  /**
   * One datagram into `bytes`. Never blocks. What does not come from the kernel is thrown away.
   * @returns its length, or the negated errno: EAGAIN none is there, ENOBUFS some were lost,
   * EMSGSIZE it did not fit (and is lost)
   */
  receive(bytes: Uint8Array): number {
    for (;;) {
      this.#senderLength[0] = SOCKADDR_NL_LENGTH;
      const length = libc.recvfrom(this.fd, bytes, MSG_TRUNC, this.#sender, this.#senderLength);
      if (length === -ERRNO.EINTR) continue;
      if (length < 0) return length;
      const sender = this.#sender;
      if ((sender[4] | sender[5] | sender[6] | sender[7]) !== 0) continue; // nl_pid 0 is the kernel
      return length > bytes.length ? -ERRNO.EMSGSIZE : length;
    }
  }

  /** Once: afterwards the number may be somebody else's descriptor. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    libc.close(this.fd);
  }
}
