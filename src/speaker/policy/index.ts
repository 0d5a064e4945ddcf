// Policies: what may come in from a neighbour, what goes out to one, and with which attributes.
//
//   UPDATE -> ImportPolicy.evaluate -> Adj-RIB-In ... Loc-RIB -> ExportPolicy.evaluate -> Adj-RIB-Out
//
// A policy is compiled from plain data (ImportSpec, ExportSpec) and asked once a route: a set of
// attributes and a prefix in, a set of attributes out, 0 for "rejected". It never edits a set. After
// each answer `reason` says in words which rule decided; `explain` evaluates again to ask.
//
// Import, in this order; no filter lifts the first two:
//   the prefix      a martian; a block of this node or inside one, but for the address of a single
//                   host (a pod that took its address to another node, while no pod here has it: a
//                   pod's own kernel route always wins); a prefix that this node announces itself
//   the attributes  first AS (RFC 4271 §6.3), own AS in AS_PATH (§9.1.2), own ORIGINATOR_ID or cluster
//                   (RFC 4456 §8), a next hop that is no host's address or this node's own (§5.1.3)
//                   and no leaked route (RFC 9234 §5)
//   the filter      first match decides, no match rejects; without a filter: accepted. What a
//                   rule may ask and change is in filter-spec.ts; how it runs in filter-program.ts
//   BLACKHOLE       where the neighbour may ask for one and no rule says otherwise (blackhole.ts)
//   the session     what it asks for: LOCAL_PREF 0 before a shutdown (RFC 8326), OTC (RFC 9234), another
//                   AS number in front (RFC 7705)
// Export:
//   the protocol    well-known communities (RFC 1997), reflection (RFC 4456 §6), OTC (RFC 9234 §5)
//   the filter      or else: this node's own routes and what it reflects, nothing more
//   the rewriting   eBGP: AS prepended, next hop self, what must not leave the AS taken out;
//                   iBGP: LOCAL_PREF present; reflection: ORIGINATOR_ID, CLUSTER_LIST
//
// Most routes share their attributes with thousands of others, so judgements are remembered by
// attribute set (Memo): a route then costs a look-up in the list of martians, one in the memory, and
// no allocation. Rules that look at the prefix are asked each time, and only those that the
// attribute set can match. Nothing is held by a memory; entries carry generations instead.
//
// What the caller has to do: after OwnNetwork has changed, routes that were judged before are
// judged again by nobody else. Sets in results are held by the caller. Split horizon (not back to
// where it came from) needs the neighbour and is the RIB's part.
//
// Deviations, confessed: without a filter an external neighbour's routes are accepted, where RFC 8212
// §2 wants a policy first: a node has to learn its default route out of the box. NO_EXPORT_SUBCONFED
// counts as NO_EXPORT, as there are no confederations here. A route server's part of its role is OTC
// alone: our AS is put in front also towards its clients (RFC 7947 §2.2.2.1 would not).

export { SOURCE, type Source, type Teacher } from "./source.ts";
export type { Teachers } from "./filter.ts";
export type {
  AsPathMatch,
  FilterChange,
  FilterMatch,
  FilterRule,
  FilterSource,
  FilterSpec,
  FilterVerdict,
  NumberRange,
} from "./filter-spec.ts";
export { Filter } from "./filter.ts";
export { type FilterTrial, TRIAL_SOURCES, tryFilter } from "./filter-trial.ts";
export { type Asked, askedBy, type FilterContext, filterFor } from "./filter-context.ts";
export { MOST_NEXT_RULES, MOST_RULES } from "./filter-program.ts";
export { DEFAULT_MARTIANS } from "./martians.ts";
export { RangeSet } from "./range-set.ts";
export { type OwnAddress, OwnNetwork } from "./own-network.ts";
export type { BlackholeSpec } from "./blackhole.ts";
export { ImportPolicy, type ImportSpec, type PolicyContext } from "./import-policy.ts";
export { ExportPolicy, type ExportSpec } from "./export-policy.ts";
export type { PrivateAsRemoval } from "./as-path-changes.ts";
export type { Role } from "./roles.ts";
export { DEFAULT_LOCAL_PREF } from "./rewrite.ts";
export { ResultMemo, UNKNOWN } from "./memo.ts";
export { filterText, policyKey } from "./policy-key.ts";
