// Values as MIBs want them.

import type { Address, BgpView, MessageCountsView, Prefix } from "../control/index.ts";

/** Four or sixteen. */
export function addressOctets({ family, w0, w1, w2, w3 }: Address | Prefix): number[] {
  const words = family === 0 ? [w0] : [w0, w1, w2, w3];
  return words.flatMap((word) => [
    word >>> 24,
    (word >>> 16) & 255,
    (word >>> 8) & 255,
    word & 255,
  ]);
}

/** fe80::/10: means something only together with an interface. */
const isLinkLocal = ({ family, w0 }: Address): boolean => family === 1 && w0 >>> 22 === 0x3fa;

/**
 * InetAddressType, length and octets (RFC 4001 §3). A link-local address is told from the same one
 * on another link by its zone, the index of the interface.
 */
export function inetAddress(address: Address, zone: number | undefined): number[] {
  const octets = addressOctets(address);
  if (zone === undefined || !isLinkLocal(address)) {
    return [octets.length === 4 ? IPV4 : IPV6, octets.length, ...octets];
  }
  const zoned = [...octets, zone >>> 24, (zone >>> 16) & 255, (zone >>> 8) & 255, zone & 255];
  return [IPV6Z, zoned.length, ...zoned];
}

/** InetAddressType. */
const [IPV4, IPV6, IPV6Z] = [1, 2, 4] as const;

/** What an octet string mostly has room for, SnmpAdminString for one (RFC 3411 §5). */
export const MOST_OCTETS = 255;

/** Its beginning, whole characters, where it is longer than that. */
export function adminString(text: string): Buffer {
  const bytes = Buffer.from(text);
  let end = Math.min(bytes.length, MOST_OCTETS);
  while (end < bytes.length && (bytes[end] & 0xc0) === 0x80) end--;
  return bytes.subarray(0, end);
}

/** A number in host order as an IpAddress. */
export function quad(value: number): string {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255].join(".");
}

/** Counter32 wraps (RFC 2578 §7.1.6). */
export const counter = (value: number): number => value % 2 ** 32;

/** Gauge32 stays at its end (RFC 2578 §7.1.7). */
export const gauge = (value: number): number =>
  Math.min(Math.max(Math.floor(value), 0), 2 ** 32 - 1);

/** Where an AS number has two octets only (RFC 6793 §4.2.2). */
const AS_TRANS = 23456;
export const shortAsn = (asn: number): number => (asn > 65535 ? AS_TRANS : asn);

/** bgpPeerState: idle(1) to established(6). */
const STATES = ["Idle", "Connect", "Active", "OpenSent", "OpenConfirm", "Established"] as const;
export const stateNumber = ({ state }: BgpView): number => STATES.indexOf(state) + 1;

export function totalOf(counts: MessageCountsView): number {
  const { open, update, notification, keepalive, routeRefresh } = counts;
  return open + update + notification + keepalive + routeRefresh;
}

/** bgpPeerLastError: code and subcode, an octet each. */
export const lastError = ({ lastNotification }: BgpView): Buffer => Buffer.from(lastNotification);

/** Seconds. */
export const keepaliveConfigured = ({ configured }: BgpView): number =>
  configured.keepalive ?? Math.floor(configured.holdTime / 3);
