import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
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
  /** Of underlay: the beginning of the SHA-256 of what src/ holds, without its tests. */
  readonly sources: string;
}

export function thisMachine(): Machine {
  return {
    cpu: `${cpus()[0]?.model.trim() ?? "?"} (${arch()})`,
    cores: availableParallelism(),
    memory: Math.round(totalmem() / 2 ** 30),
    kernel: release().split("-")[0],
    node: process.versions.node,
    bird: version(["bird", "--version"]),
    frr: version(["/usr/lib/frr/bgpd", "--version"]),
    cc: version(["cc", "--version"]),
    sources: sources(),
  };
}

const SRC = join(import.meta.dirname, "../../src");

function sources(): string {
  const files = globSync("**/*.ts", { cwd: SRC, exclude: ["**/*.test.ts"] });
  const hash = createHash("sha256");
  for (const file of files.sort()) hash.update(`${file}\n`).update(readFileSync(join(SRC, file)));
  return hash.digest("hex").slice(0, 10);
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

/** Share of the processors' time that nothing may want any more, and for how long: ms. */
const IDLE = 0.9;
const LOOK = 500;
/** A namespace with a million routes takes the kernel more than a minute to take down. */
const PATIENCE = 300_000;

/**
 * Until the machine has nothing else to do: the kernel takes the namespaces of the run before down
 * when they are gone already, on a processor that the next one would miss. `onWait` is called once,
 * when that takes its time. False: somebody else is at work, and does not stop.
 */
export async function quiet(onWait: () => void): Promise<boolean> {
  const end = performance.now() + PATIENCE;
  for (let looks = 0; performance.now() < end; looks++) {
    const before = processorTime();
    await sleep(LOOK);
    const after = processorTime();
    if ((after.idle - before.idle) / (after.all - before.all) >= IDLE) return true;
    if (looks === 3) onWait();
  }
  return false;
}

/** In ticks, of all processors, since the machine began (proc_stat(5)). */
function processorTime(): { readonly idle: number; readonly all: number } {
  const [, ...ticks] = readFileSync("/proc/stat", "latin1").split("\n", 1)[0].split(/ +/);
  const times = ticks.map(Number);
  return { idle: times[3] + times[4], all: times.slice(0, 8).reduce((sum, time) => sum + time, 0) };
}
