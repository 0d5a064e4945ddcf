import type { Bench } from "./bench.ts";
import { bfd } from "./bfd.ts";
import { fibPods } from "./fib-pods.ts";
import { fibTable } from "./fib-table.ts";
import { reflect } from "./reflect.ts";
import { withdraw } from "./withdraw.ts";

/** All benches, in the order in which they run. */
export const BENCHES: readonly Bench[] = [fibPods, fibTable, withdraw, reflect, bfd];
