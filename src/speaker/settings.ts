// From configuration to what the session room and the sockets are told. Defaults live here.

import type { Role } from "./policy/index.ts";
import { DEFAULT_SETTINGS, HELPER, ROLE, sendHoldTime } from "./session/index.ts";
import type { AddPathSettings, GracefulRestartSettings, SessionSettings } from "./session/index.ts";
import type { NeighbourConfig, SpeakerConfig } from "./config.ts";
import type { SocketSettings } from "./effects.ts";

export const BGP_PORT = 179;
const DEFAULT_MAX = 1000;
const DEFAULT_IDLE_TIMEOUT = 300_000;
const DEFAULT_RESTART = { time: 120, staleTime: 120_000, deferral: 10_000 };

const ROLES: Readonly<Record<Role, number>> = {
  provider: ROLE.PROVIDER,
  "rs-server": ROLE.RS,
  "rs-client": ROLE.RS_CLIENT,
  customer: ROLE.CUSTOMER,
  peer: ROLE.PEER,
};

/** `isFound`: its address is known; until then there is nobody to connect to. */
export function sessionSettings(
  speaker: SpeakerConfig,
  neighbour: NeighbourConfig,
  isFound = true,
): SessionSettings {
  return {
    ...DEFAULT_SETTINGS,
    localAsn: neighbour.localAsn ?? speaker.asn,
    peerAsn: neighbour.asn,
    routerId: speaker.routerId,
    holdTime: neighbour.holdTime ?? DEFAULT_SETTINGS.holdTime,
    keepalive: neighbour.keepalive,
    sendHoldTime: neighbour.sendHoldTime,
    connectRetry: neighbour.connectRetry ?? DEFAULT_SETTINGS.connectRetry,
    passive: neighbour.passive === true || neighbour.range !== undefined || !isFound,
    authenticated: neighbour.key !== undefined,
    ttlSecurity: neighbour.ttlSecurity !== undefined,
    families: neighbour.families ?? [true, true],
    extendedNextHop: offersExtendedNextHop(neighbour),
    // RFC 9234 §4.1: roles are between ASes.
    role:
      neighbour.role !== undefined && isExternal(speaker, neighbour)
        ? ROLES[neighbour.role]
        : undefined,
    roleStrict: neighbour.roleStrict,
    addPath: addPathSettings(neighbour.addPath),
    gracefulRestart: restartSettings(speaker, neighbour),
  };
}

function addPathSettings(addPath: NeighbourConfig["addPath"]): AddPathSettings {
  if (addPath === undefined) return DEFAULT_SETTINGS.addPath;
  const [four, six] = addPath;
  return {
    receive: [four.receive, six.receive],
    send: [four.send !== undefined, six.send !== undefined],
  };
}

function restartSettings(
  speaker: SpeakerConfig,
  neighbour: NeighbourConfig,
): GracefulRestartSettings | undefined {
  const { gracefulRestart = "helper", longLivedStaleTime: longLived = 0 } = neighbour;
  if (gracefulRestart === "off") return undefined;
  if (gracefulRestart === "helper") return { ...HELPER, longLived };
  const { time = DEFAULT_RESTART.time } = speaker.restart ?? {};
  return { time, families: neighbour.families ?? [true, true], longLived };
}

/** Milliseconds; see RestartConfig. */
export function staleTimeOf({ restart }: SpeakerConfig): number {
  return restart?.staleTime ?? DEFAULT_RESTART.staleTime;
}

/** Milliseconds; see RestartConfig. */
export function deferralOf({ restart }: SpeakerConfig): number {
  return restart?.deferral ?? DEFAULT_RESTART.deferral;
}

/**
 * RFC 8950, unless told otherwise where the session runs over IPv6: there the link may have no IPv4
 * address at all, while over IPv4 there is one to be next hop.
 */
function offersExtendedNextHop(neighbour: NeighbourConfig): boolean {
  const { extendedNextHop = "auto", address, range } = neighbour;
  if (extendedNextHop !== "auto") return extendedNextHop === "on";
  const family = (address ?? range)?.family;
  return family === undefined || family === 1;
}

/** Is the neighbour in another AS? Configuration always says, but for a number it must be compared. */
export function isExternal(speaker: SpeakerConfig, neighbour: NeighbourConfig): boolean {
  if (typeof neighbour.asn === "string") return neighbour.asn === "external";
  return neighbour.asn !== (neighbour.localAsn ?? speaker.asn);
}

/**
 * RFC 5082 §3 with `ttlSecurity`; else an eBGP neighbour is on the link (TTL 1, so that a session
 * never forms by way of some other router) unless `multihop` says how far away it is.
 */
export function socketSettings(speaker: SpeakerConfig, neighbour: NeighbourConfig): SocketSettings {
  const userTimeout = neighbour.userTimeout ?? patience(neighbour) * 1000;
  if (neighbour.ttlSecurity !== undefined) {
    return { ttl: 255, minimumTtl: 256 - neighbour.ttlSecurity, userTimeout };
  }
  const ttl = isExternal(speaker, neighbour) ? (neighbour.multihop ?? 1) : 0;
  return { ttl, minimumTtl: 0, userTimeout };
}

/**
 * Seconds for TCP: it counts from the first octet that waits, also while a slow neighbour's window is
 * closed and its KEEPALIVEs come. So it has the last word, behind the hold timer and the send hold timer
 * (RFC 9687), which know better. 0: the system's, where there is no hold time.
 */
function patience(neighbour: NeighbourConfig): number {
  const { holdTime = DEFAULT_SETTINGS.holdTime } = neighbour;
  return holdTime === 0 ? 0 : Math.max(holdTime, sendHoldTime(neighbour, holdTime));
}

export function maximumOf(range: NeighbourConfig): number {
  return range.max ?? DEFAULT_MAX;
}

export function idleTimeoutOf(range: NeighbourConfig): number {
  return range.idleTimeout ?? DEFAULT_IDLE_TIMEOUT;
}
