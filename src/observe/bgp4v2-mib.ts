// BGP4V2-MIB (draft-ietf-idr-bgp4-mibv2), which knows IPv6 neighbours and AS numbers of four octets.
// The draft has no number of its own: it stands where FRR has it, at 1.3.6.1.3.5.1.
//
// Left out: the table of routes, and the times of the last errors: they are to be told by the agent's
// sysUpTime, which beside a master agent is that one's.

import type { ChannelView } from "../control/index.ts";
import { establishedTime, updateElapsed } from "./bgp4-mib.ts";
import type { Column, Table } from "./mib.ts";
import {
  MOST_OCTETS,
  addressOctets,
  adminString,
  counter,
  gauge,
  keepaliveConfigured,
  stateNumber,
  totalOf,
} from "./mib-values.ts";
import type { Oid } from "./oid.ts";
import type { SnmpPeer, SnmpState } from "./snmp-state.ts";

export const BGP4V2: Oid = [1, 3, 6, 1, 3, 5, 1];

const octets = (value: number): Buffer =>
  Buffer.from([value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255]);

const peerColumns = (state: SnmpState): readonly Column<SnmpPeer>[] => [
  {
    number: 3, // bgp4V2PeerLocalAddr
    type: "OctetString",
    value: ({ bgp: { sourceAddress } }) =>
      Buffer.from(sourceAddress === undefined ? [] : addressOctets(sourceAddress)),
  },
  { number: 6, type: "Gauge", value: ({ bgp }) => bgp.ports?.local ?? 0 },
  { number: 7, type: "Gauge", value: ({ bgp }) => bgp.localAsn },
  {
    number: 8, // bgp4V2PeerLocalIdentifier
    type: "OctetString",
    value: () => octets(state.daemon.routerId),
  },
  { number: 9, type: "Gauge", value: ({ bgp }) => bgp.ports?.remote ?? 0 },
  { number: 10, type: "Gauge", value: ({ bgp }) => bgp.neighbourAsn },
  { number: 11, type: "OctetString", value: ({ bgp }) => octets(bgp.neighbourId ?? 0) },
  { number: 12, type: "Integer", value: ({ bgp }) => (bgp.enabled ? 2 : 1) }, // running, halted
  { number: 13, type: "Integer", value: ({ bgp }) => stateNumber(bgp) },
  {
    number: 14, // bgp4V2PeerDescription
    type: "OctetString",
    value: ({ protocol: { name, description } }) => adminString(description ?? name),
  },
];

/**
 * Of the last NOTIFICATION of a direction: code, subcode, text, data; the time is left out. With more of
 * the data, answers to GetBulk would not fit a datagram.
 */
function errorColumns(first: number, direction: "received" | "sent"): readonly Column<SnmpPeer>[] {
  const last = ({ bgp }: SnmpPeer) => bgp.notifications[direction];
  return [
    { number: first, type: "Gauge", value: (peer) => last(peer)?.code ?? 0 },
    { number: first + 1, type: "Gauge", value: (peer) => last(peer)?.subcode ?? 0 },
    {
      number: first + 3,
      type: "OctetString",
      value: (peer) => adminString(last(peer)?.text ?? ""),
    },
    {
      number: first + 4,
      type: "OctetString",
      value: (peer) => Buffer.from(last(peer)?.data.subarray(0, MOST_OCTETS) ?? []),
    },
  ];
}

const ERROR_COLUMNS = [...errorColumns(1, "received"), ...errorColumns(6, "sent")];

/** What bgp4V2BackwardTransitionNotification tells of the error: code, subcode and text that were received. */
export const RECEIVED_ERROR = ERROR_COLUMNS.slice(0, 3);

const EVENT_COLUMNS: readonly Column<SnmpPeer>[] = [
  { number: 1, type: "Gauge", value: establishedTime },
  { number: 2, type: "Gauge", value: updateElapsed },
];

const CONFIGURED_COLUMNS: readonly Column<SnmpPeer>[] = [
  { number: 1, type: "Gauge", value: ({ bgp }) => bgp.configured.connectRetry },
  { number: 2, type: "Gauge", value: ({ bgp }) => bgp.configured.holdTime },
  { number: 3, type: "Gauge", value: ({ bgp }) => keepaliveConfigured(bgp) },
];

const NEGOTIATED_COLUMNS: readonly Column<SnmpPeer>[] = [
  { number: 1, type: "Gauge", value: ({ bgp }) => bgp.negotiated?.holdTime },
  { number: 2, type: "Gauge", value: ({ bgp }) => bgp.negotiated?.keepalive },
];

const COUNTER_COLUMNS: readonly Column<SnmpPeer>[] = [
  { number: 1, type: "Counter", value: ({ bgp }) => counter(bgp.traffic.received.update) },
  { number: 2, type: "Counter", value: ({ bgp }) => counter(bgp.traffic.sent.update) },
  { number: 3, type: "Counter", value: ({ bgp }) => counter(totalOf(bgp.traffic.received)) },
  { number: 4, type: "Counter", value: ({ bgp }) => counter(totalOf(bgp.traffic.sent)) },
  { number: 5, type: "Counter", value: ({ bgp }) => counter(bgp.traffic.established) },
];

const GAUGE_COLUMNS: readonly Column<ChannelView>[] = [
  {
    number: 3, // bgp4V2PrefixInPrefixes
    type: "Gauge",
    value: ({ routes }) => routes && gauge(routes.imported + (routes.filtered ?? 0)),
  },
  { number: 4, type: "Gauge", value: ({ routes }) => routes && gauge(routes.imported) },
  { number: 5, type: "Gauge", value: ({ routes }) => routes && gauge(routes.exported) },
];

export function bgp4v2Mib(state: SnmpState): Table<unknown>[] {
  const ofPeers = (number: number, columns: readonly Column<SnmpPeer>[]): Table<unknown> => {
    const table: Table<SnmpPeer> = {
      oid: [...BGP4V2, 1, number, 1],
      columns,
      rows: () => state.peers,
    };
    return table;
  };
  const gauges: Table<ChannelView> = {
    oid: [...BGP4V2, 1, 8, 1],
    columns: GAUGE_COLUMNS,
    rows: () => state.channels,
  };
  return [
    ofPeers(2, peerColumns(state)),
    ofPeers(3, ERROR_COLUMNS),
    ofPeers(4, EVENT_COLUMNS),
    ofPeers(5, CONFIGURED_COLUMNS),
    ofPeers(6, NEGOTIATED_COLUMNS),
    ofPeers(7, COUNTER_COLUMNS),
    gauges,
  ];
}
