// One TCP connection: bytes in, bytes out with back-pressure, an end that lets a NOTIFICATION out.

import type { Socket } from "node:net";
import { receiveRest } from "../sysdep/index.ts";

/** Bytes waiting in user space at which the speaker is told to stop writing, and to go on. */
export const HIGH_WATER = 1 << 20;
export const LOW_WATER = 1 << 18;
/** A peer that does not read has this long to take the last bytes. */
const LINGER = 3000;

/** Of a chunk, bytes: for each of these, to stop and to go on would cost more than to read it. */
const SHORT = 4096;
/** Chunks that wait at most, of short ones: no more bytes than one chunk can have. */
const WAITING = 16;

/** Bytes that are still read of a connection that cannot be written to: a receive buffer is smaller. */
const REST = 1 << 24;

/** What a connection tells its owner; called on the event loop, never from inside its methods. */
export interface ConnectionOwner {
  arrived(connection: Connection): void;
  /** After a write: bytes wait that the kernel has not taken. */
  stalled(connection: Connection): void;
  /** Stalled, but the peer took some bytes. */
  progressed(connection: Connection): void;
  /** Nothing waits any more. */
  flowing(connection: Connection): void;
  blocked(connection: Connection): void;
  drained(connection: Connection): void;
  /** The last call; all input has been fed. `error`: undefined after an orderly end by the peer. */
  gone(connection: Connection, error: Error | undefined): void;
}

export class Connection {
  readonly id: number;
  readonly socket: Socket;
  readonly #owner: ConnectionOwner;
  /** Received and not yet given to the speaker: whole chunks, the first one from #offset. */
  readonly #inbox: Uint8Array[] = [];
  #offset = 0;
  #isStalled = false;
  #isBlocked = false;
  #isClosing = false;
  #isPaused = false;
  #isGone = false;
  #error: Error | undefined;
  #lingerTimer: NodeJS.Timeout | undefined;
  /** Set by the owner: the connection waits in its queue of connections with input. */
  isQueued = false;
  isUp = false;

