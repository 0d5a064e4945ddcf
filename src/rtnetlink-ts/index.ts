/**
 * rtnetlink-ts: rtnetlink on the wire (rtnetlink(7), linux/rtnetlink.h, linux/nexthop.h). Bytes in,
 * values out, and the other way round; no socket, no clock, no state.
 *
 * - Writing: a NetlinkWriter collects messages in one growing buffer, so that hundreds of them go
 *   out in one send. `write...` functions append one message each. Routes over nexthop objects have
 *   a form that takes plain numbers, because there may be a million.
 * - Reading: a MessageCursor walks over the messages of a datagram, `decode...` makes a value of
 *   one; RouteReader reads routes in place without making anything. What is truncated or of another
 *   address family is `undefined`, never an exception.
 * - Acknowledgements carry the sequence number of their request, and the kernel's own words
 *   (extended ACK) where it has any.
 *
 * Numbers are little-endian (the host order of the machines this runs on), addresses in network
 * order on the wire and four words in host order in values. Names of constants are the kernel's.
 * Not covered: traffic control, statistics but links' packets, bridge VLANs; the single buckets of nexthop groups.
 */
export * from "./constants.ts";
export { IPV4, IPV6, addressFamilyOf, familyOf } from "./ip.ts";
export type { Family, IpAddress } from "./ip.ts";
export { AttributeCursor, MessageCursor } from "./cursor.ts";
export { NetlinkWriter } from "./writer.ts";
export { decodeDone, decodeError } from "./acknowledgement.ts";
export type { Acknowledgement } from "./acknowledgement.ts";
export { decodeLink, writeDumpLinks } from "./link.ts";
export type { Link } from "./link.ts";
export { decodeAddress, writeAddress, writeDumpAddresses } from "./address.ts";
export type { InterfaceAddress } from "./address.ts";
export {
  decodeNeighbour,
  writeDumpProxyNeighbours,
  writeGetNeighbour,
  writeProxyNeighbour,
} from "./neighbour.ts";
export type { Neighbour } from "./neighbour.ts";
export {
  decodeNexthop,
  writeDeleteNexthop,
  writeDumpNexthops,
  writeGetNexthop,
  writeNexthop,
  writeNexthopGroup,
} from "./nexthop.ts";
export type { Nexthop, NexthopMember } from "./nexthop.ts";
export {
  RouteReader,
  decodeRoute,
  writeDumpRoutes,
  writeGetRoute,
  writeRoute,
  writeRouteByNexthop,
} from "./route.ts";
export type { PathMtu, Route, RouteTemplate } from "./route.ts";
export type { RouteHop } from "./route-hop.ts";
export { decodeRule, writeDumpRules } from "./rule.ts";
export type { Rule } from "./rule.ts";
export { decodeStats, writeDumpStats } from "./stats.ts";
export type { LinkCounters } from "./stats.ts";
