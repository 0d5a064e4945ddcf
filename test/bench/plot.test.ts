import assert from "node:assert/strict";
import { test } from "node:test";
import type { Bench, SubjectName } from "./bench.ts";
import { plot } from "./plot.ts";
import type { Run } from "./results.ts";

const BENCH: Bench = {
  ...{ name: "x", what: "", needs: [], subjects: ["underlay", "bird"], variants: [""] },
  ...{ sizes: [100, 1000], unit: "routes" },
  figures: { lost: { title: "lost", unit: "ms", plot: true } },
  run: async () => ({}),
};

const runs = (subject: SubjectName, lost: readonly [number, number]): Run[] =>
  BENCH.sizes.map((size, i) => ({ subject, variant: "", size, values: { lost: lost[i] } }));

test("zero lies on the floor of a logarithmic axis and says so; nothing but zeros makes no plot", () => {
  const svg =
    plot(BENCH, [...runs("underlay", [0, 0]), ...runs("bird", [20, 200])], "", "lost") ?? "";
  const heights = [...svg.matchAll(/cy="([\d.]+)"/g)].map(([, y]) => Number(y));
  assert.deepEqual(heights.slice(0, 2), [352, 352]);
  assert.ok(heights[2] < 352 && heights[3] < heights[2]);
  assert.equal([...svg.matchAll(/>0</g)].length, 2);
  assert.equal(plot(BENCH, runs("underlay", [0, 0]), "", "lost"), undefined);
});
