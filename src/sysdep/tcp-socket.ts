/**
 * TCP sockets with the options that BGP needs, which Node's own API does not reach. The descriptor
 * made here becomes an ordinary Node socket: `new net.Socket({ fd })` and `.connect()`, or
 * `server.listen({ fd })`. Options must be set before the handshake, hence before either.
 */
import type { Socket } from "node:net";
import { ERRNO, check, systemFault } from "./errno.ts";
import type { SystemFault } from "./errno.ts";
import * as libc from "./libc.ts";
import { AF_INET, AF_INET6, addressFamily, encodeSocketAddress } from "./socket-address.ts";
import type { SocketAddress } from "./socket-address.ts";

const SOCK_STREAM = 1;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_DOMAIN = 39;
const SO_REUSEADDR = 2;
const SO_BINDTODEVICE = 25;
const IPPROTO_IP = 0;
const IPPROTO_TCP = 6;
const IPPROTO_IPV6 = 41;
const IP_TOS = 1;
const IP_TTL = 2;
const IP_MINTTL = 21;
const IPV6_UNICAST_HOPS = 16;
const IPV6_V6ONLY = 26;
const IPV6_TCLASS = 67;
const IPV6_MINHOPCOUNT = 73;
const TCP_NODELAY = 1;
const TCP_MAXSEG = 2;
const TCP_MD5SIG = 14;
const TCP_USER_TIMEOUT = 18;
const TCP_MD5SIG_EXT = 32;
const TCP_MD5SIG_FLAG_PREFIX = 1;

const DEVICE_NAME_MAXIMUM = 15; // IFNAMSIZ with its end
const MD5_KEY_MAXIMUM = 80; // TCP_MD5SIG_MAXKEYLEN
const MD5_STORAGE = 128; // struct sockaddr_storage
const MD5_LENGTH = 216; // struct tcp_md5sig

/**
 * RFC 2385 key for one peer, or for all peers of a range. A link-local peer's key is for its address
 * on every interface: the kernel takes none but a VRF's (EINVAL) with TCP_MD5SIG_FLAG_IFINDEX.
 */
export interface Md5Key {
  readonly address: Uint8Array;
  /** Bits; left out or the full length: this one address. */
  readonly prefixLength?: number;
  /** 1 to 80 bytes; an empty key takes the peer's key away. */
  readonly key: Uint8Array;
}

/** Options that can be set at any time, also on an accepted connection. */
export interface TcpOptions {
  /** TTL or hop limit of what is sent: 1 for a neighbour on the link, 255 with GTSM (RFC 5082 §3). */
  readonly ttl?: number;
  /** GTSM: what arrives with less is dropped by the kernel. 255 minus the hops between, plus one. */
  readonly minimumTtl?: number;
  readonly noDelay?: boolean;
  /** Milliseconds that sent data may stay unacknowledged (RFC 5482). */
  readonly userTimeout?: number;
  /** The whole TOS / traffic class octet; routing protocols use 0xc0 (RFC 4271 leaves it open; CS6). */
  readonly trafficClass?: number;
}

export interface TcpSocketOptions extends TcpOptions {
  /** Local end; also says the family. For a connection with no given source: all zeros, port 0. */
  readonly local: SocketAddress;
  /** Bind to a device (SO_BINDTODEVICE), by name; one that is not there is ENODEV. */
  readonly device?: string;
  /** Default true. A restarted listener must not wait for connections in TIME-WAIT. */
  readonly reuseAddress?: boolean;
  /** Default true: an IPv6 socket does not take IPv4, so that both families can listen. */
  readonly v6Only?: boolean;
  readonly md5?: readonly Md5Key[];
}

/** Makes, sets and binds a TCP socket. @returns its descriptor; the caller hands it to Node or closes it */
export function openTcpSocket(options: TcpSocketOptions): number | SystemFault {
  const family = addressFamily(options.local.address);
  const fd = libc.socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
  if (fd < 0) return systemFault("socket", -fd);
  let good = false;
  try {
    const fault =
      setBeforeBind(fd, family, options) ??
      setTcpOptions(fd, options) ??
      setMd5Keys(fd, options.md5 ?? []) ??
      check("bind", libc.bind(fd, encodeSocketAddress(options.local)));
    good = fault === undefined;
    return fault ?? fd;
  } finally {
    if (!good) libc.close(fd); // also when what the caller gave throws
  }
}

function setBeforeBind(
  fd: number,
  family: number,
  options: TcpSocketOptions,
): SystemFault | undefined {
  const reuse = options.reuseAddress === false ? 0 : 1;
  const failed = libc.setsockoptInt(fd, SOL_SOCKET, SO_REUSEADDR, reuse);
  if (failed < 0) return systemFault("setsockopt SO_REUSEADDR", -failed);
  if (family === AF_INET6) {
    const only = options.v6Only === false ? 0 : 1;
    const fault = check(
      "setsockopt IPV6_V6ONLY",
      libc.setsockoptInt(fd, IPPROTO_IPV6, IPV6_V6ONLY, only),
    );
    if (fault !== undefined) return fault;
  }
  if (options.device === undefined) return undefined;
  const name = new TextEncoder().encode(options.device);
  // The kernel would cut a longer name, and take the device that has what is left as its name.
  const call = "setsockopt SO_BINDTODEVICE";
  if (name.length > DEVICE_NAME_MAXIMUM) return systemFault(call, ERRNO.ENODEV);
  return check(call, libc.setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name));
}

