// Views with fixed contents, made after the recorded conversation with BIRD 2.0.12: what is printed
// of them can be compared to the letter.
import {
  type Address,
  PLAIN,
  type Prefix,
  parseAddress,
  parsePrefix,
  prefixContains,
} from "../route/index.ts";
import {
  type BgpView,
  type CapabilityView,
  type ChannelRoutes,
  type ChannelView,
  type CommandResult,
  type ConfigurationView,
  type ConfigureRequest,
  type ConfigureResult,
  ControlConnection,
  type ControlViews,
  type ExplainQuestion,
  type Explanation,
  type DumpOutcome,
  type DrainResult,
  type DrainView,
  type FilterQuestion,
  type FilterTestView,
  type InterfaceView,
  type LoadView,
  type PlanQuestion,
  type PlanView,
  type ProtocolView,
  type BusyPlan,
  type RefusedPlan,
  type ReloadDirection,
  type ReloadResult,
  type RouteCounts,
  type RouteQuery,
  type RouteView,
  type StatusView,
  type LogClass,
  type TraceClass,
  type TimeField,
  type TimeFormats,
  type TimePart,
  newCounts,
  type UndoResult,
} from "./index.ts";
import { explained } from "./explain-fixture.test.ts";

process.env["TZ"] = "UTC";

export const at = (time: string): number => Date.parse(`2026-11-20T${time}Z`);

export function address(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new Error(text);
  return parsed;
}

export function prefix(text: string): Prefix {
  const parsed = parsePrefix(text);
  if (parsed === undefined) throw new Error(text);
  return parsed;
}

const field = (letter: TimeField, digits = 6): TimePart => ({ field: letter, digits });
const DATE = [field("Y"), "-", field("m"), "-", field("d")];
const TIME = [field("H"), ":", field("M"), ":", field("S")];
const DAY = 20 * 3_600_000;
const LONG = [...DATE, " ", ...TIME];

/** BIRD's: the time of day, and the date of what is older. */
export const TIME_FORMATS: TimeFormats = {
  base: { recent: [...LONG, ".", field("f", 3)], limit: Infinity, older: LONG },
  protocol: { recent: [...TIME, ".", field("f", 3)], limit: DAY, older: DATE },
  route: { recent: [...TIME, ".", field("f", 2)], limit: DAY, older: DATE },
};

/** The same for all. */
export function timesBy(...parts: TimePart[]): TimeFormats {
  const format = { recent: parts, limit: Infinity, older: parts };
  return { base: format, protocol: format, route: format };
}

export const EPOCH_TIMES = timesBy(field("s"));
export const LONG_TIMES = timesBy(...LONG);

const BOTH = [
  { afi: 1, safi: 1 },
  { afi: 2, safi: 1 },
];

const CAPABILITIES: CapabilityView[] = [
  { kind: "multiprotocol", afi: 1, safi: 1 },
  { kind: "multiprotocol", afi: 2, safi: 1 },
  { kind: "route-refresh" },
  {
    kind: "graceful-restart",
    restarting: false,
    time: 120,
    families: BOTH.map((family) => ({ ...family, forwarding: false })),
  },
  { kind: "four-octet-as", asn: 64512 },
  { kind: "add-path", families: [{ afi: 1, safi: 1, send: true, receive: true }] },
  { kind: "enhanced-route-refresh" },
  { kind: "long-lived-graceful-restart", families: [] },
];

