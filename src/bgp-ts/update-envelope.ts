import { EXTENDED_LENGTH, OPTIONAL, TRANSITIVE } from "./attribute-row.ts";
import { MP_REACH_NLRI, MP_UNREACH_NLRI, NEXT_HOP } from "./attribute-table.ts";
import { afiOf, IPV6, SAFI_UNICAST, type Family } from "./family.ts";
import { readU16, writeU16 } from "./octets.ts";

const NOTHING = new Uint8Array(0);
const NO_ATTRIBUTES = new Uint8Array(2);

/** Octets of NEXT_HOP: flags, type, length and an IPv4 address. */
const NEXT_HOP_SIZE = 7;
/** Flags, type, and a length of two octets. */
const EXTENDED_HEAD = 4;
/** In front of MP_REACH_NLRI's next hop: AFI, SAFI, length; and behind it a reserved octet. */
const REACH_FIXED = 5;
const UNREACH_FIXED = 3;

/** Places of length fields in a body: of the Withdrawn Routes; of the attributes where no routes are withdrawn; of the first attribute, if its length is extended. */
const WITHDRAWN_LENGTH_AT = 0;
const ATTRIBUTES_LENGTH_AT = 2;
const FIRST_ATTRIBUTE_AT = 4;
const FIRST_ATTRIBUTE_LENGTH_AT = 6;

const NO_LENGTHS: readonly number[] = [];
const WITHDRAWN_LENGTHS: readonly number[] = [WITHDRAWN_LENGTH_AT];
const MULTIPROTOCOL_LENGTHS: readonly number[] = [ATTRIBUTES_LENGTH_AT, FIRST_ATTRIBUTE_LENGTH_AT];

/**
 * What is around the prefixes in the body of an UPDATE: `head` in front of them, `tail` behind, and
 * the two-octet length fields in the head that grow by the prefixes' octets. One envelope is
 * filled again and again; where every prefix has attributes of its own, this is the hot path.
 */
export class UpdateEnvelope {
  /** bytes[0 .. headLength) count. */
  head = new Uint8Array(256);
  headLength = 0;
  tail: Uint8Array = NOTHING;
  /** Places in the head. */
  lengths: readonly number[] = NO_LENGTHS;

  /** The octets of head and tail. */
  get length(): number {
    return this.headLength + this.tail.length;
  }

  /** Attributes with NEXT_HOP in its place, then the NLRI field (RFC 4271 §4.3). */
  base(attributes: Uint8Array, nextHop: Uint8Array): void {
    const place = placeOf(attributes, NEXT_HOP);
    const total = attributes.length + NEXT_HOP_SIZE;
    const head = this.#begin(FIRST_ATTRIBUTE_AT + total, total, NOTHING, NO_LENGTHS);
    let at = copy(attributes, 0, place, head, FIRST_ATTRIBUTE_AT);
    head[at++] = TRANSITIVE;
    head[at++] = NEXT_HOP;
    head[at++] = nextHop.length;
    at = copy(nextHop, 0, nextHop.length, head, at);
    copy(attributes, place, attributes.length, head, at);
  }

  /** MP_REACH_NLRI as the very first attribute (RFC 7606 §5.1), its prefixes last, the others behind. */
  reach(family: Family, attributes: Uint8Array, nextHop: Uint8Array): void {
    const size = REACH_FIXED + nextHop.length;
    const total = EXTENDED_HEAD + size + attributes.length;
    const headLength = FIRST_ATTRIBUTE_AT + EXTENDED_HEAD + size;
    const head = this.#begin(headLength, total, attributes, MULTIPROTOCOL_LENGTHS);
    const at = writeMultiprotocolHead(head, MP_REACH_NLRI, size, family);
    head[at] = nextHop.length;
    head[copy(nextHop, 0, nextHop.length, head, at + 1)] = 0; // reserved
  }

  /** The Withdrawn Routes field, and no attributes. */
  withdrawn(): void {
    this.#begin(2, 0, NO_ATTRIBUTES, WITHDRAWN_LENGTHS);
  }

  /** MP_UNREACH_NLRI alone (RFC 4760 §4), for IPv6: IPv4 has the Withdrawn Routes field. */
  unreach(): void {
    const total = EXTENDED_HEAD + UNREACH_FIXED;
    const head = this.#begin(FIRST_ATTRIBUTE_AT + total, total, NOTHING, MULTIPROTOCOL_LENGTHS);
    writeMultiprotocolHead(head, MP_UNREACH_NLRI, UNREACH_FIXED, IPV6);
  }

  /** Writes the head at bytes[at]; returns the index behind it. */
  writeHead(bytes: Uint8Array, at: number): number {
    return copy(this.head, 0, this.headLength, bytes, at);
  }

  /** Completes a body at bytes[bodyStart] whose prefixes end at `at`; returns the body's end. */
  complete(bytes: Uint8Array, bodyStart: number, at: number): number {
    const prefixes = at - bodyStart - this.headLength;
    for (const place of this.lengths) {
      writeU16(bytes, bodyStart + place, readU16(bytes, bodyStart + place) + prefixes);
    }
    return copy(this.tail, 0, this.tail.length, bytes, at);
  }

  /** No routes withdrawn, `total` octets of attributes. */
  #begin(
    headLength: number,
    total: number,
    tail: Uint8Array,
    lengths: readonly number[],
  ): Uint8Array {
    if (this.head.length < headLength) this.head = new Uint8Array(headLength * 2);
    this.headLength = headLength;
    this.tail = tail;
    this.lengths = lengths;
    writeU16(this.head, WITHDRAWN_LENGTH_AT, 0);
    writeU16(this.head, ATTRIBUTES_LENGTH_AT, total);
    return this.head;
  }
}

/** Flags to SAFI of a multiprotocol attribute with `size` octets of value; returns the index behind. */
function writeMultiprotocolHead(
  head: Uint8Array,
  type: number,
  size: number,
  family: Family,
): number {
  head[FIRST_ATTRIBUTE_AT] = OPTIONAL | EXTENDED_LENGTH;
  head[FIRST_ATTRIBUTE_AT + 1] = type;
  writeU16(head, FIRST_ATTRIBUTE_LENGTH_AT, size);
  const at = FIRST_ATTRIBUTE_AT + EXTENDED_HEAD;
  writeU16(head, at, afiOf(family));
  head[at + 2] = SAFI_UNICAST;
  return at + 3;
}

/** Index where an attribute of this type belongs in a list of ours, which ascends by type. */
function placeOf(attributes: Uint8Array, type: number): number {
  let at = 0;
  while (at < attributes.length && attributes[at + 1] < type) {
    const isExtended = (attributes[at] & EXTENDED_LENGTH) !== 0;
    at += isExtended ? 4 + readU16(attributes, at + 2) : 3 + attributes[at + 2];
  }
  return at;
}

/** Copies source[from .. to) to target[at]; returns the index behind. A loop beats subarray() and set() for so few octets. */
function copy(
  source: Uint8Array,
  from: number,
  to: number,
  target: Uint8Array,
  at: number,
): number {
  for (let i = from; i < to; i++) target[at++] = source[i];
  return at;
}
