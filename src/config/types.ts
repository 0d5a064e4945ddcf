import type { Address, FilterRule, Prefix } from "../route/index.ts";
import type { OwnRouteConfig } from "./own-routes.ts";

import type { AggregateConfig } from "./aggregates.ts";
import type { DrainConfig } from "./drain.ts";
import type { PeerKnobs } from "./peer-knobs.ts";
import type { TimeFormats } from "./time-format.ts";

/**
 * The checked configuration: plain frozen data. Defaults are filled in, groups are merged into
 * their peers, names are resolved. Nothing in it is a secret: passwords are names of files.
 *
 * Times: seconds where the RFC counts in seconds (`holdTime`, `keepalive`, `connectRetry`),
 * milliseconds elsewhere (the name or its comment says so).
 */
export interface Config {
  readonly node: NodeConfig;
  readonly mode: "l2" | "l3";
  readonly listen: ListenConfig;
  readonly pods: PodsConfig;
  readonly kernel: KernelConfig;
  readonly decision: DecisionConfig;
  /** Present: peers with `client` are reflected to (RFC 4456). */
  readonly reflector: ReflectorConfig | undefined;
  /** In the order of the file. */
  readonly peers: readonly PeerConfig[];
  /** In the order of the file; names are unique. */
  readonly filters: readonly FilterConfig[];
  readonly aggregates: readonly AggregateConfig[];
  /** Routes that are announced because they stand here, in the order of the file. */
  readonly static: readonly OwnRouteConfig[];
  /** The same for services' addresses. */
  readonly announce: readonly OwnRouteConfig[];
  /** Present: the CNI network list of this node is written. */
  readonly cni: CniConfig | undefined;
  readonly control: ControlConfig;
  /** Present: metrics are served there. */
  readonly metrics: MetricsConfig | undefined;
  /** Present: birdwatcher's API is served there. */
  readonly web: WebConfig | undefined;
  /** Monitoring stations, in the order of the file; names are unique. */
  readonly bmp: readonly BmpStationConfig[];
  readonly snmp: SnmpConfig | undefined;
  readonly mrt: MrtConfig;
  readonly log: LogConfig;
  readonly restart: RestartConfig;
  readonly drain: DrainConfig;
}

export interface NodeConfig {
  readonly name: string;
  /** 1 to 4294967294, reserved numbers excluded. */
  readonly asn: number;
  /** BGP Identifier, host order (RFC 6286); undefined: derived at run time. */
  readonly routerId: number | undefined;
  /** It announces nothing. */
  readonly drained: boolean;
}

export interface ListenConfig {
  /** Empty: no listening at all (every session is opened from here). */
  readonly addresses: readonly Address[];
  readonly port: number;
}

export interface PodsConfig {
  /** Every pod of the cluster is inside; empty: no pods on this node (a pure reflector). */
  readonly pool: readonly Prefix[];
  /** This node's own blocks, each inside the pool. */
  readonly blocks: readonly Prefix[];
  /** Names or patterns with `*` and `?`. */
  readonly interfaces: readonly string[];
  readonly advertise: "block" | "hosts" | "both";
  /** l2: the interface on which ARP and NDP are answered; always there in mode l2. */
  readonly uplink: string | undefined;
}

export interface KernelConfig {
  readonly install: boolean;
  readonly table: number;
  readonly metric: number;
  /** rtm_protocol of the routes that are ours. */
  readonly protocol: number;
  /** Equal paths at most; 1 is off. */
  readonly multipath: number;
  readonly nexthopObjects: "auto" | "off";
  readonly manageSysctls: boolean;
  /** Interfaces on which every next hop counts as directly reachable. */
  readonly onlink: readonly string[];
}

/** Which of several paths is the best, where RFC 4271 §9.1.2.2 leaves a choice. */
export interface DecisionConfig {
  readonly alwaysCompareMed: boolean;
  readonly missingMedAsWorst: boolean;
  readonly multipathRelax: boolean;
  readonly preferOldest: boolean;
}

export interface ReflectorConfig {
  /** CLUSTER_ID, host order (RFC 4456 §7). */
  readonly clusterId: number;
}

