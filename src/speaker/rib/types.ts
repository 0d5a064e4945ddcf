// The values that cross the door of this room.

import type {
  Address,
  AttributeTable,
  Family,
  NextHopTable,
  PrefixTable,
} from "../../route/index.ts";

/** Source 0 is this node itself: its pods and blocks. Neighbours are 1 and up. */
export const LOCAL_SOURCE = 0;

/** Where paths come from; what the tie-breaks ask about it. */
export interface Source {
  readonly name: string;
  /** The neighbour is in another AS. */
  readonly external: boolean;
  /** A client of this reflector (RFC 4456). */
  readonly client: boolean;
  readonly asn: number;
  /** BGP Identifier, u32. */
  readonly routerId: number;
  /** The neighbour's address, the last tie-break (RFC 4271 §9.1.2.2 g). */
  readonly address: Address;
  /** Of two paths, the one whose source has the higher weight is better, 0 to 65535. Default 0. */
  readonly weight?: number;
  /** What the neighbour's settings were taken from; export policies may ask for it. */
  readonly group?: string | undefined;
}

export interface RibTables {
  readonly prefixes: readonly [PrefixTable, PrefixTable];
  readonly attributes: AttributeTable;
  readonly nextHops: NextHopTable;
}

/** What an operator may choose about the decision process. */
export interface DecisionRules {
  /** Compare MED also between paths from different neighbouring ASes. */
  readonly alwaysCompareMed: boolean;
  /** A path without MED is the worst, not the best (RFC 4271 §9.1.2.2 c). */
  readonly missingMedAsWorst: boolean;
  /** Equal paths may come by way of different neighbouring ASes. */
  readonly multipathRelax: boolean;
  /** Of two external paths the older one, before identifiers are compared (RFC 5004). */
  readonly preferOldest: boolean;
}

export interface DecisionSettings extends DecisionRules {
  /** LOCAL_PREF of a path that has none; 100 everywhere. */
  readonly defaultLocalPref: number;
  /** Next hops at most for one prefix, 1 or more. */
  readonly multipath: number;
  /** false: takeFibChanges() has nothing to hand out, for nobody installs routes. Default: true. */
  readonly hasFib?: boolean;
}

/**
 * What an update group asks about a best path. The answer may be an attribute set that nobody holds
 * yet; 0: do not export. It may depend on the four arguments and, of a set with AIGP, on the metric of its next
 * hop, and on nothing else. It is asked once for every change of a best path or of that metric, so it should remember what it did with an attribute set.
 */
export interface ExportPolicy {
  /** Policies with equal keys answer alike, so their neighbours may share an update group. */
  readonly key: string;
  evaluate(attributes: number, family: Family, prefix: number, source: number): number;
  /** Whether the last answer was 0 because there is no next hop to announce the route with. */
  readonly lacksNextHop?: boolean;
  /**
   * A prefix that the policy announces by itself, whatever the RIB has of it; -1: none. Whoever made
   * the policy holds it.
   */
  ownPrefix?(family: Family): number;
  /** The attribute set that {@link ownPrefix} is announced with; 0: it is not. */
  ownSet?(family: Family): number;
}

/** A path as {@link PathView} has it, without an object. */
export type PathVisitor = (
  source: number,
  pathId: number,
  received: number,
  accepted: number,
  since: number,
  isStale: boolean,
) => void;

/** What the import policy makes of a path that is there: the attribute set to be used, or 0. */
export type ImportJudge = (
  source: number,
  received: number,
  accepted: number,
  family: Family,
  prefix: number,
  /** It is from before its source's session (RFC 4724 §4.2). */
  isStale: boolean,
) => number;

/** What the members of one update group have in common. */
export interface GroupSettings {
  readonly policy: ExportPolicy;
  readonly families: readonly [boolean, boolean];
  /** RFC 6793 was negotiated. */
  readonly fourOctetAs: boolean;
  /** IPv4 prefixes may go out with an IPv6 next hop (RFC 8950). Without, such routes do not. */
  readonly extendedNextHop?: boolean;
  /** 4096, or 65535 (RFC 8654). */
  readonly maximumLength: number;
  /**
   * By family, where ADD-PATH was negotiated (RFC 7911): how many paths of a prefix are sent at most,
   * Infinity for all. 0: the best one, without path identifiers.
   */
  readonly paths?: readonly [number, number];
  /**
   * True: a best path is also sent to the member that it came from, which drops it by ORIGINATOR_ID
   * (RFC 4456 §8); for internal groups. False: it is kept from that member; for external groups.
   */
  readonly sendBack: boolean;
}

