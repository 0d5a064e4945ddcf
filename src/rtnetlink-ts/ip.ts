/** IP addresses as the codec speaks of them: words, no class, no text. */
import { AF_INET, AF_INET6 } from "./constants.ts";

/** 0 is IPv4, 1 is IPv6. */
export type Family = 0 | 1;
export const IPV4 = 0;
export const IPV6 = 1;

/** Four 32-bit words in host order; an IPv4 address has only `w0`, the others are 0. */
export interface IpAddress {
  readonly family: Family;
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;
}

/** Bits of an address: the longest prefix. */
export function addressBits(family: Family): number {
  return family === IPV4 ? 32 : 128;
}

/** AF_INET or AF_INET6. */
export function addressFamilyOf(family: Family): number {
  return family === IPV4 ? AF_INET : AF_INET6;
}

/** undefined: a family that is neither. */
export function familyOf(addressFamily: number): Family | undefined {
  if (addressFamily === AF_INET) return IPV4;
  return addressFamily === AF_INET6 ? IPV6 : undefined;
}
