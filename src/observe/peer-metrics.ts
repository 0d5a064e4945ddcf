// Metrics of neighbours. Each neighbour of the configuration has its own series; those who came out
// of a range have one set together, so that a reflector with a thousand clients, or somebody who
// connects from a thousand addresses, makes no thousand sets. No label is a prefix.

import {
  formatAddress,
  type BgpView,
  type ChannelRoutes,
  type ChannelView,
  type MessageCountsView,
  type TrafficView,
} from "../control/index.ts";
import {
  FAMILY_NAMES,
  bit,
  sample,
  seconds,
  type MetricFamily,
  type Peer,
  type Range,
  type Sample,
  type Snapshot,
} from "./metric.ts";

/** As bgpPeerState of RFC 4273 counts. */
const STATES = ["Idle", "Connect", "Active", "OpenSent", "OpenConfirm", "Established"] as const;

const MESSAGES = [
  ["open", "open"],
  ["update", "update"],
  ["notification", "notification"],
  ["keepalive", "keepalive"],
  ["route_refresh", "routeRefresh"],
] as const satisfies readonly (readonly [string, keyof MessageCountsView])[];

/** A family with a sample a neighbour; undefined: it has none of it. */
function ofPeer(
  type: "counter" | "gauge",
  name: string,
  help: string,
  value: (peer: Peer) => number | undefined,
): MetricFamily {
  return {
    name: `underlay_bgp_peer_${name}`,
    type,
    help,
    labels: ["peer"],
    *samples({ peers }) {
      for (const peer of peers) {
        const found = value(peer);
        if (found !== undefined) yield sample(found, peer.protocol.name);
      }
    },
  };
}

/** A sample a neighbour and address family, while its session is up. */
function ofChannel(
  type: "counter" | "gauge",
  name: string,
  help: string,
  value: (routes: ChannelRoutes) => number | undefined,
): MetricFamily {
  return {
    name: `underlay_bgp_peer_${name}`,
    type,
    help,
    labels: ["peer", "family"],
    *samples({ peers }) {
      for (const { protocol } of peers) {
        for (const { family, routes } of protocol.channels) {
          const found = routes && value(routes);
          if (found === undefined) continue;
          yield sample(found, protocol.name, FAMILY_NAMES[family]);
        }
      }
    },
  };
}

function* messageSamples(counts: MessageCountsView, ...labels: string[]): Iterable<Sample> {
  for (const [label, key] of MESSAGES) yield sample(counts[key], ...labels, label);
}

function messagesOfPeer(direction: "received" | "sent"): MetricFamily {
  return {
    name: `underlay_bgp_peer_messages_${direction}_total`,
    type: "counter",
    help: `BGP messages ${direction}, by kind.`,
    labels: ["peer", "type"],
    *samples({ peers }) {
      for (const { protocol, bgp } of peers) {
        yield* messageSamples(bgp.traffic[direction], protocol.name);
      }
    },
  };
}

/** Prefixes that the neighbour has announced and not withdrawn, taken or not. */
const received = ({ imported, filtered = 0 }: ChannelRoutes): number => imported + filtered;

function sessionType({ external }: BgpView): string {
  return external ? "external" : "internal";
}

function* infoSamples({ peers }: Snapshot): Iterable<Sample> {
  for (const { protocol, bgp } of peers) {
    const address = bgp.neighbourAddress === undefined ? "" : formatAddress(bgp.neighbourAddress);
    const asn = String(bgp.neighbourAsn);
    const link = bgp.interface ?? "";
    yield sample(1, protocol.name, address, link, asn, String(bgp.localAsn), sessionType(bgp));
  }
}

