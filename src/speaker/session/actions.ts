// What a session asks for: data, taken by `Session.take()` in the order in which it is to be done.

import type { Capability, RouteRefresh } from "bgp-ts";
import type { DownCause } from "./cause.ts";
import type { StateName } from "./fsm.ts";
import type { RestartTerms } from "./graceful-restart.ts";

export type SessionAction =
  /** Connect to the neighbour; answered by `connected` or `connectFailed`. One attempt at a time. */
  | { readonly kind: "connect" }
  /** Give the attempt up. Nothing more may be reported of it. */
  | { readonly kind: "cancel-connect" }
  /** Whole messages for one connection. */
  | { readonly kind: "send"; readonly connection: number; readonly bytes: Uint8Array }
  /**
   * Close the connection and report nothing more of it. `linger`: after what was sent has left
   * (a NOTIFICATION, mostly), reading and dropping what still arrives, for a connection closed
   * with unread octets is reset, and a reset takes the NOTIFICATION with it; the transport bounds
   * the wait. Else at once.
   */
  | { readonly kind: "close"; readonly connection: number; readonly linger: boolean }
  | {
      readonly kind: "established";
      readonly connection: number;
      readonly negotiated: Negotiated;
      readonly opens: Opens;
    }
  /** An Established session ended: its routes are gone (or stale, RFC 4724). */
  | {
      readonly kind: "down";
      readonly connection: number;
      readonly cause: DownCause;
      readonly ending: Ending;
    }
  /** An attempt at a session ended short of Established; for the log. */
  | { readonly kind: "failed"; readonly cause: DownCause }
  /** An attempt goes on, but for so long that something must be wrong; for the log. */
  | { readonly kind: "waiting"; readonly cause: DownCause }
  /**
   * Body of an UPDATE, without its header. Valid until the next `receive()` of this session. When
   * the taker calls `updateFault` for one, it leaves out the connection's others in the same list.
   */
  | {
      readonly kind: "update";
      readonly connection: number;
      readonly bytes: Uint8Array;
      readonly start: number;
      readonly end: number;
    }
  /** A family negotiated and a subtype known, checked (RFC 2918 §4, RFC 7313 §5). */
  | {
      readonly kind: "route-refresh";
      readonly connection: number;
      readonly message: RouteRefresh;
    }
  /** The state to show has changed; for the log. */
  | { readonly kind: "state"; readonly from: StateName; readonly to: StateName };

/** The OPENs of a session: whole messages, never changed. */
export interface Opens {
  readonly sent: Uint8Array;
  readonly received: Uint8Array;
}

/** How a session ended, for those who watch it (RFC 7854 §4.9). */
export interface Ending {
  /** The NOTIFICATION that was sent or received, a whole message; `whoEnded` says which. */
  readonly notification: Uint8Array | undefined;
  /** The event that ended it, by its number in RFC 4271 §8.1. */
  readonly event: number;
}

/** What both OPENs together say. */
export interface Negotiated {
  readonly peerAsn: number;
  readonly peerRouterId: number;
  /** An EBGP session: the neighbour's AS number is not the one that we presented. */
  readonly external: boolean;
  /** Seconds; 0: no hold timer and no KEEPALIVEs (RFC 4271 §4.4). */
  readonly holdTime: number;
  /** Seconds, before jitter; 0 with `holdTime` 0. */
  readonly keepalive: number;
  /** By `Family`. At least one is true. */
  readonly families: readonly [boolean, boolean];
  /** AS numbers in UPDATEs have four octets (RFC 6793). */
  readonly fourOctetAs: boolean;
  /** RFC 7911, by `Family`: the neighbour sends several paths; we may. */
  readonly addPathReceive: readonly [boolean, boolean];
  readonly addPathSend: readonly [boolean, boolean];
  /** RFC 8950: IPv4 routes may have IPv6 next hops, both ways. */
  readonly extendedNextHop: boolean;
  /** Octets that a message to the neighbour may have (RFC 8654: as its capability says) ... */
  readonly maximumSend: number;
  /** ... and one from it: as our capability says. */
  readonly maximumReceive: number;
  readonly extendedMessages: boolean;
  readonly routeRefresh: boolean;
  readonly enhancedRouteRefresh: boolean;
  /** What is agreed on for restarts of the neighbour (RFC 4724), where both sides know of them. */
  readonly gracefulRestart: RestartTerms | undefined;
  /** Over a restart of ours that it is not told of: we named families, and it knows what to do. */
  readonly keepsOurRoutes: boolean;
  readonly localCapabilities: readonly Capability[];
  readonly peerCapabilities: readonly Capability[];
}

/** A NOTIFICATION to send, with the cause that it makes of the session's end. */
export interface Trouble {
  readonly cause: DownCause;
  readonly notification:
    { readonly code: number; readonly subcode: number; readonly data: Uint8Array } | undefined;
  /** The one that came from the neighbour, a whole message. */
  readonly received?: Uint8Array;
}

/** A Cease that an operator or the speaker asks for (RFC 4486, RFC 9003). */
export interface CeaseRequest {
  readonly subcode: number;
  /** The shutdown communication, sent with subcodes 2 and 4; cut to 255 octets of UTF-8. */
  readonly message?: string | undefined;
}
