// Read-only views of a speaker, for show commands and metrics. A view is a snapshot made when it is
// asked for; times are on the caller's clock (milliseconds, monotonic).

import type { Address, Prefix } from "../route/index.ts";
import type { Announcement } from "./departures.ts";
import type { PrefixLimits } from "./prefix-limits.ts";
import type { MessageCounts, Negotiated, StateName, TimeLeft, TimerName } from "./session/index.ts";

/** Counters of one family of one Established neighbour. */
export interface FamilyCounters {
  /** Paths in the Adj-RIB-In: accepted by the import policy, and kept though rejected. */
  readonly imported: number;
  readonly filtered: number;
  /** Of the imported, the best of their prefix. */
  readonly preferred: number;
  /** Prefixes in the update group's Adj-RIB-Out. */
  readonly exported: number;
  /** Since the session came up: prefixes announced, and rejected by the import policy of these. */
  readonly updatesReceived: number;
  readonly updatesFiltered: number;
  /** Kept away by a limit of prefixes. */
  readonly updatesBlocked: number;
  /** Prefixes withdrawn, and of these the ones that were not there. */
  readonly withdrawalsReceived: number;
  readonly withdrawalsIgnored: number;
  /** Routes sent since then, and withdrawals. */
  readonly updatesSent: number;
  readonly withdrawalsSent: number;
  readonly endOfRibReceived: boolean;
  readonly endOfRibSent: boolean;
}

/** A NOTIFICATION, and what it says in words. */
export interface NotificationView {
  readonly code: number;
  readonly subcode: number;
  /** Its beginning, where it is long. */
  readonly data: Uint8Array;
  readonly text: string;
}

/** Messages and sessions of a neighbour, or of several. */
export interface Traffic {
  readonly received: Readonly<MessageCounts>;
  readonly sent: Readonly<MessageCounts>;
  readonly octetsReceived: number;
  /** How often Established was reached, and left. */
  readonly established: number;
  readonly lost: number;
}

/** Seconds; `keepalive` undefined: a third of the hold time. */
export interface ConfiguredTimes {
  readonly holdTime: number;
  readonly keepalive: number | undefined;
  readonly connectRetry: number;
}

export interface NeighbourView {
  readonly name: string;
  readonly description: string | undefined;
  /** The range's name where the neighbour came out of one. */
  readonly template: string | undefined;
  /** undefined: unnumbered, and not found yet. */
  readonly address: Address | undefined;
  readonly interface: string | undefined;
  readonly enabled: boolean;
  readonly passive: boolean;
  readonly client: boolean;
  /** 0: any, and not known yet. */
  readonly peerAsn: number;
  /** Host order; undefined before the OPENs. */
  readonly peerRouterId: number | undefined;
  readonly localAsn: number;
  readonly external: boolean;
  /** It may be some routers away. */
  readonly multihop: boolean;
  readonly state: StateName;
  /** When it came up, went down, or was switched on or off: whichever was last. */
  readonly since: number;
  /** What an operator said with the last command about it (RFC 9003). */
  readonly message: string | undefined;
  readonly lastError: { readonly text: string; readonly at: number } | undefined;
  /** In OpenConfirm and Established; with both sides' capabilities. */
  readonly negotiated: Negotiated | undefined;
  readonly local: Address | undefined;
  /**
   * This node's own next hop on the session, by family, a global address before a link-local one.
   * Empty: there is none, and own routes of the family are not announced.
   */
  readonly nextHops: readonly [readonly Address[], readonly Address[]];
  /** Those that run. */
  readonly timers: Readonly<Partial<Record<TimerName, TimeLeft>>>;
  /** Id of the connection; undefined: the session is not up. */
  readonly connection: number | undefined;
  /** Prefixes that have changed and were not looked at yet, whether to tell it. */
  readonly queued: number;
  /** The sessions' TCP ports; undefined: it is not up. */
  readonly ports: { readonly local: number; readonly remote: number } | undefined;
  /** Since the neighbour is known, over all its sessions. */
  readonly traffic: Traffic;
  /** When the last UPDATE came; undefined: none has. */
  readonly updateAt: number | undefined;
  /** When Established was reached or left last; undefined: never. */
  readonly establishedAt: number | undefined;
  /** Code and subcode of the last NOTIFICATION, sent or received; 0, 0: there was none. */
  readonly lastNotification: readonly [code: number, subcode: number];
  /** The last of either direction; undefined: there was none. */
  readonly notifications: Readonly<Record<"received" | "sent", NotificationView | undefined>>;
  /** Seconds, as configured. */
  readonly configured: ConfiguredTimes;
  /**
   * All that it has to say at the beginning has come (RFC 4724 §2: End-of-RIB of each family), or it
   * is one that does not say so. false: the session is not up, too.
   */
  readonly hasSaidAll: boolean;
  /** Configured, by family. */
  readonly wanted: readonly [boolean, boolean];
  /** undefined: not spoken, or the session is not up. */
  readonly families: readonly [FamilyCounters | undefined, FamilyCounters | undefined];
  /** Routes of a session that has ended, by family; undefined: none. */
  readonly kept: readonly [KeptView | undefined, KeptView | undefined];
  /** What it is told of routes: as ever, with GRACEFUL_SHUTDOWN, or nothing. */
  readonly announcement: Announcement;
  /** Update group; undefined: in none. */
  readonly group: number | undefined;
  readonly groupState: "in step" | "catching up" | "blocked" | "draining" | undefined;
  readonly importFilter: string | undefined;
  readonly exportFilter: string | undefined;
  readonly maxPrefixes: PrefixLimits | undefined;
}

