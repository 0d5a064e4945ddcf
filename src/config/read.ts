// Texts of scalars -> values. Each reader gives undefined for what it does not accept; the words of
// what it expects stand beside the key in schema.ts.

import {
  type ScopedAddress,
  formatPrefix,
  networkOf,
  parseAddress,
  parseQuad,
  parseScopedAddress,
} from "../route/index.ts";

/** `true` or `false`; YAML 1.1's yes, no, on and off are not booleans. */
export function readBoolean(text: string): boolean | undefined {
  return text === "true" ? true : text === "false" ? false : undefined;
}

/** A decimal number from `minimum` to `maximum`; `1_000_000` may be grouped. */
export function readWhole(text: string, minimum: number, maximum: number): number | undefined {
  if (!/^[0-9]+(_[0-9]{3})*$/.test(text)) return undefined;
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
  const dotted = /^([0-9]{1,5})\.([0-9]{1,5})$/.exec(text);
  let asn = readWhole(text, 0, 4294967295);
  if (dotted !== null) {
    const [high, low] = [Number(dotted[1]), Number(dotted[2])];
    asn = high <= 65535 && low <= 65535 ? high * 65536 + low : undefined;
  }
  return asn === undefined || RESERVED_ASNS.includes(asn) ? undefined : asn;
}

/** Communities of RFC 1997, RFC 3765, RFC 7999 and RFC 8326 by their names. */
const WELL_KNOWN: Readonly<Record<string, number>> = {
  "graceful-shutdown": 0xffff0000,
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

/** A BGP Identifier or CLUSTER_ID in dotted form; not 0 (RFC 6286 §2.1), not 224.0.0.0 and up. */
export function readRouterId(text: string): number | undefined {
  const id = parseQuad(text);
  return id > 0 && id >>> 29 !== 7 ? id : undefined;
}

/** `192.0.2.1`, `2001:db8::1`, `fe80::1%eth0`. */
export function readPeerAddress(text: string): ScopedAddress | undefined {
  const scoped = parseScopedAddress(text);
  const bad = scoped?.zone !== undefined && readInterface(scoped.zone) === undefined;
  return bad ? undefined : scoped;
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
];

/** A name that `birdc` can be given: letters, digits, `_`, `-` and `.`, a letter first. */
export function readName(text: string): string | undefined {
  const good = /^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/.test(text);
  return good && !RESERVED_NAMES.includes(text) ? text : undefined;
}

/** A path from the root: the daemon's working directory is nobody's to rely on. */
export function readFilePath(text: string): string | undefined {
  return /^\/[^\0]*[^/\0]$/.test(text) ? text : undefined;
}

/** The prefix that was meant by an address with bits behind the prefix; undefined: not that slip. */
export function maskedPrefix(text: string): string | undefined {
  const [, host, length] = /^([^/]+)\/([0-9]{1,3})$/.exec(text) ?? [];
  const address = host === undefined ? undefined : parseAddress(host);
  if (address === undefined || Number(length) > (address.family === 0 ? 32 : 128)) return undefined;
  return formatPrefix(networkOf(address, Number(length)));
}