  constructor(id: number, socket: Socket, owner: ConnectionOwner) {
    this.id = id;
    this.socket = socket;
    this.#owner = owner;
    socket.on("error", (error) => {
      this.#error ??= error;
    });
    socket.on("close", () => this.#closed());
    // Before Node has shut it down and closed it: packets go astray until the speaker knows.
    socket.on("end", () => {
      if (this.#isClosing) return;
      this.#lingers();
      this.#ended();
    });
  }

  /** Starts reading. Before this, a socket that is still connecting has nothing to read. */
  open(): void {
    this.isUp = true;
    this.socket.setNoDelay(true);
    this.socket.on("data", (chunk: Uint8Array) => {
      if (this.#isClosing) return;
      this.#inbox.push(chunk);
      // Behind a long one (at most 64 KiB) nothing is read, but one more may be under way: TCP holds back
      // the rest. A short one was all that there was; the turn that feeds it may let some gather.
      if (chunk.length > SHORT || this.#inbox.length >= WAITING) {
        this.#isPaused = true;
        this.socket.pause();
      }
      this.#owner.arrived(this);
    });
    this.#readRestBeforeEnd();
  }

  /**
   * A neighbour that closes with input of ours unread sends a RST behind its NOTIFICATION. Where we
   * write before we have read that, the write fails (EPIPE), and Node closes the socket with what is
   * still in it: the neighbour's last words would be lost, and its shutdown be taken for a crash.
   * `_destroy` is where a stream may do what has to be done before (node:stream).
   */
  #readRestBeforeEnd(): void {
    const { socket } = this;
    const destroy = socket._destroy.bind(socket);
    socket._destroy = (error, callback) => {
      if (error !== null && !this.#isClosing) {
        this.#error ??= error;
        this.#readRest();
        process.nextTick(() => this.#ended()); // it may be a write of the owner's that has failed
      }
      destroy(error, callback);
    };
  }

  #readRest(): void {
    const rest = receiveRest(this.socket, REST);
    if (rest.length === 0) return;
    this.#inbox.push(...rest);
    this.#owner.arrived(this);
  }

  /** So much input waits that no more is read. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  get hasInput(): boolean {
    return this.#inbox.length > 0;
  }

  /** Bytes that the kernel has taken, and those that wait for it to. */
  get output(): { readonly octets: number; readonly unsent: number } {
    const { bytesWritten, writableLength: unsent } = this.socket;
    // Node counts what waits as written.
    return { octets: Math.max(0, bytesWritten - unsent), unsent };
  }

  /**
   * Gives the next of the input, at most `limit` bytes, to `consume`: in one piece or, where short
   * chunks wait, in several, so that none of them waits for others' turn once for each before it.
   */
  feed(limit: number, consume: (bytes: Uint8Array, start: number, end: number) => void): void {
    if (!this.hasInput) return;
    for (let left = limit; left > 0 && this.hasInput;) left -= this.#feedOne(left, consume);
    if (this.hasInput || this.#isClosing) return;
    if (this.#isGone) {
      this.#owner.gone(this, this.#error);
    } else if (this.#isPaused) {
      this.#isPaused = false;
      this.socket.resume();
    }
  }

  /** Of the first chunk. The answer: how many bytes. */
  #feedOne(
    limit: number,
    consume: (bytes: Uint8Array, start: number, end: number) => void,
  ): number {
    const chunk = this.#inbox[0];
    const start = this.#offset;
    const end = Math.min(chunk.length, start + limit);
    if (end === chunk.length) {
      this.#inbox.shift();
      this.#offset = 0;
    } else {
      this.#offset = end;
    }
    consume(chunk, start, end);
    return end - start;
  }

  /** `bytes` is not copied: it must never change afterwards. */
  write(bytes: Uint8Array): void {
    if (this.#isClosing || this.socket.destroyed) return;
    this.socket.write(bytes, this.#written);
    if (this.socket.writableLength > 0) {
      // Said again with every write: a session that has just become Established has not heard it.
      this.#isStalled = true;
      this.#owner.stalled(this);
    }
    if (!this.#isBlocked && this.socket.writableLength >= HIGH_WATER) {
      this.#isBlocked = true;
      this.#owner.blocked(this);
    }
  }

  readonly #written = (error?: Error | null): void => {
    if (this.#isClosing || error) return;
    const waiting = this.socket.writableLength;
    if (this.#isStalled && waiting > 0) {
      this.#owner.progressed(this);
    } else if (this.#isStalled) {
      this.#isStalled = false;
      this.#owner.flowing(this);
    }
    if (this.#isBlocked && waiting <= LOW_WATER) {
      this.#isBlocked = false;
      this.#owner.drained(this);
    }
  };

  /**
   * The speaker is done with this connection. `linger`: what was written goes out, then FIN; input is
   * read and thrown away meanwhile, because unread input would turn the FIN into a RST that overtakes a
   * NOTIFICATION.
   */
  close(linger: boolean): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#inbox.length = 0;
    if (this.#isGone) {
      // It ended before all its input was read, which nobody wants any more.
      this.#owner.gone(this, this.#error);
      return;
    }
    if (!this.isUp || !linger) {
      this.socket.destroy();
      return;
    }
    this.socket.resume();
    this.socket.end();
    this.#lingers();
  }

  #lingers(): void {
    this.#lingerTimer = setTimeout(() => this.socket.destroy(), LINGER);
    this.#lingerTimer.unref();
  }

  #closed(): void {
    clearTimeout(this.#lingerTimer);
    this.#ended();
  }

  #ended(): void {
    if (this.#isGone) return;
    // A RST must not overtake the NOTIFICATION that came before it: feed() says gone() later.
    this.#isGone = true;
    if (!this.hasInput) this.#owner.gone(this, this.#error);
  }

  get isClosing(): boolean {
    return this.#isClosing;
  }
}
