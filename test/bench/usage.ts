import { readFileSync } from "node:fs";
import { until } from "../support/wait.ts";

/** What processes have used so far: CPU seconds (all threads), peak resident memory in MiB. */
export interface Usage {
  readonly cpu: number;
  readonly memory: number;
}

/** USER_HZ is 100 on every Linux that Node runs on. */
const TICKS = 100;

export function usage(pids: readonly number[]): Usage {
  let cpu = 0;
  let memory = 0;
  for (const pid of pids) {
    cpu += timeOf(`/proc/${pid}/stat`);
    const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "latin1"));
    memory += Number(peak?.[1] ?? 0) / 1024;
  }
  return { cpu, memory };
}

/** Seconds of processor time in {@link LOOK} milliseconds that are hardly any. */
const REST = 0.1;
const LOOK = 2000;

/** Until processes have nothing left to do: what comes behind the last route is theirs as well. */
export async function atRest(pids: readonly number[]): Promise<void> {
  let last = -1;
  await until(
    "they have nothing left to do",
    () => {
      const { cpu } = usage(pids);
      const isAtRest = cpu - last < REST;
      last = cpu;
      return isAtRest;
    },
    { interval: LOOK },
  );
}

/** CPU seconds of one thread. */
export function threadTime(pid: number, thread: number): number {
  return timeOf(`/proc/${pid}/task/${thread}/stat`);
}

function timeOf(file: string): number {
  const stat = readFileSync(file, "latin1");
  // The command may have blanks and brackets of its own: count from the last one (proc(5)).
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}
