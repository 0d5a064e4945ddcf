/**
 * What the kernel tells the Fib: from dumps and from events, in the same shape. A fact with `gone`
 * says that the thing is no longer there; only its key fields count then.
 */
import type { Address, Family, Prefix } from "../route/index.ts";

export interface LinkFact {
  readonly kind: "link";
  readonly index: number;
  readonly name: string;
  /** IFF_UP. */
  readonly up: boolean;
  /** IFF_RUNNING: carrier, and the operational state is up or unknown. */
  readonly running: boolean;
  readonly mtu: number;
  /** 6 bytes, or none. */
  readonly mac: Uint8Array;
  /** ifindex of the bridge or bond it belongs to, 0 = none. */
  readonly master: number;
  /** IFLA_INFO_KIND: "veth", "bridge", ...; "" for hardware. */
  readonly linkKind: string;
  readonly gone?: boolean;
}

export interface AddressFact {
  readonly kind: "address";
  readonly interface: number;
  /** The local address (IFA_LOCAL where there is one). */
  readonly address: Address;
  readonly length: number;
  readonly gone?: boolean;
}

export interface RouteHop {
  readonly interface: number;
  readonly gateway?: Address;
  readonly onlink: boolean;
}

/** A route that is not ours, in the main table or in one that routes of ours may be in. */
export interface RouteFact {
  readonly kind: "route";
  readonly prefix: Prefix;
  readonly table: number;
  /** RTPROT_*: 2 kernel, 3 boot, 4 static, ... */
  readonly protocol: number;
  /** RTN_*: 1 unicast, 6 blackhole, ... */
  readonly type: number;
  /** RT_SCOPE_*: 0 universe, 253 link, 254 host. */
  readonly scope: number;
  readonly metric: number;
  /** Empty for blackhole and the like. A route over somebody else's nexthop object: its hops. */
  readonly hops: readonly RouteHop[];
  /** RTA_PREFSRC of an IPv4 route: the route goes with this address of the node's. */
  readonly source?: Address;
  /** The event carried NLM_F_REPLACE: it took the place of the route of the same metric. */
  readonly replace?: boolean;
  readonly gone?: boolean;
}

/** A route of our protocol has been removed, not by us. */
export interface OwnRouteGoneFact {
  readonly kind: "own-route-gone";
  readonly prefix: Prefix;
  readonly table: number;
  readonly metric: number;
}

/** A nexthop object, anybody's. */
export interface NexthopFact {
  readonly kind: "nexthop";
  readonly id: number;
  readonly protocol: number;
  /** A group has members, at least one. */
  readonly members?: readonly { readonly id: number; readonly weight: number }[];
  /** A resilient group has buckets. */
  readonly buckets?: number;
  readonly family: Family;
  readonly interface: number;
  readonly gateway?: Address;
  readonly onlink: boolean;
  readonly blackhole: boolean;
  /** It is not in the kernel: it stands for what plain routes of ours carry (the first dump). */
  readonly virtual?: boolean;
  readonly gone?: boolean;
}

/** A proxy neighbour entry (NTF_PROXY). */
export interface ProxyFact {
  readonly kind: "proxy";
  readonly address: Address;
  readonly interface: number;
  readonly protocol: number;
  readonly gone?: boolean;
}

export interface SysctlFact {
  readonly kind: "sysctl";
  /** Below /proc/sys, with slashes: net/ipv4/ip_forward. */
  readonly path: string;
  /** Trimmed text; undefined: there is no such file. */
  readonly value: string | undefined;
}

export type KernelFact =
  LinkFact | AddressFact | RouteFact | OwnRouteGoneFact | NexthopFact | ProxyFact | SysctlFact;

/**
 * What can be dumped. Between dumpBegin and dumpEnd of a kind come its facts ("own-routes": calls of
 * ownRoutes, and virtual nexthops before them); what has not been seen by the end is gone. Links first, then addresses, routes,
 * nexthops, own-routes, proxies. Nothing is asked of the kernel before each has ended once.
 */
export type DumpKind = "links" | "addresses" | "routes" | "nexthops" | "own-routes" | "proxies";

export const DUMP_KINDS: readonly DumpKind[] = [
  "links",
  "addresses",
  "routes",
  "nexthops",
  "own-routes",
  "proxies",
];
