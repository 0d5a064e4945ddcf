// Graceful restart as one session knows it (RFC 4724, RFC 8538, RFC 9494): what our OPEN says, what
// both OPENs come to, and which ends of a session may be the beginning of a restart.

import {
  afiOf,
  CEASE,
  ERROR,
  familyOf,
  IPV4,
  IPV6,
  SAFI_UNICAST,
  type Capability,
  type Family,
} from "bgp-ts";
import type { DownCause } from "./cause.ts";
import type { GracefulRestartSettings } from "./settings.ts";

type BothFamilies = readonly [boolean, boolean];
const FAMILIES: readonly Family[] = [IPV4, IPV6];

/** What is true of this node now; all its sessions share one, and whoever starts the node tells it. */
export class RestartFacts {
  /** The R bit: this run took routes of an earlier one over, and still recovers. */
  restarting = false;
  /** By `Family`: the forwarding state of before this run was kept. */
  preserved: BothFamilies = [false, false];
}

/** What both OPENs say of restarts of the neighbour. */
export interface RestartTerms {
  /** Seconds that the neighbour takes at most to come back. */
  readonly time: number;
  /** By `Family`: its forwarding may survive (RFC 4724 §3), and survived its last restart (F bit). */
  readonly families: BothFamilies;
  readonly forwarding: BothFamilies;
  /** The R bit: it has restarted itself, and waits for our End-of-RIB. */
  readonly restarting: boolean;
  /** Both know the N bit: also hold timers and NOTIFICATIONs may be restarts (RFC 8538 §2). */
  readonly notification: boolean;
  /** Both know long-lived stale routes (RFC 9494), so they may be sent to the neighbour. */
  readonly longLived: boolean;
  /** By `Family`: seconds that its routes may be kept beyond `time`; 0: they may not be. */
  readonly staleTime: readonly [number, number];
  /** By `Family`: the F bit of the long-lived capability. */
  readonly longLivedForwarding: BothFamilies;
}

/** The capabilities by which our OPEN speaks of restarts. `forwarding`: our F bits. */
export function restartCapabilities(
  settings: GracefulRestartSettings | undefined,
  restarting: boolean,
  forwarding: BothFamilies,
): Capability[] {
  if (settings === undefined) return [];
  const named = FAMILIES.filter((family) => settings.families[family]).map((family) => ({
    afi: afiOf(family),
    safi: SAFI_UNICAST,
    forwarding: forwarding[family],
  }));
  const { time, longLived: staleTime } = settings;
  const restart: Capability = {
    kind: "graceful-restart",
    restarting: restarting && named.length > 0,
    notification: true,
    time,
    families: named,
  };
  if (staleTime === 0) return [restart];
  const families = named.map((family) => ({ ...family, staleTime }));
  return [restart, { kind: "long-lived-graceful-restart", families }];
}

/** Undefined: one of the two does not speak of graceful restart. */
export function restartTerms(
  settings: GracefulRestartSettings | undefined,
  theirs: readonly Capability[],
): RestartTerms | undefined {
  // Of several, the last one counts (RFC 4724 §3).
  const restart = theirs.findLast((each) => each.kind === "graceful-restart");
  if (settings === undefined || restart === undefined) return undefined;
  const families: [boolean, boolean] = [false, false];
  const forwarding: [boolean, boolean] = [false, false];
  for (const entry of restart.families) {
    const family = familyOf(entry.afi, entry.safi);
    if (family === undefined) continue;
    families[family] = true;
    forwarding[family] = entry.forwarding;
  }
  const { time, restarting, notification } = restart;
  const longLived = longLivedTerms(settings, theirs);
  return { time, families, forwarding, restarting, notification, ...longLived };
}

/** RFC 9494 §4.2: the neighbour's time, or ours where that is shorter. */
function longLivedTerms(
  settings: GracefulRestartSettings,
  theirs: readonly Capability[],
): Pick<RestartTerms, "longLived" | "staleTime" | "longLivedForwarding"> {
  const capability = theirs.findLast((each) => each.kind === "long-lived-graceful-restart");
  const staleTime: [number, number] = [0, 0];
  const longLivedForwarding: [boolean, boolean] = [false, false];
  const longLived = capability !== undefined && settings.longLived > 0;
  if (!longLived) return { longLived, staleTime, longLivedForwarding };
  for (const entry of capability.families) {
    const family = familyOf(entry.afi, entry.safi);
    if (family === undefined) continue;
    staleTime[family] = Math.min(entry.staleTime, settings.longLived);
    longLivedForwarding[family] = entry.forwarding;
  }
  return { longLived, staleTime, longLivedForwarding };
}

/**
 * Ceases of ours after which nothing is to be kept: sent as Hard Resets where both know the N bit
 * (RFC 8538 §3, RFC 9384 §3). The others are about the session, not about the routes.
 */
const FINAL_CEASES: readonly number[] = [
  CEASE.MAXIMUM_NUMBER_OF_PREFIXES_REACHED,
  CEASE.ADMINISTRATIVE_SHUTDOWN,
  CEASE.PEER_DE_CONFIGURED,
  CEASE.OUT_OF_RESOURCES,
  CEASE.BFD_DOWN,
];

export function isFinalCease({ code, subcode }: { code: number; subcode: number }): boolean {
  return code === ERROR.CEASE && FINAL_CEASES.includes(subcode);
}

/**
 * Whether the neighbour may be restarting, so that its routes are to be kept: the connection ended
 * without a word (RFC 4724 §4.2), or with any word but a Hard Reset where both know the N bit
 * (RFC 8538 §4).
 */
export function mayBeRestart(cause: DownCause, terms: RestartTerms | undefined): boolean {
  if (terms === undefined) return false;
  switch (cause.kind) {
    case "closed":
    case "path-lost":
      return true;
    case "hold-timer":
    case "send-hold-timer":
    case "header-error":
    case "update-error":
    case "fsm-error":
      return terms.notification;
    case "notification":
    case "notification-configuration":
    case "collision-there":
      return terms.notification && cause.isHard !== true;
    case "administrative":
    case "settings-changed":
    case "reset":
      return terms.notification && !isFinalCease(cause);
    default:
      return false;
  }
}
