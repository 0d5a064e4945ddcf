/** How much a socket holds for each direction (socket(7)). */
import * as libc from "./libc.ts";

const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
const SO_SNDBUFFORCE = 32;
const SO_RCVBUFFORCE = 33;

/** Bytes wanted for each direction; forced past the system's maximum where that is permitted. */
export interface BufferSizes {
  readonly sendBuffer?: number;
  readonly receiveBuffer?: number;
}

/**
 * SO_*BUFFORCE needs CAP_NET_ADMIN; without it the system's maximum is what there is.
 * @returns 0, or the negated errno
 */
export function setBuffers(fd: number, sizes: BufferSizes): number {
  for (const [forced, plain, size] of [
    [SO_SNDBUFFORCE, SO_SNDBUF, sizes.sendBuffer],
    [SO_RCVBUFFORCE, SO_RCVBUF, sizes.receiveBuffer],
  ] as const) {
    if (size === undefined || libc.setsockoptInt(fd, SOL_SOCKET, forced, size) >= 0) continue;
    const failed = libc.setsockoptInt(fd, SOL_SOCKET, plain, size);
    if (failed < 0) return failed;
  }
  return 0;
}

/** What the kernel granted, in bytes of its own accounting. */
export function receiveBufferOf(fd: number): number {
  return libc.getsockoptInt(fd, SOL_SOCKET, SO_RCVBUF);
}
