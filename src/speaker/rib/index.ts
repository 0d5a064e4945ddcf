// The RIBs of RFC 4271 §3.2 and everything between them.
//
//   announce, withdraw -> Adj-RIB-In -> decision -> Loc-RIB -> FIB queue -> takeFibChanges()
//                                                         \-> update groups -> take()
//
// rib.ts is the door: what happens to it; contents.ts: what is in it.
//
// Adj-RIB-In (path-store.ts, family-rib.ts): a path is a row of typed arrays: prefix, source,
// attributes as received and as the import policy left them, flags, time. The paths of a prefix are a
// chain, the best one first; Loc-RIB is the first rows of the chains.
//
// Decision (decision.ts, tie-breaks.ts): announce() and withdraw() queue the prefix; work() decides it,
// once for all that happened in the meantime. Next hops are those of the FIB: takeNextHopInterest()
// says which ones matter, setNextHop() what became of them.
//
// Adj-RIB-Out (update-groups.ts, update-group.ts, group-family.ts, adj-rib-out.ts): neighbours that
// are to hear the same share a table and the encoding (update-batch.ts, update-encoder.ts). Members
// are the source ids of the neighbours. The table has one route a prefix (single-path-out.ts) or several
// (multi-path-out.ts), whose path identifiers are the paths' own (path-ids.ts).
//
// Walks over everything (path-walks.ts): next hops, sources or rules of decision that changed, sweeps.
//
// Watchers (watch.ts): Adj-RIB-In before and after the policy and Loc-RIB, each by a feed that knows what
// was told and compares (path-feed.ts); Adj-RIB-Out by members of the groups that stand for a watcher
// (member.ts). Nobody watches: nobody pays.
//
// Work is done in slices, and nothing is allocated for a prefix. Every prefix and every attribute set
// that a table, a queue or a member's arrears mention is held in the tables of the route room, and
// given back: when everything has been withdrawn and work() is idle, those tables are empty.
//
// Kept: RFC 4271 §9.1.2 and §9.2, RFC 4456 §9, RFC 4724 §2 and §4.2 (End-of-RIB, stale paths), RFC
// 7313 §4, RFC 7311 §4.1 (AIGP), RFC 7911, RFC 9494 §4.3 (LLGR_STALE is the last choice). Confessed:
// - MED is compared as RFC 4271 has it, over the whole set of paths, so the result never depends on
//   the order of arrival ("deterministic MED"); there is no other mode.
// - The older of two external paths is preferred only where that is asked for (preferOldest): without,
//   the result is the same after a restart. A path's age counts from its last change (to 10 ms, and
//   from the last 497 days).
// - A route reflector's clients are sent their own routes back, with ORIGINATOR_ID, and drop them
//   (RFC 4456 §8 provides for it); one encoding for all is worth more. External neighbours are not
//   (see GroupSettings.sendBack): those routes are encoded once for all but the one.
// - A member whose export policy changes while its socket is full, or that has not heard all yet, may
//   hear of what stays the same once more.
// - A member that joins may hear of a prefix twice, or of the withdrawal of one it never had.
// - MinRouteAdvertisementInterval (RFC 4271 §9.2.1.1) is 0: changes go out at once, as containers need.
// - ADD-PATH (RFC 7911): of more than 1023 paths to one prefix that are exported, those that came first
//   are sent. "The best N" are those of the update group: an external neighbour which one of them came
//   from is sent the others. Neighbours that are to be sent another number of paths start anew.

export { MAXIMUM_PATHS } from "./family-rib.ts";
export { Rib } from "./rib.ts";
export { MOST_NEIGHBOURS } from "./sources.ts";
export {
  LOCAL_SOURCE,
  type DecisionRules,
  type DecisionSettings,
  type ExportPolicy,
  type FibSink,
  type GroupSettings,
  type GroupView,
  type ImportJudge,
  type MemberView,
  type NextHopInterest,
  type PathView,
  type PathVisitor,
  type Reason,
  type RibTables,
  type Source,
  type SourceCounters,
  type Write,
} from "./types.ts";
export type { RouteListener } from "./family-parts.ts";
export { observerOf, originOf, watcherOf } from "./member.ts";
export type { PathTable } from "./path-feed.ts";
export type { Watch, WatchSink } from "./watch.ts";
