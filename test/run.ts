import { glob } from "node:fs/promises";
import { join } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { pathToFileURL } from "node:url";
import { NO_ENGINE } from "./lab/engine.ts";
import {
  install,
  installCommand,
  PACKAGES,
  searchPath,
  type PackageName,
} from "./support/packages.ts";
import { becomeRoot, namespaceProblem } from "./support/root.ts";

/**
 * `npm test`. One kind of skip is never a failure: real containers need a kernel and privileges that not
 * every machine can be given, so what lacks them is counted and named by itself.
 */

const HELP = `npm test [-- FILE ...]

Without files: the unit tests, then the tests in network namespaces against FRR, BIRD 2 and others;
a quarter of an hour. With files: these, as in npm test -- src/speaker/*.test.ts

It asks for root through sudo where it is not root, installs the Debian packages that the tests need
where it can, and otherwise says what is missing. What cannot run is counted as skipped, which with
CI=true is a failure. Nothing outside the tests' own namespaces is touched.
`;

if (process.argv.includes("--help")) {
  process.stdout.write(HELP);
  process.exit(0);
}

const TOP = join(import.meta.dirname, "..");
/** All but the compiler, which is the bench's. */
const NEEDED = (Object.keys(PACKAGES) as PackageName[]).filter(
  (name) => name !== "build-essential",
);
const CI = process.env["CI"] === "true";
/** Milliseconds after which a file is given up: several times what the longest takes on a busy machine. */
const LIMIT = 1_200_000;
/** For each test file's process. */
const EXEC_ARGV = ["--import", pathToFileURL(join(import.meta.dirname, "support/seed.ts")).href];
const say = (line: string): void => console.log(line);

// Told to end, it does not just go: it tells the test files, and they take down what they have made.
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.removeAllListeners(signal).on(signal, () => stop.abort());
}

// Debian's users have no sbin on their PATH, and sudo passes theirs on: `sysctl` is there.
process.env["PATH"] = searchPath();
const notRoot = await becomeRoot("Testing in full");
const absent = install(NEEDED, say);
if (absent.length > 0) {
  say(`missing Debian packages: ${absent.join(" ")}`);
  say(`  get them, as root, with: ${installCommand(absent)}`);
}
const problem = notRoot ?? namespaceProblem();
if (problem !== undefined) say(`${problem}.`);
if (problem !== undefined || absent.length > 0) say("Tests that lack something are skipped.");

async function files(pattern: string): Promise<string[]> {
  const found: string[] = [];
  for await (const file of glob(pattern, { cwd: TOP })) found.push(join(TOP, file));
  return found.sort();
}

const counts = { passed: 0, failed: 0, skipped: 0 };
/** Tests without a Docker engine or containerlab, each with the reason. */
const leftOut: string[] = [];

async function stage(title: string, list: string[], concurrency: number): Promise<void> {
  if (list.length === 0 || stop.signal.aborted) return;
  say(`\n── ${title}: ${list.length} files\n`);
  const { signal } = stop;
  const stream = run({ files: list, concurrency, timeout: LIMIT, execArgv: EXEC_ARGV, signal });
  stream.on("test:pass", (test) => {
    // A suite that is skipped is all that is heard of its tests.
    if (typeof test.skip === "string" && test.skip.startsWith(NO_ENGINE)) {
      leftOut.push(`${test.name}: ${test.skip}`);
    } else if (test.skip !== undefined || test.todo !== undefined) counts.skipped++;
    else if (test.details.type !== "suite") counts.passed++;
  });
  stream.on("test:fail", (test) => {
    // A suite fails with its tests, which are counted; or for itself, in what it does before or after.
    const { type, error } = test.details;
    const itself = "failureType" in error && error.failureType === "hookFailed";
    if (type !== "suite" || itself) counts.failed++;
  });
  for await (const text of stream.compose(new spec())) process.stdout.write(String(text));
}

const named = process.argv.slice(2).map((file) => join(process.cwd(), file));
if (named.length > 0) {
  await stage("the named files", named, 3);
} else {
  await stage("unit tests", await files("src/**/*.test.ts"), 2);
  await stage("tests in namespaces", await files("test/**/*.test.ts"), 3);
}

say(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
for (const test of leftOut) say(`left out: ${test}`);
if (CI && counts.skipped > 0) say("CI=true: a skipped test is a failure");
const isGood = counts.failed === 0 && counts.passed > 0 && !(CI && counts.skipped > 0);
process.exit(isGood && !stop.signal.aborted ? 0 : 1);
