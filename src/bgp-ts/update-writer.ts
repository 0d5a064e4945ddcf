import { AttributeCursor } from "./attribute-cursor.ts";
import { EXTENDED_LENGTH, OPTIONAL, TRANSITIVE } from "./attribute-row.ts";
import { MP_REACH_NLRI, MP_UNREACH_NLRI, NEXT_HOP } from "./attribute-table.ts";
import { MESSAGE } from "./codes.ts";
import { encodeAttribute } from "./encode-attributes.ts";
import { afiOf, bitsOf, IPV4, IPV6, SAFI_UNICAST, type Family } from "./family.ts";
import { HEADER_LENGTH, messageOf, writeHeader } from "./frame.ts";
import { prefixSize, writePrefix } from "./nlri.ts";
import { concat, readU16, u16, writeU16 } from "./octets.ts";

/** Octets that writePrefix() may touch behind what it keeps. */
const SLACK = 32;

const NOTHING = new Uint8Array(0);

/**
 * The frame around prefixes: what is in front of them and behind them in the body, and the
 * two-octet length fields, by place in the body, that grow by their octets.
 */
interface Envelope {
  readonly head: Uint8Array;
  readonly tail: Uint8Array;
  readonly lengths: readonly number[];
  readonly addPath: boolean;
}

/** Places of length fields in a body: the Withdrawn Routes', the attributes' where no routes are withdrawn, and that of an attribute with extended length which comes first. */
const WITHDRAWN_LENGTH_AT = 0;
const ATTRIBUTES_LENGTH_AT = 2;
const FIRST_ATTRIBUTE_LENGTH_AT = 6;

/**
 * Packs prefixes into as few UPDATEs as they need. announce() or withdraw() says what the
 * following add()s are; take() gives the finished messages. No object is made for a prefix.
 */
export class UpdateWriter {
  readonly #maximumLength: number;
  #bytes = new Uint8Array(1 << 14);
  /** Octets of finished messages. */
  #finished = 0;
  #messages = 0;
  #envelope: Envelope | undefined = undefined;
  /** The message in the making: where its next prefix goes and must end; #at is 0 when there is none. */
  #at = 0;
  #limit = 0;

  /** `maximumLength`: 4096, or 65535 towards a neighbour with the capability of RFC 8654. */
  constructor(maximumLength: number) {
    this.#maximumLength = maximumLength;
  }

  /** Octets that take() would return. */
  get length(): number {
    return this.#at === 0 ? this.#finished : this.#at + (this.#envelope?.tail.length ?? 0);
  }

  /** Messages that take() would return. */
  get messages(): number {
    return this.#messages + (this.#at === 0 ? 0 : 1);
  }

  /**
   * The prefixes that follow are reachable. `attributes`: from encodeAttributes(). `nextHop`: 4, 16
   * or 32 octets; IPv4 with 4 goes into the NLRI field with NEXT_HOP, all else into MP_REACH_NLRI
   * as the very first attribute (RFC 7606 §5.1). False: the attributes leave no room for a prefix
   * in one message; then nothing can be added, and the routes are to be withdrawn (RFC 8654 §4).
   */
  announce(family: Family, attributes: Uint8Array, nextHop: Uint8Array, addPath: boolean): boolean {
    this.#finish();
    const isBase = family === IPV4 && nextHop.length === 4;
    const envelope = isBase
      ? baseEnvelope(attributes, nextHop, addPath)
      : reachEnvelope(family, attributes, nextHop, addPath);
    const least = HEADER_LENGTH + envelope.head.length + envelope.tail.length;
    const fits = least + prefixSize(bitsOf(family), addPath) <= this.#maximumLength;
    this.#envelope = fits ? envelope : undefined;
    return fits;
  }

  /** The prefixes that follow are not reachable any more. */
  withdraw(family: Family, addPath: boolean): void {
    this.#finish();
    this.#envelope = family === IPV4 ? withdrawnEnvelope(addPath) : unreachEnvelope(addPath);
  }

