// What the control room needs to see of a daemon. The daemon implements these interfaces; nothing
// here is kept between two questions, every object is a snapshot made when it is asked for.
//
// Wall-clock times are milliseconds since the epoch; durations are milliseconds.

import type { Address, Family, Handling, Prefix } from "../route/index.ts";
import type { RouteAttributesView } from "./bgp-views.ts";
import type { ConfigurationView, ControlCommands } from "./command-views.ts";
import type { DrainView } from "./drain-views.ts";
import type { ExplainQuestion, Explanation } from "./explain-views.ts";
import type { LoadView } from "./load-views.ts";
import type { LogClass } from "./log-views.ts";
import type { BusyPlan, PlanQuestion, PlanView, RefusedPlan } from "./plan-views.ts";
import type { ProtocolName, ProtocolView } from "./protocol-views.ts";

/** Everything `show` can ask for, and everything that may be done. */
export interface ControlViews {
  /** Rises with every applied configuration: a long listing stops when it does (code 8004). */
  readonly generation: number;
  readonly timeFormats: TimeFormats;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Yields where there is a place to stop for other work: it counts all routes of the kernel's. */
  status(): Generator<undefined, StatusView, undefined>;
  /** In the order of the configuration; dynamic neighbours after their range. */
  protocolNames(): Iterable<ProtocolName>;
  /** The same in full: a lot more work. Only those for which `isAsked` says so; without it, all. */
  protocols(isAsked?: (name: string) => boolean): Iterable<ProtocolView>;
  interfaces(): Iterable<InterfaceView>;
  bfdSessions(): Iterable<BfdSessionView>;
  /** One network and all that has a say in it. Takes some ten milliseconds: it asks the kernel. */
  explain(question: ExplainQuestion): Promise<Explanation>;
  /** What the filter does with the route; a text says why that cannot be said. */
  testFilter(question: FilterQuestion): readonly FilterTestView[] | string;
  /** What a configuration would do; nothing is done. */
  plan(question: PlanQuestion): PlanView | RefusedPlan | BusyPlan;
  /**
   * Routes, lazily, all of one network one after the other with the best first. `undefined` says
   * "nothing new, but enough work for one slice": yield it after every 64 networks looked at, so
   * that a search that finds little does not hold the event loop. `counts`: grows as it goes on, by
   * what was looked at.
   */
  routes(query: RouteQuery, counts?: RouteCounts): Iterable<RouteView | undefined>;
  /** How many they are, among how many; with pauses. Much less work than to look at them. */
  count(query: RouteQuery): Generator<undefined, RouteCounts, undefined>;
  /** Rises with every network that comes into a table or leaves it. */
  readonly networkChanges: number;
  /** Sizes of a family's table, without walking it. */
  tableSize(family: Family): { readonly routes: number; readonly networks: number };
  memory(): MemoryView;
  /** How much there is to do, and how it is coped with. Yields as status() does. */
  load(): Generator<undefined, LoadView, undefined>;
  configuration(): ConfigurationView;
  /** The node, in service or not, and neighbours that are not. */
  drains(): readonly DrainView[];
  /** Resolves when one of them is in another phase, and after `patience` milliseconds in any case. */
  drainChange(patience: number): Promise<void>;
  /** Names of the filters. */
  filters(): Iterable<string>;
  /** Told of every line of the log of these classes, whatever is written of it, until the result is called. */
  listen(classes: ReadonlySet<LogClass>, onLine: (text: string) => void): () => void;
  /** The file that UPDATEs and states of neighbours are logged to (MRT); undefined: none. */
  updatesFile(): string | undefined;
  readonly commands: ControlCommands;
}

/** Bytes. */
export interface MemoryView {
  /** Prefixes and paths. */
  readonly tables: number;
  readonly attributes: number;
  /** What is known of the kernel's routes. */
  readonly kernel: number;
  /** The program, its libraries, and what is free in its heap. */
  readonly rest: number;
  /** Resident. */
  readonly total: number;
}

/** strftime's letters; `f`, which is BIRD's: the fraction of a second. */
export type TimeField =
  "Y" | "y" | "m" | "d" | "e" | "H" | "M" | "S" | "s" | "f" | "j" | "a" | "b" | "z";

