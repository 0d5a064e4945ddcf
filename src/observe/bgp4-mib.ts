// BGP4-MIB (RFC 4273), read-only: what it lets a manager write (bgpPeerAdminStatus, timers) is the
// configuration's. Only neighbours with IPv4 addresses fit into it; all are in BGP4V2-MIB
// (bgp4v2-mib.ts).

import type { AsPathSegmentView, RouteAttributesView } from "../control/index.ts";
import type { Column, Scalar, Table } from "./mib.ts";
import {
  MOST_OCTETS,
  counter,
  gauge,
  keepaliveConfigured,
  lastError,
  quad,
  shortAsn,
  stateNumber,
  totalOf,
} from "./mib-values.ts";
import type { Oid } from "./oid.ts";
import type { SnmpPath, SnmpPeer, SnmpState } from "./snmp-state.ts";

export const BGP: Oid = [1, 3, 6, 1, 2, 1, 15];
const UNKNOWN_ADDRESS = "0.0.0.0";

/**
 * There are no such timers here: routes are announced at once. The range begins at 1 (RFC 4273).
 */
const NO_INTERVAL = 1;

/** Both sides have said what they speak (RFC 4273: openconfirm and established alone). */
const hasVersion = ({ bgp }: SnmpPeer): boolean =>
  bgp.state === "OpenConfirm" || bgp.state === "Established";

const PEER_COLUMNS: readonly Column<SnmpPeer>[] = [
  {
    number: 1, // bgpPeerIdentifier
    type: "IpAddress",
    value: ({ bgp }) => quad(bgp.neighbourId ?? 0),
  },
  { number: 2, type: "Integer", value: ({ bgp }) => stateNumber(bgp) },
  { number: 3, type: "Integer", value: ({ bgp }) => (bgp.enabled ? 2 : 1) }, // start, stop
  {
    number: 4, // bgpPeerNegotiatedVersion
    type: "Integer",
    value: (peer) => (hasVersion(peer) ? 4 : 0),
  },
  {
    number: 5, // bgpPeerLocalAddr
    type: "IpAddress",
    value: ({ bgp: { sourceAddress } }) =>
      sourceAddress === undefined ? UNKNOWN_ADDRESS : quad(sourceAddress.w0),
  },
  { number: 6, type: "Integer", value: ({ bgp }) => bgp.ports?.local ?? 0 },
  { number: 7, type: "IpAddress", value: ({ bgp }) => quad(bgp.neighbourAddress?.w0 ?? 0) },
  { number: 8, type: "Integer", value: ({ bgp }) => bgp.ports?.remote ?? 0 },
  { number: 9, type: "Integer", value: ({ bgp }) => shortAsn(bgp.neighbourAsn) },
  { number: 10, type: "Counter", value: ({ bgp }) => counter(bgp.traffic.received.update) },
  { number: 11, type: "Counter", value: ({ bgp }) => counter(bgp.traffic.sent.update) },
  { number: 12, type: "Counter", value: ({ bgp }) => counter(totalOf(bgp.traffic.received)) },
  { number: 13, type: "Counter", value: ({ bgp }) => counter(totalOf(bgp.traffic.sent)) },
  { number: 14, type: "OctetString", value: ({ bgp }) => lastError(bgp) },
  { number: 15, type: "Counter", value: ({ bgp }) => counter(bgp.traffic.established) },
  {
    number: 16, // bgpPeerFsmEstablishedTime
    type: "Gauge",
    value: (peer) => establishedTime(peer),
  },
  { number: 17, type: "Integer", value: ({ bgp }) => bgp.configured.connectRetry },
  { number: 18, type: "Integer", value: ({ bgp }) => bgp.negotiated?.holdTime ?? 0 },
  { number: 19, type: "Integer", value: ({ bgp }) => bgp.negotiated?.keepalive ?? 0 },
  { number: 20, type: "Integer", value: ({ bgp }) => bgp.configured.holdTime },
  { number: 21, type: "Integer", value: ({ bgp }) => keepaliveConfigured(bgp) },
  { number: 22, type: "Integer", value: () => NO_INTERVAL },
  { number: 23, type: "Integer", value: () => NO_INTERVAL },
  { number: 24, type: "Gauge", value: (peer) => updateElapsed(peer) },
];

/** Seconds since it came up, or was up last. */
export const establishedTime = ({ bgp }: SnmpPeer): number => secondsSince(bgp.establishedAt);

