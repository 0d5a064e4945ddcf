// Two counts of what has left by some links, compared.

/** Packets that have gone out by one link since it exists. */
export interface LinkCount {
  readonly index: number;
  readonly packets: number;
}

export interface Count {
  /** When it was made, milliseconds of the caller's clock. */
  readonly at: number;
  readonly links: readonly LinkCount[];
}

/** The link by which most has gone, in packets a second. */
export interface Busiest {
  readonly index: number;
  readonly rate: number;
}

const MILLISECONDS = 1000;

/**
 * undefined: nothing can be said, since no time has passed. A link that has come since, or was made
 * anew and counts from 0 again, has no rate yet; one that has gone has none any more.
 */
export function busiestBetween(before: Count, after: Count): Busiest | undefined {
  const elapsed = after.at - before.at;
  if (elapsed <= 0) return undefined;
  const known = new Map(before.links.map(({ index, packets }) => [index, packets]));
  let busiest: Busiest = { index: 0, rate: 0 };
  for (const { index, packets } of after.links) {
    const rate = ((packets - (known.get(index) ?? packets)) * MILLISECONDS) / elapsed;
    if (rate > busiest.rate) busiest = { index, rate };
  }
  return busiest;
}
