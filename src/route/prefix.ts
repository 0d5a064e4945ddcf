// Prefixes as values, and ranges of prefixes as filters write them. Tables hold the words instead.

import { type Family, bitsOf } from "bgp-ts";
import { Address } from "./address.ts";
import { formatWords, parseAddress } from "./address-text.ts";

/** One prefix; the bits beyond `length` are 0. Words as in {@link Address}. */
export class Prefix {
  readonly family: Family;
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;
  readonly length: number;

  /** The words are masked to `length` bits, so that a prefix has one form only. */
  constructor(family: Family, w0: number, w1: number, w2: number, w3: number, length: number) {
    this.family = family;
    this.w0 = (w0 & maskWord(length, 0)) >>> 0;
    this.w1 = (w1 & maskWord(length, 1)) >>> 0;
    this.w2 = (w2 & maskWord(length, 2)) >>> 0;
    this.w3 = (w3 & maskWord(length, 3)) >>> 0;
    this.length = length;
  }
}

/** Word `index` (0..3) of the mask of a prefix of `length` bits; as a signed 32-bit number. */
export function maskWord(length: number, index: number): number {
  const bits = length - index * 32;
  if (bits <= 0) return 0;
  return bits >= 32 ? -1 : -1 << (32 - bits);
}

/** The prefix of `length` bits in which the address lies. */
export function networkOf(address: Address, length: number): Prefix {
  return new Prefix(address.family, address.w0, address.w1, address.w2, address.w3, length);
}

/** The /32 or /128 of an address. */
export function hostPrefix(address: Address): Prefix {
  return networkOf(address, bitsOf(address.family));
}

/** The first address of a prefix. */
export function networkAddress(prefix: Prefix): Address {
  return new Address(prefix.family, prefix.w0, prefix.w1, prefix.w2, prefix.w3);
}

/** Reads "address/length". Host bits must be zero, the length has no sign and no leading zero. */
export function parsePrefix(text: string): Prefix | undefined {
  const slash = text.indexOf("/");
  const address = slash < 0 ? undefined : parseAddress(text.slice(0, slash));
  if (address === undefined) return undefined;
  const length = parseDecimal(text.slice(slash + 1), bitsOf(address.family));
  if (length < 0) return undefined;
  const prefix = networkOf(address, length);
  const bare =
    prefix.w0 === address.w0 &&
    prefix.w1 === address.w1 &&
    prefix.w2 === address.w2 &&
    prefix.w3 === address.w3;
  return bare ? prefix : undefined;
}

/** A decimal number from 0 to `maximum`, written the only way; -1 for anything else. */
function parseDecimal(text: string, maximum: number): number {
  if (!/^(0|[1-9][0-9]{0,9})$/.test(text)) return -1;
  const value = Number(text);
  return value <= maximum ? value : -1;
}

export function formatPrefix(prefix: Prefix): string {
  const address = formatWords(prefix.family, prefix.w0, prefix.w1, prefix.w2, prefix.w3);
  return `${address}/${prefix.length}`;
}

export function prefixesEqual(a: Prefix, b: Prefix): boolean {
  return a.length === b.length && prefixContains(a, b);
}

/** Negative, 0 or positive: family, then address, then the shorter first. */
export function comparePrefixes(a: Prefix, b: Prefix): number {
  return (
    a.family - b.family ||
    a.w0 - b.w0 ||
    a.w1 - b.w1 ||
    a.w2 - b.w2 ||
    a.w3 - b.w3 ||
    a.length - b.length
  );
}

/** Whether `inner` is `outer` or lies inside it. */
export function prefixContains(outer: Prefix, inner: Prefix): boolean {
  return outer.length <= inner.length && covers(outer, inner);
}

export function prefixContainsAddress(outer: Prefix, address: Address): boolean {
  return covers(outer, address);
}

/** The first `outer.length` bits are the same. */
function covers(outer: Prefix, inner: Prefix | Address): boolean {
  return (
    outer.family === inner.family &&
    ((outer.w0 ^ inner.w0) & maskWord(outer.length, 0)) === 0 &&
    ((outer.w1 ^ inner.w1) & maskWord(outer.length, 1)) === 0 &&
    ((outer.w2 ^ inner.w2) & maskWord(outer.length, 2)) === 0 &&
    ((outer.w3 ^ inner.w3) & maskWord(outer.length, 3)) === 0
  );
}

/** Every prefix inside `prefix` whose length is from `minimum` to `maximum`. */
export interface PrefixRange {
  readonly prefix: Prefix;
  readonly minimum: number;
  readonly maximum: number;
}

/**
 * Reads a range of prefixes:
 * - "172.16.0.0/12": this prefix only;
 * - "172.16.0.0/12 le 24": it and what is inside it, up to 24 bits;
 * - "172.16.0.0/12 ge 24": what is inside it, from 24 bits;
 * - "172.16.0.0/12 ge 20 le 24": both bounds, in either order.
 * A bound shorter than the prefix, or two that leave nothing between, are undefined.
 */
export function parsePrefixRange(text: string): PrefixRange | undefined {
  const words = text.split(" ");
  const prefix = parsePrefix(words[0]);
  if (prefix === undefined || words.length > 5 || words.length % 2 === 0) return undefined;
  const bits = bitsOf(prefix.family);
  let minimum: number | undefined;
  let maximum: number | undefined;
  for (let i = 1; i < words.length; i += 2) {
    const bound = parseDecimal(words[i + 1], bits);
    if (bound < prefix.length) return undefined;
    if (words[i] === "ge" && minimum === undefined) minimum = bound;
    else if (words[i] === "le" && maximum === undefined) maximum = bound;
    else return undefined;
  }
  const range = {
    prefix,
    minimum: minimum ?? prefix.length,
    maximum: maximum ?? (minimum === undefined ? prefix.length : bits),
  };
  return range.minimum <= range.maximum ? range : undefined;
}

export function formatPrefixRange(range: PrefixRange): string {
  const bits = bitsOf(range.prefix.family);
  const exact = range.minimum === range.maximum && range.minimum === range.prefix.length;
  const ge = range.minimum > range.prefix.length ? ` ge ${range.minimum}` : "";
  const le = exact || (ge !== "" && range.maximum === bits) ? "" : ` le ${range.maximum}`;
  return `${formatPrefix(range.prefix)}${ge}${le}`;
}
