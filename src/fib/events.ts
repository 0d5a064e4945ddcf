/** What the Fib tells: events for the speaker and the log, and the views that `show` reads. */
import type { Address, Family, Prefix } from "../route/index.ts";
import type { DumpKind } from "./facts.ts";

export interface NextHopState {
  readonly reachable: boolean;
  /** 0 when directly connected, else the metric of the route that leads there, at least 1. */
  readonly metric: number;
  /** On a link of this node (not through a gateway). */
  readonly connected: boolean;
}

export type FibEvent =
  /** For Speaker.setNextHop; first sent when the next hop is tracked, then at every change. */
  | {
      readonly kind: "next-hop";
      readonly id: number;
      readonly state: NextHopState;
      readonly interface: number;
      /** Why it cannot be reached; "" when it can. */
      readonly reason: string;
    }
  | {
      readonly kind: "pod-found";
      readonly prefix: Prefix;
      readonly interface: string;
      /** It arrived now, or while the daemon was not there; not: found at start as it was left. */
      readonly arrived: boolean;
    }
  | { readonly kind: "pod-gone"; readonly prefix: Prefix; readonly interface: string }
  /** For Speaker.originate / withdrawOwn. */
  | {
      readonly kind: "own-route";
      readonly prefix: Prefix;
      readonly origin: "pod" | "block";
      readonly announce: boolean;
    }
  /** The kernel refused a route; it is tried again. Sent at the first failure of its kind only. */
  | {
      readonly kind: "route-failed";
      readonly prefix: string;
      readonly errno: number;
      readonly message: string;
      /** EEXIST: protocol whose route is in the way. */
      readonly owner?: string;
    }
  /** Further first failures, which are not told one by one. */
  | { readonly kind: "routes-failed"; readonly count: number }
  /** Somebody else removed routes of ours, this one among them; they are put back. */
  | { readonly kind: "routes-removed"; readonly count: number; readonly prefix: string }
  /** Likewise nexthop objects, and with them all their routes. */
  | {
      readonly kind: "nexthops-removed";
      readonly count: number;
      /** One of them. */
      readonly id: number;
      readonly routes: number;
    }
  /** Likewise proxy neighbour entries, of which the kernel tells nothing itself. */
  | { readonly kind: "proxies-removed"; readonly count: number; readonly address: string }
  /** The kernel may have changed something without a word: a dump of it is wanted. */
  | { readonly kind: "dump-wanted"; readonly what: DumpKind }
  /** A block of this node's is not announced, or no more. Sent once for a reason. */
  | { readonly kind: "block-withheld"; readonly prefix: string; readonly reason: string }
  /** l2: single pods behind a bridge have no routes, so nobody answers ARP or NDP for them. */
  | { readonly kind: "bridge-unseen"; readonly interface: string }
  /** A nexthop object, proxy entry or announcement was refused; it is tried again. */
  | {
      readonly kind: "operation-failed";
      readonly operation: string;
      readonly subject: string;
      readonly errno: number;
      readonly message: string;
    }
  | {
      readonly kind: "sysctl-set";
      readonly path: string;
      readonly from: string;
      readonly to: string;
    }
  | {
      readonly kind: "sysctl-wrong";
      readonly path: string;
      readonly value: string;
      readonly wanted: string;
      /** Why it was not set: not managed, or the error. */
      readonly reason: string;
    };

export interface InterfaceView {
  readonly index: number;
  readonly name: string;
  readonly up: boolean;
  readonly running: boolean;
  readonly mtu: number;
  readonly mac: Uint8Array;
  readonly linkKind: string;
  readonly master: number;
  readonly addresses: readonly { readonly address: Address; readonly length: number }[];
}

export interface PodView {
  readonly prefix: Prefix;
  readonly interface: string;
  /** Answered by proxy ARP / NDP on the uplink. */
  readonly proxied: boolean;
  readonly announced: boolean;
}

export interface NextHopView {
  readonly id: number;
  readonly address: Address;
  readonly reachable: boolean;
  readonly reason: string;
  readonly interface: string;
  readonly gateway: Address | undefined;
  readonly onlink: boolean;
  readonly connected: boolean;
  readonly metric: number;
  /** Kernel nexthop object, 0 = none. */
  readonly kernelId: number;
}

export interface PathListView {
  readonly id: number;
  readonly best: readonly number[];
  readonly backup: number;
  /** Kernel nexthop object that its routes point at, 0 = none. */
  readonly kernelId: number;
  /** The next hops in use now. */
  readonly active: readonly number[];
  readonly routes: number;
}

export type RouteStatus =
  /** Nobody wants it. */
  "none" | "installed" | "pending" | "unresolved" | "failed";

/** A route of somebody else's. */
export interface ForeignRouteView {
  readonly prefix: Prefix;
  readonly table: number;
  readonly metric: number;
  /** Name of its rtm_protocol: whose it is. */
  readonly owner: string;
  /** RTN_*. */
  readonly type: number;
  readonly hops: readonly { readonly interface: string; readonly gateway: Address | undefined }[];
}

/** Whether ARP and NDP are answered for a pod. */
export interface Answering {
  /** "missing": they are to be, and are not; "none": they are not meant to be. */
  readonly state: "answered" | "missing" | "none";
  /** Where, or why not. */
  readonly words: string;
}

/** What there is of one prefix beside what the speaker wants. */
export interface PrefixTrial {
  /** Of exactly this prefix, lowest metric first. */
  readonly foreign: readonly ForeignRouteView[];
  /** Interface of the pod; undefined: it is none, and `podReason` says why. */
  readonly pod: string | undefined;
  readonly podReason: string;
  /** Somebody has a route for it straight onto a link: it is here, pod or not. */
  readonly attached: boolean;
  /** Why the block is not announced; "": it is, or it is no block of this node's. */
  readonly withheld: string;
  /** l2: whether the segment is answered for the pod; undefined: it is none, or of l3. */
  readonly answering: Answering | undefined;
  /** Where a route of ours is, or would be. */
  readonly table: number;
  readonly metric: number;
}

export interface RouteView {
  readonly family: Family;
  readonly prefixId: number;
  readonly status: RouteStatus;
  /** Why it is unresolved or failed; "" otherwise. */
  readonly reason: string;
  /** Protocol whose route is in the way, "" = none. */
  readonly owner: string;
  readonly best: readonly number[];
  readonly backup: number;
  readonly kernelId: number;
  readonly blackhole: boolean;
}

export interface SysctlView {
  readonly path: string;
  readonly wanted: string;
  readonly value: string | undefined;
  readonly status: "ok" | "set" | "wrong" | "absent" | "unknown";
}

export interface FibSummary {
  readonly wanted: readonly [number, number];
  readonly inKernel: readonly [number, number];
  readonly queued: number;
  readonly inFlight: number;
  readonly failed: number;
  /** Wanted, and none of their next hops can be reached. */
  readonly unresolved: number;
  /** Of an earlier run, and claimed by nobody yet. */
  readonly stale: number;
  readonly nextHops: number;
  readonly nexthopObjects: number;
  readonly pathLists: number;
  readonly pods: number;
}
