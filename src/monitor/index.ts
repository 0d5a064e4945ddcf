/**
 * monitor: what a BGP speaker tells those who watch it, on the wire and in files. Values become
 * bytes; nothing here knows a socket, a file, a clock or a route table. Only written, never read.
 *
 * BMP, to a monitoring station (RFC 7854, RFC 8671, RFC 9069):
 *
 *     initiation          who this is, first on every connection
 *     peerUp, peerDown    a session with a neighbour, with both OPENs; its end, and why
 *     routeMonitoring     UPDATEs, as they came or as they would be sent
 *     statisticsReport    counters and gauges of a neighbour, or of Loc-RIB
 *     termination         why the connection ends, last on it
 *
 * bmp-message.ts is what they have in common; bmp-peer.ts says of whom a message is (the per-peer
 * header). Loc-RIB is a peer of its own kind (RFC 9069 §4.1).
 *
 * MRT, in files (RFC 6396, RFC 8050):
 *
 *     peerIndexTable, ribEntries      a dump of the routes of all neighbours (TABLE_DUMP_V2)
 *     bgpMessage, stateChange         what happens, as it happens (BGP4MP_ET)
 *
 * Choices where the standards leave one:
 * - AS numbers have four octets in all that is encoded here. UPDATEs that are passed on as they came
 *   from a neighbour that knows two octets only are marked as such: by the A flag, or by the MRT subtype.
 * - Route Mirroring is not sent: it is for what cannot be read, and the log says that (RFC 7606 §8).
 * - MRT records of what happens bear microseconds (the _ET types); dumps do not.
 */
export {
  peerHeader,
  PEER_FLAG,
  type BmpEndpoint,
  type BmpPeer,
  type BmpTable,
} from "./bmp-peer.ts";
export { initiation, type Initiation } from "./bmp-initiation.ts";
export { termination, TERMINATION_REASON } from "./bmp-termination.ts";
export { peerUp, type PeerUp } from "./bmp-peer-up.ts";
export { peerDown, type PeerDownReason } from "./bmp-peer-down.ts";
export { routeMonitoring } from "./bmp-route-monitoring.ts";
export { statisticsReport, STATISTIC, type Statistic } from "./bmp-statistics.ts";
export { bgpMessage, type MrtSession } from "./mrt-message.ts";
export { stateChange } from "./mrt-state-change.ts";
export { peerIndexTable, type MrtPeer } from "./mrt-peer-index.ts";
export { ribEntries, type RibEntry } from "./mrt-rib.ts";