const BGP: BgpView = {
  state: "Established",
  announcement: "usual",
  neighbourAddress: address("10.0.0.2"),
  neighbourRange: undefined,
  dynamic: undefined,
  interface: undefined,
  neighbourAsn: 65001,
  localAsn: 64512,
  external: true,
  multihop: false,
  passive: false,
  client: false,
  neighbourId: address("10.0.0.2").w0,
  localCapabilities: CAPABILITIES,
  neighbourCapabilities: CAPABILITIES.slice(0, 3),
  fourOctetAs: true,
  addPathReceive: false,
  addPathTransmit: false,
  extendedMessages: false,
  sourceAddress: address("10.0.0.1"),
  holdTimer: { remaining: 84_928, total: 90_000 },
  keepaliveTimer: { remaining: 24_488, total: 30_000 },
  connectTimer: undefined,
  idleTimer: undefined,
  lastError: undefined,
  messagesReceived: 5,
  messagesSent: 6,
  establishedCount: 1,
  template: undefined,
  enabled: true,
  ports: { local: 179, remote: 40_001 },
  traffic: {
    received: { open: 1, update: 2, notification: 0, keepalive: 2, routeRefresh: 0 },
    sent: { open: 1, update: 3, notification: 0, keepalive: 2, routeRefresh: 0 },
    octetsReceived: 300,
    established: 1,
    lost: 0,
  },
  updateAt: at("21:22:02.000"),
  establishedAt: at("21:22:01.897"),
  lastNotification: [0, 0],
  notifications: { received: undefined, sent: undefined },
  configured: { holdTime: 90, keepalive: undefined, connectRetry: 10 },
  negotiated: { holdTime: 90, keepalive: 30 },
  hasSaidAll: true,
  output: { octets: 5678, unsent: 90, prefixes: 12 },
};

const ROUTE_COUNTS: ChannelRoutes = {
  imported: 3,
  filtered: 1,
  exported: 3,
  preferred: 3,
  stats: {
    importUpdates: { received: 4, rejected: 0, filtered: 1, ignored: 0, accepted: 3 },
    importWithdraws: { received: 0, rejected: 0, filtered: undefined, ignored: 1, accepted: 0 },
    exportUpdates: { received: 7, rejected: 3, filtered: 1, ignored: undefined, accepted: 3 },
    exportWithdraws: {
      received: 0,
      rejected: undefined,
      filtered: undefined,
      ignored: undefined,
      accepted: 0,
    },
  },
};

const CHANNEL: ChannelView = {
  family: 0,
  state: "UP",
  preference: 100,
  importFilter: "imp",
  exportFilter: "(unnamed)",
  receiveLimit: undefined,
  importLimit: 1000,
  limitAction: "restart",
  routes: ROUTE_COUNTS,
  stale: undefined,
  nextHops: [address("10.0.0.1")],
};

function protocol(name: string, more: Partial<ProtocolView>): ProtocolView {
  return {
    name,
    kind: "BGP",
    table: "---",
    state: "up",
    since: at("21:22:01.897"),
    info: "",
    description: undefined,
    message: undefined,
    bgp: undefined,
    channels: [],
    ...more,
  };
}

export const PROTOCOLS: readonly ProtocolView[] = [
  protocol("device1", { kind: "Device" }),
  protocol("Mesh_10_0_0_2", {
    since: at("21:22:06.178"),
    description: "rack1 tor",
    bgp: BGP,
    channels: [
      CHANNEL,
      {
        ...CHANNEL,
        family: 1,
        routes: { ...ROUTE_COUNTS, filtered: undefined },
        importLimit: undefined,
        nextHops: [address("fd00::1"), address("fe80::8854:32ff:fe65:be0e")],
      },
    ],
  }),
  protocol("Node_10_0_0_99", {
    state: "start",
    bgp: {
      ...BGP,
      state: "Active",
      neighbourAddress: address("10.0.0.99"),
      connectTimer: { remaining: 2426, total: 5000 },
      lastError: "Socket: No route to host",
    },
    channels: [{ ...CHANNEL, state: "DOWN", routes: undefined, nextHops: [] }],
  }),
  protocol("nodes", {
    state: "start",
    bgp: {
      ...BGP,
      state: "Active",
      passive: true,
      neighbourAddress: undefined,
      neighbourRange: prefix("10.0.0.0/24"),
      dynamic: { count: 2, max: 10 },
    },
  }),
  protocol("off1", { state: "down", message: "moving racks", bgp: { ...BGP, state: "Idle" } }),
];

