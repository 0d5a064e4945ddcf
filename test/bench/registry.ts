import type { Bench } from "./bench.ts";
import { bfd } from "./bfd.ts";
import { churn } from "./churn.ts";
import { cli } from "./cli.ts";
import { failover } from "./failover.ts";
import { fibPods } from "./fib-pods.ts";
import { fibTable } from "./fib-table.ts";
import { idle } from "./idle.ts";
import { many } from "./many.ts";
import { memory } from "./memory.ts";
import { podLatency } from "./pod-latency.ts";
import { questions } from "./questions.ts";
import { reflectJoin } from "./reflect-join.ts";
import { reflect } from "./reflect.ts";
import { restart } from "./restart.ts";
import { withdraw } from "./withdraw.ts";

/** All benches, in the order in which they run. */
export const BENCHES: readonly Bench[] = [
  fibPods,
  fibTable,
  withdraw,
  memory,
  failover,
  restart,
  questions,
  reflect,
  reflectJoin,
  podLatency,
  churn,
  many,
  idle,
  bfd,
  cli,
];