/** The level and option of each setting, by family. */
const OPTION_TABLE = [
  { name: "ttl", v4: [IPPROTO_IP, IP_TTL], v6: [IPPROTO_IPV6, IPV6_UNICAST_HOPS] },
  { name: "minimumTtl", v4: [IPPROTO_IP, IP_MINTTL], v6: [IPPROTO_IPV6, IPV6_MINHOPCOUNT] },
  { name: "noDelay", v4: [IPPROTO_TCP, TCP_NODELAY], v6: [IPPROTO_TCP, TCP_NODELAY] },
  { name: "userTimeout", v4: [IPPROTO_TCP, TCP_USER_TIMEOUT], v6: [IPPROTO_TCP, TCP_USER_TIMEOUT] },
  { name: "trafficClass", v4: [IPPROTO_IP, IP_TOS], v6: [IPPROTO_IPV6, IPV6_TCLASS] },
] as const;

/** Sets the options that are given, and leaves the others alone. */
export function setTcpOptions(fd: number, options: TcpOptions): SystemFault | undefined {
  const family = libc.getsockoptInt(fd, SOL_SOCKET, SO_DOMAIN);
  if (family < 0) return systemFault("getsockopt SO_DOMAIN", -family);
  for (const row of OPTION_TABLE) {
    const value = options[row.name];
    if (value === undefined) continue;
    const [level, option] = family === AF_INET ? row.v4 : row.v6;
    const fault = check(
      `setsockopt ${row.name}`,
      libc.setsockoptInt(fd, level, option, Number(value)),
    );
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/**
 * Adds, replaces or (empty key) removes keys. On a listener they hold for connections to come; an
 * accepted connection takes its peer's key along.
 */
export function setMd5Keys(fd: number, keys: readonly Md5Key[]): SystemFault | undefined {
  for (const key of keys) {
    if (key.key.length > MD5_KEY_MAXIMUM) {
      throw new RangeError(`an MD5 key has at most ${MD5_KEY_MAXIMUM} bytes`);
    }
    const range = key.prefixLength !== undefined && key.prefixLength < key.address.length * 8;
    const option = range ? TCP_MD5SIG_EXT : TCP_MD5SIG;
    const fault = check(
      range ? "setsockopt TCP_MD5SIG_EXT" : "setsockopt TCP_MD5SIG",
      libc.setsockopt(fd, IPPROTO_TCP, option, encodeMd5(key, range)),
    );
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** struct tcp_md5sig (linux/tcp.h): address storage, flags, prefix length, key length, ifindex, key. */
function encodeMd5(key: Md5Key, range: boolean): Uint8Array {
  const bytes = new Uint8Array(MD5_LENGTH);
  const view = new DataView(bytes.buffer);
  bytes.set(encodeSocketAddress({ address: key.address, port: 0 }));
  bytes[MD5_STORAGE] = range ? TCP_MD5SIG_FLAG_PREFIX : 0;
  bytes[MD5_STORAGE + 1] = range ? (key.prefixLength ?? 0) : 0;
  view.setUint16(MD5_STORAGE + 2, key.key.length, true);
  bytes.set(key.key, MD5_STORAGE + 8);
  return bytes;
}

/** What the kernel holds now, for `show protocols all`. */
export interface TcpState {
  readonly ttl: number;
  /** 0: no GTSM. */
  readonly minimumTtl: number;
  readonly noDelay: boolean;
  /** Milliseconds; 0: the system's default. */
  readonly userTimeout: number;
  /** Octets of payload in a segment. */
  readonly maximumSegment: number;
}

export function readTcpOptions(fd: number): TcpState | SystemFault {
  const family = libc.getsockoptInt(fd, SOL_SOCKET, SO_DOMAIN);
  const v4 = family === AF_INET;
  const values = [
    libc.getsockoptInt(fd, v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_TTL : IPV6_UNICAST_HOPS),
    libc.getsockoptInt(fd, v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_MINTTL : IPV6_MINHOPCOUNT),
    libc.getsockoptInt(fd, IPPROTO_TCP, TCP_NODELAY),
    libc.getsockoptInt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT),
    libc.getsockoptInt(fd, IPPROTO_TCP, TCP_MAXSEG),
  ];
  const failed = Math.min(family, ...values);
  if (failed < 0) return systemFault("getsockopt", -failed);
  const [ttl, minimumTtl, noDelay, userTimeout, maximumSegment] = values;
  return { ttl, minimumTtl, noDelay: noDelay !== 0, userTimeout, maximumSegment };
}

/** Bytes read at a time by `receiveRest`. */
const REST_CHUNK = 1 << 16;

/**
 * What a connection has received and nobody has read yet, at most about `limit` bytes; never waits.
 * Linux keeps it when the other end's RST comes, and when writing has failed.
 */
export function receiveRest(socket: Socket, limit: number): Uint8Array[] {
  const fd = descriptorOf(socket);
  const chunks: Uint8Array[] = [];
  if (fd < 0) return chunks;
  for (let total = 0; total < limit;) {
    const chunk = new Uint8Array(REST_CHUNK);
    const length = libc.read(fd, chunk);
    if (length <= 0) break; // its end, nothing more for now, or the error
    chunks.push(chunk.subarray(0, length));
    total += length;
  }
  return chunks;
}

/**
 * The descriptor under a Node socket, for options on an accepted connection. Node has no public way
 * to it; the handle has carried it as `fd` since its first versions.
 * @returns -1 when the socket is closed
 */
export function descriptorOf(socket: Socket): number {
  const handle: unknown = Reflect.get(socket, "_handle");
  if (typeof handle !== "object" || handle === null) return -1;
  const fd: unknown = Reflect.get(handle, "fd");
  return typeof fd === "number" ? fd : -1;
}
