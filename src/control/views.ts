// What the control room needs to see of a daemon. The daemon implements these interfaces; nothing
// here is kept between two questions, every object is a snapshot made when it is asked for.
//
// Wall-clock times are milliseconds since the epoch; durations are milliseconds.

import type { Address, Family, Handling, Prefix } from "../route/index.ts";
import type { CapabilityView, RouteAttributesView } from "./bgp-views.ts";
import type { DrainResult, DrainView } from "./drain-views.ts";
import type { ExplainQuestion, Explanation } from "./explain-views.ts";
import type { LoadView } from "./load-views.ts";
import type { PlanQuestion, PlanView, RefusedPlan } from "./plan-views.ts";

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
  plan(question: PlanQuestion): PlanView | RefusedPlan;
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
  readonly stats: ChannelStats;
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

/** What may be done. All are synchronous: they start the thing and say what was started. */
export interface ControlCommands {
  configure(request: ConfigureRequest): ConfigureResult;
  /** What runs is to stay: it is not undone by itself any more. */
  confirm(): "confirmed" | "nothing";
  /** Back to what ran before, as it was then, whatever has become of its files. */
  undo(): UndoResult;
  /**
   * `message`: what the operator says with it, of 255 octets at most. It is shown; `disable` and
   * `restart` tell the neighbour too (RFC 9003).
   */
  enable(name: string, message: string | undefined): CommandResult;
  disable(name: string, message: string | undefined): CommandResult;
  restart(name: string, message: string | undefined): CommandResult;
  /** The neighbour is asked for its routes again ("in"), or told all again ("out"). */
  reload(name: string, direction: ReloadDirection): ReloadResult;
  /** Begins to write the routes of these families into a file (RFC 6396); settled when it is complete. */
  dump(file: string, families: readonly Family[]): Promise<DumpOutcome>;
  /** Begins to take the node, or a neighbour or range, out of service; and back. */
  drain(name: string | undefined): DrainResult;
  undrain(name: string | undefined): DrainResult;
  /** End, and leave the routes in the kernel: neighbours keep theirs where they agreed to (RFC 4724). */
  gracefulRestart(): void;
  /** Withdraw, remove, end; {@link ControlConnection.farewell} says how that went. */
  down(): void;
}

export interface ConfigureRequest {
  /** Only look for mistakes. */
  readonly check: boolean;
  /** As given; undefined: the file the daemon was started with. */
  readonly file: string | undefined;
  /** Milliseconds until it is undone unless it is confirmed; 0: it is not. */
  readonly timeout: number;
  /** That time is over, and what ran before is about to run again. */
  readonly onExpired: () => void;
}

export interface ConfigureResult {
  /** The file that was read. */
  readonly file: string;
  /** checked: it is good, and was only looked at; ending: the daemon takes no other any more. */
  readonly outcome: "applied" | "checked" | "refused" | "ending";
  /** Empty, but for what was refused. */
  readonly problems: readonly string[];
  /** What changes, one line each: `peer tor-a: holdTime changed, the session is reset`. */
  readonly notes: readonly string[];
  /** Milliseconds until it is undone unless it is confirmed; undefined: it is not. */
  readonly undoIn: number | undefined;
  /** SIGHUP and the next start read this one, and not `file`; undefined: they read it. */
  readonly nextFile: string | undefined;
}

export interface UndoResult {
  /** nothing: there was no other configuration, or it was gone back to already. */
  readonly outcome: "undone" | "nothing" | "ending";
  /** As of ConfigureResult, where it is undone. */
  readonly notes: readonly string[];
}

/** What runs, and for how long. */
export interface ConfigurationView {
  /** As of {@link ControlViews}. */
  readonly generation: number;
  /** Where it was read from. */
  readonly file: string;
  /** SIGHUP and the next start read this one, and not `file`; undefined: they read it. */
  readonly nextFile: string | undefined;
  /** Milliseconds until it is undone; undefined: it stays. */
  readonly undoIn: number | undefined;
  /** The daemon takes no other any more. */
  readonly ending: boolean;
}

/** Of a dump; a text: why it has failed. */
export type DumpOutcome =
  { readonly file: string; readonly networks: number; readonly routes: number } | string;

export type ReloadDirection = "in" | "out" | "both";

/** already: it is disabled; down: it has no session; unable: its neighbour takes no ROUTE-REFRESH. */
export type ReloadResult = "done" | "already" | "down" | "unable" | "refused";

/** done; already: it was so before; refused: this protocol cannot be switched. */
export type CommandResult = "done" | "already" | "refused";
