// A route whose every link holds; tests break one at a time.
import { PLAIN, type Address, type Prefix, parseAddress, parsePrefix } from "../route/index.ts";
import type { RouteAttributesView } from "./bgp-views.ts";
import { ControlConnection } from "./connection.ts";
import type {
  CandidateView,
  ExplainedFib,
  ExplainedNeighbour,
  ExplainedNextHop,
  Explanation,
  KernelReading,
  KernelRouteView,
  OwnPrefixView,
} from "./explain-views.ts";
import { FixedViews } from "./fixture.test.ts";

function address(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new Error(text);
  return parsed;
}

export function network(text: string): Prefix {
  const parsed = parsePrefix(text);
  if (parsed === undefined) throw new Error(text);
  return parsed;
}

const GATEWAY = address("192.168.1.1");

const ATTRIBUTES: RouteAttributesView = {
  origin: 0,
  asPath: [{ type: 2, asns: [64600] }],
  nextHop: GATEWAY,
  atomicAggregate: false,
  communities: [0xfde80064],
  unknown: [],
};

export const CANDIDATE: CandidateView = {
  from: "tor-a",
  kind: "neighbour",
  address: GATEWAY,
  since: Date.parse("2026-11-20T21:22:06.730Z"),
  accepted: true,
  best: true,
  used: true,
  stale: false,
  importFilter: "from-tor",
  rule: "filter from-tor: rule 1",
  reason: "best",
  bytes: Uint8Array.from([0x40, 1, 1, 0, 0x40, 2, 6, 2, 1, 0, 0, 0xfc, 0x58]),
  received: ATTRIBUTES,
  attributes: { ...ATTRIBUTES, localPref: 200 },
  handling: PLAIN,
  nextHop: GATEWAY,
};

export const NEIGHBOUR: ExplainedNeighbour = {
  name: "tor-a",
  enabled: true,
  state: "Established",
  lastError: undefined,
  speaks: true,
  endOfRib: true,
  blocked: 0,
  exportFilter: undefined,
  telling: "not told",
  reason: "the best path came from there (split horizon)",
};

/** As it is when the import policy has said no, and as one that is told of the route. */
export const REJECTED: CandidateView = { ...CANDIDATE, accepted: false, best: false, used: false };
export const TOLD: ExplainedNeighbour = { ...NEIGHBOUR, telling: "told", reason: "" };

export const HOP: ExplainedNextHop = {
  address: GATEWAY,
  used: true,
  reachable: true,
  reason: "",
  interface: "eth0",
  connected: true,
  gateway: GATEWAY,
  by: undefined,
  mtu: 1500,
};

export const FIB: ExplainedFib = {
  install: true,
  state: "installed",
  reason: "",
  owner: "",
  table: 254,
  metric: 32,
  protocol: "bgp",
  protocolNumber: 186,
  blackhole: false,
  object: 1000001,
  others: [],
};

export const KERNEL_ROUTE: KernelRouteView = {
  network: network("172.16.3.0/24"),
  table: 254,
  owner: "bgp",
  protocolNumber: 186,
  local: false,
  metric: 32,
  object: 1000001,
  hops: [{ gateway: GATEWAY, interface: "eth0", dead: false }],
  mtu: undefined,
};

export const KERNEL: KernelReading = {
  exact: KERNEL_ROUTE,
  match: KERNEL_ROUTE,
  path: { ...KERNEL_ROUTE, object: 0 },
  objects: [{ id: 1000001, kind: "single", owner: "bgp", members: [], hop: KERNEL_ROUTE.hops[0] }],
  neighbours: [
    {
      address: GATEWAY,
      interface: "eth0",
      state: "REACHABLE",
      mac: "02:00:00:00:00:01",
      mtu: undefined,
    },
  ],
};

export const OWN: OwnPrefixView = {
  inPool: true,
  block: undefined,
  advertise: "block",
  pod: undefined,
  podReason: "the kernel has no route to it on an interface that is up and matches veth*",
  attached: false,
  withheld: "",
  answering: undefined,
};

export function explained(more: Partial<Explanation> = {}): Explanation {
  return {
    target: network("172.16.3.7/32"),
    isAddress: true,
    network: network("172.16.3.0/24"),
    now: Date.parse("2026-11-20T21:30:00Z"),
    covering: undefined,
    candidates: [CANDIDATE],
    neighbours: [
      NEIGHBOUR,
      {
        ...NEIGHBOUR,
        name: "tor-b",
        telling: "told",
        reason: "filter out: rule 2",
        exportFilter: "out",
      },
    ],
    own: OWN,
    nextHops: [HOP],
    fib: FIB,
    kernel: KERNEL,
    podMtu: 1500,
    ...more,
  };
}

/** All that a connection answers when it may wait for what it asks. */
export async function ask(line: string, views: FixedViews): Promise<string> {
  let wake = (): void => undefined;
  const connection = new ControlConnection(views, () => wake());
  connection.receive(`${line}\n`);
  let text = "";
  for (;;) {
    while (connection.pending) text += connection.pull();
    if (!connection.waiting) return text.slice(text.indexOf("\n") + 1);
    await new Promise<void>((resolve) => (wake = resolve));
  }
}

export function viewsOf(explanation: Explanation | undefined): FixedViews {
  const views = new FixedViews();
  views.explanation = explanation;
  return views;
}
