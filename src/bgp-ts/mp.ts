import { OPTIONAL, TRANSITIVE } from "./attribute-row.ts";
import { UPDATE_ERROR } from "./codes.ts";
import { familyOf, IPV4, type Family } from "./family.ts";
import { findNlriDefect } from "./nlri.ts";
import { readU16 } from "./octets.ts";
import type { Range } from "./range.ts";

/** MP_REACH_NLRI (RFC 4760 §3): where its parts are. */
export interface MpReach {
  family: Family;
  /** 4, 16 or 32 octets. */
  readonly nextHop: Range;
  readonly nlri: Range;
}

/** MP_UNREACH_NLRI (RFC 4760 §4). */
export interface MpUnreach {
  family: Family;
  readonly nlri: Range;
}

/** A multiprotocol attribute that cannot be used (RFC 7606 §5.3, §7.11). */
export interface MpDefect {
  readonly kind: "defect";
  readonly subcode: number;
  /** Index of the octet to blame; may be one behind the attribute where octets are missing. */
  readonly at: number;
  readonly reason: string;
  /** Undefined where not even this could be read. */
  readonly family: Family | undefined;
}

/** Where an attribute is: AttributeCursor has this form. */
export interface AttributePlace {
  readonly flags: number;
  readonly at: number;
  readonly start: number;
  readonly end: number;
}

/** What of a session bears on these attributes. */
export interface MpContext {
  readonly addPath: readonly [boolean, boolean];
  readonly families: readonly [boolean, boolean];
  readonly extendedNextHop?: boolean;
}

/** "ignored": the family was not negotiated or is not carried here. */
export type MpAnswer = "read" | "ignored" | MpDefect;

const { ATTRIBUTE_FLAGS_ERROR, OPTIONAL_ATTRIBUTE_ERROR } = UPDATE_ERROR;

/** Finds the parts of MP_REACH_NLRI: AFI 2, SAFI 1, length 1, next hop, reserved 1, prefixes. */
export function readMpReach(
  bytes: Uint8Array,
  place: AttributePlace,
  context: MpContext,
  target: MpReach,
): MpAnswer {
  const { start, end } = place;
  const family = familyIn(bytes, place, context);
  if (typeof family !== "number") return family;
  const nextHopStart = start + 4;
  // An attribute of three octets has no such length; what is read then is not looked at.
  const nextHopEnd = nextHopStart + bytes[start + 3];
  if (end - start < 5 || nextHopEnd >= end) {
    const at = Math.min(start + 3, end);
    return defect(OPTIONAL_ATTRIBUTE_ERROR, at, "MP_REACH_NLRI is cut short", family);
  }
  if (!isNextHopLength(nextHopEnd - nextHopStart, family, context)) {
    const reason = `next hop of MP_REACH_NLRI cannot be ${nextHopEnd - nextHopStart} octets long`;
    return defect(OPTIONAL_ATTRIBUTE_ERROR, start + 3, reason, family);
  }
  target.family = family;
  target.nextHop.start = nextHopStart;
  target.nextHop.end = nextHopEnd;
  return readPrefixes(bytes, nextHopEnd + 1, end, family, context, target.nlri);
}

/** Finds the parts of MP_UNREACH_NLRI: AFI 2, SAFI 1, prefixes. */
export function readMpUnreach(
  bytes: Uint8Array,
  place: AttributePlace,
  context: MpContext,
  target: MpUnreach,
): MpAnswer {
  const family = familyIn(bytes, place, context);
  if (typeof family !== "number") return family;
  target.family = family;
  return readPrefixes(bytes, place.start + 3, place.end, family, context, target.nlri);
}

/** The family, if it is one to read. The flags come second: those of a foreign family are its own. */
function familyIn(
  bytes: Uint8Array,
  place: AttributePlace,
  context: MpContext,
): Family | "ignored" | MpDefect {
  const { start, end, flags } = place;
  if (end - start < 3) {
    const reason = "multiprotocol attribute without AFI and SAFI";
    return defect(OPTIONAL_ATTRIBUTE_ERROR, end, reason, undefined);
  }
  const family = familyOf(readU16(bytes, start), bytes[start + 2]);
  if (family === undefined || !context.families[family]) return "ignored";
  if ((flags & (OPTIONAL | TRANSITIVE)) !== OPTIONAL) {
    const reason = `multiprotocol attribute with flags 0x${flags.toString(16)}`;
    return defect(ATTRIBUTE_FLAGS_ERROR, place.at, reason, family);
  }
  return family;
}

function isNextHopLength(length: number, family: Family, context: MpContext): boolean {
  if (length === 16 || length === 32) {
    return family !== IPV4 || context.extendedNextHop === true; // RFC 8950 §4
  }
  return length === 4 && family === IPV4;
}

function readPrefixes(
  bytes: Uint8Array,
  start: number,
  end: number,
  family: Family,
  context: MpContext,
  target: Range,
): MpAnswer {
  const at = findNlriDefect(bytes, start, end, family, context.addPath[family]);
  if (at >= 0) {
    const reason = `octet ${bytes[at]} cannot be where a prefix's length is`;
    return defect(OPTIONAL_ATTRIBUTE_ERROR, at, reason, family);
  }
  target.start = start;
  target.end = end;
  return "read";
}

function defect(subcode: number, at: number, reason: string, family: Family | undefined): MpDefect {
  return { kind: "defect", subcode, at, reason, family };
}
