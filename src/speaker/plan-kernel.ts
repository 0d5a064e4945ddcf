// Where the RIB wants packets to go.

import { DISCARD, formatAddress } from "../route/index.ts";
import type { Family, NextHopTable } from "../route/index.ts";
import type { Rib } from "./rib/index.ts";

/** As FibSink has it. */
export interface NextHops {
  readonly best: readonly number[];
  readonly backup: number;
  readonly table: number;
  readonly metric: number;
}

export function nextHopsOf(rib: Rib, family: Family, prefix: number): NextHops {
  let found: NextHops = { best: [], backup: 0, table: 0, metric: 0 };
  rib.nextHopsOf(family, prefix, (_family, _prefix, best, backup, table, metric) => {
    found = { best: [...best], backup, table, metric };
  });
  return found;
}

export function differs(a: NextHops, b: NextHops): boolean {
  const isSame = a.best.length === b.best.length && a.best.every((hop, i) => hop === b.best[i]);
  return !isSame || a.backup !== b.backup || a.table !== b.table || a.metric !== b.metric;
}

/** In words. */
export function wayOf({ best, backup, table, metric }: NextHops, hops: NextHopTable): string {
  const name = (hop: number) =>
    hop === DISCARD ? "nowhere" : formatAddress(hops.get(hop).address);
  const words = [`via ${best.map(name).join(", ")}`];
  if (backup !== 0) words.push(`backup ${name(backup)}`);
  if (table !== 0) words.push(`table ${table}`);
  if (metric !== 0) words.push(`metric ${metric}`);
  return words.join(", ");
}