const MESH: Omit<RouteView, "network"> = {
  type: "unicast",
  protocol: "Mesh_10_0_0_2",
  source: "BGP",
  since: at("21:22:06.738"),
  from: undefined,
  primary: true,
  preference: 100,
  nextHops: [{ gateway: address("10.0.0.2"), interface: "vA", weight: undefined, onlink: false }],
  attributes: {
    origin: 0,
    asPath: [{ type: 2, asns: [65001] }],
    nextHop: { family: 0, w0: 0x0a000002, w1: 0, w2: 0, w3: 0 },
    atomicAggregate: false,
    communities: [(65001 * 65536 + 100) >>> 0],
    extendedCommunities: [[0x0002fde9, 7]],
    largeCommunities: [[65001, 1, 2]],
    unknown: [],
  },
  impliedLocalPref: 100,
  fib: { state: "installed", reason: undefined },
  handling: PLAIN,
  stale: false,
  reason: undefined,
};

const BLOCK: RouteView = {
  ...MESH,
  network: prefix("10.244.1.0/24"),
  type: "blackhole",
  protocol: "blocks",
  source: "static",
  since: at("21:22:01.897"),
  preference: 200,
  nextHops: [],
  attributes: undefined,
  fib: undefined,
};

export const ROUTES: readonly RouteView[] = [
  { ...MESH, network: prefix("0.0.0.0/0") },
  {
    ...MESH,
    network: prefix("0.0.0.0/0"),
    protocol: "Mesh_10_0_1_2",
    primary: false,
    since: at("21:23:45.043"),
    fib: undefined,
    reason: "AS path is longer",
  },
  BLOCK,
  {
    ...MESH,
    network: prefix("10.244.2.0/26"),
    nextHops: [
      { gateway: address("10.0.0.2"), interface: "vA", weight: 2, onlink: false },
      { gateway: address("172.31.1.1"), interface: "vA", weight: undefined, onlink: true },
    ],
    fib: { state: "failed", reason: "File exists, owner: proto static" },
  },
  {
    ...MESH,
    network: prefix("fd01::/64"),
    since: at("21:22:06.783"),
    from: address("10.0.0.2"),
    nextHops: [{ gateway: address("fd00::2"), interface: "vA", weight: undefined, onlink: false }],
  },
];

const LINK: InterfaceView = {
  index: 2,
  name: "vA",
  up: true,
  running: true,
  loopback: false,
  broadcast: true,
  pointToPoint: false,
  multicast: true,
  mtu: 1500,
  master: undefined,
  addresses: [
    { address: address("10.0.0.1"), length: 24 },
    { address: address("fd00::1"), length: 64 },
    { address: address("fe80::8854:32ff:fe65:be0e"), length: 64 },
  ],
  pods: false,
  uplink: false,
};

export function inService(name?: string): DrainView {
  const none = { remaining: undefined, configured: false, busiest: undefined };
  return { name, phase: "in service", since: at("21:22:01.897"), ...none };
}

/** The views, and what was done through them. Fields may be changed by a test. */
export class FixedViews implements ControlViews {
  generation = 1;
  now = at("21:22:38.819");
  networkChanges = 0;
  timeFormats = TIME_FORMATS;
  table: Iterable<RouteView | undefined> = ROUTES;
  list: readonly ProtocolView[] = PROTOCOLS;
  readonly done: string[] = [];
  /** What configure() answers, but for what follows from the question. */
  result: Partial<ConfigureResult> = {};
  undone: UndoResult = { outcome: "undone", notes: [] };
  confirmed: "confirmed" | "nothing" = "confirmed";
  runs: ConfigurationView = {
    generation: 1,
    file: "a.yaml",
    nextFile: undefined,
    undoIn: undefined,
    ending: false,
  };
  /** Those who are to be told that the time of a `configure timeout` is over. */
  readonly waiting: (() => void)[] = [];
  outcome: CommandResult = "done";
  reloaded: ReloadResult = "done";
  explanation: Explanation | undefined = explained();
  job: Promise<DumpOutcome> = Promise.resolve({ file: "/a.mrt", networks: 3, routes: 4 });
  drain: DrainResult = "done";
  draining: readonly DrainView[] = [inService()];
  /** What happens while a reply waits for a change. */
  onWait = (): void => undefined;

