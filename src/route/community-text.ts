// Extended and large communities as text, and patterns of communities of all three kinds.
//
//   standard   64512:100            64512:*   *:100   *:*
//   extended   rt:64512:100         rt:64512:*        rt:*     ro (route origin) likewise; an AS number
//              rt:192.0.2.1:100     of 16 bits or of 32, or an IPv4 address (RFC 4360 §3, RFC 5668)
//              0x43000000:0x1       0x43000000:*      the eight octets as two numbers
//   large      64512:1:2            64512:*:2 (RFC 8092)

import type { ExtendedCommunity, LargeCommunity } from "bgp-ts";
import { parseQuad } from "./address-text.ts";
import { parseCommunity } from "./community.ts";

/** Words of 32 bits, one, two or three by the kind of community: only the mask's bits count. */
export interface CommunityPattern {
  readonly mask: readonly number[];
  readonly value: readonly number[];
}

export function matchesCommunity(
  { mask, value }: CommunityPattern,
  words: readonly number[],
): boolean {
  for (let i = 0; i < mask.length; i++) if (((words[i] ^ value[i]) & mask[i]) !== 0) return false;
  return true;
}

const ALL = 0xffffffff;

export function parseCommunityPattern(text: string): CommunityPattern | undefined {
  const exact = parseCommunity(text);
  if (exact !== undefined) return { mask: [ALL], value: [exact] };
  const [high, low, ...rest] = text.split(":");
  if (rest.length > 0 || (low as string | undefined) === undefined) return undefined;
  const parts = [high, low].map((part) => (part === "*" ? 0 : readNumber(part, 0xffff)));
  if (parts[0] === undefined || parts[1] === undefined) return undefined;
  const mask = (high === "*" ? 0 : 0xffff0000) + (low === "*" ? 0 : 0xffff);
  return { mask: [mask], value: [parts[0] * 0x10000 + parts[1]] };
}

export function parseLargeCommunity(text: string): LargeCommunity | undefined {
  const pattern = parseLargeCommunityPattern(text);
  if (pattern === undefined || pattern.mask.includes(0)) return undefined;
  const [global, local1, local2] = pattern.value;
  return [global, local1, local2];
}

export function parseLargeCommunityPattern(text: string): CommunityPattern | undefined {
  const parts = text.split(":");
  if (parts.length !== 3) return undefined;
  const value: number[] = [];
  for (const part of parts) {
    const number = part === "*" ? 0 : readNumber(part, ALL);
    if (number === undefined) return undefined;
    value.push(number);
  }
  return { mask: parts.map((part) => (part === "*" ? 0 : ALL)), value };
}

export function parseExtendedCommunity(text: string): ExtendedCommunity | undefined {
  const pattern = parseExtendedCommunityPattern(text);
  if (pattern === undefined || pattern.mask.some((word) => word !== ALL)) return undefined;
  return [pattern.value[0], pattern.value[1]];
}

/** Subtypes (RFC 4360 §4, §5), for all of the three types. */
const SUBTYPES: ReadonlyMap<string, number> = new Map([
  ["rt", 0x02],
  ["ro", 0x03],
]);

export function parseExtendedCommunityPattern(text: string): CommunityPattern | undefined {
  const [head, ...rest] = text.split(":");
  const subtype = SUBTYPES.get(head);
  if (subtype === undefined) return rawPattern(head, rest);
  // Types 0 to 2: the two bits that tell them apart are left out.
  if (rest.length === 1 && rest[0] === "*") {
    return { mask: [0xfcff0000, 0], value: [subtype << 16, 0] };
  }
  if (rest.length !== 2) return undefined;
  const [who, what] = rest;
  const quad = who.includes(".");
  const administrator = quad ? parseAddressWord(who) : readNumber(who, ALL);
  if (administrator === undefined) return undefined;
  const short = !quad && administrator <= 0xffff;
  const number = what === "*" ? 0 : readNumber(what, short ? ALL : 0xffff);
  if (number === undefined) return undefined;
  if (short) {
    const mask = [ALL, what === "*" ? 0 : ALL];
    return { mask, value: [(subtype << 16) | administrator, number] };
  }
  const high = ((quad ? 1 : 2) << 24) | (subtype << 16) | (administrator >>> 16);
  const mask = [ALL, what === "*" ? 0xffff0000 : ALL];
  return { mask, value: [high, (((administrator & 0xffff) << 16) | number) >>> 0] };
}

/** `rt:64512:100`; what has no name of its own as two numbers. */
export function formatExtendedCommunity([high, low]: ExtendedCommunity): string {
  const type = high >>> 24;
  const name = [...SUBTYPES].find(([, subtype]) => subtype === ((high >>> 16) & 0xff))?.[0];
  if (name !== undefined && type === 0) return `${name}:${high & 0xffff}:${low}`;
  if (name === undefined || type > 2) return `0x${high.toString(16)}:0x${low.toString(16)}`;
  const who = (((high & 0xffff) << 16) | (low >>> 16)) >>> 0;
  const octets = [who >>> 24, (who >>> 16) & 255, (who >>> 8) & 255, who & 255];
  return `${name}:${type === 1 ? octets.join(".") : who}:${low & 0xffff}`;
}

function rawPattern(high: string, rest: readonly string[]): CommunityPattern | undefined {
  if (rest.length !== 1) return undefined;
  const [first, second] = [readHex(high), rest[0] === "*" ? 0 : readHex(rest[0])];
  if (first === undefined || second === undefined) return undefined;
  return { mask: [ALL, rest[0] === "*" ? 0 : ALL], value: [first, second] };
}

function readHex(text: string): number | undefined {
  return /^0x[0-9a-f]{1,8}$/.test(text) ? Number(text) : undefined;
}

/** `parseQuad` has a number for what is none. */
function parseAddressWord(text: string): number | undefined {
  const word = parseQuad(text);
  return word < 0 ? undefined : word;
}

function readNumber(text: string, maximum: number): number | undefined {
  if (!/^(?:0|[1-9][0-9]{0,9})$/.test(text)) return undefined;
  const value = Number(text);
  return value <= maximum ? value : undefined;
}
