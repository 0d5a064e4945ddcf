// IP addresses as values. Four 32-bit words in host order hold either family; an IPv4 address uses
// the first and leaves the others 0. Tables never store these objects, they store the words.

import { type Family, IPV4, IPV6, bitsOf } from "bgp-ts";

/** One IP address. `w0`..`w3`: unsigned 32-bit, host order; IPv4 has only `w0`. */
export class Address {
  readonly family: Family;
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;

  constructor(family: Family, w0: number, w1 = 0, w2 = 0, w3 = 0) {
    this.family = family;
    this.w0 = w0 >>> 0;
    this.w1 = w1 >>> 0;
    this.w2 = w2 >>> 0;
    this.w3 = w3 >>> 0;
  }
}

export function addressesEqual(a: Address, b: Address): boolean {
  return a.family === b.family && a.w0 === b.w0 && a.w1 === b.w1 && a.w2 === b.w2 && a.w3 === b.w3;
}

/** Negative, 0 or positive; IPv4 comes before IPv6, then numeric order (never the order of text). */
export function compareAddresses(a: Address, b: Address): number {
  return a.family - b.family || a.w0 - b.w0 || a.w1 - b.w1 || a.w2 - b.w2 || a.w3 - b.w3;
}

/** 0.0.0.0 or :: (RFC 1122 §3.2.1.3, RFC 4291 §2.5.2). */
export function isUnspecified(a: Address): boolean {
  return (a.w0 | a.w1 | a.w2 | a.w3) === 0;
}

/** 127.0.0.0/8 (RFC 1122 §3.2.1.3) or ::1 (RFC 4291 §2.5.3). */
export function isLoopback(a: Address): boolean {
  if (a.family === IPV4) return a.w0 >>> 24 === 127;
  return (a.w0 | a.w1 | a.w2) === 0 && a.w3 === 1;
}

/** 169.254.0.0/16 (RFC 3927) or fe80::/10 (RFC 4291 §2.5.6). */
export function isLinkLocal(a: Address): boolean {
  return a.family === IPV4 ? a.w0 >>> 16 === 0xa9fe : a.w0 >>> 22 === 0x3fa;
}

/** 224.0.0.0/4 (RFC 5771) or ff00::/8 (RFC 4291 §2.7). */
export function isMulticast(a: Address): boolean {
  return a.family === IPV4 ? a.w0 >>> 28 === 14 : a.w0 >>> 24 === 255;
}

/** The address in network order: 4 or 16 fresh bytes. */
export function addressBytes(a: Address): Uint8Array {
  const bytes = new Uint8Array(bitsOf(a.family) / 8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, a.w0);
  if (a.family === IPV6) {
    view.setUint32(4, a.w1);
    view.setUint32(8, a.w2);
    view.setUint32(12, a.w3);
  }
  return bytes;
}

/** The address in 4 or 16 bytes of network order; undefined for any other count. */
export function addressFromBytes(bytes: Uint8Array): Address | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length === 4) return new Address(IPV4, view.getUint32(0));
  if (bytes.length !== 16) return undefined;
  return new Address(
    IPV6,
    view.getUint32(0),
    view.getUint32(4),
    view.getUint32(8),
    view.getUint32(12),
  );
}