/** BFD towards a peer (RFC 5880). */
export interface BfdConfig {
  /** Milliseconds between two packets, in both directions. */
  readonly interval: number;
  /** 1 to 255. */
  readonly multiplier: number;
  /** undefined: unless the neighbour is in a subnet of this node. */
  readonly multihop: boolean | undefined;
  readonly passive: boolean;
  /** RFC 5882 §4.3: whether a loss is a broken way, or may be the neighbour's restart. */
  readonly onDown: "failover" | "graceful";
  readonly auth: BfdAuthConfig | undefined;
}

/** RFC 5880 §6.7.4. */
export interface BfdAuthConfig {
  readonly type: "sha1" | "meticulous-sha1";
  /** 0 to 255. */
  readonly keyId: number;
  readonly file: string;
}

/** Several paths of a prefix (RFC 7911), in one family. */
export interface AddPathConfig {
  readonly receive: boolean;
  /** Paths of a prefix that are sent at most; undefined: the best one, as ever. */
  readonly send: "all" | number | undefined;
}

export interface PeerConfig extends PeerKnobs {
  readonly name: string;
  /** One of `address` and `range` is set; or neither, and `interface` alone says who is meant. */
  readonly address: Address | undefined;
  /** Of a link-local address (`fe80::1%eth0`); alone: whoever is at its other end. */
  readonly interface: string | undefined;
  /** Dynamic neighbours: whoever connects from inside. Always passive. */
  readonly range: Prefix | undefined;
  /** Dynamic neighbours at most; counts only with `range`. */
  readonly max: number;
  /** What stands for the signs of a dynamic neighbour's name: `nodes-10.0.0.2`, `nodes_10_0_0_2`. */
  readonly dynamicNames: "dash" | "underscore";
  /** Milliseconds without a session after which a dynamic neighbour is forgotten. */
  readonly idleTimeout: number;
  readonly group: string | undefined;
  /** "external", "internal": any that makes the session eBGP, or iBGP. */
  readonly asn: number | "external" | "internal";
  /** Our AS number towards this peer; the node's unless the peer says otherwise. */
  readonly localAsn: number;
  readonly port: number;
  readonly source: Address | undefined;
  readonly passive: boolean;
  /** By family. */
  readonly addPath: readonly [AddPathConfig, AddPathConfig] | undefined;
  /** Route reflection client (RFC 4456). */
  readonly client: boolean;
  /** Seconds, 0 or at least 3 (RFC 4271 §4.2). */
  readonly holdTime: number;
  /** Seconds; undefined: a third of the negotiated hold time (RFC 4271 §4.4). */
  readonly keepalive: number | undefined;
  /** Seconds (RFC 9687 §3.3); undefined: as that has it. */
  readonly sendHoldTime: number | undefined;
  /** Seconds (RFC 4271 §8: ConnectRetryTime). */
  readonly connectRetry: number;
  /** TCP MD5 (RFC 2385): the file whose first line is the password. */
  readonly password: { readonly file: string } | undefined;
  /** RFC 4724: restarts of both sides, of the neighbour only, or none. */
  readonly gracefulRestart: "full" | "helper" | "off";
  /** Seconds (RFC 9494 §3, 24 bits); 0: nothing is kept beyond the restart time. */
  readonly longLivedStaleTime: number;
  /** Present: the way to the neighbour is watched. */
  readonly bfd: BfdConfig | undefined;
  /** GTSM (RFC 5082): the neighbour is at most so many hops away; 1 is directly connected. */
  readonly ttlSecurity: number | undefined;
  /** Hops to an external neighbour that is not directly connected: the TTL of what is sent. */
  readonly multihop: number | undefined;
  /** [IPv4 unicast, IPv6 unicast], as route's Family counts. */
  readonly families: readonly [boolean, boolean];
  /** Name of a filter; undefined: the built-in rules only. */
  readonly import: string | undefined;
  readonly export: string | undefined;
  readonly nextHop: "auto" | "self" | "keep";
  readonly description: string | undefined;
  readonly enabled: boolean;
}

/** A monitoring station (RFC 7854). */
export interface BmpStationConfig {
  readonly name: string;
  readonly address: Address;
  readonly port: number;
  readonly routes: readonly BmpTableName[];
  /** Milliseconds between two Statistics Reports; 0: none. */
  readonly statistics: number;
}

/** Routes in files (RFC 6396). Names may have %Y and the like in them. */
export interface MrtConfig {
  /** `rotate`: milliseconds. */
  readonly updates: { readonly file: string; readonly rotate: number | undefined } | undefined;
  /** `every`: milliseconds. */
  readonly dump: { readonly file: string; readonly every: number } | undefined;
}

