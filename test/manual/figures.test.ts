import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { blocksOf, pageText, rowsUnder } from "./pages.ts";

/** Figures that pages repeat are those of the bench's page, which writes its own. */

const BENCH = "test/bench/README.md";
const ROWS = rowsUnder(BENCH, "## Figures");
const SUBJECTS = ["underlay", "BIRD", "FRR"] as const;
type Subject = (typeof SUBJECTS)[number];
const MEMORY = "peak memory, MiB";

/** What was measured: without units, and without what stands in brackets. */
function measured(
  bench: string,
  size: string,
  figure: string,
  subject: Subject = "underlay",
): number {
  const row = ROWS.find((cells) => [bench, size, figure].every((word, at) => cells[at] === word));
  assert.ok(row, `${BENCH}: ${bench}, ${size}: ${figure}`);
  return parseFloat(row[3 + SUBJECTS.indexOf(subject)].replaceAll(",", ""));
}

const pods = (figure: string, subject?: Subject): number =>
  measured("fib-pods", "1,000,000", figure, subject);

/** With three digits, as the bench's page. */
const short = (value: number): string => value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);

/** The README's table of `fib-pods`, as it has to stand there. */
function readmeTable(): string {
  const [, runs] =
    new RegExp(String.raw`^(?:All|.*\bfib-pods\b.*): measured .*; (.*)\.$`, "m").exec(
      pageText(BENCH),
    ) ?? [];
  const line = (name: string, cells: string[]): string =>
    name.padEnd(10) + cells.map((cell) => cell.padStart(16)).join("");
  return [
    `1,000,000 routes, ${runs === "a single run of each" ? "one run" : runs}`,
    line("", ["load s", "CPU s", "peak MiB"]),
    ...SUBJECTS.map((subject) => {
      const cells = ["time, s", "CPU, s", MEMORY].map((figure) => {
        const value = pods(figure, subject);
        return `${short(value)} (${short(value / pods(figure, "BIRD"))})`;
      });
      return line(subject.toLowerCase(), cells);
    }),
    "",
  ].join("\n");
}

/**
 * `words` stand in the page with a number in the place of each #, and none is further from what was
 * measured than `share`: a page for people rounds.
 */
function says(page: string, words: string, share: number, ...figures: number[]): void {
  const text = pageText(page).replaceAll(/\s+/g, " ");
  const pattern = words.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  const found = new RegExp(pattern.replaceAll("#", String.raw`([\d.]+)`)).exec(text);
  assert.ok(found, `${page} has to say: ${words}`);
  const left = figures.map(String);
  const wanted = words.replaceAll("#", () => left.shift()!);
  const isFar = (figure: number, at: number): boolean =>
    Math.abs(Number(found[at + 1]) / figure - 1) > share;
  assert.ok(!figures.some(isFar), `${page} says:\n  ${found[0]}\nand measured was:\n  ${wanted}`);
}

describe("figures", () => {
  it("of the README's table", () => {
    const isThere = blocksOf("README.md").some(({ text }) => text === readmeTable());
    assert.ok(isThere, `README.md has to have:\n\n${readmeTable()}`);
  });

  it("of the README's words below it: where BIRD is better", () => {
    const both = (...[bench, size, figure]: [string, string, string]): number[] =>
      (["underlay", "BIRD"] as const).map((name) => measured(bench, size, figure, name));
    const page = "README.md";
    const rest = both("idle", "10", MEMORY);
    says(page, "# MiB against # at rest with ten sessions", 0.05, rest[1], rest[0]);
    const memory = both("fib-pods", "100,000", MEMORY);
    says(page, "# against # with 100,000 routes", 0.05, memory[1], memory[0]);
    const [median, tail] = ["p50, ms", "p99, ms"].map((row) => both("pod-latency", "300", row));
    says(page, "A pod's /32 takes # ms from node to node, with BIRD #", 0.05, ...median);
    says(page, "one of a hundred # and #", 0.05, ...tail);
    const cpu = both("fib-pods", "100,000", "CPU, s");
    says(page, "100,000 routes take # s of CPU time instead of #", 0.05, ...cpu);
    const churn = both("churn", "1,000", "CPU of a core, %");
    says(page, "1000 updates a second #% of a core instead of #", 0.05, ...churn);
  });

  describe("of the page about sizing", () => {
    const page = "config/planning.md";
    const memory = measured("idle", "100", MEMORY);
    const [few, many] = ["10", "100"].map((size) => measured("idle", size, "CPU of a core, %"));

    it("at rest", () => {
      says(page, "memory, CPU | # MiB and #% of a core at rest", 0.2, memory, few);
      says(page, "100 sessions with 50 BFD sessions of 300 ms take #% of a core", 0.25, many);
    });

    it("with a million routes", () => {
      const table = measured("fib-table", "1,000,000", MEMORY);
      says(page, "# MiB with a million routes of all kinds", 0.1, table);
      says(page, "a million /32s take # s when they come", 0.1, pods("time, s"));
    });
  });

  it("of the page about reflectors", () => {
    const memory = measured("reflect, 400 clients", "100,000", MEMORY);
    const words = "holds 100,000 routes for 400 clients in # MiB";
    says("config/reflectors.md", words, 0.1, memory);
  });

  it("of the page about Kubernetes: what is asked for is enough", () => {
    const words = /(\d+) MiB are enough for a million routes/;
    const asked = Number(words.exec(pageText("config/kubernetes.md"))?.[1]);
    assert.match(pageText("docker/kubernetes/underlay.yaml"), new RegExp(`memory: ${asked}Mi\\b`));
    const memory = measured("fib-table", "1,000,000", MEMORY);
    assert.ok(
      asked >= memory,
      `the page and the manifest ask for ${asked} MiB, and measured was ${memory}`,
    );
  });
});
