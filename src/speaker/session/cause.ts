// Why a session, or an attempt at one, ended: one row a cause, with its words and how long to
// rest after it.

import {
  CEASE,
  describeNotification,
  ERROR,
  hardResetCause,
  OPEN_ERROR,
  shutdownCommunication,
  type Notification,
} from "bgp-ts";

/**
 * How long to rest in Idle.
 * - none: go on at once, spread over half a second.
 * - short: a flat, short pause; what is wrong may be over any moment, and retrying is cheap.
 * - hopeful: as growing, but from one second on: it may be over soon, or never.
 * - growing: doubles up to `backOff.longest`; nothing will change until somebody edits a
 *   configuration, so neither side's log should be filled meanwhile.
 */
export type Pause = "none" | "short" | "hopeful" | "growing";

interface CauseRow {
  readonly who: "local" | "remote" | "transport";
  readonly pause: Pause;
  /** Words before the NOTIFICATION's name and the detail. */
  readonly text: string;
}

const CAUSES = {
  administrative: { who: "local", pause: "none", text: "stopped by the operator" },
  "left-for-restart": { who: "local", pause: "none", text: "stopped for a restart" },
  "settings-changed": { who: "local", pause: "none", text: "configuration changed" },
  collision: { who: "local", pause: "none", text: "lost to the neighbour's other connection" },
  reset: { who: "local", pause: "short", text: "reset" },
  // No NOTIFICATION goes with it: the neighbour, if it lives, is to keep our routes too.
  "path-lost": { who: "local", pause: "short", text: "the way to the neighbour is lost" },
  limit: { who: "local", pause: "growing", text: "limit reached" },

  refused: { who: "transport", pause: "short", text: "connection refused" },
  unreachable: { who: "transport", pause: "short", text: "unreachable" },
  // All that can be known is silence. A kernel drops what is signed otherwise than it wants
  // (RFC 2385 §2), and ours drops a refusal that is not signed: with a password, nobody listening
  // looks the same.
  timeout: {
    who: "transport",
    pause: "short",
    text: "no answer to the SYN: a filter, or the neighbour wants a password",
  },
  "authentication-timeout": {
    who: "transport",
    pause: "growing",
    text: "no answer to the SYN: wrong password, a filter, or nobody is listening",
  },
  "connect-error": { who: "transport", pause: "short", text: "cannot connect" },
  closed: { who: "transport", pause: "short", text: "connection closed" },
  // Many daemons close without a word on a neighbour that they do not know; and FRR for some seconds
  // on one that it does, while it clears away the session before.
  "closed-before-open": {
    who: "transport",
    pause: "hopeful",
    text: "connection closed before the neighbour's OPEN; it may not know us",
  },

  // These take their time by themselves; a longer pause would protect nobody.
  "open-timeout": { who: "local", pause: "short", text: "connected, but no OPEN came" },
  "hold-timer": { who: "local", pause: "short", text: "nothing heard" },
  "send-hold-timer": { who: "local", pause: "short", text: "the neighbour takes nothing" },

  "bad-open": { who: "local", pause: "growing", text: "OPEN not accepted" },
  "header-error": { who: "local", pause: "growing", text: "broken message" },
  "update-error": { who: "local", pause: "growing", text: "broken UPDATE" },
  "fsm-error": { who: "local", pause: "growing", text: "unexpected message" },

  "notification-configuration": { who: "remote", pause: "growing", text: "neighbour says" },
  notification: { who: "remote", pause: "short", text: "neighbour says" },
  "collision-there": { who: "remote", pause: "none", text: "neighbour says" },
} as const satisfies Record<string, CauseRow>;

export type CauseKind = keyof typeof CAUSES;

export interface DownCause {
  readonly kind: CauseKind;
  /** Of the NOTIFICATION sent or received; 0, 0: none. */
  readonly code: number;
  readonly subcode: number;
  /** What is known besides: an error's text, a shutdown communication (RFC 9003), or empty. */
  readonly detail: string;
  /** Milliseconds to rest for it, where that was configured. */
  readonly rest?: number | undefined;
  /** It came in a Hard Reset (RFC 8538 §3): nothing is to be kept. */
  readonly isHard?: true;
}

export function downCause(kind: CauseKind, detail = "", code = 0, subcode = 0): DownCause {
  return { kind, code, subcode, detail };
}

/** Who ended it: we, the neighbour by a NOTIFICATION, or the connection itself. */
export function whoEnded(cause: DownCause): CauseRow["who"] {
  return CAUSES[cause.kind].who;
}

export function pauseAfter(cause: DownCause): Pause {
  return CAUSES[cause.kind].pause;
}

/** One line for people: "neighbour says: Cease/Administrative Shutdown: moving racks". */
export function describeDownCause(cause: DownCause): string {
  return [CAUSES[cause.kind].text, ...detailsOf(cause)].join(": ");
}

