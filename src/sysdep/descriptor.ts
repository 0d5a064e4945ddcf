/** File descriptors: an eventfd that wakes a thread, and poll() over a fixed set. */
import { ERRNO, systemFault } from "./errno.ts";
import type { SystemFault } from "./errno.ts";
import * as libc from "./libc.ts";

const EFD_CLOEXEC = 0o2000000;
const EFD_NONBLOCK = 0o4000;
const POLLIN = 1;
const POLL_TROUBLE = 8 | 16 | 32; // POLLERR, POLLHUP, POLLNVAL

const ONE = new Uint8Array([1, 0, 0, 0, 0, 0, 0, 0]); // eventfd(2): a 64-bit counter is added to

/** A counter that one thread adds to and another polls: a wake-up that is never lost. */
export function openEvent(): number | SystemFault {
  const fd = libc.eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  return fd < 0 ? systemFault("eventfd", -fd) : fd;
}

/** Makes the event readable. A full counter (EAGAIN) is readable already. */
export function signalEvent(fd: number): void {
  libc.write(fd, ONE);
}

/** Takes back all signals so far. */
export function clearEvent(fd: number): void {
  libc.read(fd, new Uint8Array(8));
}

export function closeDescriptor(fd: number): void {
  libc.close(fd);
}

/** poll(2) for reading over the same descriptors again and again. */
export class Poller {
  readonly #descriptors: Int32Array;

  constructor(descriptors: readonly number[]) {
    this.#descriptors = new Int32Array(descriptors.length * 2);
    descriptors.forEach((fd, index) => {
      this.#descriptors[index * 2] = fd;
      this.#descriptors[index * 2 + 1] = POLLIN;
    });
  }

  /**
   * Blocks the calling thread.
   * @param timeout milliseconds, -1 for ever
   * @returns a bit for each descriptor, in the order of the constructor, that can be read or is in
   * trouble (its next read says what); 0 after the timeout. Signals do not end it
   */
  wait(timeout: number): number {
    const descriptors = this.#descriptors;
    const deadline = performance.now() + timeout;
    let ready = libc.poll(descriptors, timeout);
    while (ready === -ERRNO.EINTR) {
      const left = timeout < 0 ? -1 : Math.max(0, Math.ceil(deadline - performance.now()));
      ready = libc.poll(descriptors, left);
    }
    if (ready < 0) throw new Error(systemFault("poll", -ready).message);
    if (ready === 0) return 0;
    let mask = 0;
    for (let i = 0; i < descriptors.length; i += 2) {
      const returned = descriptors[i + 1] >>> 16;
      descriptors[i + 1] = POLLIN;
      if ((returned & (POLLIN | POLL_TROUBLE)) !== 0) mask |= 1 << (i / 2);
    }
    return mask;
  }
}
