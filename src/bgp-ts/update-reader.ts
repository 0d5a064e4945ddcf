import { AttributeCursor } from "./attribute-cursor.ts";
import {
  AttributeListDecoder,
  faultWithoutNlri,
  type DecodedAttributes,
  type Purpose,
} from "./attribute-list.ts";
import { MP_REACH_NLRI, MP_UNREACH_NLRI } from "./attribute-table.ts";
import { CanonicalForm } from "./canonical-form.ts";
import { ERROR, UPDATE_ERROR } from "./codes.ts";
import { IPV4, IPV6, type Family } from "./family.ts";
import { resetFault, type Fault } from "./fault.ts";
import { HEADER_LENGTH } from "./frame.ts";
import { readMpReach, readMpUnreach, type MpDefect, type MpReach, type MpUnreach } from "./mp.ts";
import { decodeNextHop, isHostAddress, type NextHop } from "./next-hop.ts";
import { findNlriDefect } from "./nlri.ts";
import { readU16 } from "./octets.ts";
import type { Range } from "./range.ts";

/** What the session negotiated, as far as reading an UPDATE depends on it. */
export interface UpdateContext {
  /** Both sides have the four-octet AS capability (RFC 6793). */
  readonly fourOctetAs: boolean;
  /** The neighbour is in another AS. */
  readonly external: boolean;
  /** By family: the neighbour sends path identifiers (RFC 7911). */
  readonly addPath: readonly [boolean, boolean];
  /** By family: negotiated. What is not is ignored (RFC 4760 §8). */
  readonly families: readonly [boolean, boolean];
  /** IPv4 prefixes may come with an IPv6 next hop (RFC 8950). */
  readonly extendedNextHop?: boolean;
}

/** Which prefixes, and whose next hop: the NLRI field with NEXT_HOP, or MP_REACH_NLRI with its own. */
export type Section = "base" | "mp";

const NO_CONTEXT: UpdateContext = {
  fourOctetAs: true,
  external: true,
  addPath: [false, false],
  families: [false, false],
};

/**
 * Reads UPDATEs (RFC 4271 §4.3). One reader serves many messages: read() finds the parts and
 * checks the prefixes' syntax without making objects; the fields are valid until the next read()
 * and as long as the bytes stay as they are.
 */
export class UpdateReader {
  bytes: Uint8Array = new Uint8Array(0);
  /** Prefixes of the Withdrawn Routes and NLRI fields; empty where IPv4 is not negotiated. */
  readonly withdrawn: Range = { start: 0, end: 0 };
  readonly announced: Range = { start: 0, end: 0 };
  /** The multiprotocol attributes of a negotiated family; undefined otherwise. */
  mpReach: MpReach | undefined = undefined;
  mpUnreach: MpUnreach | undefined = undefined;
  /** The whole attribute list. */
  readonly attributes: Range = { start: 0, end: 0 };
  /** The family whose End-of-RIB marker this is (RFC 4724 §2), else -1. */
  endOfRib: Family | -1 = -1;
  /** Filled by keyRanges(): start, end, start, end, ... into `bytes`. */
  readonly keys = new Uint32Array(8);
  /** Filled by readCanonical(). */
  readonly canonical = new CanonicalForm();

