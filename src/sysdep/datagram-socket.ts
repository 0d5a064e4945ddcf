/** Datagrams to a named Unix socket (unix(7)), which Node.js has no API for. */
import { ERRNO, systemFault } from "./errno.ts";
import type { SystemFault } from "./errno.ts";
import * as libc from "./libc.ts";

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const MSG_NOSIGNAL = 0x4000;
/** struct sockaddr_un: what follows the family. */
const PATH_LENGTH = 108;

export class DatagramSocket {
  readonly #fd: number;
  readonly #address: Uint8Array;

  private constructor(fd: number, address: Uint8Array) {
    this.#fd = fd;
    this.#address = address;
  }

  /**
   * To be sent from; nobody is asked whether the name is there.
   * @param name a path, or with "@" in front a name of the abstract space
   */
  static open(name: string): DatagramSocket | SystemFault {
    const address = encodeUnixAddress(name);
    if (address === undefined) return systemFault("socket address", ERRNO.EINVAL);
    const fd = libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    return fd < 0 ? systemFault("socket", -fd) : new DatagramSocket(fd, address);
  }

  /** @returns bytes sent, or the negated errno: EAGAIN its reader is too far behind */
  send(bytes: Uint8Array): number {
    for (;;) {
      const sent = libc.sendto(this.#fd, bytes, MSG_NOSIGNAL, this.#address);
      if (sent !== -ERRNO.EINTR) return sent;
    }
  }

  close(): void {
    libc.close(this.#fd);
  }
}

/** struct sockaddr_un; undefined: the name is too long, empty, or has a NUL in it. */
function encodeUnixAddress(name: string): Uint8Array | undefined {
  const text = new TextEncoder().encode(name);
  const isAbstract = name.startsWith("@");
  // A path ends with a NUL; an abstract name begins with one, in the place of its "@".
  const length = text.length + (isAbstract ? 0 : 1);
  if (text.length < 2 || text.includes(0) || length > PATH_LENGTH) return undefined;
  const bytes = new Uint8Array(2 + length);
  new DataView(bytes.buffer).setUint16(0, AF_UNIX, true);
  bytes.set(text, 2);
  if (isAbstract) bytes[2] = 0;
  return bytes;
}
