// What a speaker is told to be. Plain, frozen data; the file's own form is the config room's affair.
// BGP's timers are in seconds, as RFC 4271 counts them; other times are milliseconds.

import type { Aggregator, ExtendedCommunity, LargeCommunity, Origin } from "bgp-ts";
import type { Address, Prefix, PrefixRange } from "../route/index.ts";
import type { AggregateConfig } from "./aggregates.ts";
import type { NeighbourKnobs } from "./knobs.ts";
import type { DecisionRules } from "./rib/index.ts";
import type { FilterSpec } from "./policy/index.ts";
import type { PrefixLimits } from "./prefix-limits.ts";

/** The AS that a neighbour must present: a number, or any that makes the session eBGP or iBGP. */
export type PeerAs = number | "external" | "internal";

/** BFD towards one neighbour (RFC 5880); times are milliseconds. */
export interface BfdSettings {
  /** Wanted between packets, in both directions. */
  readonly interval: number;
  /** Packets that may be lost. */
  readonly multiplier: number;
  /** RFC 5883; undefined: by whether the neighbour is in a subnet of this node. */
  readonly multihop?: boolean | undefined;
  readonly passive?: boolean | undefined;
  /**
   * What a loss means (RFC 5882 §4.3). "failover": the way is broken; the neighbour's routes go at
   * once, also those kept over a restart. "graceful": the neighbour may be restarting, and forwards
   * meanwhile; with graceful restart its routes are kept, unless its C bit says that its BFD would
   * outlive a restart. Default "failover".
   *
   * "failover" is right where there is another way to go, or the neighbour's BFD is not part of what
   * restarts (hardware, another daemon). "graceful" is right where there is no other way, and the
   * neighbour's BFD ends with its routing daemon: then a broken way costs its restart time.
   */
  readonly onDown?: "failover" | "graceful" | undefined;
  readonly authentication?: BfdAuthentication | undefined;
}

/** RFC 5880 §6.7.4. */
export interface BfdAuthentication {
  readonly type: "sha1" | "meticulous-sha1";
  readonly keyId: number;
  /** 1 to 20 octets. */
  readonly key: Uint8Array;
}

/** Of one family. */
export interface AddPathConfig {
  readonly receive: boolean;
  /** Paths of a prefix that are sent at most; "all": as many as there are. undefined: one. */
  readonly send: "all" | number | undefined;
}

/** One neighbour by address or by interface, or (with `range`) a template for those out of a range. */
export interface NeighbourConfig extends NeighbourKnobs {
  /** Unique. A dynamic neighbour is called by its template's name and its address. */
  readonly name: string;
  readonly description?: string | undefined;
  /** One of `address` and `range`; or neither: whoever is at the other end of `interface`. */
  readonly address?: Address | undefined;
  readonly range?: Prefix | undefined;
  /** range: how many neighbours may exist at one time. Default 1000. */
  readonly max?: number | undefined;
  /** range: `nodes-10.0.0.2`, or `nodes_10_0_0_2`. Default: dash. */
  readonly dynamicNames?: "dash" | "underscore" | undefined;
  /** range: milliseconds after which a neighbour without a session is forgotten. Default 300,000. */
  readonly idleTimeout?: number | undefined;
  readonly asn: PeerAs;
  /** The AS presented to this neighbour. Default: the speaker's. */
  readonly localAsn?: number | undefined;
  /** Default true. */
  readonly enabled?: boolean | undefined;
  /** true: never connects by itself. Always so for a range. */
  readonly passive?: boolean | undefined;
  /** Default 179. */
  readonly port?: number | undefined;
  /** Source address of outgoing connections; incoming ones must have come to it. */
  readonly source?: Address | undefined;
  /**
   * Name of the interface of a link-local neighbour, or to bind outgoing connections to. Without
   * `address` and `range`: the neighbour's link-local address is found out by router advertisements,
   * or by its connection (unnumbered peering).
   */
  readonly interface?: string | undefined;
  /** TCP MD5 key (RFC 2385), 1 to 80 bytes. */
  readonly key?: Uint8Array | undefined;
  /** GTSM (RFC 5082): hops that the neighbour may be away; 1 is directly connected. */
  readonly ttlSecurity?: number | undefined;
  /** TTL of what is sent to an eBGP neighbour without GTSM. Default 1: directly connected. */
  readonly multihop?: number | undefined;
  /** 0 or at least 3 (RFC 4271 §4.2). Default 90. */
  readonly holdTime?: number | undefined;
  /** Default: a third of the negotiated hold time. */
  readonly keepalive?: number | undefined;
  /** Seconds that the neighbour may take nothing from us. Default: RFC 9687 §3.3's. */
  readonly sendHoldTime?: number | undefined;
  /** Default: the session room's. */
  readonly connectRetry?: number | undefined;
  /** TCP_USER_TIMEOUT, milliseconds. Default: the longer of the hold time and the send hold time. */
  readonly userTimeout?: number | undefined;
  /** Which of IPv4 and IPv6 unicast to speak. Default: both. */
  readonly families?: readonly [boolean, boolean] | undefined;
  /** Several paths of a prefix (RFC 7911), by family. Default: neither way. */
  readonly addPath?: readonly [AddPathConfig, AddPathConfig] | undefined;
  /** A route reflector's client (RFC 4456). */
  readonly client?: boolean | undefined;
  /** Next hop of what is announced. Default "auto": RFC 4271 §5.1.3. */
  readonly nextHop?: "auto" | "self" | "keep" | undefined;
  /**
   * Prefixes of a family. Whatever is set here, one more than half of what the table of prefixes takes,
   * two million, ends the session (Cease, Out of Resources, RFC 4486). No healthy neighbour comes near that: a
   * limit that guards memory must not be the one that stops a cluster from growing.
   */
  readonly maxPrefixes?: PrefixLimits | undefined;
  /**
   * Graceful restart (RFC 4724): "full": routes are kept over restarts of both sides; "helper": we keep
   * the neighbour's and ask for nothing; "off": our OPEN does not speak of it. Default "helper".
   */
  readonly gracefulRestart?: "full" | "helper" | "off" | undefined;
  /** Seconds that stale routes stay after the restart time (RFC 9494), 24 bits. Default 0: not. */
  readonly longLivedStaleTime?: number | undefined;
  /** Present: the way to the neighbour is watched by BFD. */
  readonly bfd?: BfdSettings | undefined;
  /** What the neighbour's settings were taken from; rules of filters can ask for it. */
  readonly group?: string | undefined;
  /** Names of filters; none: the built-in rules alone. */
  readonly import?: string | undefined;
  readonly export?: string | undefined;
}