  readonly #cursor = new AttributeCursor();
  readonly #decoder = new AttributeListDecoder();
  readonly #reach: MpReach = {
    family: IPV4,
    nextHop: { start: 0, end: 0 },
    nlri: { start: 0, end: 0 },
  };
  readonly #unreach: MpUnreach = { family: IPV4, nlri: { start: 0, end: 0 } };
  /** Where the multiprotocol attributes are, of whatever family; empty: there is none. */
  readonly #reachAttribute: Range = { start: 0, end: 0 };
  readonly #unreachAttribute: Range = { start: 0, end: 0 };
  #context = NO_CONTEXT;
  #messageStart = 0;
  /** The message announces prefixes, be it in a family that is ignored. */
  #reaches = false;
  #otherAttributes = false;

  /**
   * Reads the body bytes[start .. end). A fault of treatment "session-reset" ends the session. One
   * of "afi-safi-disable" is about `fault.family` alone: that family's routes go, from now on the
   * context must not have it in `families`, and the rest of this message counts (RFC 4760 §7). It
   * is the answer to a broken multiprotocol attribute where the session has the other family too.
   * Attributes are read and judged by decodeAttributes().
   */
  read(bytes: Uint8Array, start: number, end: number, context: UpdateContext): Fault | undefined {
    this.bytes = bytes;
    this.#context = context;
    this.#messageStart = start - HEADER_LENGTH;
    this.mpReach = undefined;
    this.mpUnreach = undefined;
    this.endOfRib = -1;
    clear(this.withdrawn);
    clear(this.announced);
    clear(this.attributes);
    clear(this.#reachAttribute);
    clear(this.#unreachAttribute);
    this.#otherAttributes = false;

    const fault = this.#readFields(start, end) ?? this.#readMultiprotocol();
    if (fault?.treatment === "session-reset") return fault;
    this.#findEndOfRib(start, end);
    return this.#checkWithoutNlri() ?? fault;
  }

  /**
   * The path attributes with the section's next hop. Where the strongest of the faults says
   * "treat-as-withdraw", the section's prefixes count as withdrawn and the attributes are not to
   * be used (RFC 7606 §2).
   */
  decodeAttributes(section: Section): DecodedAttributes {
    if (section === "base") return this.#decode("base");
    const { mpReach } = this;
    if (mpReach === undefined) throw new Error("no MP_REACH_NLRI in this UPDATE");
    const { start, end } = mpReach.nextHop;
    const nextHop = decodeNextHop(this.bytes, start, end);
    const { attributes, faults } = this.#decoder.decode(
      this.bytes,
      this.attributes.start,
      this.attributes.end,
      this.#messageStart,
      this.#context,
      "mp",
      nextHop,
    );
    if (isHostAddress(nextHop)) return { attributes, faults };
    return { attributes, faults: [...faults, this.#nextHopFault(start, end)] };
  }

  /**
   * Fills `canonical` with the attributes as encodeAttributes() writes them, where the neighbour has
   * written them so too, and returns the section's next hop; undefined: it has not. Two sections with
   * equal octets and equal next hops have equal attributes, and if one has no faults nor has the other,
   * as long as both neighbours are external or both are not.
   */
  readCanonical(section: Section): NextHop | undefined {
    const { start, end } = this.attributes;
    let nextHop: NextHop | undefined;
    if (section === "mp") {
      const range = this.mpReach?.nextHop;
      if (range === undefined) return undefined;
      nextHop = decodeNextHop(this.bytes, range.start, range.end);
    }
    return this.canonical.read(this.bytes, start, end, this.#context, nextHop);
  }

  /** The neighbour is in another AS: the context's word. */
  get isExternal(): boolean {
    return this.#context.external;
  }

  /**
   * Finds what a set of attributes can be known by without being read: fills `keys` with ranges of
   * `bytes` and returns how many (1 to 4). Two sections with an equal keyTag() and equal octets in
   * these ranges, put one behind another, have equal attributes and equal faults (but for offsets).
   */
  keyRanges(section: Section): number {
    const { keys, attributes } = this;
    const reach = this.#reachAttribute;
    const unreach = this.#unreachAttribute;
    const reachFirst = reach.start <= unreach.start;
    let count = 0;
    let at = attributes.start;
    for (let i = 0; i < 2; i++) {
      const gap = (i === 0) === reachFirst ? reach : unreach;
      if (isEmpty(gap)) continue;
      if (gap.start > at) {
        keys[count * 2] = at;
        keys[count * 2 + 1] = gap.start;
        count++;
      }
      at = gap.end;
    }
    if (attributes.end > at || count === 0) {
      keys[count * 2] = at;
      keys[count * 2 + 1] = attributes.end;
      count++;
    }
    if (section === "mp" && this.mpReach !== undefined) {
      keys[count * 2] = this.mpReach.nextHop.start;
      keys[count * 2 + 1] = this.mpReach.nextHop.end;
      count++;
    }
    return count;
  }

  /**
   * What a look-up key needs besides the octets of keyRanges(), in 8 bits: the context's flags,
   * and the next hop's length with "mp" (0 with "base"), without which octets of the attribute
   * list could pass for a next hop's.
   */
  keyTag(section: Section): number {
    const { fourOctetAs, external } = this.#context;
    const nextHop = section === "mp" ? this.mpReach?.nextHop : undefined;
    const nextHopLength = nextHop === undefined ? 0 : nextHop.end - nextHop.start;
    return (nextHopLength << 2) | (external ? 2 : 0) | (fourOctetAs ? 1 : 0);
  }

  /** RFC 4271 §4.3, §6.3: the three variable fields and the prefixes in two of them. */
  #readFields(start: number, end: number): Fault | undefined {
    const { bytes, withdrawn, attributes, announced } = this;
    const withdrawnStart = start + 2;
    if (withdrawnStart > end) return this.#listFault(end - 1, "UPDATE is cut short");
    const withdrawnEnd = withdrawnStart + readU16(bytes, start);
    const attributesStart = withdrawnEnd + 2;
    if (attributesStart > end) return this.#listFault(start, "withdrawn routes overrun the UPDATE");
    const attributesEnd = attributesStart + readU16(bytes, withdrawnEnd);
    if (attributesEnd > end) {
      return this.#listFault(withdrawnEnd, "path attributes overrun the UPDATE");
    }
    set(attributes, attributesStart, attributesEnd);
    this.#reaches = attributesEnd < end;
    if (!this.#context.families[IPV4]) return undefined;
    set(withdrawn, withdrawnStart, withdrawnEnd);
    set(announced, attributesEnd, end);
    return this.#checkPrefixes(withdrawn) ?? this.#checkPrefixes(announced);
  }

  /** RFC 7606 §3 i, j: prefixes that cannot be told apart end the session. */
  #checkPrefixes(range: Range): Fault | undefined {
    const addPath = this.#context.addPath[IPV4];
    const at = findNlriDefect(this.bytes, range.start, range.end, IPV4, addPath);
    if (at < 0) return undefined;
    const reason = `octet ${this.bytes[at]} cannot be where a prefix's length is`;
    return this.#reset(UPDATE_ERROR.INVALID_NETWORK_FIELD, at, reason);
  }

  /** Finds MP_REACH_NLRI and MP_UNREACH_NLRI. A broken list ends the search, and nothing else here. */
  #readMultiprotocol(): Fault | undefined {
    const cursor = this.#cursor;
    let disabled: Fault | undefined;
    cursor.reset(this.bytes, this.attributes.start, this.attributes.end);
    while (cursor.next()) {
      const { type } = cursor;
      if (type !== MP_REACH_NLRI && type !== MP_UNREACH_NLRI) {
        this.#otherAttributes = true;
        continue;
      }
      const fault = this.#multiprotocolAttribute(type === MP_REACH_NLRI);
      if (fault?.treatment === "session-reset") return fault;
      disabled ??= fault;
    }
    if (cursor.broken !== undefined) this.#otherAttributes = true;
    return disabled;
  }

  #multiprotocolAttribute(isReach: boolean): Fault | undefined {
    const cursor = this.#cursor;
    const where = isReach ? this.#reachAttribute : this.#unreachAttribute;
    if (!isEmpty(where)) {
      const name = isReach ? "MP_REACH_NLRI" : "MP_UNREACH_NLRI";
      return this.#listFault(cursor.at, `${name} is there twice`); // RFC 7606 §3 g
    }
    set(where, cursor.at, cursor.end);
    const answer = isReach
      ? readMpReach(this.bytes, cursor, this.#context, this.#reach)
      : readMpUnreach(this.bytes, cursor, this.#context, this.#unreach);
    if (isReach) this.#reaches ||= answer !== "read" || !isEmpty(this.#reach.nlri);
    if (answer === "ignored") return undefined;
    if (answer !== "read") return this.#multiprotocolFault(answer);
    if (isReach) this.mpReach = this.#reach;
    else this.mpUnreach = this.#unreach;
    return undefined;
  }

  /** RFC 7606 §5.3, RFC 4760 §7: the family goes if it is known and not the only one; else the session. */
  #multiprotocolFault(defect: MpDefect): Fault {
    const { families } = this.#context;
    const { at, end } = this.#cursor;
    const data = this.bytes.slice(at, end);
    const offset = Math.min(defect.at, end - 1) - this.#messageStart;
    const fault = resetFault(ERROR.UPDATE, defect.subcode, offset, defect.reason, data);
    if (defect.family === undefined || !(families[IPV4] && families[IPV6])) return fault;
    return { ...fault, treatment: "afi-safi-disable", family: defect.family };
  }

  /** RFC 4724 §2: an empty UPDATE for IPv4, a lone and empty MP_UNREACH_NLRI for any family. */
  #findEndOfRib(start: number, end: number): void {
    const { mpUnreach } = this;
    if (end - start === 4) {
      if (this.#context.families[IPV4]) this.endOfRib = IPV4;
      return;
    }
    if (mpUnreach === undefined || !isEmpty(mpUnreach.nlri)) return;
    const alone = end - start === 4 + this.#unreachAttribute.end - this.#unreachAttribute.start;
    if (alone) this.endOfRib = mpUnreach.family;
  }

  /** RFC 7606 §5.2. */
  #checkWithoutNlri(): Fault | undefined {
    if (this.#reaches || !this.#otherAttributes) return undefined;
    return faultWithoutNlri(this.#decode("none").faults);
  }

  #decode(purpose: Purpose): DecodedAttributes {
    const { start, end } = this.attributes;
    const messageStart = this.#messageStart;
    return this.#decoder.decode(this.bytes, start, end, messageStart, this.#context, purpose);
  }

  #nextHopFault(start: number, end: number): Fault {
    const subcode = UPDATE_ERROR.INVALID_NEXT_HOP_ATTRIBUTE;
    const data = this.bytes.slice(start, end);
    const reason = "next hop of MP_REACH_NLRI is no host's address";
    const fault = resetFault(ERROR.UPDATE, subcode, start - this.#messageStart, reason, data);
    return { ...fault, treatment: "treat-as-withdraw" };
  }

  #listFault(at: number, reason: string): Fault {
    return this.#reset(UPDATE_ERROR.MALFORMED_ATTRIBUTE_LIST, at, reason);
  }

  #reset(subcode: number, at: number, reason: string): Fault {
    return resetFault(ERROR.UPDATE, subcode, at - this.#messageStart, reason);
  }
}

function isEmpty(range: Range): boolean {
  return range.start === range.end;
}

function clear(range: Range): void {
  range.start = 0;
  range.end = 0;
}

function set(range: Range, start: number, end: number): void {
  range.start = start;
  range.end = end;
}
