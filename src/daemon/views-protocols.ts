import type { PeerConfig } from "../config/index.ts";
import type {
  BgpState,
  ChannelRoutes,
  ChannelView,
  MessageCountsView,
  OutputView,
  ProtocolView,
} from "../control/index.ts";
import { type Family, IPV4, IPV6 } from "../route/index.ts";
import type { FamilyCounters, NeighbourView, RangeView } from "../speaker/index.ts";
import { wallTime } from "./clock.ts";
import type { Rooms } from "./rooms.ts";

/** BIRD's preference of BGP routes, that tools expect to see. */
export const BGP_PREFERENCE = 100;

/** Likewise, of this node's own routes, and of what a kernel table would have to say. */
export const PREFERENCE = { block: 200, pod: 240, static: 200 } as const;
const KERNEL_PREFERENCE = 10;

/** What the configuration's own routes are shown as coming from. */
export const STATIC_PROTOCOL = "static1";

/** The kernel's tables, by family. */
export const KERNEL_PROTOCOLS = ["kernel1", "kernel2"] as const;

/** What is not a neighbour but has routes or does something: as BIRD's Device, Direct, Kernel. */
export function ownProtocols(rooms: Rooms): ProtocolView[] {
  const since = wallTime(rooms.state().startedAt);
  const config = rooms.config();
  const own = (
    name: string,
    kind: ProtocolView["kind"],
    table: ProtocolView["table"],
    state: ProtocolView["state"],
    description: string,
    channels: readonly ChannelView[] = [],
  ): ProtocolView => ({
    name,
    kind,
    table,
    state,
    since,
    info: "",
    description,
    message: undefined,
    bgp: undefined,
    channels,
  });
  const kernel = config.kernel.install ? "up" : "down";
  const isWatched = config.peers.some(({ bfd }) => bfd !== undefined);
  const hasStatics = config.static.length + config.announce.length > 0;
  const counts = [rooms.survey.ownCounts(IPV4), rooms.survey.ownCounts(IPV6)] as const;
  const source = (kind: "block" | "pod" | "static"): ChannelView[] =>
    FAMILIES.map((family) => {
      const { routes: imported, best: preferred } = counts[family][kind];
      const routes = { ...NO_ROUTES, imported, preferred };
      return ownChannel(family, PREFERENCE[kind], ["ACCEPT", "REJECT"], routes);
    });
  const sink = (family: Family): ChannelView[] => {
    const routes = { ...NO_ROUTES, exported: counts[family].others };
    const filters = ["REJECT", "ACCEPT"] as const;
    return [ownChannel(family, KERNEL_PREFERENCE, filters, kernel === "up" ? routes : undefined)];
  };
  return [
    own("device1", "Device", "---", "up", "interfaces and addresses of this node"),
    own("pods", "Direct", "---", "up", "this node's pods, found in the kernel", source("pod")),
    own("blocks", "Static", "---", "up", "this node's blocks", source("block")),
    ...(hasStatics
      ? [
          own(
            STATIC_PROTOCOL,
            "Static",
            "---",
            "up",
            "routes of the configuration",
            source("static"),
          ),
        ]
      : []),
    own(
      KERNEL_PROTOCOLS[IPV4],
      "Kernel",
      "master4",
      kernel,
      "IPv4 routes of the kernel",
      sink(IPV4),
    ),
    own(
      KERNEL_PROTOCOLS[IPV6],
      "Kernel",
      "master6",
      kernel,
      "IPv6 routes of the kernel",
      sink(IPV6),
    ),
    ...(isWatched ? [own("bfd1", "BFD", "---", "up", "the ways to the neighbours")] : []),
  ];
}

const FAMILIES = [IPV4, IPV6] as const;

const NO_ROUTES: ChannelRoutes = {
  ...{ imported: 0, filtered: undefined, exported: 0, preferred: 0, stats: undefined },
};

