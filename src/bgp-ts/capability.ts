import { readU16, readU24, readU32, u16, u32s, writeU16, writeU24 } from "./octets.ts";

/**
 * The capabilities of OPEN (RFC 5492), each as a value. AFIs and SAFIs stay numbers: a neighbour
 * may offer families that this codec does not carry.
 */
export type Capability =
  /** RFC 4760 §8. */
  | { readonly kind: "multiprotocol"; readonly afi: number; readonly safi: number }
  /** RFC 2918 §2. */
  | { readonly kind: "route-refresh" }
  /** RFC 8950 §4. */
  | { readonly kind: "extended-next-hop"; readonly entries: readonly ExtendedNextHopEntry[] }
  /** RFC 8654 §3. */
  | { readonly kind: "extended-message" }
  /** RFC 9234 §4.1: 0 provider, 1 route server, 2 its client, 3 customer, 4 peer. */
  | { readonly kind: "role"; readonly role: number }
  /** RFC 4724 §3 and RFC 8538 §2 (`notification`, the N bit). `time`: seconds, 0..4095. */
  | {
      readonly kind: "graceful-restart";
      readonly restarting: boolean;
      readonly notification: boolean;
      readonly time: number;
      readonly families: readonly GracefulRestartFamily[];
    }
  /** RFC 6793 §3. */
  | { readonly kind: "four-octet-as"; readonly asn: number }
  /** RFC 7911 §4. */
  | { readonly kind: "add-path"; readonly families: readonly AddPathFamily[] }
  /** RFC 7313 §3.1. */
  | { readonly kind: "enhanced-route-refresh" }
  /** RFC 9494 §3. */
  | {
      readonly kind: "long-lived-graceful-restart";
      readonly families: readonly LongLivedFamily[];
    }
  /** Any other code, and an ADD-PATH capability with a value that RFC 7911 §4 says to ignore. */
  | { readonly kind: "unknown"; readonly code: number; readonly value: Uint8Array };

export interface ExtendedNextHopEntry {
  readonly afi: number;
  readonly safi: number;
  readonly nextHopAfi: number;
}

export interface GracefulRestartFamily {
  readonly afi: number;
  readonly safi: number;
  /** The F bit: forwarding state was kept over the restart. */
  readonly forwarding: boolean;
}

export interface AddPathFamily {
  readonly afi: number;
  readonly safi: number;
  /** At least one of the two. */
  readonly send: boolean;
  readonly receive: boolean;
}

export interface LongLivedFamily {
  readonly afi: number;
  readonly safi: number;
  readonly forwarding: boolean;
  /** Seconds, 24 bits. */
  readonly staleTime: number;
}

const CODE = {
  MULTIPROTOCOL: 1,
  ROUTE_REFRESH: 2,
  EXTENDED_NEXT_HOP: 5,
  EXTENDED_MESSAGE: 6,
  ROLE: 9,
  GRACEFUL_RESTART: 64,
  FOUR_OCTET_AS: 65,
  ADD_PATH: 69,
  ENHANCED_ROUTE_REFRESH: 70,
  LONG_LIVED_GRACEFUL_RESTART: 71,
} as const;

/** GRACEFUL RESTART: flags in the four high bits, the restart time in the other twelve. */
const RESTARTING = 0x8000;
const NOTIFICATION = 0x4000;
const TIME_MASK = 0x0fff;
/** The F bit of a family, in both restart capabilities. */
const FORWARDING = 0x80;
/** ADD-PATH's Send/Receive: a sum of these two. */
const RECEIVE = 1;
const SEND = 2;

/** One capability from its code and value; undefined: its value does not have the form it must have. */
export function decodeCapability(code: number, value: Uint8Array): Capability | undefined {
  const length = value.length;
  switch (code) {
    case CODE.MULTIPROTOCOL:
      if (length !== 4) return undefined;
      return { kind: "multiprotocol", afi: readU16(value, 0), safi: value[3] };
    case CODE.ROUTE_REFRESH:
      return length === 0 ? { kind: "route-refresh" } : undefined;
    case CODE.EXTENDED_NEXT_HOP:
      if (length % 6 !== 0) return undefined;
      return { kind: "extended-next-hop", entries: rows(value, 0, 6, extendedNextHopEntry) };
    case CODE.EXTENDED_MESSAGE:
      return length === 0 ? { kind: "extended-message" } : undefined;
    case CODE.ROLE:
      return length === 1 ? { kind: "role", role: value[0] } : undefined;
    case CODE.GRACEFUL_RESTART:
      return length % 4 === 2 ? gracefulRestart(value) : undefined;
    case CODE.FOUR_OCTET_AS:
      return length === 4 ? { kind: "four-octet-as", asn: readU32(value, 0) } : undefined;
    case CODE.ADD_PATH:
      return length % 4 === 0 ? addPath(value) : undefined;
    case CODE.ENHANCED_ROUTE_REFRESH:
      return length === 0 ? { kind: "enhanced-route-refresh" } : undefined;
    case CODE.LONG_LIVED_GRACEFUL_RESTART:
      if (length % 7 !== 0) return undefined;
      return { kind: "long-lived-graceful-restart", families: rows(value, 0, 7, longLived) };
    default:
      return { kind: "unknown", code, value: value.slice() };
  }
}

