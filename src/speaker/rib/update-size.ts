// How many bytes the UPDATEs of a batch will be, counted while it is filled: prefixes are few in number
// when their attributes are large. It follows what the encoder will do, a message for each attribute
// set and another one whenever the first is full, without encoding anything.

import type { AttributeTable } from "../../route/index.ts";
import { grown32 } from "../../route/index.ts";

/** Octets of a message beside prefixes and attributes: header, lengths, next hop (RFC 4271 §4.3, RFC 4760 §3). */
const ENVELOPE = 80;

export class UpdateSize {
  readonly #attributes: AttributeTable;
  #maximumLength = 0;
  #bytes = 0;
  /** Octets of a prefix before its address: the length, and with RFC 7911 a path identifier. */
  #before = 1;
  /** By attribute set: the count of batches, then the tag, when its message was begun. */
  #begun = new Uint32Array(1024);
  #tags = new Uint32Array(1024);
  /** Octets left in that message. */
  #room = new Uint32Array(1024);
  #batch = 1;

  constructor(attributes: AttributeTable) {
    this.#attributes = attributes;
  }

  /** About how many octets have been added; not less than there will be, but for RFC 6793's AS4_PATH. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Of the messages that follow: how long they may be, and whether prefixes have path identifiers. */
  begin(maximumLength: number, withPathIds: boolean): void {
    this.#maximumLength = maximumLength;
    this.#before = withPathIds ? 5 : 1;
    this.#bytes = 0;
    this.#batch = this.#batch === 0xffffffff ? this.#restart() : this.#batch + 1;
  }

  /** A prefix of so many bits with an attribute set (0: withdrawn), for the audience of a tag. */
  add(set: number, tag: number, length: number): void {
    const octets = this.#before + ((length + 7) >>> 3);
    if (set >= this.#begun.length) this.#grow(set + 1);
    const isBegun = this.#begun[set] === this.#batch && this.#tags[set] === tag;
    if (!isBegun || this.#room[set] < octets) this.#message(set, tag);
    this.#room[set] -= Math.min(octets, this.#room[set]);
    this.#bytes += octets;
  }

  /** The first message of a set for a tag, or the next one. */
  #message(set: number, tag: number): void {
    const head = ENVELOPE + (set === 0 ? 0 : this.#attributes.encoded(set).length);
    this.#bytes += head;
    this.#begun[set] = this.#batch;
    this.#tags[set] = tag;
    this.#room[set] = Math.max(0, this.#maximumLength - head);
  }

  #restart(): number {
    this.#begun.fill(0);
    return 1;
  }

  #grow(needed: number): void {
    this.#begun = grown32(this.#begun, needed);
    this.#tags = grown32(this.#tags, needed);
    this.#room = grown32(this.#room, needed);
  }
}