export type BmpTableName = "adj-rib-in-pre" | "adj-rib-in-post" | "adj-rib-out-post" | "loc-rib";

export interface CniConfig {
  readonly conflist: string;
  readonly plugin: "ptp" | "bridge";
  readonly name: string;
  /** undefined: the uplink's MTU. */
  readonly mtu: number | undefined;
}

export interface ControlConfig {
  readonly socket: string;
  /** The folder of the sockets that calicoctl asks. */
  readonly calico: string | undefined;
  readonly timeFormats: TimeFormats;
}

/** An address of this node and a TCP or UDP port. */
export interface Endpoint {
  readonly address: Address;
  readonly port: number;
}

export interface MetricsConfig {
  readonly listen: Endpoint;
}

export interface WebConfig {
  readonly listen: Endpoint;
  readonly page: boolean;
  /** Of hosts, in lower case, by which it may be asked besides addresses and names without a dot. */
  readonly names: readonly string[];
}

/** SNMP: a part of another agent, an agent of its own, or both. */
export interface SnmpConfig {
  /** The master agent (RFC 2741): its Unix socket, or where it listens. */
  readonly agentx: string | Endpoint | undefined;
  /** UDP. */
  readonly listen: Endpoint | undefined;
  /** SNMPv3 users, who may read everything (authPriv). Names are unique. */
  readonly users: readonly SnmpUserConfig[];
  /** Whom to tell of sessions that come and go. */
  readonly targets: readonly SnmpTargetConfig[];
  /** By which of BGP4-MIB's names: those of RFC 4273, those of RFC 1657, or both. */
  readonly notifications: "rfc4273" | "rfc1657" | "both";
  /** With more IPv4 paths than that, bgp4PathAttrTable is empty. */
  readonly maxPaths: number;
}

/** Keys are names of files whose first line is the pass phrase. */
export interface SnmpUserConfig {
  readonly name: string;
  readonly auth: { readonly type: "sha" | "sha256" | "sha512"; readonly file: string };
  readonly privacy: { readonly type: "aes"; readonly file: string };
}

/** Told by informs of SNMPv3 (`user`), or by traps of SNMPv2c (`community`). */
export interface SnmpTargetConfig {
  readonly to: Endpoint;
  readonly user: string | undefined;
  readonly community: { readonly file: string } | undefined;
}

export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "fatal";

export interface LogConfig {
  readonly level: LogLevel;
  /** undefined: standard output. */
  readonly file: string | undefined;
}

export interface RestartConfig {
  /** Seconds that neighbours are asked to keep our routes (RFC 4724 §3). */
  readonly time: number;
  /**
   * Milliseconds that routes stay which nobody has announced again: adopted kernel routes after a
   * start, a neighbour's stale ones after its restart.
   */
  readonly staleTime: number;
  /** Milliseconds that the first advertisement to a neighbour may wait after a restart. */
  readonly deferral: number;
  /** Long-lived stale routes go to routers of this AS that do not know them, too (RFC 9494 §4.6). */
  readonly longLivedPartial: boolean;
}

export type { OwnRouteConfig } from "./own-routes.ts";

/** A filter: its rules, or where they stand (Calico's BGPFilter, which the daemon reads). */
export interface FilterConfig {
  readonly name: string;
  /** Tried in order; the first rule that matches decides. What none matches is rejected. */
  readonly rules: readonly FilterRule[];
  /** Present: `rules` is empty, and this file has them. */
  readonly file: string | undefined;
}

/** One thing wrong with a configuration text. */
export interface Problem {
  readonly file: string;
  /** 1-based, of the YAML node (or key) that is wrong. */
  readonly line: number;
  readonly column: number;
  /** `peers[2].asn`; empty for the text as a whole. */
  readonly path: string;
  /** What was found, what was expected, and the nearest known key where a key is unknown. */
  readonly message: string;
}

export interface ParseOptions {
  /** For messages only; nothing is opened. */
  readonly file: string;
  readonly hostname: string;
}

export type ParseResult =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly Problem[] };

export interface ConfigChange {
  readonly section: keyof Config;
  /** The peer or the filter; undefined in the other sections. */
  readonly name: string | undefined;
  readonly change: "added" | "removed" | "changed";
  /** The keys that differ; empty for what was added or removed. */
  readonly keys: readonly string[];
}
