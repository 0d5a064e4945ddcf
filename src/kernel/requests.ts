/**
 * The request socket: many messages a send, and the answer of each. The kernel works on all
 * messages of a send before send() returns, so the answers lie in the receive queue by then: an
 * NLMSG_ERROR for each message that failed or asked for an ACK, in order.
 */
import { MessageCursor, NLMSG_ERROR, decodeError } from "rtnetlink-ts";
import type { NetlinkWriter } from "rtnetlink-ts";
import { ERRNO, NetlinkSocket, Poller, describeErrno, isSystemFault } from "../sysdep/index.ts";

const BUFFER_WANTED = 4 << 20;
/** Measured: beyond some hundred messages a send, larger sends gain nothing. */
const MESSAGES_AT_MOST = 500;
/** Room that one error answer takes in the receive buffer by the kernel's accounting, rounded up. */
const ANSWER_ROOM = 2048;
/** Below the default SO_SNDBUF, so that a send fits also where the buffer could not be raised. */
const BYTES_AT_MOST = 128 << 10;
const SEND_TRIES = 100;
const SEND_PAUSE = 2; // milliseconds
const ANSWER_PATIENCE = 5000; // milliseconds
/** The kernel had no room or no memory for an answer. */
const LOSSES: readonly number[] = [ERRNO.ENOBUFS, ERRNO.EMSGSIZE, ERRNO.ENOMEM];

/** Told about each failure: the message's place in the send, from 0. */
export interface FailureSink {
  failed(place: number, errno: number, message: string): void;
}

export class RequestSocket {
  readonly #socket: NetlinkSocket;
  readonly #poller: Poller;
  readonly #buffer = new Uint8Array(64 << 10);
  readonly #cursor = new MessageCursor();
  readonly #pause = new Int32Array(new SharedArrayBuffer(4));
  /** Messages for one send: so few that all of them may fail and no answer is lost. */
  readonly limit: number;
  #sequence = 1;

  constructor() {
    const socket = NetlinkSocket.open({ sendBuffer: BUFFER_WANTED, receiveBuffer: BUFFER_WANTED });
    if (isSystemFault(socket)) throw new Error(socket.message);
    this.#socket = socket;
    this.#poller = new Poller([socket.fd]);
    const room = Math.floor(socket.receiveBuffer / ANSWER_ROOM);
    this.limit = Math.max(1, Math.min(MESSAGES_AT_MOST, room));
  }

  get portId(): number {
    return this.#socket.portId;
  }

  /** The sequence number for the next message to write. They are consecutive within a send. */
  nextSequence(): number {
    const sequence = this.#sequence;
    this.#sequence = sequence === 0xffffffff ? 1 : sequence + 1;
    return sequence;
  }

  /** Whether the writer holds enough for a send. */
  isFull(writer: NetlinkWriter): boolean {
    return writer.count >= this.limit || writer.length >= BYTES_AT_MOST;
  }

  /**
   * Sends what the writer holds, waits for all answers and clears the writer. The last message must
   * carry NLM_F_ACK; the others may.
   * @param first sequence number of the writer's first message
   */
  exchange(writer: NetlinkWriter, first: number, sink: FailureSink): void {
    const count = writer.count;
    if (count === 0) return;
    const errno = this.#send(writer);
    if (errno === 0) this.#collect(first, count, sink);
    else this.#failAll(new Uint8Array(count), errno, "send", sink);
    writer.clear();
  }

  /** @returns 0 or an errno; then the kernel has not seen any of the messages */
  #send(writer: NetlinkWriter): number {
    for (let tries = 1; ; tries++) {
      const sent = this.#socket.send(writer.bytes, writer.length);
      if (sent >= 0) return 0;
      const passing = sent === -ERRNO.EAGAIN || sent === -ERRNO.ENOBUFS || sent === -ERRNO.ENOMEM;
      if (!passing || tries === SEND_TRIES) return -sent;
      Atomics.wait(this.#pause, 0, 0, SEND_PAUSE);
    }
  }

  /**
   * Reads answers until that of the last message. If the kernel had to drop some (ENOBUFS: it had
   * no memory for them), what is left unanswered fails with ENOBUFS: it may have been done or not.
   */
  #collect(first: number, count: number, sink: FailureSink): void {
    const answered = new Uint8Array(count);
    let lost = false;
    while (answered[count - 1] === 0) {
      const length = this.#socket.receive(this.#buffer);
      if (length >= 0) {
        this.#readAnswers(length, first, answered, sink);
      } else if (LOSSES.includes(-length)) {
        lost = true;
      } else if (length !== -ERRNO.EAGAIN) {
        throw new Error(`netlink answers: ${describeErrno(-length)}`);
      } else if (lost || this.#poller.wait(ANSWER_PATIENCE) === 0) {
        this.#failAll(answered, ERRNO.ENOBUFS, "the kernel's answer was lost", sink);
        return;
      }
    }
    if (lost) this.#failAll(answered, ERRNO.ENOBUFS, "the kernel's answer was lost", sink);
  }

  #readAnswers(length: number, first: number, answered: Uint8Array, sink: FailureSink): void {
    const cursor = this.#cursor.reset(this.#buffer, length);
    while (cursor.next()) {
      if (cursor.type !== NLMSG_ERROR) continue;
      const answer = decodeError(cursor);
      if (answer === undefined) continue;
      const place = placeOf(answer.sequence, first);
      if (place >= answered.length || answered[place] !== 0) continue; // late, of an earlier send
      answered[place] = 1;
      if (answer.errno !== 0) {
        sink.failed(place, answer.errno, answer.message ?? describeErrno(answer.errno));
      }
    }
  }

  #failAll(answered: Uint8Array, errno: number, what: string, sink: FailureSink): void {
    for (let place = 0; place < answered.length; place++) {
      if (answered[place] === 0) sink.failed(place, errno, `${what}: ${describeErrno(errno)}`);
    }
  }

  close(): void {
    this.#socket.close();
  }
}

/** Sequence numbers run from 1 to 2^32 - 1 and start over. */
function placeOf(sequence: number, first: number): number {
  return sequence >= first ? sequence - first : sequence - first + 0xffffffff;
}
