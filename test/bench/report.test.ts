import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Bench, SubjectName } from "./bench.ts";
import { plot } from "./plot.ts";
import { report } from "./report.ts";
import { readResults, writeResults, type Run } from "./results.ts";
import { markdownTable } from "./table.ts";

const BENCH: Bench<"load" | "stray" | "lost" | "tools"> = {
  ...{ name: "x", what: "", needs: [], subjects: ["underlay", "bird"], variants: [""] },
  ...{ sizes: [100, 1000], unit: "routes" },
  figures: {
    load: { title: "time", unit: "s", reach: [{ most: 0.4, of: "bird" }], plot: true },
    stray: { title: "stray", unit: "ms", reach: [{ most: 10 }, { most: 15, apart: true }] },
    lost: { title: "lost", unit: "", worst: true, reach: [{ most: 0 }] },
    tools: { title: "tools", unit: "s", tool: true },
  },
  run: async () => ({}),
};

const run = (subject: SubjectName, size: number, values: Run["values"], failed?: string): Run => ({
  ...{ subject, variant: "", size, values },
  ...(failed === undefined ? {} : { failed }),
});

test("medians, ratios, growth, and what falls short", () => {
  const runs = [
    ...[3, 1, 2].map((load) => run("underlay", 1000, { load, stray: 20, lost: 0 })),
    run("underlay", 100, { load: 0.2, stray: 2, lost: 0 }),
    run("bird", 1000, { load: 400 }),
    run("bird", 1000, {}, "no answer"),
    run("bird", 100, { load: 0.1 }),
  ];
  const { rows, shortfalls } = report(BENCH, runs);
  assert.deepEqual(
    rows.map(({ size, cells }) => [size, cells.underlay, cells.bird]),
    [
      ["100", "0.20", "0.10 (2.00)"],
      ["1,000", "2.00 [1.00, 3.00]", "400 (<0.01), 1 of 2 runs failed"],
      ["100", "2.00", ""],
      ["1,000", "20.0 [20.0, 20.0]", "1 of 2 runs failed"],
      ["100", "0.00", ""],
      ["1,000", "0.00 [0.00, 0.00]", "1 of 2 runs failed"],
    ],
  );
  assert.equal(rows[1].growth, "underlay 1.00, BIRD 3.60");
  assert.deepEqual(shortfalls, [
    "x, stray, 1,000 routes: 20.0, to reach ≤ 10 ms",
    "x, stray, 1,000 routes: 18.0, to reach all sizes ≤ 15 ms apart",
    "x, bird, 1,000: a run failed: no answer",
  ]);
  const widths = markdownTable(rows)
    .split("\n")
    .map((line) => line.length);
  assert.equal(new Set(widths).size, 1);
});

test("what grows faster than its size is named, but for the bench's tools; from a tenth to the full size", () => {
  const runs = [
    run("underlay", 10, { load: 20, tools: 20 }),
    run("underlay", 100, { load: 1, tools: 1 }),
    run("underlay", 1000, { load: 20, tools: 20 }),
  ];
  const { rows, shortfalls } = report(BENCH, runs);
  assert.ok(shortfalls.includes("x, time, 1,000 routes: grows with the power 1.30 of the size"));
  assert.equal(shortfalls.filter((line) => line.includes("tools")).length, 0);
  assert.equal(rows.find(({ figure }) => figure === "tools, s")?.growth, "");
});

test("what may never happen is judged by the worst run", () => {
  const runs = [0, 0, 7].map((lost) => run("underlay", 1000, { lost }));
  const { rows, shortfalls } = report(BENCH, runs);
  assert.ok(shortfalls.includes("x, lost, 1,000 routes: 7.00, to reach ≤ 0"));
  const row = rows.find(({ figure }) => figure === "lost, worst run");
  assert.equal(row?.cells.underlay, "7.00 [0.00, 7.00]");
});

test("what was not measured falls short, be it ours, another's, or a whole variant", () => {
  const bench = { ...BENCH, variants: ["one", "two"] };
  const runs = [{ ...run("underlay", 1000, { load: 1 }), variant: "one" }];
  const { shortfalls } = report(bench, runs);
  assert.deepEqual(
    shortfalls.filter((line) => line.includes("time")),
    ["one", "two"].map(
      (variant) => `x, ${variant}, time, 1,000 routes: not measured, to reach ≤ 0.4 × BIRD`,
    ),
  );
});

test("results are read as they were written, and other benches' stay", () => {
  const folder = mkdtempSync(join(tmpdir(), "underlay-bench-"));
  try {
    const file = join(folder, "results.jsonl");
    const machine = {
      ...{ cpu: "x", cores: 2, memory: 4, kernel: "6", node: "26" },
      ...{ bird: "2", frr: "8", cc: "12", sources: "0" },
    };
    const one = { at: "2000-01-01T00:00:00Z", machine, runs: [run("underlay", 1, { load: 1 })] };
    const two = { ...one, runs: [run("bird", 1, { load: 2 }), run("bird", 1, { load: 3 })] };
    writeResults(file, { one });
    writeResults(file, { two });
    assert.deepEqual(readResults(file), { one, two });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a plot has a line for each daemon, inside its frame; one point makes none", () => {
  const runs = [10, 100, 1000].flatMap((size) => [
    run("underlay", size, { load: size / 1000 }),
    run("bird", size, { load: size / 100 }),
  ]);
  const svg = plot(BENCH, runs, "", "load") ?? "";
  assert.equal([...svg.matchAll(/<polyline/g)].length, 2);
  for (const [, x, y] of svg.matchAll(/cx="([\d.]+)" cy="([\d.]+)"/g)) {
    assert.ok(Number(x) >= 64 && Number(x) <= 552 && Number(y) >= 40 && Number(y) <= 352);
  }
  assert.equal(plot(BENCH, runs.slice(0, 2), "", "load"), undefined);
});
