// What one neighbour's session is told by configuration, and which changes of it cost a reset.

import type { Capability } from "bgp-ts";

/** Which AS numbers the neighbour may present; "external" and "internal" are relative to ours. */
export type PeerAsn = number | "any" | "internal" | "external";

export interface SessionSettings {
  /** Our own AS number, 1..4294967295. */
  readonly localAsn: number;
  /** The AS number shown to this neighbour instead of `localAsn` while renumbering. */
  readonly localAsnPresented?: number | undefined;
  readonly peerAsn: PeerAsn;
  /** Our BGP Identifier as a 32-bit number, not 0 (RFC 6286 §2.1). */
  readonly routerId: number;
  /** Seconds, 0 or at least 3 (RFC 4271 §4.2). */
  readonly holdTime: number;
  /** Seconds between KEEPALIVEs; undefined: a third of the negotiated hold time. */
  readonly keepalive?: number | undefined;
  /**
   * Seconds. A proposal of the neighbour below it is refused with 2/6, and so is 0 ("no hold
   * timer"). 0 here: everything that RFC 4271 §4.2 allows is accepted.
   */
  readonly minimumHoldTime: number;
  /** Seconds that one attempt to connect may take (RFC 4271 §8, ConnectRetryTime). */
  readonly connectRetry: number;
  /** Seconds to wait for the neighbour's OPEN before sending ours; 0: not at all (§8.1.1). */
  readonly delayOpen: number;
  /** Seconds that the neighbour may take nothing from us (RFC 9687); undefined: §3.3's default. */
  readonly sendHoldTime?: number | undefined;
  /** Never connect, only wait for the neighbour's connection (§8.1.1). */
  readonly passive: boolean;
  /** A password (RFC 2385) is set: then a timeout of connect is probably a wrong one. */
  readonly authenticated: boolean;
  /** GTSM (RFC 5082) is on: then silence on a connection is probably a TTL too low. */
  readonly ttlSecurity: boolean;
  /** The families wanted, by `Family`: [IPv4 unicast, IPv6 unicast]. */
  readonly families: readonly [boolean, boolean];
  readonly routeRefresh: boolean;
  readonly enhancedRouteRefresh: boolean;
  readonly fourOctetAs: boolean;
  readonly extendedMessages: boolean;
  /** Several paths of a prefix (RFC 7911), in families wanted. */
  readonly addPath: AddPathSettings;
  /** IPv4 routes may have IPv6 next hops (RFC 8950). */
  readonly extendedNextHop?: boolean | undefined;
  /** RFC 4724; undefined: our OPEN says nothing of it, and nothing is kept for anybody. */
  readonly gracefulRestart: GracefulRestartSettings | undefined;
  /** What we are to the neighbour, as ROLE has it (RFC 9234 §4.1); undefined: nothing is said. */
  readonly role?: number | undefined;
  /** A neighbour that tells no role is refused (RFC 9234 §4.2). */
  readonly roleStrict?: boolean | undefined;
  /** Announced besides those which the fields above make, as they are. */
  readonly capabilities: readonly Capability[];
  readonly backOff: BackOffSettings;
}

/** RFC 9687 §3.3: eight minutes, or twice the hold time when that is more. */
const SHORTEST_SEND_HOLD = 480;

/** Seconds that the neighbour may take nothing from us, as told or by default. */
export function sendHoldTime(
  settings: Pick<SessionSettings, "sendHoldTime">,
  holdTime: number,
): number {
  return settings.sendHoldTime ?? Math.max(SHORTEST_SEND_HOLD, 2 * holdTime);
}

/** By `Family`. */
export interface AddPathSettings {
  readonly receive: readonly [boolean, boolean];
  readonly send: readonly [boolean, boolean];
}

export interface GracefulRestartSettings {
  /** Seconds, 0 to 4095: how long a restart of ours takes at most. */
  readonly time: number;
  /** By `Family`: our routes are to be kept over a restart of ours. */
  readonly families: readonly [boolean, boolean];
  /** Seconds, 24 bits: how long stale routes are kept after that (RFC 9494), on both sides; 0: not. */
  readonly longLived: number;
}

