// What should not be announced to another AS, and would be.

import { formatPrefix, type Family, type Prefix, prefixContains } from "../route/index.ts";
import type { Up } from "./neighbour.ts";
import type { Twin, TwinRoutes } from "./plan-twin.ts";
import { LOCAL_SOURCE } from "./rib/index.ts";

/**
 * In words, why a prefix that a neighbour is to be told of anew is a leak; undefined: it is none. What
 * the configuration itself announces is meant to be.
 * `isThere`: the prefix is in the tables now, so that it was kept back so far.
 */
export function leakOf(
  { fate: { neighbour: before, config } }: Twin,
  up: Up,
  family: Family,
  here: number,
  isThere: boolean,
  twin: TwinRoutes,
  pool: readonly Prefix[],
): string | undefined {
  const { routes, prefixes } = twin;
  const best = routes.rib.best(family, here);
  if (best === undefined) return undefined;
  const source = routes.rib.source(best.source);
  const isLearnt = best.source !== LOCAL_SOURCE;
  if (up.negotiated.external && isLearnt) {
    if (source?.external === true) return `learnt from ${source.name} (AS ${source.asn})`;
    const prefix = prefixes[family].prefix(here);
    const isInside = pool.length === 0 || pool.some((each) => prefixContains(each, prefix));
    if (!isInside) return `outside pods.pool (${pool.map(formatPrefix).join(", ")})`;
  }
  const filter = before?.config.export;
  const isUnguarded = filter !== undefined && config?.export === undefined;
  const wasUp = before?.up !== undefined;
  return isUnguarded && wasUp && isThere
    ? `export filter ${filter} goes, which held it back`
    : undefined;
}