/** Seconds since the last UPDATE. */
export const updateElapsed = ({ bgp }: SnmpPeer): number => secondsSince(bgp.updateAt);

/** 0: that has never been. */
function secondsSince(at: number | undefined): number {
  return at === undefined ? 0 : gauge((Date.now() - at) / 1000);
}

/** An absent number; the MIB has -1 for it. */
const ABSENT = -1;

/** Integer32 holds no more. */
const limited = (value: number | undefined): number =>
  value === undefined ? ABSENT : Math.min(value, 2 ** 31 - 1);

const attribute = (
  number: number,
  type: Column<SnmpPath>["type"],
  value: (attributes: RouteAttributesView) => number | string | Buffer,
): Column<SnmpPath> => ({ number, type, value: ({ attributes }) => value(attributes) });

const PATH_COLUMNS: readonly Column<SnmpPath>[] = [
  { number: 1, type: "IpAddress", value: ({ peer }) => peer.join(".") },
  { number: 2, type: "Integer", value: ({ length }) => length },
  { number: 3, type: "IpAddress", value: ({ prefix }) => prefix.join(".") },
  attribute(4, "Integer", ({ origin }) => origin + 1),
  attribute(5, "OctetString", ({ asPath }) => pathOctets(asPath)),
  attribute(6, "IpAddress", ({ nextHop }) =>
    nextHop?.family === 0 ? quad(nextHop.w0) : UNKNOWN_ADDRESS,
  ),
  attribute(7, "Integer", ({ med }) => limited(med)),
  attribute(8, "Integer", ({ localPref }) => limited(localPref)),
  // lessSpecificRouteNotSelected, lessSpecificRouteSelected
  attribute(9, "Integer", ({ atomicAggregate }) => (atomicAggregate ? 2 : 1)),
  attribute(10, "Integer", ({ aggregator }) => shortAsn(aggregator?.asn ?? 0)),
  attribute(11, "IpAddress", ({ aggregator }) => quad(aggregator?.address ?? 0)),
  {
    number: 12, // bgp4PathAttrCalcLocalPref
    type: "Integer",
    value: ({ attributes, impliedLocalPref }) => limited(attributes.localPref ?? impliedLocalPref),
  },
  { number: 13, type: "Integer", value: ({ isBest }) => (isBest ? 2 : 1) }, // true, false
  attribute(14, "OctetString", ({ unknown }) =>
    Buffer.concat(unknown.map(attributeOctets)).subarray(0, MOST_OCTETS),
  ),
];

/** As many AS numbers of the path as there is room for, from its beginning; whole segments. */
function pathOctets(asPath: readonly AsPathSegmentView[]): Buffer {
  let path = Buffer.alloc(0);
  for (const segment of asPath) {
    const room = (MOST_OCTETS - path.length - 2) >> 1;
    if (room < 1) break;
    path = Buffer.concat([path, segmentOctets(segment, room)]);
  }
  return path;
}

/** The segment on a wire of two-octet AS numbers, with `most` of them. */
function segmentOctets({ type, asns }: AsPathSegmentView, most: number): Buffer {
  const some = asns.slice(0, most);
  return Buffer.from([
    type,
    some.length,
    ...some.map(shortAsn).flatMap((asn) => [asn >> 8, asn & 255]),
  ]);
}

function attributeOctets({ flags, type, value }: RouteAttributesView["unknown"][number]): Buffer {
  const length = value.length > 255 ? [value.length >> 8, value.length & 255] : [value.length];
  return Buffer.concat([Buffer.from([flags, type, ...length]), value]);
}

export function bgp4Mib(state: SnmpState): (Scalar | Table<unknown>)[] {
  const peers: Table<SnmpPeer> = {
    oid: [...BGP, 3, 1],
    columns: PEER_COLUMNS,
    rows: () => state.peers4,
  };
  const paths: Table<SnmpPath> = {
    oid: [...BGP, 6, 1],
    columns: PATH_COLUMNS,
    rows: () => state.paths,
  };
  return [
    // bgpVersion: a bit for each version, from the first one on; 4 is the only one.
    { oid: [...BGP, 1], type: "OctetString", value: () => Buffer.from([0x10]) },
    { oid: [...BGP, 2], type: "Integer", value: () => shortAsn(state.daemon.asn) },
    peers,
    { oid: [...BGP, 4], type: "IpAddress", value: () => quad(state.daemon.routerId) },
    paths,
  ];
}
