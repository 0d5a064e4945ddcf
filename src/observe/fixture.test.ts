// Views with fixed contents.
import assert from "node:assert/strict";
import type { BfdSessionView, BgpView, ChannelView, ProtocolView } from "../control/index.ts";
import { parseAddress, parsePrefix, type Address } from "../route/index.ts";
import type { DaemonView, ObservedViews } from "./index.ts";

export function address(text: string): Address {
  const parsed = parseAddress(text);
  assert.ok(parsed !== undefined, text);
  return parsed;
}

const MESSAGES = { open: 1, update: 20, notification: 0, keepalive: 7, routeRefresh: 0 };

const BGP: BgpView = {
  announcement: "usual",
  state: "Established",
  neighbourAddress: address("10.0.0.2"),
  neighbourRange: undefined,
  dynamic: undefined,
  interface: undefined,
  neighbourAsn: 64600,
  localAsn: 64512,
  external: true,
  multihop: false,
  passive: false,
  client: false,
  neighbourId: address("10.0.0.2").w0,
  localCapabilities: undefined,
  neighbourCapabilities: undefined,
  fourOctetAs: true,
  addPathReceive: false,
  addPathTransmit: false,
  extendedMessages: false,
  sourceAddress: address("10.0.0.1"),
  holdTimer: undefined,
  keepaliveTimer: undefined,
  connectTimer: undefined,
  idleTimer: undefined,
  lastError: undefined,
  messagesReceived: 28,
  messagesSent: 28,
  establishedCount: 3,
  template: undefined,
  enabled: true,
  ports: { local: 179, remote: 40_001 },
  traffic: { received: MESSAGES, sent: MESSAGES, octetsReceived: 1234, established: 3, lost: 2 },
  updateAt: 1_700_000_100_250,
  establishedAt: 1_700_000_000_000,
  lastNotification: [6, 4],
  notifications: {
    received: {
      code: 6,
      subcode: 4,
      data: Uint8Array.of(1, 33),
      text: "Cease/Administrative Reset: !",
    },
    sent: undefined,
  },
  configured: { holdTime: 90, keepalive: undefined, connectRetry: 10 },
  negotiated: { holdTime: 9, keepalive: 3 },
  hasSaidAll: true,
  output: { octets: 5678, unsent: 90, prefixes: 12 },
};

const none = { received: 0, rejected: 0, filtered: 0, ignored: 0, accepted: 0 };

const CHANNEL: ChannelView = {
  family: 0,
  state: "UP",
  preference: 100,
  importFilter: "(built-in)",
  exportFilter: "(built-in)",
  receiveLimit: undefined,
  importLimit: undefined,
  limitAction: "restart",
  routes: {
    imported: 30,
    filtered: 4,
    exported: 5,
    preferred: 29,
    stats: {
      importUpdates: { ...none, received: 100 },
      importWithdraws: { ...none, received: 66 },
      exportUpdates: none,
      exportWithdraws: none,
    },
  },
  stale: undefined,
  nextHops: [],
};

export function peer(name: string, more: Partial<BgpView> = {}): ProtocolView {
  return {
    name,
    kind: "BGP",
    table: "---",
    state: "up",
    since: 1_700_000_000_000,
    info: "",
    description: undefined,
    message: undefined,
    bgp: { ...BGP, ...more },
    channels: more.state === undefined ? [CHANNEL, { ...CHANNEL, family: 1 }] : [],
  };
}

export function range(name: string): ProtocolView {
  return peer(name, {
    state: "Active",
    neighbourAddress: undefined,
    neighbourRange: parsePrefix("10.1.0.0/24"),
    dynamic: { count: 0, max: 50 },
  });
}

export function bfd(neighbour: string, state: BfdSessionView["state"]): BfdSessionView {
  return {
    address: address("10.0.0.2"),
    interface: "eth0",
    multihop: false,
    neighbour,
    state,
    since: 0,
    interval: 300,
    timeout: 900,
    diagnostic: "",
    packetsSent: 10,
    packetsReceived: 9,
    packetsRefused: 1,
    failures: 2,
  };
}

export const DAEMON: DaemonView = {
  version: "1.2.3",
  asn: 64512,
  routerId: 0x0a000001,
  mode: "l3",
  startedAt: 1_700_000_000_500,
  config: {
    generation: 4,
    appliedAt: 1_700_000_000_000,
    applied: 4,
    refused: 1,
    undone: 2,
    isLastGood: true,
    undoIn: 42_500,
  },
  kernel: {
    wanted: [10, 5],
    installed: [9, 5],
    failed: 1,
    unresolved: 2,
    stale: 0,
    queued: 3,
    inFlight: 1,
    nextHops: 2,
    nexthopObjects: 4,
    pathLists: 3,
    batches: 7,
    routeOperations: 100,
    otherOperations: 12,
    failures: 1,
    overruns: 0,
  },
  turns: { bounds: [1, 5], counts: [10, 2, 1], total: 47.5 },
  pods: 6,
  drain: "emptying",
  drainedPeers: 2,
  warnings: 0,
};

export function views(
  protocols: readonly ProtocolView[],
  more: Partial<ObservedViews> = {},
): ObservedViews {
  return {
    *daemon() {
      yield undefined;
      return DAEMON;
    },
    unready: () => [],
    protocols: () => protocols,
    interfaces: () => [],
    bfdSessions: () => [],
    routes: () => [],
    tableSize: (family) => ({ routes: 40 + family, networks: 30 + family }),
    ...more,
  };
}

/** One of everything. */
export const EVERYTHING: readonly ProtocolView[] = [
  { ...peer("device1"), kind: "Device", bgp: undefined, channels: [] },
  peer("tor-a"),
  peer("tor-b", { state: "Idle", negotiated: undefined, updateAt: undefined, enabled: false }),
  range("nodes"),
  peer("nodes-10.1.0.2", { template: "nodes" }),
  peer("nodes-10.1.0.3", { template: "nodes", state: "OpenSent" }),
];
