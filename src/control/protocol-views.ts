// What the control room needs to see of protocols: sessions, their channels and counters (views.ts).

import type { Address, Family, Prefix } from "../route/index.ts";
import type { CapabilityView } from "./bgp-views.ts";

export interface ProtocolName {
  /** Unique; what commands call it. */
  readonly name: string;
  /** BIRD's word: BGP, Device, Direct (the pods), Static (the blocks), Kernel, BFD. */
  readonly kind: "BGP" | "Device" | "Direct" | "Static" | "Kernel" | "BFD";
  /** A range that BGP neighbours come out of. */
  readonly isRange: boolean;
}

export interface ProtocolView extends Omit<ProtocolName, "isRange"> {
  /** `---` for those with channels, as BIRD does. */
  readonly table: "---" | "master4" | "master6";
  readonly state: "up" | "start" | "stop" | "down" | "wait";
  /** When it came up, went down, or was switched on or off: whichever was last. */
  readonly since: number;
  /** Rest of the line for what is not BGP; for BGP it is made from `bgp`. */
  readonly info: string;
  readonly description: string | undefined;
  /** What an operator said with the last `enable`, `disable` or `restart`. */
  readonly message: string | undefined;
  readonly bgp: BgpView | undefined;
  readonly channels: readonly ChannelView[];
}

export type BgpState = "Idle" | "Connect" | "Active" | "OpenSent" | "OpenConfirm" | "Established";

export interface BgpView {
  readonly state: BgpState;
  /** undefined: a range. */
  readonly neighbourAddress: Address | undefined;
  readonly neighbourRange: Prefix | undefined;
  /** A range: sessions now, and at most. */
  readonly dynamic: { readonly count: number; readonly max: number } | undefined;
  readonly interface: string | undefined;
  /** 0: any, and not known yet. */
  readonly neighbourAsn: number;
  readonly localAsn: number;
  readonly external: boolean;
  readonly multihop: boolean;
  readonly passive: boolean;
  readonly client: boolean;
  /** Host order; undefined before the OPEN. */
  readonly neighbourId: number | undefined;
  readonly localCapabilities: readonly CapabilityView[] | undefined;
  readonly neighbourCapabilities: readonly CapabilityView[] | undefined;
  /** Negotiated: both sides know 4-octet AS numbers, ADD-PATH is in use, messages are long. */
  readonly fourOctetAs: boolean;
  readonly addPathReceive: boolean;
  readonly addPathTransmit: boolean;
  readonly extendedMessages: boolean;
  readonly sourceAddress: Address | undefined;
  /** Milliseconds left and in all; undefined: not running. */
  readonly holdTimer: TimerView | undefined;
  readonly keepaliveTimer: TimerView | undefined;
  readonly connectTimer: TimerView | undefined;
  readonly idleTimer: TimerView | undefined;
  readonly lastError: string | undefined;
  readonly messagesReceived: number;
  readonly messagesSent: number;
  readonly establishedCount: number;
  /** Name of the range that the neighbour came out of. */
  readonly template: string | undefined;
  /** false: the configuration or an operator keeps it down. */
  readonly enabled: boolean;
  /** What it is told of routes: as ever, with GRACEFUL_SHUTDOWN (RFC 8326), or nothing. */
  readonly announcement: "usual" | "leaving" | "nothing";
  /** TCP ports; undefined: the session is not up. */
  readonly ports: { readonly local: number; readonly remote: number } | undefined;
  /** Over all sessions; of a range, of those who came out of it and are forgotten. */
  readonly traffic: TrafficView;
  /** When the last UPDATE came; undefined: none has. */
  readonly updateAt: number | undefined;
  /** What the session sends; undefined: it is not up. */
  readonly output: OutputView | undefined;
  /** When Established was reached or left last; undefined: never. */
  readonly establishedAt: number | undefined;
  /** Code and subcode of the last NOTIFICATION, sent or received; 0, 0: there was none. */
  readonly lastNotification: readonly [code: number, subcode: number];
  /** The last of either direction; undefined: there was none. */
  readonly notifications: Readonly<Record<"received" | "sent", NotificationView | undefined>>;
  /** Seconds; `keepalive` undefined: a third of the hold time. */
  readonly configured: {
    readonly holdTime: number;
    readonly keepalive: number | undefined;
    readonly connectRetry: number;
  };
  /** Seconds; undefined: not agreed on. */
  readonly negotiated: { readonly holdTime: number; readonly keepalive: number } | undefined;
  /** All that it announces at the beginning has come (its End-of-RIB), or it never says so. */
  readonly hasSaidAll: boolean;
}

/** A NOTIFICATION, and what it says in words. */
export interface NotificationView {
  readonly code: number;
  readonly subcode: number;
  /** Its beginning, where it is long. */
  readonly data: Uint8Array;
  readonly text: string;
}

/** Messages by kind (RFC 4271 §4.1, RFC 2918). */
export interface MessageCountsView {
  readonly open: number;
  readonly update: number;
  readonly notification: number;
  readonly keepalive: number;
  readonly routeRefresh: number;
}

/** These never fall. */
export interface TrafficView {
  readonly received: MessageCountsView;
  readonly sent: MessageCountsView;
  readonly octetsReceived: number;
  /** How often Established was reached, and left. */
  readonly established: number;
  readonly lost: number;
}

/** Of one session: it begins anew with the next. */
export interface OutputView {
  /** Bytes that the kernel has taken, and those that wait for it to. */
  readonly octets: number;
  readonly unsent: number;
  /** Prefixes that have changed and were not looked at yet, whether to tell the neighbour. */
  readonly prefixes: number;
}

export interface TimerView {
  readonly remaining: number;
  readonly total: number;
}

/** One family of one protocol. */
export interface ChannelView {
  readonly family: Family;
  readonly state: "UP" | "DOWN" | "START";
  readonly preference: number;
  /** Names of filters, or BIRD's ACCEPT and REJECT; `(built-in)` for the rules of the house. */
  readonly importFilter: string;
  readonly exportFilter: string;
  readonly receiveLimit: number | undefined;
  readonly importLimit: number | undefined;
  /** What happens beyond either: warn, block or restart. */
  readonly limitAction: string;
  /** undefined: it is down, and has none. */
  readonly routes: ChannelRoutes | undefined;
  /** Routes of a session that has ended, or from before a refresh, until they are announced again. */
  readonly stale: StaleView | undefined;
  /** BGP: this node's own next hop on the session, the global one first. */
  readonly nextHops: readonly Address[];
}

export interface StaleView {
  readonly routes: number;
  /**
   * "away": the neighbour may be restarting; "long-lived": nor is it back; "back": it announces;
   * "refresh": its session goes on, and it announces everything again.
   */
  readonly stage: "away" | "long-lived" | "back" | "refresh";
  /** Milliseconds until that ends. */
  readonly remaining: number;
}

export interface ChannelRoutes {
  readonly imported: number;
  /** undefined: rejected routes are not kept. */
  readonly filtered: number | undefined;
  readonly exported: number;
  readonly preferred: number;
  /** undefined: nobody counts them. */
  readonly stats: ChannelStats | undefined;
}

/** The rows of "Route change stats"; undefined prints `---`, as BIRD does where it cannot be. */
export interface ChannelStats {
  readonly importUpdates: ChangeCounters;
  readonly importWithdraws: ChangeCounters;
  readonly exportUpdates: ChangeCounters;
  readonly exportWithdraws: ChangeCounters;
}

export interface ChangeCounters {
  readonly received: number;
  readonly rejected: number | undefined;
  readonly filtered: number | undefined;
  readonly ignored: number | undefined;
  readonly accepted: number;
}
