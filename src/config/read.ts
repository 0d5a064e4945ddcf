// Texts of scalars -> values. Each reader gives undefined for what it does not accept; the words of
// what it expects stand beside the key in schema.ts.

import {
  Address,
  type CommunityPattern,
  IPV4,
  IPV6,
  type Prefix,
  type ScopedAddress,
  formatAddress,
  formatPrefix,
  isLinkLocal,
  isMulticast,
  networkOf,
  parseAddress,
  parseCommunityPattern,
  parsePrefix,
  parseQuad,
  parseScopedAddress,
} from "../route/index.ts";
import type { Endpoint } from "./types.ts";

/** `true` or `false`; YAML 1.1's yes, no, on and off are not booleans. */
export function readBoolean(text: string): boolean | undefined {
  return text === "true" ? true : text === "false" ? false : undefined;
}

/**
 * A decimal number from `minimum` to `maximum`; `1_000_000` may be grouped. Not `0179`: YAML 1.1 and
 * C take what begins with 0 for octal.
 */
export function readWhole(text: string, minimum: number, maximum: number): number | undefined {
  if (!/^(?:0|[1-9][0-9]*(?:_[0-9]{3})*)$/.test(text)) return undefined;
  const value = Number(text.replaceAll("_", ""));
  return value >= minimum && value <= maximum ? value : undefined;
}

const UNITS: Readonly<Record<string, number>> = {
  "": 1000,
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
};

/** Milliseconds: a bare number of seconds, or a number with a unit (`300ms`, `90s`, `2m`, `1h`). */
export function readDuration(text: string): number | undefined {
  const parts = /^([0-9]{1,9}(?:\.[0-9]{1,3})?) ?([a-z]*)$/.exec(text);
  const unit = parts === null ? undefined : UNITS[parts[2]];
  if (parts === null || unit === undefined) return undefined;
  const value = Number(parts[1]) * unit;
  return Number.isInteger(value) ? value : Math.round(value);
}

/** The same from `minimum` to `maximum` milliseconds. */
export function readDurationWithin(
  text: string,
  minimum: number,
  maximum: number,
): number | undefined {
  const duration = readDuration(text);
  return duration !== undefined && duration >= minimum && duration <= maximum
    ? duration
    : undefined;
}

/** Whole seconds from `minimum` to `maximum`, written as a duration. */
export function readSeconds(text: string, minimum: number, maximum: number): number | undefined {
  const duration = readDuration(text);
  if (duration === undefined || duration % 1000 !== 0) return undefined;
  const seconds = duration / 1000;
  return seconds >= minimum && seconds <= maximum ? seconds : undefined;
}

/** 0 (RFC 7607), 23456 (AS_TRANS, RFC 6793), 65535 and 4294967295 (RFC 7300) are nobody's. */
const RESERVED_ASNS: readonly number[] = [0, 23456, 65535, 4294967295];

/** asplain or asdot (RFC 5396): `64512`, `1.10`. Reserved numbers are refused. */
export function readAsn(text: string): number | undefined {
  const dotted = /^(0|[1-9][0-9]{0,4})\.(0|[1-9][0-9]{0,4})$/.exec(text);
  let asn = readWhole(text, 0, 4294967295);
  if (dotted !== null) {
    const [high, low] = [Number(dotted[1]), Number(dotted[2])];
    asn = high <= 65535 && low <= 65535 ? high * 65536 + low : undefined;
  }
  return asn === undefined || RESERVED_ASNS.includes(asn) ? undefined : asn;
}

/** Communities of RFC 1997, RFC 3765, RFC 7999, RFC 8326 and RFC 9494 by their names. */
const WELL_KNOWN: Readonly<Record<string, number>> = {
  "graceful-shutdown": 0xffff0000,
  "llgr-stale": 0xffff0006,
  "no-llgr": 0xffff0007,
  blackhole: 0xffff029a,
  "no-export": 0xffffff01,
  "no-advertise": 0xffffff02,
  "no-export-subconfed": 0xffffff03,
  "no-peer": 0xffffff04,
};

export const COMMUNITY_NAMES = Object.keys(WELL_KNOWN).join(", ");

/** `64512:100`, two numbers of 16 bits, or a well-known name: 32 bits, host order. */
export function readCommunity(text: string): number | undefined {
  if (Object.hasOwn(WELL_KNOWN, text)) return WELL_KNOWN[text];
  const [, high, low] = /^([0-9]{1,5}):([0-9]{1,5})$/.exec(text) ?? [];
  if (high === undefined || Number(high) > 65535 || Number(low) > 65535) return undefined;
  return Number(high) * 65536 + Number(low);
}

/** The same, with `*` for either number or both: what a community is held against. */
export function readCommunityPattern(text: string): CommunityPattern | undefined {
  const exact = readCommunity(text);
  return exact === undefined ? parseCommunityPattern(text) : { mask: [0xffffffff], value: [exact] };
}

