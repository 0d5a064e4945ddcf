import { parseArgs } from "node:util";
import { prepare } from "../support/root.ts";
import { bfdRun, type BfdRun } from "./bfd.ts";
import { build } from "./build.ts";
import { fibRun, type FibRun } from "./fib.ts";
import { SUBJECTS, type SubjectName } from "./subjects.ts";

/** `npm run bench`: underlay beside BIRD 2 and FRR, in the same run, on real sessions and a real FIB. */

const HELP = `npm run bench [-- OPTIONS]
npm run bench -- bfd [OPTIONS]

A neighbour announces N /32s of 1000 next hops over one session, then withdraws them. Measured for
underlay, BIRD 2 and FRR in turn: first UPDATE byte to the last route in the kernel's FIB, the same
for the withdrawal, CPU seconds and peak memory of all processes of each. underlay is built first
and runs from dist/, as it is installed.

  --routes N[,N...]    how many routes (default: 100000,1000000)
  --runs N             runs of each; medians are printed (default: 3)
  --only NAME[,NAME]   underlay, bird, frr (default: all)
  --json               print the single runs as JSON lines as well

bfd: underlay with BFD towards many neighbours (a BIRD) while a table is loaded and withdrawn. False
alarms, the longest silence of a session as a capture has seen it, CPU of the BFD thread.

  --sessions N         how many neighbours (default: 50)
  --interval MS        between two packets; the multiplier is 3 (default: 50)
  --routes, --runs and --json as above
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    routes: { type: "string", default: "100000,1000000" },
    runs: { type: "string", default: "3" },
    sessions: { type: "string", default: "50" },
    interval: { type: "string", default: "50" },
    only: { type: "string", default: SUBJECTS.join(",") },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}

const isBfd = positionals[0] === "bfd";
if (positionals.length > (isBfd ? 1 : 0)) throw new Error(`${positionals.join(" ")}: expected bfd`);

await prepare("The bench", ["iproute2", "procps", "bird2", isBfd ? "tcpdump" : "frr"]);

const subjects = values.only.split(",").map((name) => {
  const subject = SUBJECTS.find((known) => known === name);
  if (subject === undefined) throw new Error(`--only ${name}: expected ${SUBJECTS.join(", ")}`);
  return subject;
});
if (subjects.includes("underlay")) build();
const sizes = values.routes.split(",").map(Number);

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function medians(runs: readonly FibRun[]): FibRun {
  const of = (pick: (run: FibRun) => number): number => median(runs.map(pick));
  return {
    ...runs[0],
    load: of((run) => run.load),
    withdraw: of((run) => run.withdraw),
    cpu: of((run) => run.cpu),
    memory: of((run) => run.memory),
  };
}

function table(rows: readonly FibRun[]): void {
  const reference = rows.find(({ subject }) => subject === "bird");
  const against = (mine: number, theirs: number | undefined): string =>
    theirs === undefined ? "" : ` (${(mine / theirs).toFixed(2)})`;
  const cell = (text: string): string => text.padStart(16);
  console.log(
    `\n${rows[0].routes.toLocaleString("en")} routes, ${values.runs} runs, medians; ` +
      "in brackets: divided by BIRD's",
  );
  const heads = ["load s", "withdraw s", "CPU s", "peak MiB"];
  console.log(`${"".padEnd(10)}${heads.map(cell).join("")}`);
  for (const row of rows) {
    const columns = [
      `${row.load.toFixed(2)}${against(row.load, reference?.load)}`,
      `${row.withdraw.toFixed(2)}${against(row.withdraw, reference?.withdraw)}`,
      `${row.cpu.toFixed(2)}${against(row.cpu, reference?.cpu)}`,
      `${row.memory.toFixed(0)}${against(row.memory, reference?.memory)}`,
    ];
    console.log(`${row.subject.padEnd(10)}${columns.map(cell).join("")}`);
  }
}

function bfdTable({ sessions, routes, alarms, gaps, ...run }: BfdRun): void {
  console.log(
    `\n${sessions} sessions of ${values.interval} ms x 3, ${routes.toLocaleString("en")} routes: ` +
      `load ${run.load.toFixed(2)} s, withdraw ${run.withdraw.toFixed(2)} s`,
  );
  console.log(`false alarms: ${alarms.ours} here, ${alarms.birds} at BIRD's`);
  for (const [phase, { ours, birds }] of Object.entries(gaps)) {
    const figures = `${ours.toFixed(1)} ms (BIRD's ${birds.toFixed(1)} ms)`;
    console.log(`longest silence, ${`${phase}:`.padEnd(10)}${figures}`);
  }
  console.log(`a sleeper of the same priority was woken ${run.late.toFixed(1)} ms late at most`);
  const share = ((100 * run.cpu) / run.elapsed).toFixed(1);
  console.log(`BFD thread: ${run.cpu.toFixed(2)} s CPU of ${run.elapsed.toFixed(1)} s, ${share} %`);
}

if (isBfd) {
  build();
  const [sessions, interval] = [Number(values.sessions), Number(values.interval)];
  for (const routes of sizes) {
    for (let round = 1; round <= Number(values.runs); round++) {
      const run = await bfdRun({ sessions, routes, interval });
      if (values.json) console.log(JSON.stringify(run));
      bfdTable(run);
    }
  }
  process.exit(0);
}

for (const routes of sizes) {
  const results = new Map<SubjectName, FibRun[]>();
  // In turn, so that a machine that changes its speed does so for all of them.
  for (let round = 1; round <= Number(values.runs); round++) {
    for (const subject of subjects) {
      process.stderr.write(`${routes} routes, run ${round} of ${values.runs}: ${subject} ... `);
      const run = await fibRun(subject, routes);
      process.stderr.write(`${run.load.toFixed(2)} s, ${run.withdraw.toFixed(2)} s\n`);
      if (values.json) console.log(JSON.stringify(run));
      results.set(subject, [...(results.get(subject) ?? []), run]);
    }
  }
  table([...results.values()].map(medians));
}
process.exit(0);