  readonly commands = {
    configure: ({ check, file, timeout, onExpired }: ConfigureRequest): ConfigureResult => {
      this.done.push(`configure ${check} ${file}${timeout === 0 ? "" : ` ${timeout}`}`);
      this.waiting.push(onExpired);
      return {
        file: file ?? "a.yaml",
        outcome: check ? "checked" : "applied",
        problems: [],
        notes: [],
        undoIn: timeout === 0 ? undefined : timeout,
        nextFile: undefined,
        ...this.result,
      };
    },
    confirm: () => {
      this.done.push("confirm");
      return this.confirmed;
    },
    undo: () => {
      this.done.push("undo");
      return this.undone;
    },
    enable: (name: string, message?: string) => this.#switch("enable", name, message),
    disable: (name: string, message?: string) => this.#switch("disable", name, message),
    restart: (name: string, message?: string) => this.#switch("restart", name, message),
    reload: (name: string, direction: ReloadDirection): ReloadResult => {
      this.done.push(`reload ${direction} ${name}`);
      return this.reloaded;
    },
    trace: (name: string, classes: ReadonlySet<TraceClass>) => {
      if (name === "device1") return "refused" as const;
      this.done.push(`trace ${name} ${[...classes].join(" ")}`);
      return "done" as const;
    },
    dump: (file: string, families: readonly number[]): Promise<DumpOutcome> => {
      this.done.push(`dump ${families.join(" ")} ${file}`);
      return this.job;
    },
    drain: (name: string | undefined) => this.#drain("drain", name),
    undrain: (name: string | undefined) => this.#drain("undrain", name),
    gracefulRestart: () => void this.done.push("graceful restart"),
    down: () => void this.done.push("down"),
  };

  explain(question: ExplainQuestion): Promise<Explanation> {
    this.done.push(`explain ${JSON.stringify(question.isAddress)}`);
    return this.explanation === undefined
      ? Promise.reject(new Error("broken on purpose"))
      : Promise.resolve(this.explanation);
  }

