import type { AsPathSegment } from "./as-path.ts";
import type { NextHop } from "./next-hop.ts";

/** ORIGIN: IGP, EGP, INCOMPLETE (RFC 4271 §5.1.1). */
export type Origin = 0 | 1 | 2;

/** AGGREGATOR: who aggregated the route (RFC 4271 §5.1.7). `address` is a BGP identifier, u32. */
export interface Aggregator {
  readonly asn: number;
  readonly address: number;
}

/** An extended community's eight octets as two numbers of 32 bits, high then low (RFC 4360 §2). */
export type ExtendedCommunity = readonly [high: number, low: number];

/** Global administrator and two local data parts, u32 each (RFC 8092 §3). */
export type LargeCommunity = readonly [global: number, local1: number, local2: number];

/** An attribute that is carried as it came: flags as they are to be sent (RFC 4271 §9). */
export interface UnknownAttribute {
  readonly flags: number;
  readonly type: number;
  readonly value: Uint8Array;
}

/** A route's path attributes in host terms. Frozen by convention: a change makes a new object. */
export interface PathAttributes {
  readonly origin: Origin;
  readonly asPath: readonly AsPathSegment[];
  readonly nextHop: NextHop | undefined;
  readonly med?: number | undefined;
  readonly localPref?: number | undefined;
  readonly atomicAggregate: boolean;
  readonly aggregator?: Aggregator | undefined;
  /** RFC 1997, u32 each, in the order received. */
  readonly communities?: readonly number[] | undefined;
  readonly originatorId?: number | undefined;
  readonly clusterList?: readonly number[] | undefined;
  readonly extendedCommunities?: readonly ExtendedCommunity[] | undefined;
  /** AIGP metric, 64 bits (RFC 7311 §3). */
  readonly aigp?: bigint | undefined;
  readonly largeCommunities?: readonly LargeCommunity[] | undefined;
  /** OTC: the AS that may not be passed upwards again (RFC 9234 §5). */
  readonly onlyToCustomer?: number | undefined;
  /**
   * Types of known optional transitive attributes that came with the Partial bit, ascending: once
   * set it is never taken back (RFC 4271 §5). Undefined when there are none.
   */
  readonly partial?: readonly number[] | undefined;
  /** Ascending by type. */
  readonly unknown: readonly UnknownAttribute[];
}

/**
 * Path attributes with every field present and in one order, so that all of them share one hidden
 * class. What is left out: ORIGIN IGP, an empty AS_PATH, and nothing else.
 */
export function pathAttributes(fields: Partial<PathAttributes>): PathAttributes {
  return {
    origin: fields.origin ?? 0,
    asPath: fields.asPath ?? [],
    nextHop: fields.nextHop,
    med: fields.med,
    localPref: fields.localPref,
    atomicAggregate: fields.atomicAggregate ?? false,
    aggregator: fields.aggregator,
    communities: fields.communities,
    originatorId: fields.originatorId,
    clusterList: fields.clusterList,
    extendedCommunities: fields.extendedCommunities,
    aigp: fields.aigp,
    largeCommunities: fields.largeCommunities,
    onlyToCustomer: fields.onlyToCustomer,
    partial: fields.partial,
    unknown: fields.unknown ?? [],
  };
}