/** Stale routes (RFC 4724 §4.2, RFC 9494 §4.2). */
export interface KeptView {
  readonly stage: "away" | "long-lived" | "back" | "refresh";
  readonly stale: number;
  /** Milliseconds until they go, or are the last choice. */
  readonly remaining: number;
}

/** A range of dynamic neighbours. */
export interface RangeView {
  readonly name: string;
  readonly description: string | undefined;
  readonly range: Prefix;
  readonly enabled: boolean;
  /** When it was enabled or disabled last, or came into being. */
  readonly since: number;
  readonly message: string | undefined;
  readonly max: number;
  readonly count: number;
  /** Of those who came out of it and are forgotten. */
  readonly past: Traffic;
}

/** Everything about one prefix: who announces it, who is told, and by which rules. */
export interface RouteTrial {
  /** The best one first. */
  readonly paths: readonly PathTrial[];
  /** Every neighbour there is, ranges left out. */
  readonly neighbours: readonly NeighbourTrial[];
}

export interface PathTrial extends PathView {
  readonly importFilter: string | undefined;
  /** The rule of the import policy that decided; undefined: nobody's to judge, or its session is gone. */
  readonly rule: string | undefined;
}

export interface NeighbourTrial {
  readonly name: string;
  readonly enabled: boolean;
  readonly state: StateName;
  readonly lastError: string | undefined;
  /** The prefix's family is spoken on the session. */
  readonly speaks: boolean;
  /** It has said all that it had to say. */
  readonly endOfRib: boolean;
  /** Prefixes of its that a limit has kept away since the session came up. */
  readonly blocked: number;
  readonly exportFilter: string | undefined;
  /** "waiting": it will be told, or that it is gone. */
  readonly telling: "told" | "waiting" | "not told";
  /** The rule that decided that, in words. */
  readonly reason: string;
  /** Attribute set that it is told; 0: none. */
  readonly attributes: number;
}

/** Routes of this node's own, those that are the best of their prefix, and the best of others. */
export interface OwnCounts {
  readonly block: OwnCount;
  readonly pod: OwnCount;
  readonly static: OwnCount;
  readonly others: number;
}

export interface OwnCount {
  readonly routes: number;
  readonly best: number;
}

export interface PathView {
  /** Neighbour's name, or "pod" / "block" for this node's own. */
  readonly source: string;
  readonly kind: "neighbour" | "pod" | "block" | "static";
  /** The neighbour's. */
  readonly address: Address | undefined;
  /** Attribute set as used, and as received. A rejected path is shown as it was received. */
  readonly attributes: number;
  readonly received: number;
  readonly pathId: number;
  /** Of the RIB: who it is from. */
  readonly sourceId: number;
  /** false: kept, but rejected by the import policy (`reason` names the rule). */
  readonly accepted: boolean;
  readonly best: boolean;
  /** Among the equal best that went to the FIB, the best itself included. */
  readonly multipath: boolean;
  /** Its session is gone, and it goes too. */
  readonly stale: boolean;
  /** Why it is best, or the tie-break that it lost by. */
  readonly reason: string;
  /** Of the last change, to 10 ms (ticks.ts). */
  readonly receivedAt: number;
}