  #switch(what: string, name: string, message: string | undefined): CommandResult {
    this.done.push(`${what} ${name}${message === undefined ? "" : `: ${message}`}`);
    return this.outcome;
  }

  #drain(what: string, name: string | undefined): DrainResult {
    this.done.push(`${what} ${name ?? "the node"}`);
    return this.drain;
  }

  drains(): readonly DrainView[] {
    return this.draining;
  }

  drainChange(): Promise<void> {
    this.onWait();
    return Promise.resolve();
  }

  plainStatus: StatusView = {
    version: "0.1.0",
    routerId: 0x0a000001,
    hostname: "vm",
    now: at("21:22:38.819"),
    startedAt: at("21:22:01.897"),
    configuredAt: at("21:22:01.897"),
    mode: "l3",
    asn: 64512,
    sysctls: [],
    recovery: undefined,
    adopted: { routes: 0, stale: 0 },
    fib: { installed: 4, pending: 0, unresolved: 0, failed: 1 },
    pods: { found: 2, blocks: [prefix("10.244.1.0/24")] },
    drains: [inService()],
    warnings: [],
  };

  *status(): Generator<undefined, StatusView, undefined> {
    yield undefined;
    return this.plainStatus;
  }

  protocols(isAsked: (name: string) => boolean = () => true) {
    return this.list.filter(({ name }) => isAsked(name));
  }

  protocolNames() {
    return this.list.map(({ name, kind, bgp }) => ({
      ...{ name, kind },
      isRange: bgp?.neighbourRange !== undefined,
    }));
  }

  *interfaces() {
    yield {
      ...LINK,
      index: 1,
      name: "lo",
      loopback: true,
      broadcast: false,
      multicast: false,
      mtu: 65536,
      addresses: [
        { address: address("127.0.0.1"), length: 8 },
        { address: address("::1"), length: 128 },
      ],
    };
    yield LINK;
  }

  trial: readonly FilterTestView[] | string = [];

  testFilter(question: FilterQuestion) {
    this.asked = question;
    return this.trial;
  }

  asked: FilterQuestion | undefined;

  *bfdSessions() {
    yield {
      address: address("10.0.0.2"),
      interface: "vA",
      multihop: false,
      neighbour: "tor_a",
      state: "Up" as const,
      since: at("21:23:41.943"),
      interval: 300,
      timeout: 1500,
      diagnostic: "no diagnostic",
      packetsSent: 10,
      packetsReceived: 11,
      packetsRefused: 0,
      failures: 0,
    };
  }

  *routes(query: RouteQuery, counts = newCounts()): Iterable<RouteView | undefined> {
    let before = "";
    for (const route of this.table) {
      if (route === undefined) yield route;
      if (route === undefined || !isAbout(route, query)) continue;
      const network = JSON.stringify(route.network);
      const count = counts[route.network.family];
      count.routes++;
      if (network !== before) count.networks++;
      before = network;
      if (wanted(route, query)) yield route;
    }
  }

  readonly plainLoad: LoadView = {
    now: at("21:22:38.819"),
    startedAt: at("21:22:01.897"),
    version: "0.1.0",
    hostname: "vm",
    pods: 2,
    warnings: 0,
    kernel: {
      wanted: [4, 2],
      installed: [3, 2],
      failed: 1,
      unresolved: 0,
      stale: 0,
      queued: 7,
      inFlight: 5,
      nextHops: 2,
      nexthopObjects: 2,
      pathLists: 2,
      batches: 9,
      routeOperations: 60,
      otherOperations: 8,
      failures: 1,
      overruns: 0,
    },
    turns: { bounds: [1, 2, 5], counts: [90, 0, 3, 1], total: 25 },
    delay: { p50: 0.1, p99: 2.5, max: 7.25, over: 1003 },
    process: {
      resident: 80 * 1024 * 1024,
      heap: 12_000_000,
      arrayBuffers: 30_000_000,
      cpu: 1.256,
      loopActive: 2,
      loopIdle: 34.9,
    },
  };

  /** What `plan` is answered with. */
  planned: PlanView | RefusedPlan | BusyPlan = {
    kind: "refused",
    file: "u.yaml",
    problems: ["u.yaml:3:5: no"],
  };
  readonly planQuestions: PlanQuestion[] = [];

  plan(question: PlanQuestion): PlanView | RefusedPlan | BusyPlan {
    this.planQuestions.push(question);
    return this.planned;
  }

  *load(): Generator<undefined, LoadView, undefined> {
    yield undefined;
    return this.plainLoad;
  }

  *count(query: RouteQuery): Generator<undefined, RouteCounts, undefined> {
    const counts = newCounts();
    let looked = 0;
    for (const route of this.routes(query, counts)) {
      if (++looked % 64 === 0) yield undefined;
      if (route !== undefined) counts[route.network.family].found++;
    }
    return counts;
  }

  configuration() {
    return this.runs;
  }

  memory() {
    return { tables: 20_600, attributes: 2230, kernel: 0, rest: 8544, total: 5_000_000 };
  }

  filters() {
    return ["imp"];
  }

  /** Who hears the log. */
  readonly listeners = new Set<{
    classes: ReadonlySet<LogClass>;
    onLine: (text: string) => void;
  }>();

  listen(classes: ReadonlySet<LogClass>, onLine: (text: string) => void) {
    const listener = { classes, onLine };
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  log(text: string): void {
    for (const { onLine } of this.listeners) onLine(text);
  }

  updates: string | undefined;

  updatesFile() {
    return this.updates;
  }

  tableSize(family: number) {
    const routes = ROUTES.filter(({ network }) => network.family === family).length;
    return { routes, networks: routes };
  }
}

function isAbout({ network }: RouteView, query: RouteQuery): boolean {
  const { family, inside, covering } = query;
  if (family !== undefined && family !== network.family) return false;
  // The one host route that is asked for is in one network.
  if (covering !== undefined) return covering.w0 === 0x0af40205 && network.length === 26;
  if (query.network !== undefined) return isSame(query.network, network);
  return inside === undefined || prefixContains(inside, network);
}

function wanted(route: RouteView, query: RouteQuery): boolean {
  if (query.protocol !== undefined && query.protocol !== route.protocol) return false;
  if (query.primary && !route.primary) return false;
  if (query.filter !== undefined && route.attributes === undefined) return false;
  return true;
}

function isSame(a: Prefix, b: Prefix): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** All that a fresh connection answers to some text, without the greeting. */
export function converse(text: string, views: ControlViews = new FixedViews()): string {
  const connection = new ControlConnection(views);
  connection.receive(text);
  let all = "";
  while (connection.pending) all += connection.pull();
  return all.slice(all.indexOf("\n") + 1);
}
