import { readFileSync } from "node:fs";

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