  /** One prefix, host bits 0. Words: numbers of 32 bits in host order; IPv4 only w0. */
  add(w0: number, w1: number, w2: number, w3: number, length: number, pathId: number): void {
    const envelope = this.#envelope;
    if (envelope === undefined) throw new Error("add() without announce() or withdraw()");
    const { addPath } = envelope;
    if (this.#at !== 0 && this.#at + prefixSize(length, addPath) > this.#limit) this.#finish();
    if (this.#at === 0) this.#begin(envelope);
    this.#at = writePrefix(this.#bytes, this.#at, w0, w1, w2, w3, length, pathId, addPath);
  }

  /** The End-of-RIB marker of a family (RFC 4724 §2), behind all that was added so far. */
  endOfRib(family: Family): void {
    this.#finish();
    const body = family === IPV4 ? new Uint8Array(4) : unreachEnvelope(false).head;
    const message = messageOf(MESSAGE.UPDATE, body);
    this.#reserve(message.length);
    this.#bytes.set(message, this.#finished);
    this.#finished += message.length;
    this.#messages++;
  }

  /** All messages, one behind another, in an array of their own. The writer is then empty; what announce() or withdraw() said stays said. */
  take(): Uint8Array {
    this.#finish();
    const messages = this.#bytes.slice(0, this.#finished);
    this.#finished = 0;
    this.#messages = 0;
    return messages;
  }

  #begin(envelope: Envelope): void {
    this.#reserve(this.#maximumLength);
    const bodyStart = this.#finished + HEADER_LENGTH;
    this.#bytes.set(envelope.head, bodyStart);
    this.#at = bodyStart + envelope.head.length;
    this.#limit = this.#finished + this.#maximumLength - envelope.tail.length;
  }

  /** Completes the message in the making, if there is one. */
  #finish(): void {
    const envelope = this.#envelope;
    if (this.#at === 0 || envelope === undefined) return;
    const start = this.#finished;
    const bodyStart = start + HEADER_LENGTH;
    const prefixes = this.#at - bodyStart - envelope.head.length;
    const end = this.#at + envelope.tail.length;
    this.#bytes.set(envelope.tail, this.#at);
    for (const place of envelope.lengths) {
      const at = bodyStart + place;
      writeU16(this.#bytes, at, readU16(this.#bytes, at) + prefixes);
    }
    writeHeader(this.#bytes, start, end - start, MESSAGE.UPDATE);
    this.#finished = end;
    this.#messages++;
    this.#at = 0;
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

/** Withdrawn Routes of length 0, attributes with NEXT_HOP in its place, then the NLRI field. */
function baseEnvelope(attributes: Uint8Array, nextHop: Uint8Array, addPath: boolean): Envelope {
  const place = placeOf(attributes, NEXT_HOP);
  const list = concat([
    attributes.subarray(0, place),
    encodeAttribute(TRANSITIVE, NEXT_HOP, nextHop),
    attributes.subarray(place),
  ]);
  const head = concat([u16(0), u16(list.length), list]);
  return { head, tail: NOTHING, lengths: [], addPath };
}

/** MP_REACH_NLRI, its prefixes last, and the other attributes behind it (RFC 4760 §3). */
function reachEnvelope(
  family: Family,
  attributes: Uint8Array,
  nextHop: Uint8Array,
  addPath: boolean,
): Envelope {
  const reserved = 0;
  const value = [...familyOctets(family), nextHop.length, ...nextHop, reserved];
  const attribute = [OPTIONAL | EXTENDED_LENGTH, MP_REACH_NLRI, ...u16(value.length), ...value];
  const total = attribute.length + attributes.length;
  return {
    head: Uint8Array.of(...u16(0), ...u16(total), ...attribute),
    tail: attributes,
    lengths: [ATTRIBUTES_LENGTH_AT, FIRST_ATTRIBUTE_LENGTH_AT],
    addPath,
  };
}

/** MP_UNREACH_NLRI alone (RFC 4760 §4). */
function unreachEnvelope(addPath: boolean): Envelope {
  const value = familyOctets(IPV6);
  const attribute = [OPTIONAL | EXTENDED_LENGTH, MP_UNREACH_NLRI, ...u16(value.length), ...value];
  return {
    head: Uint8Array.of(...u16(0), ...u16(attribute.length), ...attribute),
    tail: NOTHING,
    lengths: [ATTRIBUTES_LENGTH_AT, FIRST_ATTRIBUTE_LENGTH_AT],
    addPath,
  };
}

/** The Withdrawn Routes field, and no attributes. */
function withdrawnEnvelope(addPath: boolean): Envelope {
  return { head: u16(0), tail: u16(0), lengths: [WITHDRAWN_LENGTH_AT], addPath };
}

function familyOctets(family: Family): number[] {
  return [...u16(afiOf(family)), SAFI_UNICAST];
}

/** Index where an attribute of this type belongs in a list that ascends by type. */
function placeOf(attributes: Uint8Array, type: number): number {
  const cursor = new AttributeCursor();
  cursor.reset(attributes, 0, attributes.length);
  while (cursor.next()) if (cursor.type > type) return cursor.at;
  return attributes.length;
}
