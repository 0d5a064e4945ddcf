// Addresses as text. Reading is strict: what is not exactly an address is undefined, and the caller
// says what it expected. Writing follows RFC 5952, so that equal addresses have equal text.

import { Address } from "./address.ts";
import { type Family, IPV4, IPV6 } from "bgp-ts";

/** The longest text of an address: eight groups, the last two as a dotted quad. */
const LONGEST = 45;

const DIGIT_0 = 48;
const DIGIT_9 = 57;

/**
 * Reads an IPv4 dotted quad or an IPv6 address (RFC 4291 §2.2, all three forms). Leading zeros in a
 * quad ("010.0.0.1" is read as octal by some), spaces, zones and anything else are undefined.
 */
export function parseAddress(text: string): Address | undefined {
  if (text.length > LONGEST) return undefined;
  if (text.includes(":")) return parseIpv6(text);
  const word = parseQuad(text);
  return word < 0 ? undefined : new Address(IPV4, word);
}

/** An address of one link: "fe80::1%eth0" (RFC 4007 §11). Without a zone, `zone` is undefined. */
export interface ScopedAddress {
  readonly address: Address;
  readonly zone: string | undefined;
}

/**
 * Reads an address that may carry a zone. A zone is the name of an interface, as Linux allows it:
 * 1 to 15 characters, no space, no slash, no colon.
 */
export function parseScopedAddress(text: string): ScopedAddress | undefined {
  const percent = text.indexOf("%");
  const address = parseAddress(percent < 0 ? text : text.slice(0, percent));
  if (address === undefined) return undefined;
  if (percent < 0) return { address, zone: undefined };
  const zone = text.slice(percent + 1);
  if (address.family !== IPV6 || !/^[^\s/:%]{1,15}$/.test(zone)) return undefined;
  return { address, zone };
}

/** A dotted quad as an unsigned word; -1 when it is none. */
export function parseQuad(text: string): number {
  let word = 0;
  let part = -1;
  let dots = 0;
  for (let i = 0; i <= text.length; i++) {
    const code = i < text.length ? text.charCodeAt(i) : 46;
    if (code === 46) {
      if (part < 0 || dots === 4) return -1;
      word = word * 256 + part;
      part = -1;
      dots++;
    } else {
      if (code < DIGIT_0 || code > DIGIT_9 || part === 0) return -1;
      part = part < 0 ? code - DIGIT_0 : part * 10 + code - DIGIT_0;
      if (part > 255) return -1;
    }
  }
  return dots === 4 ? word : -1;
}

/** Reads the text before and after "::" into groups; the gap takes at least one group. */
function parseIpv6(text: string): Address | undefined {
  const gap = text.indexOf("::");
  if (gap < 0) {
    const groups = parseGroups(text);
    return groups?.length === 8 ? fromGroups(groups) : undefined;
  }
  // An IPv4 tail belongs at the end of the address, so never before the gap.
  const headText = text.slice(0, gap);
  const head = headText.includes(".") ? undefined : parseGroups(headText);
  const tail = parseGroups(text.slice(gap + 2));
  if (head === undefined || tail === undefined || head.length + tail.length > 7) return undefined;
  const zeros = new Array<number>(8 - head.length - tail.length).fill(0);
  return fromGroups([...head, ...zeros, ...tail]);
}

/** Groups of one to four hexadecimal digits between colons, the last two possibly a dotted quad. */
function parseGroups(text: string): number[] | undefined {
  if (text === "") return [];
  const parts = text.split(":");
  const groups: number[] = [];
  for (const [index, part] of parts.entries()) {
    if (index === parts.length - 1 && part.includes(".")) {
      const word = parseQuad(part);
      if (word < 0) return undefined;
      groups.push(word >>> 16, word & 0xffff);
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return undefined;
      groups.push(parseInt(part, 16));
    }
  }
  return groups;
}

function fromGroups(g: readonly number[]): Address {
  return new Address(
    IPV6,
    (g[0] << 16) | g[1],
    (g[2] << 16) | g[3],
    (g[4] << 16) | g[5],
    (g[6] << 16) | g[7],
  );
}

/** The address as text: a dotted quad, or RFC 5952. */
export function formatAddress(address: Address): string {
  return formatWords(address.family, address.w0, address.w1, address.w2, address.w3);
}

/** The same for the bare words, which is what tables hold. */
export function formatWords(
  family: Family,
  w0: number,
  w1: number,
  w2: number,
  w3: number,
): string {
  if (family === IPV4) return formatQuad(w0);
  // RFC 5952 §5: the mixed form, where a well-known prefix says that an IPv4 address is embedded.
  if (w0 === 0 && w1 === 0 && w2 === 0xffff) return `::ffff:${formatQuad(w3)}`;
  return formatGroups([w0, w1, w2, w3].flatMap((word) => [word >>> 16, word & 0xffff]));
}

/** An unsigned word as a dotted quad: an address, a router identifier, a cluster identifier. */
export function formatQuad(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;
}

/** RFC 5952 §4.2: the longest run of two or more zero groups is "::", the first of equals. */
function formatGroups(groups: readonly number[]): string {
  let start = -1;
  let length = 1;
  for (let i = 0; i < 8; i++) {
    let end = i;
    while (end < 8 && groups[end] === 0) end++;
    if (end - i > length) {
      start = i;
      length = end - i;
    }
    i = Math.max(i, end);
  }
  const hex = (part: readonly number[]): string =>
    part.map((group) => group.toString(16)).join(":");
  if (start < 0) return hex(groups);
  return `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}`;
}