function detailsOf({ code, detail, isHard, subcode }: DownCause): string[] {
  const parts: string[] = [];
  if (isHard === true) parts.push("Hard Reset");
  if (code !== 0) parts.push(describeNotification(code, subcode));
  if (detail !== "") parts.push(detail);
  return parts;
}

/** "Cease/Administrative Shutdown: moving racks". */
export function describeNote(note: Omit<Notification, "kind">): string {
  return detailsOf(causeOfNotification({ kind: "notification", ...note })).join(": ");
}

/** Received Ceases that end by themselves (RFC 4486 §4, RFC 8538, RFC 9384); others wait for a person. */
const PASSING_CEASES: readonly number[] = [
  CEASE.ADMINISTRATIVE_RESET,
  CEASE.OTHER_CONFIGURATION_CHANGE,
  CEASE.HARD_RESET,
  CEASE.BFD_DOWN,
];

/** The cause that a received NOTIFICATION is; of a Hard Reset, the one inside of it. */
export function causeOfNotification(received: Notification): DownCause {
  const inner = hardResetCause(received);
  const notification = inner ?? received;
  const { code, subcode } = notification;
  const text = shutdownCommunication(notification) ?? "";
  const cause = downCause(kindOfNotification(code, subcode), text, code, subcode);
  const isHard = inner !== undefined || (code === ERROR.CEASE && subcode === CEASE.HARD_RESET);
  return isHard ? { ...cause, isHard } : cause;
}

function kindOfNotification(code: number, subcode: number): CauseKind {
  if (code === ERROR.HOLD_TIMER_EXPIRED || code === ERROR.SEND_HOLD_TIMER_EXPIRED) {
    return "notification";
  }
  if (code !== ERROR.CEASE) return "notification-configuration";
  if (subcode === CEASE.CONNECTION_COLLISION_RESOLUTION) return "collision-there";
  // Subcode 0 is what older daemons send for any reason.
  return subcode === 0 || PASSING_CEASES.includes(subcode)
    ? "notification"
    : "notification-configuration";
}

/** The cause that our own Cease of this subcode is, when the session is to come back by itself. */
export function causeOfReset(subcode: number, text: string): DownCause {
  const limit =
    subcode === CEASE.MAXIMUM_NUMBER_OF_PREFIXES_REACHED || subcode === CEASE.OUT_OF_RESOURCES;
  return downCause(limit ? "limit" : "reset", text, ERROR.CEASE, subcode);
}

/** RFC 4271 §8.1.5: Event 24 is a version error, Event 25 every other NOTIFICATION. */
export function isVersionError(notification: Notification): boolean {
  return (
    notification.code === ERROR.OPEN &&
    notification.subcode === OPEN_ERROR.UNSUPPORTED_VERSION_NUMBER
  );
}

/**
 * The cause behind the kernel's error on connect; `error` carries its name, as "ECONNREFUSED ...",
 * and is the cause's detail where the cause's own words do not say it all.
 */
export function causeOfConnectError(error: string, authenticated: boolean): DownCause {
  if (error.includes("ECONNREFUSED")) return downCause("refused");
  if (/E(?:HOST|NET)(?:UNREACH|DOWN)|EADDRNOTAVAIL/.test(error)) {
    return downCause("unreachable", error);
  }
  if (error.includes("ETIMEDOUT")) return causeOfSilence(authenticated);
  return downCause("connect-error", error);
}

/** Nobody answered an attempt to connect for as long as it may take. */
export function causeOfSilence(authenticated: boolean): DownCause {
  return downCause(authenticated ? "authentication-timeout" : "timeout");
}

/**
 * The connection stands, and after `milliseconds` there is no OPEN on it. Where TTL security is on,
 * it drops everything from a neighbour that does not keep to it, without a word.
 */
export function causeOfNoOpen(milliseconds: number, ttlSecurity: boolean, code = 0): DownCause {
  const hint = ttlSecurity
    ? TTL_SECURITY_HERE
    : "does the neighbour want ttlSecurity, or is a filter between?";
  return downCause("open-timeout", `in ${inSeconds(milliseconds)}; ${hint}`, code);
}

/**
 * `milliseconds` after the neighbour's OPEN there is no KEEPALIVE of it. The OPEN may have come in
 * before TTL security was set on the connection, so that it alone got through.
 */
export function causeOfNoKeepalive(
  milliseconds: number,
  ttlSecurity: boolean,
  code = 0,
): DownCause {
  const hint = ttlSecurity
    ? `its OPEN came, and nothing in ${inSeconds(milliseconds)} since: ttlSecurity on this side only? ${TTL_SECURITY_HERE}`
    : `not even an answer to our OPEN in ${inSeconds(milliseconds)}; does the neighbour want ttlSecurity?`;
  return downCause("hold-timer", hint, code);
}

const TTL_SECURITY_HERE = "does the neighbour send with TTL 255, as ttlSecurity wants?";

const inSeconds = (milliseconds: number): string => `${Math.round(milliseconds / 1000)} s`;
