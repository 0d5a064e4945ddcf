import { readU16, readU32, writeU16, writeU32 } from "./octets.ts";

/** AS_SET 1, AS_SEQUENCE 2 (RFC 4271 §4.3), AS_CONFED_SEQUENCE 3, AS_CONFED_SET 4 (RFC 5065 §3). */
export type AsPathSegmentType = 1 | 2 | 3 | 4;

export const AS_SET = 1;
export const AS_SEQUENCE = 2;
export const AS_CONFED_SEQUENCE = 3;
export const AS_CONFED_SET = 4;

/** Stands for an AS number that does not fit into two octets (RFC 6793 §9). */
export const AS_TRANS = 23456;

/** The segment's length field counts AS numbers in one octet. */
const LONGEST_SEGMENT = 255;

export interface AsPathSegment {
  readonly type: AsPathSegmentType;
  /** Never empty on the wire. */
  readonly asns: readonly number[];
}

export type AsPath = readonly AsPathSegment[];

/** AS numbers as the decision process counts them: a set is 1, confederation segments are 0 (RFC 4271 §9.1.2.2 a, RFC 5065 §5.3). */
export function asPathLength(path: AsPath): number {
  let length = 0;
  for (const segment of path) {
    if (segment.type === AS_SEQUENCE) length += segment.asns.length;
    else if (segment.type === AS_SET) length += 1;
  }
  return length;
}

/**
 * The neighbouring AS: the leftmost number where the path, confederation segments left aside,
 * begins with a sequence; 0 where it does not (RFC 4271 §9.1.2.2 c).
 */
export function firstAs(path: AsPath): number {
  for (const segment of path) {
    if (isConfederation(segment.type)) continue;
    return segment.type === AS_SEQUENCE ? (segment.asns[0] ?? 0) : 0;
  }
  return 0;
}

/** True when the AS is anywhere in the path: a loop, if it is one's own (RFC 4271 §9.1.2). */
export function containsAs(path: AsPath, asn: number): boolean {
  return path.some((segment) => segment.asns.includes(asn));
}

/** The path with the AS in front, `count` times; a full or foreign first segment gets a new one before it (RFC 4271 §5.1.2). */
export function prependAs(path: AsPath, asn: number, count = 1): AsPathSegment[] {
  const result = path.slice();
  for (let left = count; left > 0;) {
    const first = result[0];
    const open = first?.type === AS_SEQUENCE && first.asns.length < LONGEST_SEGMENT;
    const tail = open ? first.asns : [];
    const copies = Math.min(left, LONGEST_SEGMENT - tail.length);
    const asns = new Array<number>(copies).fill(asn).concat(tail);
    result.splice(0, open ? 1 : 0, { type: AS_SEQUENCE, asns });
    left -= copies;
  }
  return result;
}

/** As BIRD writes it: "65001 {65002 65003}"; confederations "(65010 65011)" and "({65010 65011})". */
export function formatAsPath(path: AsPath): string {
  return path
    .map(({ type, asns }) => {
      const text = asns.join(" ");
      if (type === AS_SEQUENCE) return text;
      if (type === AS_SET) return `{${text}}`;
      return type === AS_CONFED_SEQUENCE ? `(${text})` : `({${text}})`;
    })
    .join(" ");
}

export function isConfederation(type: AsPathSegmentType): boolean {
  return type === AS_CONFED_SEQUENCE || type === AS_CONFED_SET;
}

/** The first place where a path is broken. */
export interface AsPathDefect {
  readonly kind: "defect";
  /** Index into the bytes given. */
  readonly at: number;
  readonly reason: string;
}

/**
 * Segments of bytes[start .. end) with AS numbers of `width` octets. Malformed, by RFC 7606 §7.2:
 * a type that is not known, a segment that runs over the end or leaves a single octet, a segment of
 * length 0; by RFC 7607 §2: AS number 0.
 */
