/**
 * What the Fib asks of the kernel: numbered operations in batches, and the answers.
 *
 * A batch is done in order: every operation of `before` with an ACK of its own, then the routes
 * (hundreds a send, one ACK a send), then `after`. An operation's index is its place in that order:
 * `before` first, then routes, then `after`. Only failures are answered one by one; what is not
 * named in a result has been done.
 */
import type { Address, Family } from "../route/index.ts";

/** Words of one packed route, see packRoute. */
export const ROUTE_WORDS = 8;

/**
 * What to do with a route. Every one of them carries our own protocol number, table and metric.
 * ADD: NLM_F_CREATE | NLM_F_EXCL, so that a route of somebody else is never replaced by accident.
 * REPLACE: NLM_F_CREATE | NLM_F_REPLACE, asked only where our own route is known to be.
 * DELETE: matches protocol, table, prefix and metric, whatever the next hop is.
 */
export const ROUTE_KIND = { ADD: 1, REPLACE: 2, DELETE: 3 } as const;

/** Route types, as in linux/rtnetlink.h. */
export const ROUTE_TYPE = { UNICAST: 1, BLACKHOLE: 6 } as const;

/**
 * A route as 8 words of a Uint32Array:
 *
 *     0  kind (bits 0-7), family (8-15: 0 IPv4, 1 IPv6), prefix length (16-23), type (24-31)
 *     1  nexthop object's id, 0 for a blackhole and where there is none
 *     2  prefix, word 0, host order (the only word of an IPv4 prefix)
 *     3  word 1   4  word 2   5  word 3
 *     6  metric (RTA_PRIORITY)
 *     7  table
 */
export function packRoute(
  into: Uint32Array,
  index: number,
  kind: number,
  family: Family,
  length: number,
  type: number,
  nexthopId: number,
  metric: number,
  table: number,
): void {
  const at = index * ROUTE_WORDS;
  into[at] = kind | (family << 8) | (length << 16) | (type << 24);
  into[at + 1] = nexthopId;
  into[at + 6] = metric;
  into[at + 7] = table;
}

/** Readers of word 0. */
export const routeKind = (word: number): number => word & 0xff;
export const routeFamily = (word: number): Family => (((word >>> 8) & 0xff) === 0 ? 0 : 1);
export const routeLength = (word: number): number => (word >>> 16) & 0xff;
export const routeType = (word: number): number => word >>> 24;

export interface GroupMember {
  readonly id: number;
  /** 1..256; the kernel stores weight - 1. */
  readonly weight: number;
}

/** Create, or replace in place (NLM_F_CREATE | NLM_F_REPLACE), one next hop. */
export interface NexthopOperation {
  readonly kind: "nexthop";
  readonly id: number;
  /** Family of the nexthop object: the gateway's. IPv4 routes may use an IPv6 gateway (RFC 8950). */
  readonly family: Family;
  /** 0, and no gateway: packets end here (NHA_BLACKHOLE). */
  readonly interface: number;
  readonly gateway?: Address | undefined;
  readonly onlink: boolean;
}

/** Create, or replace in place, a group. Its members are there already; it is never empty. */
export interface NexthopGroupOperation {
  readonly kind: "nexthop-group";
  readonly id: number;
  readonly members: readonly GroupMember[];
  /** A resilient group that shares out so many buckets, the same for life; otherwise by hash. */
  readonly buckets?: number | undefined;
}

export type FibOperation =
  | NexthopOperation
  | NexthopGroupOperation
  | { readonly kind: "nexthop-delete"; readonly id: number }
  | { readonly kind: "proxy-add"; readonly address: Address; readonly interface: number }
  | { readonly kind: "proxy-delete"; readonly address: Address; readonly interface: number }
  /** Gratuitous ARP (RFC 5227 §3) or unsolicited neighbour advertisement (RFC 4861 §7.2.6). */
  | {
      readonly kind: "announce-address";
      readonly address: Address;
      readonly interface: number;
      readonly mac: Uint8Array;
    }
  /** Write `value` to /proc/sys/`path`. */
  | { readonly kind: "sysctl"; readonly path: string; readonly value: string }
  /** Read /proc/sys/`path`; the answer comes back as a sysctl fact. */
  | { readonly kind: "read-sysctl"; readonly path: string };

export interface FibBatch {
  readonly id: number;
  readonly before: readonly FibOperation[];
  /**
   * ROUTE_WORDS words each; does not change before the batch's result is given back, and may be
   * written anew from then on. Shared and not transferred: once a thread has detached an array, all
   * its code for typed arrays has to look whether they are still there (measured: bare loops over them
   * take 15 to 35 % longer in V8).
   */
  readonly routes: Uint32Array<SharedArrayBuffer>;
  /** Routes in `routes`. */
  readonly count: number;
  readonly after: readonly FibOperation[];
}

export interface BatchError {
  readonly index: number;
  /** Positive, as in errno.h. */
  readonly errno: number;
  /** The kernel's own words (extended ACK), or the errno's. */
  readonly message: string;
}

export interface BatchResult {
  readonly id: number;
  readonly errors: readonly BatchError[];
}
