import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Bench } from "./bench.ts";
import type { Machine } from "./machine.ts";
import { plot } from "./plot.ts";
import { report } from "./report.ts";
import { readResults, type Measured, type Run } from "./results.ts";
import { markdownTable } from "./table.ts";

/** This folder's README and its plots, from the results that are kept beside them. */

const FOLDER = import.meta.dirname;
export const KEPT_RESULTS = join(FOLDER, "results.jsonl");
const PAGE = join(FOLDER, "README.md");
/** The part of the page that is made here. */
const [BEGIN, END] = ["<!-- made by npm run bench -- --record -->", "<!-- end -->"];

export function writePage(benches: readonly Bench[]): void {
  const results = readResults(KEPT_RESULTS);
  const measured = benches.flatMap((bench) => {
    const found = results[bench.name];
    return found === undefined ? [] : [{ bench, found }];
  });
  const reports = measured.map(({ bench, found }) => report(bench, found.runs));
  const shortfalls = reports.flatMap((one) => one.shortfalls);
  const plots = measured.flatMap(({ bench, found }) => plotsOf(bench, found));
  const text = [
    BEGIN,
    ...measuredOn(measured),
    plots.join("\n"),
    markdownTable(reports.flatMap(({ rows }) => rows)),
    shortfalls.length === 0 ? "Nothing falls short." : "What falls short:",
    shortfalls.map((line) => `- ${line}`).join("\n"),
    END,
  ];
  const page = readFileSync(PAGE, "utf8");
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`${PAGE}: "${BEGIN}" and "${END}" are not there`);
  const made = text.filter((part) => part !== "").join("\n\n");
  writeFileSync(PAGE, page.slice(0, from) + made + page.slice(to + END.length));
}

/** Written beside the page; the lines that show them there. */
function plotsOf(bench: Bench, { runs }: Measured): string[] {
  const keys = Object.keys(bench.figures).filter((key) => bench.figures[key].plot);
  return keys.flatMap((key) =>
    bench.variants.flatMap((variant) => {
      const svg = plot(bench, runs, variant, key);
      if (svg === undefined) return [];
      const name = [bench.name, variant]
        .filter(Boolean)
        .join("-")
        .replaceAll(/[^\w-]+/g, "-");
      writeFileSync(join(FOLDER, `${name}.svg`), svg);
      return [`![${[bench.name, variant].filter(Boolean).join(", ")}](${name}.svg)`];
    }),
  );
}

/** On what and when: one line, or a line for each lot of benches that were run apart. */
function measuredOn(all: readonly { readonly bench: Bench; readonly found: Measured }[]): string[] {
  const lots = new Map<string, string[]>();
  for (const { bench, found } of all) {
    const { at, machine, runs } = found;
    const words = `measured ${at.slice(0, 10)} on ${machineWords(machine)}; ${runsWords(runs)}.`;
    lots.set(words, [...(lots.get(words) ?? []), bench.name]);
  }
  return [...lots].map(
    ([words, names]) => `${lots.size === 1 ? "All" : names.join(", ")}: ${words}`,
  );
}

function runsWords(runs: readonly Run[]): string {
  const each = counts(runs.map((run) => JSON.stringify([run.subject, run.variant, run.size])));
  const [least, most] = [Math.min(...each), Math.max(...each)];
  const busy = runs.filter((run) => run.busy !== undefined).length;
  const note = busy === 0 ? "" : `, ${busy} of all while the machine was busy`;
  if (most === 1) return `a single run of each${note}`;
  return `medians of ${least === most ? most : `${least} to ${most}`} runs${note}`;
}

function counts(keys: readonly string[]): number[] {
  const found = new Map<string, number>();
  for (const key of keys) found.set(key, (found.get(key) ?? 0) + 1);
  return [...found.values()];
}

function machineWords(machine: Machine): string {
  const { cpu, cores, memory, kernel, node, bird, frr, cc, sources } = machine;
  return (
    `${cpu}, ${cores} cores, ${memory} GiB, Linux ${kernel}; Node.js ${node}, BIRD ${bird}, ` +
    `FRR ${frr}, cc ${cc}; underlay's sources ${sources}`
  );
}
