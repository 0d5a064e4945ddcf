// When a route came or changed, in four bytes: ticks of 10 milliseconds, modulo 2^32. After 497 days
// without a change a route seems to be that much younger than it is.

/** Milliseconds. */
const TICK = 10;

/** The tick next to a moment (milliseconds, the caller's monotonic clock). */
export function ticksOf(now: number): number {
  return Math.round(now / TICK) >>> 0;
}

/** The moment of a tick in the last 497 days, give or take half a tick. */
export function momentOf(ticks: number, now: number): number {
  const current = Math.round(now / TICK);
  return (current - ((current - ticks) >>> 0)) * TICK;
}