/** Bytes of whole messages, the same for all these members. Members are source ids. */
export interface Write {
  readonly members: readonly number[];
  readonly bytes: Uint8Array;
  /** How many routes they announce and withdraw; undefined: they are no UPDATEs about routes. */
  readonly routes?: {
    readonly family: Family;
    readonly announced: number;
    readonly withdrawn: number;
  };
}

/**
 * `best`: next hop ids, the best path's first; empty: no route (or one of this node's own); DISCARD
 * alone: packets end here. The array is used again for the next call: copy what you keep. `backup`:
 * next hop id, 0 for none. `table`, `metric`: where the best path wants it in the kernel, 0: where all
 * others are.
 */
export type FibSink = (
  family: Family,
  prefix: number,
  best: readonly number[],
  backup: number,
  table: number,
  metric: number,
) => void;

export interface NextHopInterest {
  /** Next hop ids that a path began to use. They stay valid until they were in `unwanted`. */
  readonly wanted: number[];
  /** Next hop ids that no path uses any more; their state is forgotten. */
  readonly unwanted: number[];
}

/** A next hop whose only source is gone (`lost`), or that is announced again. */
export interface NextHopLoss {
  readonly nextHop: number;
  readonly lost: boolean;
}

/**
 * Why a path is, or is not, the best; a tie-break's name: there it lost. "swept": its session is gone,
 * and the path goes next. "undecided": the decision for its prefix is still to come.
 */
export type Reason =
  | "best"
  | "multipath"
  | "filtered"
  | "swept"
  | "next hop unreachable"
  | "local origin"
  | "long-lived stale"
  | "weight"
  | "local preference"
  | "AIGP"
  | "AS path length"
  | "origin"
  | "MED"
  | "external over internal"
  | "IGP metric"
  | "age"
  | "router id"
  | "cluster list length"
  | "neighbour address"
  | "path id"
  | "undecided";

export interface PathView {
  readonly source: number;
  readonly pathId: number;
  /** Attribute set as received. */
  readonly received: number;
  /** Attribute set after the import policy; 0: rejected by it. */
  readonly accepted: number;
  /** When it changed last: the caller's units, modulo 2^32. */
  readonly since: number;
  /** Kept from an earlier session (RFC 4724). */
  readonly stale: boolean;
  readonly reason: Reason;
}

export interface SourceCounters {
  /** Paths in Adj-RIB-In. */
  readonly received: number;
  readonly accepted: number;
  /** Rejected by the import policy. */
  readonly filtered: number;
  /** Paths that are the best of their prefix. */
  readonly best: number;
  /** From before the last markStale() ... */
  readonly stale: number;
  /** ... and used as before: the others are on their way out. */
  readonly kept: number;
}

export interface MemberView {
  readonly source: number;
  readonly group: number;
  /** "catching up": it is in step with changes and still receives what was there before it joined. */
  readonly state: "in step" | "catching up" | "blocked" | "draining";
  /** By family: it was told all there was when its session came up (RFC 4724 §2), or does not speak it. */
  readonly endOfRib: readonly [boolean, boolean];
  /** By family: routes are not announced to it for want of a next hop. */
  readonly lacksNextHop: readonly [boolean, boolean];
  /** Prefixes that wait for this member alone, as far as they are marked yet, by family. */
  readonly behind: readonly [number, number];
  /** Memory of what is marked for it, in bytes. */
  readonly bytes: number;
}

export interface GroupView {
  readonly id: number;
  readonly policy: string;
  readonly members: readonly number[];
  /** Prefixes in Adj-RIB-Out, by family. */
  readonly exported: readonly [number, number];
  /** Changed prefixes that were not looked at yet, by family. */
  readonly queued: readonly [number, number];
}