/** A text as it is, or a part of the time. `digits`: of `f`, 1 to 6. */
export type TimePart = string | { readonly field: TimeField; readonly digits: number };

/** How a time is printed; what is longer ago than `limit` (milliseconds), by `older`. */
export interface TimeFormat {
  readonly recent: readonly TimePart[];
  readonly limit: number;
  readonly older: readonly TimePart[];
}

/** In `show status`; of protocols and BFD sessions; of routes. Tables should have no blank in it. */
export interface TimeFormats {
  readonly base: TimeFormat;
  readonly protocol: TimeFormat;
  readonly route: TimeFormat;
}

export interface StatusView {
  /** underlay's own version. */
  readonly version: string;
  /** Host order; 0: not known yet. */
  readonly routerId: number;
  readonly hostname: string;
  readonly now: number;
  readonly startedAt: number;
  readonly configuredAt: number;
  readonly mode: "l2" | "l3";
  readonly asn: number;
  /** Kernel settings and whether they are as they must be. */
  readonly sysctls: readonly SysctlView[];
  /** The running start, while it waits for its neighbours; undefined when that is over. */
  readonly recovery: RecoveryView | undefined;
  /** Kernel routes of an earlier run that were taken over, and how many of them are unclaimed. */
  readonly adopted: { readonly routes: number; readonly stale: number };
  readonly fib: FibSummary;
  /** Local pods: number found, and the blocks. */
  readonly pods: { readonly found: number; readonly blocks: readonly Prefix[] };
  /** As ControlViews.drains() has it. */
  readonly drains: readonly DrainView[];
  /** Things an operator should look at, one sentence each. */
  readonly warnings: readonly string[];
}

export interface SysctlView {
  /** `net/ipv4/ip_forward`. */
  readonly path: string;
  readonly wanted: string;
  /** undefined: the kernel does not have it. */
  readonly found: string | undefined;
  readonly state: "right" | "set" | "wrong";
}

export interface RecoveryView {
  readonly waitingFor: number;
  /** Milliseconds left and in all. */
  readonly remaining: number;
  readonly total: number;
}

export interface FibSummary {
  readonly installed: number;
  readonly pending: number;
  readonly unresolved: number;
  readonly failed: number;
}

export interface InterfaceView {
  readonly index: number;
  readonly name: string;
  readonly up: boolean;
  /** The kernel's operational state. */
  readonly running: boolean;
  readonly loopback: boolean;
  readonly broadcast: boolean;
  /** Only one other end: a tunnel. */
  readonly pointToPoint: boolean;
  readonly multicast: boolean;
  readonly mtu: number;
  /** Name of the bridge or the bond that it belongs to. */
  readonly master: string | undefined;
  readonly addresses: readonly { readonly address: Address; readonly length: number }[];
  /** underlay's use of it: it leads to pods; ARP and NDP are answered on it. */
  readonly pods: boolean;
  readonly uplink: boolean;
}

/** A BFD session (RFC 5880). */
export interface BfdSessionView {
  readonly address: Address;
  /** Name of the interface towards the neighbour; undefined: not known. */
  readonly interface: string | undefined;
  readonly multihop: boolean;
  /** The BGP neighbour that it is for. */
  readonly neighbour: string;
  readonly state: "AdminDown" | "Down" | "Init" | "Up";
  readonly since: number;
  /** Milliseconds between two packets of ours, and without one of theirs until it has failed. */
  readonly interval: number;
  readonly timeout: number;
  /** Why this end left Up last, in words. */
  readonly diagnostic: string;
  readonly packetsSent: number;
  readonly packetsReceived: number;
  /** Packets whose authentication was wrong. */
  readonly packetsRefused: number;
  /** How often it has failed. */
  readonly failures: number;
}

