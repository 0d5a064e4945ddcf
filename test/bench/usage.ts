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
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The command may have blanks and brackets of its own: count from the last one (proc(5)).
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    cpu += (Number(fields[11]) + Number(fields[12])) / TICKS;
    const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "latin1"));
    memory += Number(peak?.[1] ?? 0) / 1024;
  }
  return { cpu, memory };
}
