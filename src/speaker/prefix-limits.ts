// How many prefixes of a family a neighbour may have here, and what is done about more.

import type { Family } from "../route/index.ts";
import type { Neighbour } from "./neighbour.ts";
import type { Rib } from "./rib/index.ts";

export interface PrefixLimits {
  /** Paths announced, whatever the import policy made of them. */
  readonly received?: number | undefined;
  /** Paths that the import policy accepted. */
  readonly accepted?: number | undefined;
  /**
   * warn: it is logged. block: what is one too many is not taken, until there is room and it is
   * announced again. restart: the session ends with Cease, subcode 1 (RFC 4486). Default: restart.
   */
  readonly action?: "warn" | "block" | "restart" | undefined;
  /** restart: milliseconds until the session may come back. Default: as the session's back-off has it. */
  readonly after?: number | undefined;
  /** Logged from so many percent of a limit on. */
  readonly warnAt?: number | undefined;
}

/** Which limit was met, and how far: for the log and for the neighbour. */
export interface Excess {
  readonly what: "received" | "accepted";
  readonly limit: number;
  /** false: only near it (`warnAt`). */
  readonly isOver: boolean;
}

/**
 * What of its limits a neighbour has met in a family; the worse of the two. Paths that are left from
 * before its session, or a refresh, and wait to be swept do not count: of accepted ones it is not
 * known which those are, so that while there are any, the limit of these may be kept less strictly.
 */
export function excessOf(
  neighbour: Neighbour,
  family: Family,
  rib: Rib,
  limits = neighbour.config.maxPrefixes,
): Excess | undefined {
  if (limits === undefined) return undefined;
  const { received, accepted, stale } = rib.counters(neighbour.source, family);
  const { warnAt } = limits;
  const first = excess("received", received - stale, limits.received, warnAt);
  if (first?.isOver === true) return first;
  return excess("accepted", accepted - stale, limits.accepted, warnAt) ?? first;
}

function excess(
  what: Excess["what"],
  count: number,
  limit: number | undefined,
  warnAt: number | undefined,
): Excess | undefined {
  if (limit === undefined) return undefined;
  if (count > limit) return { what, limit, isOver: true };
  const isNear = warnAt !== undefined && count * 100 > limit * warnAt;
  return isNear ? { what, limit, isOver: false } : undefined;
}

/**
 * For action "block", asked a route: whether what a neighbour announces may be taken and, if so,
 * accepted. What it has already may always change.
 */
export class PrefixGate {
  readonly #rib: Rib;

  constructor(rib: Rib) {
    this.#rib = rib;
  }

  /** Undefined: nothing has to be asked a route. */
  static limitsOf({ config: { maxPrefixes } }: Neighbour): PrefixLimits | undefined {
    return maxPrefixes?.action === "block" ? maxPrefixes : undefined;
  }

  /** Whether a path may be stored. `prefix` -1: nobody has this prefix yet. */
  takes(
    limits: PrefixLimits,
    source: number,
    family: Family,
    prefix: number,
    pathId: number,
  ): boolean {
    const { received } = limits;
    if (received === undefined || this.#rib.currentCount(source, family) < received) return true;
    return prefix >= 0 && this.#rib.hasPath(source, family, prefix, pathId);
  }

  /** Whether a path that the import policy accepts may be used. */
  accepts(
    limits: PrefixLimits,
    source: number,
    family: Family,
    prefix: number,
    pathId: number,
  ): boolean {
    const { accepted } = limits;
    if (accepted === undefined || this.#rib.acceptedCount(source, family) < accepted) return true;
    return this.#rib.isAccepted(source, family, prefix, pathId);
  }
}