/**
 * Graceful restart without a family (RFC 4724 §3): we keep the routes of neighbours that restart, ask
 * for nothing of the kind, and want End-of-RIB: FRR and GoBGP send none without it.
 */
export const HELPER: GracefulRestartSettings = { time: 0, families: [false, false], longLived: 0 };

/** How long a fallen session rests in Idle (IdleHoldTimer), in seconds. */
export interface BackOffSettings {
  /** The flat pause after refused, unreachable, timed out, closed. */
  readonly short: number;
  /** The first pause after a fault that only an operator can mend; doubles from there ... */
  readonly first: number;
  /** ... up to this. */
  readonly longest: number;
  /** A session that stayed Established this long has paid its debts: the next pause is the first again. */
  readonly forgetAfter: number;
}

export const DEFAULT_BACK_OFF: BackOffSettings = {
  short: 2,
  first: 5,
  longest: 120,
  forgetAfter: 60,
};

/** The defaults of everything that has one; a caller adds AS numbers and the identifier. */
export const DEFAULT_SETTINGS: Omit<SessionSettings, "localAsn" | "peerAsn" | "routerId"> = {
  holdTime: 90,
  minimumHoldTime: 0,
  connectRetry: 30,
  delayOpen: 0,
  passive: false,
  authenticated: false,
  ttlSecurity: false,
  families: [true, false],
  routeRefresh: true,
  enhancedRouteRefresh: true,
  fourOctetAs: true,
  extendedMessages: true,
  addPath: { receive: [false, false], send: [false, false] },
  gracefulRestart: HELPER,
  capabilities: [],
  backOff: DEFAULT_BACK_OFF,
};

/** The AS number that goes into our OPEN. */
export function presentedAsn(settings: SessionSettings): number {
  return settings.localAsnPresented ?? settings.localAsn;
}

/**
 * Why the change from one setting to the other needs a new session, in words for an operator;
 * undefined: it does not. What was agreed on in the OPENs needs one; timers of our own do not.
 */
export function changeNeedsReset(from: SessionSettings, to: SessionSettings): string | undefined {
  const reasons: string[] = [];
  const note = (changed: boolean, why: string) => {
    if (changed) reasons.push(why);
  };
  note(from.localAsn !== to.localAsn || presentedAsn(from) !== presentedAsn(to), "own AS number");
  note(from.peerAsn !== to.peerAsn, "neighbour's AS number");
  note(from.routerId !== to.routerId, "own BGP identifier");
  note(from.holdTime !== to.holdTime, "hold time");
  note(from.minimumHoldTime !== to.minimumHoldTime, "minimum hold time");
  note(
    from.families[0] !== to.families[0] || from.families[1] !== to.families[1],
    "address families",
  );
  note(
    from.routeRefresh !== to.routeRefresh ||
      from.enhancedRouteRefresh !== to.enhancedRouteRefresh ||
      from.fourOctetAs !== to.fourOctetAs ||
      from.extendedMessages !== to.extendedMessages ||
      from.extendedNextHop !== to.extendedNextHop ||
      from.role !== to.role ||
      !sameData(from.addPath, to.addPath) ||
      restartKind(from) !== restartKind(to) ||
      !sameData(from.capabilities, to.capabilities),
    "capabilities",
  );
  note(from.authenticated !== to.authenticated, "password");
  return reasons.length === 0 ? undefined : `${reasons.join(", ")} changed`;
}

/** Of graceful restart, what both sides must agree on; times are said in the next OPEN. */
function restartKind({ gracefulRestart: settings }: SessionSettings): string {
  if (settings === undefined) return "off";
  return [...settings.families, settings.longLived > 0].join();
}

/** Whether anything at all has changed. */
export function settingsDiffer(from: SessionSettings, to: SessionSettings): boolean {
  return !sameData(from, to);
}

/** Structural equality of plain data: numbers, strings, booleans, byte arrays, lists, records. */
function sameData(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const left = Object.entries(a);
  const right = new Map(Object.entries(b));
  return (
    left.length === right.size &&
    left.every(([key, value]) => right.has(key) && sameData(value, right.get(key)))
  );
}
