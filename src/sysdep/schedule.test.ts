import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";

const MODULE = join(import.meta.dirname, "schedule.ts");
const PROGRAM = `
  import { readFileSync } from "node:fs";
  import { preferThread } from ${JSON.stringify(MODULE)};
  const granted = preferThread();
  const stat = readFileSync("/proc/thread-self/stat", "utf8");
  const [priority, policy] = stat.slice(stat.lastIndexOf(")") + 2).split(" ").slice(37, 39);
  process.stdout.write([granted, priority, policy].join(" "));
`;

/** What a program without CAP_SYS_NICE is told, and its scheduling (proc(5)): priority, policy. */
function preferred(rtprio: number): string {
  const words = [
    ...[`--rtprio=${rtprio}`, "--nice=0", "setpriv"],
    ...["--bounding-set=-sys_nice", "--inh-caps=-sys_nice"],
    ...[process.execPath, "--input-type=module", "--eval", PROGRAM],
  ];
  const { stdout, stderr } = spawnSync("prlimit", words, { encoding: "utf8" });
  return stdout || stderr;
}

test("RLIMIT_RTPRIO of 1 is enough for real time", (t) => {
  // In a container without CAP_SYS_RESOURCE root cannot raise a limit either.
  if (spawnSync("prlimit", ["--rtprio=1", "true"]).status === 0) {
    assert.equal(preferred(1), "true 1 2");
  } else {
    t.diagnostic("not tested: the limit cannot be raised here");
  }
});

test("without it and without CAP_SYS_NICE nothing is granted", () => {
  assert.equal(preferred(0), "false 0 0");
});
