import { join } from "node:path";
import { isDeepStrictEqual, parseArgs } from "node:util";
import { prepare } from "../support/root.ts";
import { SUBJECTS, type Bench, type SubjectName, type Task } from "./bench.ts";
import { build } from "./build.ts";
import { load, quiet, thisMachine } from "./machine.ts";
import { KEPT_RESULTS, writePage } from "./page.ts";
import { BENCHES } from "./registry.ts";
import { report } from "./report.ts";
import { readResults, scaled, writeResults, type Measured, type Run } from "./results.ts";
import { textTable } from "./table.ts";

/** `npm run bench`: underlay beside BIRD 2 and FRR, in the same run, on real sessions and a real FIB. */

const HELP = `npm run bench [-- [NAME ...] [OPTIONS]]

Measures underlay beside BIRD 2 and FRR: each in turn, in network namespaces, with real sessions and
the kernel's real FIB. One table of medians; in brackets: underlay's figure divided by that one. It
says what falls short. underlay is built first and runs from dist/, as it is installed.

${BENCHES.map(({ name, what }) => `  ${name.padEnd(13)} ${what}`).join("\n")}

  --runs N             runs of each; medians are printed (default: 5)
  --scale X            all sizes times X (0.1: a quick look)
  --only NAME[,NAME]   ${SUBJECTS.join(", ")} (default: all)
  --out FILE           where the single runs are written as JSON lines; what FILE holds of other benches
                       stays (default: dist/bench.jsonl)
  --add                adds to the runs that FILE holds of the same benches, and medians are taken over all;
                       refused if they were made on another machine, or of other sources
  --record             they go to test/bench/results.jsonl, of which its page and its plots are made
  --page               measures nothing: makes page and plots anew
`;

const TOP = join(import.meta.dirname, "../..");

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: "string", default: "5" },
    scale: { type: "string", default: "1" },
    only: { type: "string", default: SUBJECTS.join(",") },
    out: { type: "string", default: join(TOP, "dist/bench.jsonl") },
    add: { type: "boolean", default: false },
    record: { type: "boolean", default: false },
    page: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}

if (values.page) {
  writePage(BENCHES);
  process.exit(0);
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`${option} ${text}: expected a number above 0`);
  return value;
}

function chosen<T>(all: readonly T[], name: string, nameOf: (one: T) => string): T {
  const found = all.find((one) => nameOf(one) === name);
  if (found === undefined) throw new Error(`${name}: expected ${all.map(nameOf).join(", ")}`);
  return found;
}

const out = values.record ? KEPT_RESULTS : values.out;
const runs = positive("--runs", values.runs);
const scale = positive("--scale", values.scale);
const only = values.only.split(",").map((name) => chosen(SUBJECTS, name, String));
const benches =
  positionals.length === 0
    ? BENCHES
    : positionals.map((name) => chosen(BENCHES, name, (bench) => bench.name));

/** In turn, so that a machine that changes its speed does so for all of them; each run begins with another. */
function* tasks(bench: Bench, subjects: readonly SubjectName[]): Generator<Task & { n: number }> {
  for (let n = 1; n <= runs; n++) {
    for (const variant of bench.variants) {
      for (const size of scaled(bench, scale)) {
        const first = (n - 1) % subjects.length;
        for (const subject of [...subjects.slice(first), ...subjects.slice(0, first)]) {
          yield { subject, variant, size, n };
        }
      }
    }
  }
}

async function measure(bench: Bench, task: Task): Promise<Run> {
  try {
    return { ...task, values: await bench.run(task) };
  } catch (error) {
    // The next one is measured all the same: hours of others' results do not go with it.
    return { ...task, values: {}, failed: error instanceof Error ? error.message : String(error) };
  }
}

/** Everything of one bench; written down run by run, so that an interrupt loses the last one only. */
async function measureAll(bench: Bench): Promise<Measured> {
  const machine = thisMachine();
  const done = values.add ? [...(readResults(out)[bench.name]?.runs ?? [])] : [];
  const measured = { at: new Date().toISOString(), machine, runs: done };
  const subjects = bench.subjects.filter((name) => only.includes(name));
  for (const { n, ...task } of tasks(bench, subjects)) {
    const words = [bench.name, task.variant, task.size.toLocaleString("en"), task.subject];
    const name = words.filter(Boolean).join(", ");
    const isQuiet = await quiet(() => process.stderr.write("waiting for an idle machine ...\n"));
    const busy = isQuiet ? {} : { busy: load() };
    const state = isQuiet ? "" : ` (the machine is busy: load ${busy.busy?.toFixed(1)})`;
    process.stderr.write(`${name}, run ${n} of ${runs}${state} ... `);
    const run = { ...(await measure(bench, task)), ...busy };
    process.stderr.write(`${run.failed ?? summary(bench, run)}\n`);
    done.push(run);
    writeResults(out, { [bench.name]: measured });
  }
  return measured;
}

/** Another machine's figures do not belong into one median with this one's, nor another underlay's. */
function checkKept(bench: Bench): void {
  const kept = readResults(out)[bench.name];
  if (kept === undefined || isDeepStrictEqual(kept.machine, thisMachine())) return;
  throw new Error(
    `--add: ${out} holds runs of ${bench.name} on another machine, or of other sources of underlay: ` +
      "without --add they are replaced",
  );
}

function summary(bench: Bench, { values }: Run): string {
  const each = Object.entries(values).map(([key, value]) => {
    const { title, unit } = bench.figures[key];
    return `${title} ${value?.toFixed(2)} ${unit}`.trim();
  });
  return each.join(", ");
}

await prepare("The bench", [...new Set(benches.flatMap(({ needs }) => needs))]);
if (values.add) benches.forEach(checkKept);
if (only.includes("underlay")) build();
for (const bench of benches) await measureAll(bench);

const results = readResults(out);
const reports = benches.map((bench) => report(bench, results[bench.name]?.runs ?? []));
if (values.record) writePage(BENCHES);
const many = values.add ? "all runs" : `${runs} runs`;
console.log(`\n${many}, medians; in brackets: underlay's divided by it\n`);
console.log(textTable(reports.flatMap(({ rows }) => rows)));
const shortfalls = reports.flatMap(({ shortfalls }) => shortfalls);
console.log(shortfalls.length === 0 ? "\nNothing falls short." : "\nWhat falls short:");
for (const line of shortfalls) console.log(`- ${line}`);
process.exit(0);
