// The shared nouns of the routing rooms. Everything that exists a million times is a row in a typed
// array and is named by a small integer; everything a person reads or writes is an object.
//
// Values
//   Address, Prefix      four words of 32 bits in host order for either family, and their text:
//                        strict when read, RFC 5952 when written
//   PrefixRange          "172.16.0.0/12 le 24", as filters write it
//   communities          "65001:100", "no-export" (RFC 1997)
//
// Tables
//   PrefixTable          prefix <-> id, one table a family; longest match; the order of addresses
//   NextHopTable         next hop (with its link, where it needs one) <-> id
//   AttributeTable       set of path attributes <-> id, with the columns that decisions read
//
// How a route's header comes in: a set is known by its canonical encoding together with the next hop's
// id. Most neighbours write just that encoding, so the bytes of an UPDATE's attributes are looked up as
// they are; a set that nobody has sent so before is decoded once, to be judged, and kept as it came. In
// any other form the bytes are decoded, encoded canonically, and become an alias of the set. A header
// that RFC 7606 wants treated as a withdrawal has no id and is no alias.
//
// Who keeps what alive: ids are used again when nobody holds them. A prefix is held by name (a bit a
// room, HOLDER), since each room holds it once; attribute sets and next hops are counted, since every
// route holds its own. Whoever remembers something about a set without holding it compares
// AttributeTable.generation. Sets that were made and never held go with AttributeTable.sweep.
//
// How much there may be: whatever a neighbour can add to has a ceiling, and reaching it is an answer,
// not an error. Attribute sets (by bytes) and next hops (by number) are charged to the neighbour that
// brought them first; one gets half of the room, all of them the whole (Quota). The forms that headers
// came in are a cache, and are not kept where there is no room. Prefixes are only counted (isFull):
// whoever interns them looks. The caller ends the session of the one that sends too much.
//
// Tables grow by doubling. Hash indexes move into the larger one bit by bit, so that no insertion takes
// longer than copying the columns (measured: 4 ms at worst on the way to a million prefixes). Tables do
// not shrink; one that empties keeps its arrays, except for the bytes of attribute sets, which lie in
// chunks of 64 KiB that go back when they are empty.
//
// What is costly to keep in mind: AttributeTable.get decodes what its cache does not have; sorted() and
// covered() visit the whole table (measured: 30 to 50 ms for a million prefixes).
//
// Confessed: a chunk is held as long as one of its pieces is, so a neighbour that chooses what it takes
// back can make the table hold more bytes than live in it, up to the ceiling. IPv4-mapped addresses are written in the mixed form of RFC 5952 §5, other embedded IPv4
// addresses (64:ff9b::/96, say) in groups. Zones are not part of an Address; only
// parseScopedAddress reads them.

export { type Family, IPV4, IPV6, bitsOf } from "bgp-ts";
export type {
  AsPathSegment,
  ExtendedCommunity,
  LargeCommunity,
  NextHop,
  Origin,
  PathAttributes,
} from "bgp-ts";
export type {
  AsPathMatch,
  FilterChange,
  FilterMatch,
  FilterRule,
  FilterSource,
  FilterVerdict,
  NumberRange,
} from "./filter-rule.ts";
export {
  Address,
  addressBytes,
  addressFromBytes,
  addressesEqual,
  compareAddresses,
  isLinkLocal,
  isLoopback,
  isMulticast,
  isUnspecified,
} from "./address.ts";
export {
  type ScopedAddress,
  formatAddress,
  formatQuad,
  formatWords,
  parseAddress,
  parseQuad,
  parseScopedAddress,
} from "./address-text.ts";
export {
  Prefix,
  type PrefixRange,
  comparePrefixes,
  formatPrefix,
  formatPrefixRange,
  hostPrefix,
  maskWord,
  networkAddress,
  networkOf,
  parsePrefix,
  parsePrefixRange,
  prefixContains,
  prefixContainsAddress,
  prefixesEqual,
} from "./prefix.ts";
export {
  PHASE,
  columnLength,
  fitted16,
  fitted32,
  fitted8,
  grown16,
  grown32,
  grown8,
  roomOf,
} from "./grow.ts";
export { HOLDER, PrefixTable } from "./prefix-table.ts";
export { DISCARD, NO_NEXT_HOP, NextHopTable, type ResolvedNextHop } from "./next-hop-table.ts";
export { COMMUNITY, TRAIT } from "./attribute-columns.ts";
export { AttributeTable, NO_ATTRIBUTES } from "./attribute-table.ts";
export { type Handling, PLAIN } from "./handling.ts";
export { formatCommunity, parseCommunity } from "./community.ts";
export {
  type CommunityPattern,
  formatExtendedCommunity,
  matchesCommunity,
  parseCommunityPattern,
  parseExtendedCommunity,
  parseExtendedCommunityPattern,
  parseLargeCommunity,
  parseLargeCommunityPattern,
} from "./community-text.ts";
export { AsPathPattern, type PatternFault } from "./as-path-pattern.ts";
