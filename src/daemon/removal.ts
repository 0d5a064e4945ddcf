import type { Fib } from "../fib/index.ts";
import type { Flow } from "./flow.ts";

/**
 * Milliseconds without a route that goes, after which the rest is given up. Long, for the kernel may
 * stand still for all its namespaces while it takes a large one down.
 */
const PATIENCE = 60_000;
/** Milliseconds between two counts of what is left: each is a pass over all routes. */
const COUNT_INTERVAL = 1000;

export interface RemovalRooms {
  readonly fib: Pick<Fib, "inKernel" | "removeAll">;
  readonly flow: Pick<Flow, "settled">;
  readonly clock: () => number;
  readonly wake: () => void;
}

/** Takes what is ours out of the kernel for as long as that goes on; answers how much is left. */
export async function removeAll({ fib, flow, clock, wake }: RemovalRooms): Promise<number> {
  fib.removeAll();
  let [fewest, progressAt, countAt] = [Infinity, clock(), 0];
  while (!flow.settled) {
    wake();
    await new Promise((resolve) => setTimeout(resolve, 5));
    const now = clock();
    if (now < countAt) continue;
    const left = fib.inKernel();
    if (left < fewest) [fewest, progressAt] = [left, now];
    else if (now - progressAt > PATIENCE) return left;
    countAt = now + COUNT_INTERVAL;
  }
  return 0;
}