/** What `show route` was asked. Conditions that are present must all hold. */
export interface RouteQuery {
  /** undefined: both tables, IPv4 first. */
  readonly family: Family | undefined;
  /** Only this network. */
  readonly network: Prefix | undefined;
  /** `for X`: only the longest network that has routes and contains this one (an address: its host prefix). */
  readonly covering: Prefix | undefined;
  /** Only networks inside this one. */
  readonly inside: Prefix | undefined;
  /** Only routes of this protocol. */
  readonly protocol: string | undefined;
  /** Only those that this filter would let in, as an import filter of a neighbour without a name. */
  readonly filter?: string | undefined;
  /** Only the best of every network. */
  readonly primary: boolean;
  /** Only those that the import policy has rejected; without, only the others. */
  readonly filtered: boolean;
  /**
   * Only what a neighbour is told ("export": as it is told it), would be told but for its export
   * policy ("preexport"), or is not told for that ("noexport"). What came from itself is in none.
   */
  readonly exported:
    { readonly to: string; readonly how: "export" | "preexport" | "noexport" } | undefined;
}

/** Of one table. */
export interface RouteCount {
  /** Routes that fit the question. */
  found: number;
  /** Routes of the networks that it is about, rejected ones only where it asks for them. */
  routes: number;
  /** Networks that have any of these. */
  networks: number;
}

/** By family. */
export type RouteCounts = readonly [RouteCount, RouteCount];

export function newCounts(): RouteCounts {
  const none = (): RouteCount => ({ found: 0, routes: 0, networks: 0 });
  return [none(), none()];
}

export interface RouteView {
  readonly network: Prefix;
  readonly type: "unicast" | "blackhole" | "unreachable";
  /** Name of the protocol it came from. */
  readonly protocol: string;
  /** BIRD's words for `Type:`. */
  readonly source: "BGP" | "static" | "device";
  /** A multiple of 10 ms: it is kept no finer, and shown no finer. */
  readonly since: number;
  /** The neighbour, where the next hop is another address. */
  readonly from: Address | undefined;
  readonly primary: boolean;
  /** BIRD's preferences: 100 for BGP, 200 static (blocks), 240 direct (pods). */
  readonly preference: number;
  readonly nextHops: readonly RouteNextHopView[];
  /** undefined: not a BGP route. The line's `[AS65001i]` is made from them, and `show route all`. */
  readonly attributes: RouteAttributesView | undefined;
  /** The LOCAL_PREF that it counts with here where it came without one. */
  readonly impliedLocalPref?: number | undefined;
  /** What the import filter has said about it that is no attribute. */
  readonly handling: Handling;
  /** What the kernel holds of it; undefined: not a candidate for the kernel (not the best). */
  readonly fib: RouteFibView | undefined;
  /** Kept from a session that has ended (RFC 4724), or not announced again yet (RFC 7313). */
  readonly stale: boolean;
  /** Why it is best, or the tie-break that it lost by. */
  readonly reason: string | undefined;
}

export interface RouteNextHopView {
  /** undefined: directly on the interface. */
  readonly gateway: Address | undefined;
  /** undefined: not resolved. */
  readonly interface: string | undefined;
  readonly weight: number | undefined;
  readonly onlink: boolean;
}

export interface RouteFibView {
  readonly state: "installed" | "pending" | "unresolved" | "failed";
  /** Why it is not installed, with the owner of a route that is in the way. */
  readonly reason: string | undefined;
}

/** A filter held against a route, or against those of the table. */
export interface FilterQuestion {
  readonly filter: string;
  readonly direction: "import" | "export";
  readonly prefix: Prefix;
  /** The peer that the filter is at work for; undefined: an external one without a name. */
  readonly neighbour: string | undefined;
  /** undefined: the routes of the table are asked about. */
  readonly route:
    | {
        readonly attributes: Partial<RouteAttributesView>;
        readonly source: "own-pods" | "own-blocks" | "static" | "ebgp" | "ibgp";
        /** The peer that it was learnt from. */
        readonly from?: string | undefined;
      }
    | undefined;
}

export interface FilterTestView {
  /** The neighbour that the route came from, or `this node`; undefined: it was given. */
  readonly from: string | undefined;
  readonly then: "accept" | "reject" | "default";
  /** The rule that decided, and those before it that changed something, in words. */
  readonly rule: string;
  readonly before: RouteAttributesView;
  /** undefined: it is rejected. */
  readonly after: RouteAttributesView | undefined;
  /** Import: how the route is handled here, as far as the filter says. */
  readonly handling: Handling;
}