/** `routes` undefined: it is down. */
function ownChannel(
  family: Family,
  preference: number,
  [importFilter, exportFilter]: readonly [string, string],
  routes: ChannelRoutes | undefined,
): ChannelView {
  return {
    ...{
      family,
      state: routes === undefined ? "DOWN" : "UP",
      preference,
      importFilter,
      exportFilter,
    },
    ...{ receiveLimit: undefined, importLimit: undefined, limitAction: "restart", routes },
    ...{ stale: undefined, nextHops: [] },
  };
}

/** A range of dynamic neighbours: a line of its own, as it waits for others to connect. */
export function rangeProtocol(range: RangeView, rooms: Rooms): ProtocolView {
  const config = rooms.config().peers.find(({ name }) => name === range.name);
  return {
    name: range.name,
    kind: "BGP",
    table: "---",
    state: range.enabled ? "start" : "down",
    since: wallTime(range.since),
    info: "",
    description: range.description,
    message: range.message,
    bgp: {
      state: range.enabled ? "Active" : "Idle",
      neighbourAddress: undefined,
      neighbourRange: range.range,
      dynamic: { count: range.count, max: range.max },
      interface: undefined,
      neighbourAsn: typeof config?.asn === "number" ? config.asn : 0,
      localAsn: config?.localAsn ?? 0,
      external: config !== undefined && isExternal(config),
      multihop: config?.multihop !== undefined,
      passive: true,
      client: config?.client ?? false,
      neighbourId: undefined,
      localCapabilities: undefined,
      neighbourCapabilities: undefined,
      fourOctetAs: false,
      addPathReceive: false,
      addPathTransmit: false,
      extendedMessages: false,
      sourceAddress: undefined,
      holdTimer: undefined,
      keepaliveTimer: undefined,
      connectTimer: undefined,
      idleTimer: undefined,
      lastError: undefined,
      messagesReceived: 0,
      messagesSent: 0,
      establishedCount: 0,
      template: undefined,
      enabled: range.enabled,
      announcement: "usual",
      ports: undefined,
      traffic: range.past,
      updateAt: undefined,
      output: undefined,
      establishedAt: undefined,
      lastNotification: [0, 0],
      notifications: { received: undefined, sent: undefined },
      configured: {
        holdTime: config?.holdTime ?? 0,
        keepalive: config?.keepalive,
        connectRetry: config?.connectRetry ?? 0,
      },
      negotiated: undefined,
      hasSaidAll: false,
    },
    channels: [],
  };
}

function isExternal({ asn, localAsn }: PeerConfig): boolean {
  return typeof asn === "number" ? asn !== localAsn : asn === "external";
}

export function neighbourProtocol(
  neighbour: NeighbourView,
  transport: Rooms["transport"],
): ProtocolView {
  const state: BgpState = neighbour.state;
  const { negotiated, timers, traffic } = neighbour;
  const established = state === "Established";
  return {
    name: neighbour.name,
    kind: "BGP",
    table: "---",
    state: established ? "up" : neighbour.enabled ? "start" : "down",
    since: wallTime(neighbour.since),
    info: "",
    description: neighbour.description,
    message: neighbour.message,
    bgp: {
      state,
      neighbourAddress: neighbour.address,
      neighbourRange: undefined,
      dynamic: undefined,
      interface: neighbour.interface,
      neighbourAsn: neighbour.peerAsn,
      localAsn: neighbour.localAsn,
      external: neighbour.external,
      multihop: neighbour.multihop,
      passive: neighbour.passive,
      client: neighbour.client,
      neighbourId: neighbour.peerRouterId,
      localCapabilities: negotiated?.localCapabilities,
      neighbourCapabilities: negotiated?.peerCapabilities,
      fourOctetAs: negotiated?.fourOctetAs ?? false,
      addPathReceive: negotiated?.addPathReceive.includes(true) ?? false,
      addPathTransmit: negotiated?.addPathSend.includes(true) ?? false,
      extendedMessages: negotiated?.extendedMessages ?? false,
      sourceAddress: neighbour.local,
      holdTimer: timers.hold,
      // Each interval is a little shorter than the negotiated one (RFC 4271 §10), which is shown.
      keepaliveTimer: timers.keepalive &&
        negotiated && { ...timers.keepalive, total: negotiated.keepalive * 1000 },
      connectTimer: timers.connectRetry,
      idleTimer: timers.idleHold,
      lastError: neighbour.lastError?.text,
      messagesReceived: total(traffic.received),
      messagesSent: total(traffic.sent),
      establishedCount: traffic.established,
      template: neighbour.template,
      enabled: neighbour.enabled,
      announcement: neighbour.announcement,
      ports: neighbour.ports,
      traffic,
      updateAt: wallTimeOf(neighbour.updateAt),
      output: outputOf(neighbour, transport),
      establishedAt: wallTimeOf(neighbour.establishedAt),
      lastNotification: neighbour.lastNotification,
      notifications: neighbour.notifications,
      configured: neighbour.configured,
      negotiated: negotiated && {
        holdTime: negotiated.holdTime,
        keepalive: negotiated.keepalive,
      },
      hasSaidAll: neighbour.hasSaidAll,
    },
    channels: ([IPV4, IPV6] as const)
      .filter((family) => neighbour.wanted[family])
      .map((family) => channel(neighbour, family)),
  };
}

