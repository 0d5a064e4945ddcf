import { readFileSync } from "node:fs";
import { arch, availableParallelism, cpus, release, totalmem } from "node:os";
import { runNow } from "../support/process.ts";

/** On what was measured, and what. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  /** GiB. */
  readonly memory: number;
  readonly kernel: string;
  readonly node: string;
  readonly bird: string;
  readonly frr: string;
  readonly cc: string;
}

export function thisMachine(): Machine {
  return {
    cpu: `${cpus()[0]?.model.trim() ?? "?"} (${arch()})`,
    cores: availableParallelism(),
    memory: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.versions.node,
    bird: version(["bird", "--version"]),
    frr: version(["/usr/lib/frr/bgpd", "--version"]),
    cc: version(["cc", "--version"]),
  };
}

/** The first number with dots that a program says of itself. */
function version(command: readonly string[]): string {
  const { code, stdout, stderr } = runNow(command);
  return (code === 0 && /\d+(\.\d+)+/.exec(stdout + stderr)?.[0]) || "none";
}

/** Processes that want to run, a minute's mean: more than a few and only the ratios say something. */
export function load(): number {
  return Number(readFileSync("/proc/loadavg", "latin1").split(" ")[0]);
}