export const PEER_METRICS: readonly MetricFamily[] = [
  {
    name: "underlay_bgp_peer_info",
    type: "gauge",
    help: "1 for each neighbour of the configuration; what it is stands in the labels.",
    labels: ["peer", "address", "interface", "asn", "local_asn", "type"],
    samples: infoSamples,
  },
  ofPeer("gauge", "enabled", "1: it is to be up; 0: kept down on purpose.", ({ bgp }) =>
    bit(bgp.enabled),
  ),
  ofPeer("gauge", "up", "1: the session is Established.", ({ bgp }) =>
    bit(bgp.state === "Established"),
  ),
  ofPeer(
    "gauge",
    "state",
    "State of the session: 1 Idle, 2 Connect, 3 Active, 4 OpenSent, 5 OpenConfirm, 6 Established.",
    ({ bgp }) => STATES.indexOf(bgp.state) + 1,
  ),
  ofPeer(
    "gauge",
    "state_change_timestamp_seconds",
    "When it came up, went down, or was switched on or off, in seconds since 1970.",
    ({ protocol }) => seconds(protocol.since),
  ),
  ofPeer(
    "gauge",
    "initial_routes_received",
    "1: all that it announces at the beginning has come (End-of-RIB), or it is one that never says so.",
    ({ bgp }) => bit(bgp.hasSaidAll),
  ),
  ofPeer("gauge", "hold_time_seconds", "Hold time that was agreed on.", ({ bgp }) =>
    bgp.negotiated === undefined ? undefined : bgp.negotiated.holdTime,
  ),
  ofPeer(
    "counter",
    "sessions_established_total",
    "How often the session has come up.",
    ({ bgp }) => bgp.traffic.established,
  ),
  ofPeer(
    "counter",
    "sessions_lost_total",
    "How often an Established session has ended (flaps).",
    ({ bgp }) => bgp.traffic.lost,
  ),
  ofPeer(
    "gauge",
    "last_notification_code",
    "Code of the last NOTIFICATION, sent or received (RFC 4271); 0: there was none.",
    ({ bgp }) => bgp.lastNotification[0],
  ),
  ofPeer(
    "gauge",
    "last_notification_subcode",
    "Its subcode.",
    ({ bgp }) => bgp.lastNotification[1],
  ),
  ofPeer(
    "gauge",
    "last_update_timestamp_seconds",
    "When the last UPDATE came, in seconds since 1970.",
    ({ bgp }) => (bgp.updateAt === undefined ? undefined : seconds(bgp.updateAt)),
  ),
  messagesOfPeer("received"),
  messagesOfPeer("sent"),
  ofPeer(
    "counter",
    "received_bytes_total",
    "Bytes of BGP received.",
    ({ bgp }) => bgp.traffic.octetsReceived,
  ),
  ofPeer(
    "gauge",
    "unsent_bytes",
    "Bytes for it that the kernel has not taken yet.",
    ({ bgp }) => bgp.output?.unsent,
  ),
  ofPeer(
    "gauge",
    "queued_prefixes",
    "Prefixes that have changed and were not looked at yet, whether to tell it.",
    ({ bgp }) => bgp.output?.prefixes,
  ),
  ofChannel(
    "gauge",
    "routes_received",
    "Routes that it announces now, accepted or not (Adj-RIB-In).",
    received,
  ),
  ofChannel(
    "gauge",
    "routes_accepted",
    "Those of them that the import filter accepts.",
    ({ imported }) => imported,
  ),
  ofChannel(
    "gauge",
    "routes_best",
    "Those of them that are the best of their prefix.",
    ({ preferred }) => preferred,
  ),
  ofChannel(
    "gauge",
    "routes_announced",
    "Routes that are announced to it (Adj-RIB-Out).",
    ({ exported }) => exported,
  ),
  ofChannel(
    "counter",
    "prefixes_updated_total",
    "Prefixes in its announcements since its session came up.",
    ({ stats }) => stats?.importUpdates.received,
  ),
  ofChannel(
    "counter",
    "prefixes_withdrawn_total",
    "Prefixes that it has withdrawn since its session came up.",
    ({ stats }) => stats?.importWithdraws.received,
  ),
  {
    name: "underlay_bgp_peer_routes_stale",
    type: "gauge",
    help: "Routes kept from before, until it announces them again or their time is over.",
    labels: ["peer", "family"],
    *samples({ peers }) {
      for (const { protocol } of peers) {
        for (const { family, stale } of protocol.channels) {
          yield sample(stale?.routes ?? 0, protocol.name, FAMILY_NAMES[family]);
        }
      }
    },
  },
];

