/** Each dump, or round of questions, on a socket of its own, so that its answers never mix with anything. */
import {
  MessageCursor,
  NLMSG_DONE,
  NLMSG_ERROR,
  NLM_F_DUMP_INTR,
  NetlinkWriter,
  decodeDone,
  decodeError,
} from "rtnetlink-ts";
import { ERRNO, NetlinkSocket, Poller, isSystemFault } from "../sysdep/index.ts";

const RECEIVE_BUFFER = 1 << 20;
const PATIENCE = 10_000; // milliseconds for the next part of an answer

export interface DumpOutcome {
  /** 0, or why it failed. */
  readonly errno: number;
  /** The kernel's own words, where it has any. */
  readonly message?: string;
  /** The table changed meanwhile: entries may be missing or there twice (NLM_F_DUMP_INTR). */
  readonly interrupted: boolean;
}

/** Appends the request. */
export type DumpRequest = (writer: NetlinkWriter, sequence: number) => void;

/**
 * One dump from beginning to end.
 * @param each called with the cursor on each message of the answer
 */
export function runDump(write: DumpRequest, each: (cursor: MessageCursor) => void): DumpOutcome {
  const socket = new DumpSocket();
  try {
    return socket.run(write, each);
  } finally {
    socket.close();
  }
}

export class DumpSocket {
  readonly #socket: NetlinkSocket;
  readonly #poller: Poller;
  readonly #writer = new NetlinkWriter(4096);
  readonly #cursor = new MessageCursor();
  // The kernel fills up to 32 KiB a datagram when it sees that the reader has room for it.
  readonly #buffer = new Uint8Array(64 << 10);
  #sequence = 0;

  constructor() {
    const socket = NetlinkSocket.open({ receiveBuffer: RECEIVE_BUFFER });
    if (isSystemFault(socket)) throw new Error(socket.message);
    this.#socket = socket;
    this.#poller = new Poller([socket.fd]);
  }

  /** A dump, or a question that wants an ACK behind its answer. */
  run(write: DumpRequest, each: (cursor: MessageCursor) => void): DumpOutcome {
    const sequence = ++this.#sequence;
    this.#writer.clear();
    write(this.#writer, sequence);
    const sent = this.#socket.send(this.#writer.bytes, this.#writer.length);
    if (sent < 0) return { errno: -sent, interrupted: false };
    return this.#collect(sequence, each);
  }

  #collect(sequence: number, each: (cursor: MessageCursor) => void): DumpOutcome {
    let interrupted = false;
    for (;;) {
      const length = this.#receive();
      if (length < 0) return { errno: -length, interrupted };
      const cursor = this.#cursor.reset(this.#buffer, length);
      while (cursor.next()) {
        if (cursor.sequence !== sequence) continue; // no answer to this
        if ((cursor.flags & NLM_F_DUMP_INTR) !== 0) interrupted = true;
        if (cursor.type === NLMSG_DONE) return { ...decodeDone(cursor), interrupted };
        if (cursor.type === NLMSG_ERROR) {
          return { errno: ERRNO.EIO, ...decodeError(cursor), interrupted };
        }
        each(cursor);
      }
    }
  }

  #receive(): number {
    for (;;) {
      const length = this.#socket.receive(this.#buffer);
      if (length !== -ERRNO.EAGAIN) return length;
      if (this.#poller.wait(PATIENCE) === 0) return -ERRNO.ETIMEDOUT;
    }
  }

  close(): void {
    this.#socket.close();
  }
}