function outputOf(
  { connection, queued }: NeighbourView,
  transport: Rooms["transport"],
): OutputView | undefined {
  const output = connection === undefined ? undefined : transport.output(connection);
  return output && { ...output, prefixes: queued };
}

function wallTimeOf(moment: number | undefined): number | undefined {
  return moment === undefined ? undefined : wallTime(moment);
}

function total({ open, update, notification, keepalive, routeRefresh }: MessageCountsView): number {
  return open + update + notification + keepalive + routeRefresh;
}

/** A channel is there as soon as it is configured; it is up when the neighbour speaks its family. */
function channel(neighbour: NeighbourView, family: Family): ChannelView {
  const counters = neighbour.families[family];
  const nextHops = neighbour.nextHops[family];
  const kept = neighbour.kept[family];
  return {
    family,
    state: counters === undefined ? "DOWN" : "UP",
    preference: BGP_PREFERENCE,
    importFilter: neighbour.importFilter ?? "(built-in)",
    exportFilter: neighbour.exportFilter ?? "(built-in)",
    receiveLimit: neighbour.maxPrefixes?.received,
    importLimit: neighbour.maxPrefixes?.accepted,
    limitAction: neighbour.maxPrefixes?.action ?? "restart",
    routes: counters && channelRoutes(counters),
    stale: kept && { routes: kept.stale, stage: kept.stage, remaining: kept.remaining },
    nextHops: counters === undefined ? [] : nextHops,
  };
}

function channelRoutes(counters: FamilyCounters): ChannelRoutes {
  const none = { received: 0, rejected: 0, filtered: 0, ignored: 0, accepted: 0 };
  return {
    imported: counters.imported,
    filtered: counters.filtered,
    exported: counters.exported,
    preferred: counters.preferred,
    stats: {
      importUpdates: {
        ...none,
        received: counters.updatesReceived,
        rejected: counters.updatesBlocked,
        filtered: counters.updatesFiltered,
        accepted: counters.updatesReceived - counters.updatesFiltered - counters.updatesBlocked,
      },
      importWithdraws: {
        ...none,
        received: counters.withdrawalsReceived,
        filtered: undefined,
        ignored: counters.withdrawalsIgnored,
        accepted: counters.withdrawalsReceived - counters.withdrawalsIgnored,
      },
      exportUpdates: {
        ...none,
        received: counters.updatesSent,
        ignored: undefined,
        accepted: counters.updatesSent,
      },
      exportWithdraws: {
        ...{ received: counters.withdrawalsSent, accepted: counters.withdrawalsSent },
        ...{ rejected: undefined, filtered: undefined, ignored: undefined },
      },
    },
  };
}