/** Graceful restart, for all neighbours. */
export interface RestartConfig {
  /** Seconds, 1 to 4095: how long neighbours keep our routes until we are back. Default 120. */
  readonly time?: number | undefined;
  /** Milliseconds that a neighbour that is back has for its End-of-RIB. Default 120,000. */
  readonly staleTime?: number | undefined;
  /** Milliseconds that the first advertisement to a neighbour may wait after our restart. Default 10,000. */
  readonly deferral?: number | undefined;
  /**
   * Some routers of this AS do not know long-lived stale routes, and are sent them all the same, with
   * NO_EXPORT; towards the whole AS they have LOCAL_PREF 0 (RFC 9494 §4.6). Default false: who does not
   * know them is not told.
   */
  readonly longLivedPartial?: boolean | undefined;
}

/** A route of the configuration: announced as long as it is there, and not installed. */
export interface StaticRoute {
  readonly prefix: Prefix;
  /** Instead of this node's own, where next hops are kept. */
  readonly nextHop?: Address | undefined;
  readonly origin?: Origin | undefined;
  readonly med?: number | undefined;
  readonly localPref?: number | undefined;
  readonly communities?: readonly number[] | undefined;
  readonly extendedCommunities?: readonly ExtendedCommunity[] | undefined;
  readonly largeCommunities?: readonly LargeCommunity[] | undefined;
  readonly atomicAggregate?: boolean | undefined;
  readonly aggregator?: Aggregator | undefined;
}

/** The whole of a speaker's configuration. */
export interface SpeakerConfig {
  readonly asn: number;
  /** BGP Identifier, host order, not 0 (RFC 6286). */
  readonly routerId: number;
  /** Present: neighbours with `client` are reflected to (RFC 4456). Host order. */
  readonly clusterId?: number | undefined;
  readonly neighbours: readonly NeighbourConfig[];
  readonly restart?: RestartConfig | undefined;
  /** Rules of the decision process. Default: RFC 4271's, and equal paths may have different ASes. */
  readonly decision?: DecisionRules | undefined;
  /** What `import` and `export` name. */
  readonly filters?: readonly FilterSpec[] | undefined;
  /** This node's own blocks: no part of them but a single host is taken from a neighbour. */
  readonly blocks?: readonly Prefix[] | undefined;
  /** Announced besides pods and blocks; of one prefix there is one. */
  readonly statics?: readonly StaticRoute[] | undefined;
  /** One route in the place of many; of one prefix there is one, statics included. */
  readonly aggregates?: readonly AggregateConfig[] | undefined;
  /** Prefixes never accepted. Default: the policy room's list. */
  readonly martians?: readonly PrefixRange[] | undefined;
}

/** What configure() did, by neighbour name. Ranges appear under their own name. */
export interface ConfigureResult {
  readonly added: string[];
  readonly removed: string[];
  /** Session and routes untouched. */
  readonly kept: string[];
  /** Session and routes kept, settings changed in place (`what` lists them). */
  readonly changed: { readonly name: string; readonly what: string }[];
  /** Session closed and started again, because of `why`. */
  readonly reset: { readonly name: string; readonly why: string }[];
}
