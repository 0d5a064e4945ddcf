import type { Address, CommunityPattern, Family, Prefix, PrefixRange } from "../route/index.ts";

/** A filter: its rules, or where they stand (Calico's BGPFilter, which the daemon reads). */
export interface FilterConfig {
  readonly name: string;
  /** Tried in order; the first rule that matches decides. What none matches is rejected. */
  readonly rules: readonly FilterRule[];
  /** Present: `rules` is empty, and this file has them. */
  readonly file: string | undefined;
}

export interface FilterRule {
  /** What `show` calls it; undefined: its number. */
  readonly name: string | undefined;
  readonly match: FilterMatch;
  /** default: as where there is no filter; next: the changes are made, and the rules behind asked. */
  readonly then: "accept" | "reject" | "default" | "next" | { readonly goto: string };
  /** What is changed, but for rules that reject or go to another filter. */
  readonly set: FilterChange | undefined;
}

/** Where a route comes from: this node, or a neighbour of that kind. */
export type FilterSource = "own-pods" | "own-blocks" | "static" | "ebgp" | "ibgp";

/** Both ends count. */
export interface NumberRange {
  readonly minimum: number;
  readonly maximum: number;
}

/** ORIGIN: IGP, EGP, INCOMPLETE (RFC 4271 §5.1.1). */
export type OriginCode = 0 | 1 | 2;

/** Every condition that is present must hold, a list by one of its elements; none: every route. */
export interface FilterMatch {
  readonly prefix?: readonly PrefixRange[] | undefined;
  readonly notPrefix?: readonly PrefixRange[] | undefined;
  readonly length?: NumberRange | undefined;
  readonly family?: readonly Family[] | undefined;
  readonly source?: readonly FilterSource[] | undefined;
  readonly nextHop?: readonly Prefix[] | undefined;
  readonly asPath?: AsPathCondition | undefined;
  readonly communities?: readonly CommunityPattern[] | undefined;
  readonly extendedCommunities?: readonly CommunityPattern[] | undefined;
  readonly largeCommunities?: readonly CommunityPattern[] | undefined;
  readonly origin?: readonly OriginCode[] | undefined;
  readonly med?: NumberRange | undefined;
  readonly localPref?: NumberRange | undefined;
  readonly neighbour?: readonly string[] | undefined;
  readonly group?: readonly string[] | undefined;
  readonly peerType?: "ebgp" | "ibgp" | undefined;
  /** Of Calico's filters alone, which have rules for both directions. */
  readonly direction?: "import" | "export" | undefined;
}

export interface AsPathCondition {
  readonly regex?: string | undefined;
  /** ASes one behind the other. */
  readonly contains?: readonly number[] | undefined;
  readonly startsWith?: readonly number[] | undefined;
  readonly endsWith?: readonly number[] | undefined;
  readonly length?: NumberRange | undefined;
}

/** Communities: 32 bits (RFC 1997), two words (RFC 4360), three words (RFC 8092), host order. */
export interface FilterChange {
  readonly localPref?: number | undefined;
  readonly med?: number | undefined;
  readonly origin?: OriginCode | undefined;
  readonly nextHop?: Address | undefined;
  readonly addCommunities?: readonly number[] | undefined;
  readonly removeCommunities?: readonly CommunityPattern[] | undefined;
  readonly setCommunities?: readonly number[] | undefined;
  readonly addExtendedCommunities?: readonly ExtendedCommunityWords[] | undefined;
  readonly removeExtendedCommunities?: readonly CommunityPattern[] | undefined;
  readonly setExtendedCommunities?: readonly ExtendedCommunityWords[] | undefined;
  readonly addLargeCommunities?: readonly LargeCommunityWords[] | undefined;
  readonly removeLargeCommunities?: readonly CommunityPattern[] | undefined;
  readonly setLargeCommunities?: readonly LargeCommunityWords[] | undefined;
  /** How many times more an AS is put in front of the path. */
  readonly prepend?: number | undefined;
  /** ASes that are put in front, the first one first. */
  readonly prependAsn?: readonly number[] | undefined;
  /** RFC 8326: the community, and LOCAL_PREF 0. */
  readonly gracefulShutdown?: boolean | undefined;
  /** In the place of the neighbour's; on import. */
  readonly weight?: number | undefined;
}

export type ExtendedCommunityWords = readonly [high: number, low: number];
export type LargeCommunityWords = readonly [global: number, local1: number, local2: number];
