// The rules of filters as plain data: as configuration reads them, and as policies are compiled of them.

import type { ExtendedCommunity, Family, LargeCommunity, Origin } from "bgp-ts";
import type { Address } from "./address.ts";
import type { CommunityPattern } from "./community-text.ts";
import type { Prefix, PrefixRange } from "./prefix.ts";

/** Where a route comes from, in a rule's words; `static`: the configuration's own routes. */
export type FilterSource = "own-pods" | "own-blocks" | "static" | "ebgp" | "ibgp";

/** Both ends count. */
export interface NumberRange {
  readonly minimum: number;
  readonly maximum: number;
}

/** Each key that is present has to hold. A set in the path counts as any one of its members. */
export interface AsPathMatch {
  /** The text of a regular expression, as AsPathPattern reads it. */
  readonly regex?: string | undefined;
  /** These ASes, one behind the other: anywhere, first of all, last of all. */
  readonly contains?: readonly number[] | undefined;
  readonly startsWith?: readonly number[] | undefined;
  readonly endsWith?: readonly number[] | undefined;
  /** As the decision process counts (RFC 4271 §9.1.2.2 a). */
  readonly length?: NumberRange | undefined;
}

/**
 * Every key that is present has to match; within a list, one element is enough, and an empty list
 * matches nothing. An attribute that a route does not have matches no condition about it.
 */
export interface FilterMatch {
  readonly prefix?: readonly PrefixRange[] | undefined;
  /** The prefix is none of these. */
  readonly notPrefix?: readonly PrefixRange[] | undefined;
  readonly length?: NumberRange | undefined;
  readonly family?: readonly Family[] | undefined;
  readonly source?: readonly FilterSource[] | undefined;
  /** The next hop is in one of these. */
  readonly nextHop?: readonly Prefix[] | undefined;
  readonly asPath?: AsPathMatch | undefined;
  /** The route carries one that fits one of these. */
  readonly communities?: readonly CommunityPattern[] | undefined;
  readonly extendedCommunities?: readonly CommunityPattern[] | undefined;
  readonly largeCommunities?: readonly CommunityPattern[] | undefined;
  readonly origin?: readonly Origin[] | undefined;
  readonly med?: NumberRange | undefined;
  readonly localPref?: NumberRange | undefined;
  /** Names of the neighbour that the filter works for, or of the range that it is out of. */
  readonly neighbour?: readonly string[] | undefined;
  readonly group?: readonly string[] | undefined;
  /** Names of the neighbour, or its range, that the route was learnt from; and of that one's group. */
  readonly fromNeighbour?: readonly string[] | undefined;
  readonly fromGroup?: readonly string[] | undefined;
  /** The kind of neighbour that the filter works for. */
  readonly peerType?: "ebgp" | "ibgp" | undefined;
  /** What the filter works as. */
  readonly direction?: "import" | "export" | undefined;
}

/** What is changed on a route. Communities are removed first, then added; `set` replaces them all. */
export interface FilterChange {
  /** LOCAL_PREF, 0 to 2^32-1. Without effect towards another AS. */
  readonly localPref?: number | undefined;
  readonly med?: number | undefined;
  readonly origin?: Origin | undefined;
  /** Of routes of its own family. */
  readonly nextHop?: Address | undefined;
  readonly addCommunities?: readonly number[] | undefined;
  readonly removeCommunities?: readonly CommunityPattern[] | undefined;
  readonly setCommunities?: readonly number[] | undefined;
  readonly addExtendedCommunities?: readonly ExtendedCommunity[] | undefined;
  readonly removeExtendedCommunities?: readonly CommunityPattern[] | undefined;
  readonly setExtendedCommunities?: readonly ExtendedCommunity[] | undefined;
  readonly addLargeCommunities?: readonly LargeCommunity[] | undefined;
  readonly removeLargeCommunities?: readonly CommunityPattern[] | undefined;
  readonly setLargeCommunities?: readonly LargeCommunity[] | undefined;
  /**
   * How many times more an AS is put in front of AS_PATH: the local one on export, the neighbour's
   * on import. Within one AS the path stays as it is (RFC 4271 §5.1.2).
   */
  readonly prepend?: number | undefined;
  /** ASes that are put in front; on export behind the local one, and to another AS only. */
  readonly prependAsn?: readonly number[] | undefined;
  /** GRACEFUL_SHUTDOWN is added, and LOCAL_PREF is 0 (RFC 8326 §4). */
  readonly gracefulShutdown?: boolean | undefined;
  /** What is done here and told to nobody; on import alone. In the place of the neighbour's weight: */
  readonly weight?: number | undefined;
  /** In the place of those that all routes have in the kernel. */
  readonly kernelMetric?: number | undefined;
  readonly kernelTable?: number | undefined;
  /** true: packets end here. false: they do not, whatever the neighbour may ask for by BLACKHOLE. */
  readonly blackhole?: boolean | undefined;
}

/**
 * accept; reject; default: as where there is no filter; next: the changes are made, and the rules
 * behind are asked, about the route as it came in.
 */
export type FilterVerdict = "accept" | "reject" | "default" | "next";

export interface FilterRule {
  /** For `explain`; else the rule goes by its number, from 1. */
  readonly name?: string | undefined;
  readonly match?: FilterMatch | undefined;
  /** goto: the named filter decides; what none of its rules matches is rejected. */
  readonly then: FilterVerdict | { readonly goto: string };
  /** Counts with `accept`, `default` and `next`. */
  readonly set?: FilterChange | undefined;
}
