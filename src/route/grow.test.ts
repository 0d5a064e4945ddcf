import assert from "node:assert/strict";
import { test } from "node:test";
import { columnLength } from "./index.ts";

test("a column has one of its own lengths, however it comes to need so many", () => {
  for (const phase of [0, 3, 127]) {
    let grown = columnLength(phase, 0);
    for (let needed = 1; needed < 300_000; needed += 97) {
      grown = columnLength(phase, Math.max(needed, grown));
      assert(grown >= needed);
      assert.equal(columnLength(phase, needed), grown);
    }
  }
});

test("columns that begin small are small", () => {
  assert.equal(columnLength(0, 0, 2), 2);
  assert.equal(columnLength(127, 0, 2), 4);
});

test("no two columns double for the same id, nor for ids that are near each other", () => {
  const phases = Array.from({ length: 128 }, (_, phase) => phase);
  for (let floor = 1024; floor <= 1 << 21; floor *= 2) {
    const ends = phases.map((phase) => columnLength(phase, floor)).sort((a, b) => a - b);
    for (let at = 1; at < ends.length; at++) assert(ends[at] - ends[at - 1] >= floor / 128);
  }
});