/** A capability's code and value. */
export function encodeCapability(capability: Capability): { code: number; value: Uint8Array } {
  switch (capability.kind) {
    case "multiprotocol": {
      const { afi, safi } = capability;
      return { code: CODE.MULTIPROTOCOL, value: Uint8Array.of(afi >>> 8, afi, 0, safi) };
    }
    case "route-refresh":
      return { code: CODE.ROUTE_REFRESH, value: new Uint8Array(0) };
    case "extended-next-hop": {
      const words = capability.entries.flatMap((e) => [e.afi, e.safi, e.nextHopAfi]);
      const value = new Uint8Array(words.length * 2);
      words.forEach((word, i) => writeU16(value, i * 2, word));
      return { code: CODE.EXTENDED_NEXT_HOP, value };
    }
    case "extended-message":
      return { code: CODE.EXTENDED_MESSAGE, value: new Uint8Array(0) };
    case "role":
      return { code: CODE.ROLE, value: Uint8Array.of(capability.role) };
    case "graceful-restart": {
      const { restarting, notification, time, families } = capability;
      const flags = (restarting ? RESTARTING : 0) | (notification ? NOTIFICATION : 0);
      const head = u16(flags | Math.min(time, TIME_MASK));
      const octets = families.flatMap((f) => [...family(f), f.forwarding ? FORWARDING : 0]);
      return { code: CODE.GRACEFUL_RESTART, value: Uint8Array.of(...head, ...octets) };
    }
    case "four-octet-as":
      return { code: CODE.FOUR_OCTET_AS, value: u32s([capability.asn]) };
    case "add-path": {
      const octets = capability.families.flatMap((f) => [
        ...family(f),
        (f.send ? SEND : 0) | (f.receive ? RECEIVE : 0),
      ]);
      return { code: CODE.ADD_PATH, value: Uint8Array.from(octets) };
    }
    case "enhanced-route-refresh":
      return { code: CODE.ENHANCED_ROUTE_REFRESH, value: new Uint8Array(0) };
    case "long-lived-graceful-restart":
      return { code: CODE.LONG_LIVED_GRACEFUL_RESTART, value: longLivedValue(capability.families) };
    case "unknown":
      return { code: capability.code, value: capability.value };
  }
}

function rows<T>(
  value: Uint8Array,
  from: number,
  size: number,
  row: (value: Uint8Array, at: number) => T,
): T[] {
  const found: T[] = [];
  for (let at = from; at < value.length; at += size) found.push(row(value, at));
  return found;
}

function family(row: { readonly afi: number; readonly safi: number }): number[] {
  return [row.afi >>> 8, row.afi & 0xff, row.safi];
}

/** The SAFI is two octets wide here, and only here (RFC 8950 §4). */
function extendedNextHopEntry(value: Uint8Array, at: number): ExtendedNextHopEntry {
  return {
    afi: readU16(value, at),
    safi: readU16(value, at + 2),
    nextHopAfi: readU16(value, at + 4),
  };
}

function gracefulRestart(value: Uint8Array): Capability {
  const head = readU16(value, 0);
  return {
    kind: "graceful-restart",
    restarting: (head & RESTARTING) !== 0,
    notification: (head & NOTIFICATION) !== 0,
    time: head & TIME_MASK,
    families: rows(value, 2, 4, (bytes, at) => ({
      afi: readU16(bytes, at),
      safi: bytes[at + 2],
      forwarding: (bytes[at + 3] & FORWARDING) !== 0,
    })),
  };
}

function addPath(value: Uint8Array): Capability {
  for (let at = 3; at < value.length; at += 4) {
    if (value[at] === 0 || value[at] > (SEND | RECEIVE)) {
      return { kind: "unknown", code: CODE.ADD_PATH, value: value.slice() };
    }
  }
  const families = rows(value, 0, 4, (bytes, at) => ({
    afi: readU16(bytes, at),
    safi: bytes[at + 2],
    send: (bytes[at + 3] & SEND) !== 0,
    receive: (bytes[at + 3] & RECEIVE) !== 0,
  }));
  return { kind: "add-path", families };
}

function longLived(value: Uint8Array, at: number): LongLivedFamily {
  return {
    afi: readU16(value, at),
    safi: value[at + 2],
    forwarding: (value[at + 3] & FORWARDING) !== 0,
    staleTime: readU24(value, at + 4),
  };
}

function longLivedValue(families: readonly LongLivedFamily[]): Uint8Array {
  const value = new Uint8Array(families.length * 7);
  families.forEach((row, i) => {
    value.set([...family(row), row.forwarding ? FORWARDING : 0], i * 7);
    writeU24(value, i * 7 + 4, row.staleTime);
  });
  return value;
}
