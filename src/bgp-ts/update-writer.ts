import { MESSAGE } from "./codes.ts";
import { bitsOf, IPV4, type Family } from "./family.ts";
import { HEADER_LENGTH, writeHeader } from "./frame.ts";
import { prefixSize, writePrefix } from "./nlri.ts";
import { UpdateEnvelope } from "./update-envelope.ts";

/** Octets that writePrefix() may touch behind what it keeps. */
const SLACK = 32;

/**
 * Packs prefixes into as few UPDATEs as they need. announce() or withdraw() says what the
 * following add()s are; take() gives the finished messages. No object is made for a prefix.
 */
export class UpdateWriter {
  readonly #maximumLength: number;
  readonly #envelope = new UpdateEnvelope();
  #bytes = new Uint8Array(1 << 14);
  /** Octets of finished messages. */
  #finished = 0;
  #messages = 0;
  /** announce() or withdraw() has said what add() adds, and with path identifiers or without. */
  #isReady = false;
  #addPath = false;
  /** The message in the making: where its next prefix goes and must end; #at is 0 when there is none. */
  #at = 0;
  #limit = 0;

  /** `maximumLength`: 4096, or 65535 towards a neighbour with the capability of RFC 8654. */
  constructor(maximumLength: number) {
    this.#maximumLength = maximumLength;
  }

  /** Octets that take() would return. */
  get length(): number {
    return this.#at === 0 ? this.#finished : this.#at + this.#envelope.tail.length;
  }

  /** Messages that take() would return. */
  get messages(): number {
    return this.#messages + (this.#at === 0 ? 0 : 1);
  }

  /**
   * The prefixes that follow are reachable. `attributes`: from encodeAttributes(); they must stay
   * as they are until the next announce(), withdraw() or take(). `nextHop`: 4, 16 or 32 octets;
   * IPv4 with 4 goes into the NLRI field with NEXT_HOP, all else into MP_REACH_NLRI. False: the
   * attributes leave no room for a prefix in one message; then nothing can be added, and the
   * routes are to be withdrawn (RFC 8654 §4).
   */
  announce(family: Family, attributes: Uint8Array, nextHop: Uint8Array, addPath: boolean): boolean {
    this.#finish();
    const envelope = this.#envelope;
    if (family === IPV4 && nextHop.length === 4) envelope.base(attributes, nextHop);
    else envelope.reach(family, attributes, nextHop);
    const least = HEADER_LENGTH + envelope.length + prefixSize(bitsOf(family), addPath);
    this.#isReady = least <= this.#maximumLength;
    this.#addPath = addPath;
    return this.#isReady;
  }

  /** The prefixes that follow are not reachable any more. */
  withdraw(family: Family, addPath: boolean): void {
    this.#finish();
    if (family === IPV4) this.#envelope.withdrawn();
    else this.#envelope.unreach();
    this.#isReady = true;
    this.#addPath = addPath;
  }

  /** One prefix, host bits 0. Words: numbers of 32 bits in host order; IPv4 only w0. */
  add(w0: number, w1: number, w2: number, w3: number, length: number, pathId: number): void {
    if (!this.#isReady) throw new Error("add() without announce() or withdraw()");
    const addPath = this.#addPath;
    if (this.#at !== 0 && this.#at + prefixSize(length, addPath) > this.#limit) this.#finish();
    if (this.#at === 0) this.#begin();
    this.#at = writePrefix(this.#bytes, this.#at, w0, w1, w2, w3, length, pathId, addPath);
  }

  /** The End-of-RIB marker of a family (RFC 4724 §2), a withdrawal of nothing, behind all that was added so far. */
  endOfRib(family: Family): void {
    this.#finish();
    const marker = new UpdateEnvelope();
    if (family === IPV4) marker.withdrawn();
    else marker.unreach();
    this.#reserve(this.#maximumLength);
    this.#complete(marker, marker.writeHead(this.#bytes, this.#finished + HEADER_LENGTH));
  }

  /** All messages, one behind another, in an array of their own. The writer is then empty; what announce() or withdraw() said stays said. */
  take(): Uint8Array {
    this.#finish();
    const messages = this.#bytes.slice(0, this.#finished);
    this.#finished = 0;
    this.#messages = 0;
    return messages;
  }

  #begin(): void {
    this.#reserve(this.#maximumLength);
    this.#at = this.#envelope.writeHead(this.#bytes, this.#finished + HEADER_LENGTH);
    this.#limit = this.#finished + this.#maximumLength - this.#envelope.tail.length;
  }

  /** Completes the message in the making, if there is one. */
  #finish(): void {
    if (this.#at === 0) return;
    this.#complete(this.#envelope, this.#at);
    this.#at = 0;
  }

  /** Completes the message behind the finished ones, whose prefixes end at `at`. */
  #complete(envelope: UpdateEnvelope, at: number): void {
    const start = this.#finished;
    const end = envelope.complete(this.#bytes, start + HEADER_LENGTH, at);
    writeHeader(this.#bytes, start, end - start, MESSAGE.UPDATE);
    this.#finished = end;
    this.#messages++;
  }

  /** Makes room for a message of `length` octets behind the finished ones. */
  #reserve(length: number): void {
    const needed = this.#finished + length + SLACK;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#finished));
    this.#bytes = grown;
  }
}