/** A BGP Identifier or CLUSTER_ID in dotted form; not 0 (RFC 6286 §2.1), not 224.0.0.0 and up. */
export function readRouterId(text: string): number | undefined {
  const id = parseQuad(text);
  return id > 0 && id >>> 29 !== 7 ? id : undefined;
}

/** `192.0.2.1`, `2001:db8::1`, `fe80::1%eth0`. */
export function readPeerAddress(text: string): ScopedAddress | undefined {
  const scoped = parseScopedAddress(text);
  if (scoped === undefined || isIpv4Mapped(scoped.address)) return undefined;
  return scoped.zone !== undefined && readInterface(scoped.zone) === undefined ? undefined : scoped;
}

/** An interface's name as the kernel allows it: 1 to 15 bytes, no space, slash or colon. */
export function readInterface(text: string): string | undefined {
  return /^[!-~]{1,15}$/.test(text) && !/[/:%*?]/.test(text) && !/^\.\.?$/.test(text)
    ? text
    : undefined;
}

/** The same with `*` for any characters and `?` for one. */
export function readInterfacePattern(text: string): string | undefined {
  return /^[!-~]{1,15}$/.test(text) && !/[/:%]/.test(text) ? text : undefined;
}

/** Names that `show` and the commands use for other things. */
export const RESERVED_NAMES: readonly string[] = [
  "all",
  "pods",
  "blocks",
  "device1",
  "kernel1",
  "kernel2",
  "bfd1",
  "static1",
];

/** A name that `birdc` can be given: letters, digits, `_`, `-` and `.`, a letter first. */
export function readName(text: string): string | undefined {
  const good = /^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/.test(text);
  return good && !RESERVED_NAMES.includes(text) ? text : undefined;
}

/** A host's (RFC 1123 §2.1), in lower case. */
export function readHostName(text: string): string | undefined {
  const label = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
  const name = text.toLowerCase();
  const isName = new RegExp(`^(?=.{1,253}$)${label}(?:\\.${label})*$`).test(name);
  return isName && readAddress(name) === undefined ? name : undefined;
}

/** A network's name as the CNI specification has it (1.0.0, "Configuration format"). */
export function readNetworkName(text: string): string | undefined {
  return /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(text) ? text : undefined;
}

/** A local address, or one to reach; not IPv4 in IPv6's clothes (`::ffff:192.0.2.1`). */
export function readAddress(text: string): Address | undefined {
  const address = parseAddress(text);
  return address !== undefined && isIpv4Mapped(address) ? undefined : address;
}

/**
 * `127.0.0.1:9179`, `[::1]:9179`: an address that can be listened on without an interface's name, all
 * of them as 0.0.0.0 or [::], and a port.
 */
export function readEndpoint(text: string): Endpoint | undefined {
  const [, six, four, digits] = /^(?:\[([^\]]+)\]|([^:]+)):([0-9]+)$/.exec(text) ?? [];
  const address = readAddress(six ?? four ?? "");
  const port = readWhole(digits ?? "", 1, 65535);
  if (address === undefined || port === undefined) return undefined;
  const isSix = address.family === IPV6;
  if (isSix !== (six !== undefined) || isMulticast(address)) return undefined;
  return isSix && isLinkLocal(address) ? undefined : { address, port };
}

/** A prefix of addresses that may be on the wire, which IPv4-mapped ones are not. */
export function readPrefix(text: string): Prefix | undefined {
  const prefix = parsePrefix(text);
  const mapped = prefix !== undefined && prefix.length >= 96 && isIpv4Mapped(prefix);
  return mapped ? undefined : prefix;
}

/** RFC 4291 §2.5.5.2. The kernel speaks IPv4 to them, and says so: nothing would ever match. */
function isIpv4Mapped({ family, w0, w1, w2 }: Address | Prefix): boolean {
  return family === IPV6 && w0 === 0 && w1 === 0 && w2 === 0xffff;
}

/** The IPv4 address that was meant by an IPv4-mapped one; undefined: it is none. */
export function unmapped(text: string): string | undefined {
  const address = parseAddress(text);
  if (address === undefined || !isIpv4Mapped(address)) return undefined;
  return formatAddress(new Address(IPV4, address.w3));
}

/** A path from the root: the daemon's working directory is nobody's to rely on. */
export function readFilePath(text: string): string | undefined {
  return /^\/[^\0]*[^/\0]$/.test(text) ? text : undefined;
}

/** The prefix that was meant by one with bits behind it, or an IPv4-mapped one; undefined: neither. */
export function maskedPrefix(text: string): string | undefined {
  const [, host, length] = /^([^/]+)\/([0-9]{1,3})$/.exec(text) ?? [];
  const address = host === undefined ? undefined : parseAddress(host);
  if (address !== undefined && isIpv4Mapped(address) && Number(length) >= 96) {
    return formatPrefix(networkOf(new Address(IPV4, address.w3), Number(length) - 96));
  }
  if (address === undefined || Number(length) > (address.family === 0 ? 32 : 128)) return undefined;
  return formatPrefix(networkOf(address, Number(length)));
}
