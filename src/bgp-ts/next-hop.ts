import { IPV4, IPV6, type Family } from "./family.ts";
import { readU32, u32s } from "./octets.ts";

/** Where a route leads. Words are numbers of 32 bits in host order; IPv4 uses w0, the rest are 0. */
export interface NextHop {
  readonly family: Family;
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;
  /**
   * The second address of a 32-octet next hop (RFC 2545 §3), beside a global one. A next hop that
   * has nothing but a link-local address has it in w0..w3, and nothing here.
   */
  readonly linkLocal?: readonly [number, number, number, number] | undefined;
}

type Words = readonly [number, number, number, number];

/**
 * The next hop at bytes[start .. end): 4 octets are IPv4, 16 IPv6, 32 IPv6 with a link-local
 * address behind it (RFC 2545 §3, RFC 8950 §3). The caller has checked the length. Neighbours
 * differ in how they fill 32 octets, so: a second address that is not link-local is left aside, and
 * a first one that is unspecified or link-local itself gives way to the second.
 */
export function decodeNextHop(bytes: Uint8Array, start: number, end: number): NextHop {
  if (end - start === 4) {
    return { family: IPV4, w0: readU32(bytes, start), w1: 0, w2: 0, w3: 0, linkLocal: undefined };
  }
  const first = wordsAt(bytes, start);
  const second = end - start === 32 ? wordsAt(bytes, start + 16) : undefined;
  if (second === undefined || !isLinkLocal(second)) return ipv6(first, undefined);
  if (isLinkLocal(first) || isUnspecified(first)) return ipv6(second, undefined);
  return ipv6(first, second);
}

/** 4, 16 or 32 octets as they go into NEXT_HOP or MP_REACH_NLRI. */
export function encodeNextHop(nextHop: NextHop): Uint8Array {
  const { family, w0, w1, w2, w3, linkLocal } = nextHop;
  return u32s(family === IPV4 ? [w0] : [w0, w1, w2, w3, ...(linkLocal ?? [])]);
}

/**
 * True for an address that a host can have (RFC 4271 §6.3): not unspecified, loopback, multicast
 * or broadcast, nor anything in 0.0.0.0/8 (RFC 1122 §3.2.1.3).
 */
export function isHostAddress(nextHop: NextHop): boolean {
  const { family, w0, w1, w2, w3 } = nextHop;
  if (family === IPV4) {
    const first = w0 >>> 24;
    return first !== 0 && first !== 127 && first >>> 4 !== 0xe && w0 !== 0xffffffff;
  }
  const unspecifiedOrLoopback = w0 === 0 && w1 === 0 && w2 === 0 && w3 <= 1;
  return w0 >>> 24 !== 0xff && !unspecifiedOrLoopback;
}

function wordsAt(bytes: Uint8Array, at: number): Words {
  return [
    readU32(bytes, at),
    readU32(bytes, at + 4),
    readU32(bytes, at + 8),
    readU32(bytes, at + 12),
  ];
}

function ipv6([w0, w1, w2, w3]: Words, linkLocal: Words | undefined): NextHop {
  return { family: IPV6, w0, w1, w2, w3, linkLocal };
}

/** fe80::/10 (RFC 4291 §2.5.6). */
function isLinkLocal(words: Words): boolean {
  return words[0] >>> 22 === 0x3fa;
}

function isUnspecified(words: Words): boolean {
  return words.every((word) => word === 0);
}