export function decodeAsPath(
  bytes: Uint8Array,
  start: number,
  end: number,
  width: 2 | 4,
): AsPathSegment[] | AsPathDefect {
  const segments: AsPathSegment[] = [];
  let at = start;
  while (at < end) {
    const type = bytes[at];
    if (!isSegmentType(type)) return defect(at, `AS path segment of unknown type ${type}`);
    if (end - at < 2) return defect(at, "AS path segment without a length");
    const count = bytes[at + 1];
    if (count === 0) return defect(at + 1, "empty AS path segment");
    const next = at + 2 + count * width;
    if (next > end) return defect(at + 1, `AS path segment of ${count} overruns its attribute`);
    const asns = new Array<number>(count);
    for (let i = 0, from = at + 2; i < count; i++, from += width) {
      const asn = width === 4 ? readU32(bytes, from) : readU16(bytes, from);
      if (asn === 0) return defect(from, "AS number 0 in the AS path");
      asns[i] = asn;
    }
    segments.push({ type, asns });
    at = next;
  }
  return segments;
}

/** The attribute's value with AS numbers of `width` octets; long segments are split, empty ones left out. */
export function encodeAsPath(path: AsPath, width: 2 | 4): Uint8Array {
  const pieces = path.flatMap(({ type, asns }) => {
    const parts: AsPathSegment[] = [];
    for (let i = 0; i < asns.length; i += LONGEST_SEGMENT) {
      parts.push({ type, asns: asns.slice(i, i + LONGEST_SEGMENT) });
    }
    return parts;
  });
  const bytes = new Uint8Array(pieces.reduce((sum, p) => sum + 2 + p.asns.length * width, 0));
  let at = 0;
  for (const { type, asns } of pieces) {
    bytes[at++] = type;
    bytes[at++] = asns.length;
    for (const asn of asns) {
      if (width === 4) writeU32(bytes, at, asn);
      else writeU16(bytes, at, asn > 0xffff ? AS_TRANS : asn);
      at += width;
    }
  }
  return bytes;
}

/** The AS4_PATH to send beside a two-octet AS_PATH; undefined where nothing would be lost without it (RFC 6793 §4.2.2). */
export function as4PathFor(path: AsPath): AsPathSegment[] | undefined {
  const proper = withoutConfederations(path);
  const needed = proper.some((segment) => segment.asns.some((asn) => asn > 0xffff));
  return needed ? proper : undefined;
}

/** What of a path is to be seen outside of a confederation (RFC 5065 §4.1). */
export function withoutConfederations(path: AsPath): AsPathSegment[] {
  return path.filter((segment) => !isConfederation(segment.type));
}

/**
 * The path that AS_PATH from a two-octet speaker and AS4_PATH tell together (RFC 6793 §4.2.3): the
 * head of AS_PATH as far as it is longer, then AS4_PATH. An AS4_PATH that is longer than AS_PATH is
 * ignored.
 */
export function mergeAs4Path(path: AsPath, as4Path: AsPath): readonly AsPathSegment[] {
  let wanted = asPathLength(path) - asPathLength(as4Path);
  if (wanted < 0) return path;
  const merged: AsPathSegment[] = [];
  for (const segment of path) {
    if (isConfederation(segment.type)) {
      // Kept when it leads or follows what is kept; the loop is left where that ends.
      merged.push(segment);
      continue;
    }
    if (wanted === 0) break;
    const taken = segment.type === AS_SEQUENCE ? segment.asns.slice(0, wanted) : segment.asns;
    merged.push({ type: segment.type, asns: taken });
    wanted -= segment.type === AS_SEQUENCE ? taken.length : 1;
    if (taken.length < segment.asns.length) break;
  }
  return joinSequences(merged, as4Path);
}

/** One path of two; a sequence at the seam becomes one again, as it was before the old speaker. */
function joinSequences(head: AsPathSegment[], tail: AsPath): AsPathSegment[] {
  const last = head.at(-1);
  const first = tail[0];
  if (last?.type !== AS_SEQUENCE || first?.type !== AS_SEQUENCE) return [...head, ...tail];
  if (last.asns.length + first.asns.length > LONGEST_SEGMENT) return [...head, ...tail];
  const joint: AsPathSegment = { type: AS_SEQUENCE, asns: [...last.asns, ...first.asns] };
  return [...head.slice(0, -1), joint, ...tail.slice(1)];
}

function isSegmentType(type: number): type is AsPathSegmentType {
  return type >= AS_SET && type <= AS_CONFED_SET;
}

function defect(at: number, reason: string): AsPathDefect {
  return { kind: "defect", at, reason };
}
