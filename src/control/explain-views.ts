// What `explain` needs to see: everything about one network, as it is at one moment, with what the
// kernel has answered just now. Nothing in here is for the walk of a table.

import type { Address, Handling, Prefix } from "../route/index.ts";
import type { RouteAttributesView } from "./bgp-views.ts";

export interface ExplainQuestion {
  /** A network, or the host prefix of an address. */
  readonly target: Prefix;
  /** An address: the network is the longest one that anybody announces and that has it. */
  readonly isAddress: boolean;
}

export interface Explanation extends ExplainQuestion {
  /** What is explained. */
  readonly network: Prefix;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The longest network with an accepted route that packets to the target can go by instead. */
  readonly covering: Prefix | undefined;
  /** The best one first. */
  readonly candidates: readonly CandidateView[];
  readonly neighbours: readonly ExplainedNeighbour[];
  readonly own: OwnPrefixView;
  /** Of the best path and of those that share its traffic, then the others'. */
  readonly nextHops: readonly ExplainedNextHop[];
  readonly fib: ExplainedFib;
  /** undefined: the kernel has not answered in time. */
  readonly kernel: KernelReading | undefined;
  /** The largest MTU of an interface that leads to pods; undefined: there is none. */
  readonly podMtu: number | undefined;
}

/** One path of the network. */
export interface CandidateView {
  /** The neighbour, or what of this node's own it is. */
  readonly from: string;
  readonly kind: "neighbour" | "pod" | "block" | "static";
  readonly address: Address | undefined;
  readonly since: number;
  readonly accepted: boolean;
  readonly best: boolean;
  /** Carries packets: the best, and those that are used with it. */
  readonly used: boolean;
  readonly stale: boolean;
  readonly importFilter: string | undefined;
  /** Of the import policy: it decided; undefined: the session has ended, or nobody judges it. */
  readonly rule: string | undefined;
  /** Why it is best, or the tie-break that it lost by, or why it is no candidate. */
  readonly reason: string;
  /**
   * Attributes as they came: the bytes in canonical form (in order of type, AS numbers of four octets,
   * without the next hop), and read.
   */
  readonly bytes: Uint8Array;
  readonly received: RouteAttributesView;
  /** As the import filter has left them. */
  readonly attributes: RouteAttributesView;
  readonly handling: Handling;
  readonly nextHop: Address | undefined;
}

export interface ExplainedNeighbour {
  readonly name: string;
  readonly enabled: boolean;
  /** Of RFC 4271 §8. */
  readonly state: string;
  readonly lastError: string | undefined;
  /** The family of the network is spoken on its session. */
  readonly speaks: boolean;
  /** It has said all that it had to say (End-of-RIB). */
  readonly endOfRib: boolean;
  /** Prefixes that a limit has kept away. */
  readonly blocked: number;
  readonly exportFilter: string | undefined;
  readonly telling: "told" | "waiting" | "not told";
  /** The rule that decided so. */
  readonly reason: string;
}

export interface OwnPrefixView {
  readonly inPool: boolean;
  /** The block of this node's that the target is in. */
  readonly block: Prefix | undefined;
  readonly advertise: "block" | "hosts" | "both";
  /** Where the target's pod is; undefined: it is none, and `podReason` says why. */
  readonly pod: string | undefined;
  readonly podReason: string;
  /** A route leads to it straight onto a link of this node: it is here, pod or not. */
  readonly attached: boolean;
  /** Why the block is not announced; "": it is. */
  readonly withheld: string;
  /** l2: whether ARP and NDP for the pod are answered on the segment; undefined: it is no such pod. */
  readonly answering: AnsweringView | undefined;
}

export interface AnsweringView {
  /** "missing": they are to be, and are not; "none": they are not meant to be. */
  readonly state: "answered" | "missing" | "none";
  /** Where, or why not. */
  readonly words: string;
}

export interface ExplainedNextHop {
  readonly address: Address;
  readonly used: boolean;
  readonly reachable: boolean;
  /** Why not; "": it is. */
  readonly reason: string;
  readonly interface: string | undefined;
  /** On the link itself: it is its own gateway. */
  readonly connected: boolean;
  readonly gateway: Address | undefined;
  /** The route of somebody else's that leads there. */
  readonly by: OwnedRouteView | undefined;
  /** Of the interface, in octets. */
  readonly mtu: number | undefined;
}

/** A route of somebody else's. */
export interface OwnedRouteView {
  readonly network: Prefix;
  readonly table: number;
  readonly metric: number;
  /** Name of its rtm_protocol. */
  readonly owner: string;
}

export interface ExplainedFib {
  readonly install: boolean;
  /** "none": nobody wants it in the kernel. */
  readonly state: "none" | "installed" | "pending" | "unresolved" | "failed";
  /** The kernel's error, or why nothing was asked of it; "": neither. */
  readonly reason: string;
  /** Whose route is in the way; "": nobody's. */
  readonly owner: string;
  readonly table: number;
  readonly metric: number;
  /** Name of the rtm_protocol of ours, and its number. */
  readonly protocol: string;
  readonly protocolNumber: number;
  readonly blackhole: boolean;
  /** 0: none. */
  readonly object: number;
  /** Others' of exactly the network. */
  readonly others: readonly OwnedRouteView[];
}

/** Read back just now. */
export interface KernelReading {
  /** The route of exactly the network; undefined: none is to be seen from any address in it. */
  readonly exact: KernelRouteView | undefined;
  /** The route that packets to the address (the first of the network) are under, or the errno. */
  readonly match: KernelRouteView | KernelRefusal;
  /** What it comes to for a packet. */
  readonly path: KernelRouteView | KernelRefusal;
  readonly objects: readonly KernelObjectView[];
  readonly neighbours: readonly KernelNeighbourView[];
}

export interface KernelRefusal {
  /** `EINVAL`, and in words what that means for a route. */
  readonly refusal: "none" | "blackhole" | "unreachable" | "prohibit" | "error";
  readonly text: string;
}

export interface KernelRouteView {
  readonly network: Prefix;
  readonly table: number;
  readonly owner: string;
  readonly protocolNumber: number;
  /** To an address of this node itself. */
  readonly local: boolean;
  readonly metric: number;
  /** 0: none. */
  readonly object: number;
  readonly hops: readonly KernelHopView[];
  /** Learnt, or set by hand. */
  readonly mtu: PathMtuView | undefined;
}

export interface PathMtuView {
  readonly mtu: number;
  readonly locked: boolean;
}

export interface KernelHopView {
  readonly gateway: Address | undefined;
  readonly interface: string;
  /** The kernel does not use it: its link is down, or it is dead. */
  readonly dead: boolean;
}

export interface KernelObjectView {
  readonly id: number;
  /** "missing": the kernel has none of this id. */
  readonly kind: "single" | "group" | "blackhole" | "missing";
  readonly owner: string;
  readonly members: readonly number[];
  readonly hop: KernelHopView | undefined;
}

export interface KernelNeighbourView {
  readonly address: Address;
  readonly interface: string;
  /** REACHABLE, STALE, FAILED, ...; NONE: no packet has gone there yet. */
  readonly state: string;
  /** `02:00:00:00:00:01`; "": not known. */
  readonly mac: string;
  readonly mtu: PathMtuView | undefined;
}

export function isKernelRefusal(answer: KernelRouteView | KernelRefusal): answer is KernelRefusal {
  return "refusal" in answer;
}