/** A family with a sample a range. */
function ofRange(
  type: "counter" | "gauge",
  name: string,
  help: string,
  value: (range: Range) => number,
): MetricFamily {
  return {
    name: `underlay_bgp_range_${name}`,
    type,
    help,
    labels: ["range"],
    *samples({ ranges }) {
      for (const range of ranges) yield sample(value(range), range.protocol.name);
    },
  };
}

/** Of those who are there, and of those who are forgotten: it never falls. */
function everOf(range: Range, value: (traffic: TrafficView) => number): number {
  return range.members.reduce((sum, { bgp }) => sum + value(bgp.traffic), value(range.bgp.traffic));
}

function messagesOfRange(direction: "received" | "sent"): MetricFamily {
  return {
    name: `underlay_bgp_range_messages_${direction}_total`,
    type: "counter",
    help: `BGP messages ${direction}, of all who came out of the range, by kind.`,
    labels: ["range", "type"],
    *samples({ ranges }) {
      for (const range of ranges) {
        for (const [label, key] of MESSAGES) {
          const sum = everOf(range, (traffic) => traffic[direction][key]);
          yield sample(sum, range.protocol.name, label);
        }
      }
    },
  };
}

/** The sum over a range's neighbours, by address family. */
function sumOfRange(
  name: string,
  help: string,
  value: (channel: ChannelView) => number,
): MetricFamily {
  return {
    name: `underlay_bgp_range_${name}`,
    type: "gauge",
    help,
    labels: ["range", "family"],
    *samples({ ranges }) {
      for (const { protocol, members } of ranges) {
        const sums = [0, 0];
        for (const { protocol: member } of members) {
          for (const channel of member.channels) sums[channel.family] += value(channel);
        }
        for (const [family, sum] of sums.entries()) {
          yield sample(sum, protocol.name, FAMILY_NAMES[family]);
        }
      }
    },
  };
}

export const RANGE_METRICS: readonly MetricFamily[] = [
  {
    name: "underlay_bgp_range_peers",
    type: "gauge",
    help: "Neighbours out of a range, by the state of their sessions.",
    labels: ["range", "state"],
    *samples({ ranges }) {
      for (const { protocol, members } of ranges) {
        for (const state of STATES) {
          const count = members.filter(({ bgp }) => bgp.state === state).length;
          yield sample(count, protocol.name, state);
        }
      }
    },
  },
  ofRange(
    "gauge",
    "peers_limit",
    "How many neighbours out of the range there may be.",
    ({ bgp }) => bgp.dynamic?.max ?? 0,
  ),
  ofRange(
    "counter",
    "sessions_established_total",
    "How often a session out of the range has come up.",
    (range) => everOf(range, ({ established }) => established),
  ),
  ofRange(
    "counter",
    "sessions_lost_total",
    "How often an Established session out of the range has ended.",
    (range) => everOf(range, ({ lost }) => lost),
  ),
  ofRange(
    "counter",
    "received_bytes_total",
    "Bytes of BGP received, of all who came out of the range.",
    (range) => everOf(range, ({ octetsReceived }) => octetsReceived),
  ),
  messagesOfRange("received"),
  messagesOfRange("sent"),
  sumOfRange("routes_received", "Routes that they announce now, accepted or not.", ({ routes }) =>
    routes === undefined ? 0 : received(routes),
  ),
  sumOfRange(
    "routes_accepted",
    "Those of them that the import filter accepts.",
    ({ routes }) => routes?.imported ?? 0,
  ),
  sumOfRange(
    "routes_announced",
    "Routes that are announced to them.",
    ({ routes }) => routes?.exported ?? 0,
  ),
  sumOfRange(
    "routes_stale",
    "Routes kept from before, until they are announced again or their time is over.",
    ({ stale }) => stale?.routes ?? 0,
  ),
];
