/**
 * bgp-ts: BGP-4 on the wire. Bytes become values and values bytes; nothing here knows a socket, a
 * clock or a route table, and nothing here imports anything.
 *
 * Parts, and how input flows:
 *
 *     received octets -> frameMessage (frame.ts) -> type and body
 *       OPEN            decodeOpen (open.ts, capability.ts)
 *       NOTIFICATION    decodeNotification (notification.ts; names in codes.ts)
 *       KEEPALIVE       a header, nothing to decode
 *       ROUTE-REFRESH   decodeRouteRefresh (route-refresh.ts)
 *       UPDATE          UpdateReader.read (update-reader.ts, mp.ts): where the parts are
 *                         -> NlriCursor (nlri.ts): the prefixes, without an object for one
 *                         -> readCanonical (canonical-form.ts): the attributes' octets as they are
 *                            kept and sent on, where the neighbour wrote them so
 *                         -> decodeAttributes (attribute-list.ts): PathAttributes and faults
 *
 * and back: encodeOpen, encodeKeepalive, encodeNotification and encodeRouteRefresh give whole
 * messages; encodeAttributes gives an attribute list in canonical form, which is also what a table
 * of interned attributes keeps; UpdateWriter (update-writer.ts, update-envelope.ts) packs prefixes
 * with it.
 *
 * attribute-table.ts is the heart: a row says an attribute's type, name, flags, who may send it,
 * how it is read and written, and what RFC 7606 does about each way in which it can be broken.
 * attribute-list.ts applies the rows and holds the rules that are about the list as a whole.
 *
 * A neighbour's mistake is a Fault: code, subcode and data of the NOTIFICATION, the offset in the
 * message, the treatment. No octets make a decoder throw. Our own mistakes throw.
 *
 * Standards: RFC 4271 (messages), 1997 4360 8092 (communities), 2545 (IPv6 next hops), 2918 7313
 * (route refresh), 4456 (ORIGINATOR_ID, CLUSTER_LIST), 4486 6608 7313 8203 8538 9003 9384 9687
 * (NOTIFICATION), 4724 9494 (restart capabilities, End-of-RIB), 4760 (IPv4 and IPv6 unicast), 5065
 * (confederation segments, read only), 5492 9072 (OPEN), 6286 (identifier), 6793 (four-octet AS
 * numbers), 7311 (AIGP), 7606 (broken UPDATEs), 7607 (AS 0), 7911 (ADD-PATH), 8654 (long
 * messages), 8950 (IPv4 with an IPv6 next hop), 9234 (roles, OTC).
 *
 * Deviations, and choices where the standards leave one:
 * - A broken multiprotocol attribute disables its family where the session has the other one too,
 *   and resets the session where it has not (RFC 7606 §7.11 allows either).
 * - An unknown well-known attribute withdraws the routes. RFC 7606 does not name the case; RFC 4271
 *   §6.3 would reset.
 * - NEXT_HOP beside MP_REACH_NLRI is not looked at for the latter's prefixes, though broken
 *   (RFC 4760 §3: SHOULD ignore).
 * - A next hop that no host can have (unspecified, loopback, multicast) withdraws the routes.
 * - A single attribute of more than 32,767 octets withdraws the routes, so that what is added on
 *   the way out never overflows its length field.
 * - AIGP is read from anybody: for whom it counts (RFC 7311 §3.4) is the caller's to say. TLVs in it
 *   other than the metric are dropped.
 * - Confederation segments in an external neighbour's AS_PATH are malformed: this speaker is in no
 *   confederation.
 * - A known capability whose value does not have its form ends the OPEN with subcode 0.
 */
export { afiOf, bitsOf, familyOf, IPV4, IPV6, SAFI_UNICAST, type Family } from "./family.ts";
export { isStronger, strongestFault, type Fault, type Treatment } from "./fault.ts";
export {
  CEASE,
  describeNotification,
  ERROR,
  FSM_ERROR,
  HEADER_ERROR,
  MESSAGE,
  OPEN_ERROR,
  ROUTE_REFRESH_ERROR,
  UPDATE_ERROR,
} from "./codes.ts";
export {
  EXTENDED_MAXIMUM_LENGTH,
  frameMessage,
  HEADER_LENGTH,
  MAXIMUM_LENGTH,
  type Frame,
  type MessageType,
} from "./frame.ts";
export type {
  AddPathFamily,
  Capability,
  ExtendedNextHopEntry,
  GracefulRestartFamily,
  LongLivedFamily,
} from "./capability.ts";
export { decodeOpen, encodeOpen, type OpenMessage } from "./open.ts";
export {
  decodeNotification,
  encodeNotification,
  encodeShutdownCommunication,
  hardReset,
  hardResetCause,
  shutdownCommunication,
  type Notification,
} from "./notification.ts";
export { encodeKeepalive } from "./keepalive.ts";
export {
  decodeRouteRefresh,
  encodeRouteRefresh,
  ROUTE_REFRESH,
  type RouteRefresh,
} from "./route-refresh.ts";
export { NlriCursor } from "./nlri.ts";
export { encodeNextHop, type NextHop } from "./next-hop.ts";
export {
  AS_CONFED_SEQUENCE,
  AS_CONFED_SET,
  AS_SEQUENCE,
  AS_SET,
  AS_TRANS,
  asPathLength,
  containsAs,
  firstAs,
  formatAsPath,
  prependAs,
  withoutConfederations,
  type AsPath,
  type AsPathSegment,
  type AsPathSegmentType,
} from "./as-path.ts";
export {
  pathAttributes,
  type Aggregator,
  type ExtendedCommunity,
  type LargeCommunity,
  type Origin,
  type PathAttributes,
  type UnknownAttribute,
} from "./path-attributes.ts";
export {
  decodeCanonicalAttributes,
  encodeAttributes,
  type EncodeOptions,
} from "./encode-attributes.ts";
export { LONGEST_VALUE, type DecodedAttributes } from "./attribute-list.ts";
export type { MpReach, MpUnreach } from "./mp.ts";
export type { Range } from "./range.ts";
export { concat, u16, writeU32 } from "./octets.ts";
export { encodeUtf8 } from "./utf8.ts";
export { UpdateReader, type Section, type UpdateContext } from "./update-reader.ts";
export { UpdateWriter } from "./update-writer.ts";
