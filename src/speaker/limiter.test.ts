import assert from "node:assert/strict";
import { test } from "node:test";
import { Limiter } from "./limiter.ts";

test("one line a minute for each kind, with the number kept back", () => {
  const limiter = new Limiter();
  assert.equal(limiter.pass("a", 0), 0);
  assert.equal(limiter.pass("a", 1), -1);
  assert.equal(limiter.pass("a", 59_999), -1);
  assert.equal(limiter.pass("b", 2), 0, "kinds do not hide each other");
  assert.equal(limiter.pass("a", 60_000), 2);
  assert.equal(limiter.pass("a", 60_001), -1);
});

test("a thousand kinds share one line beyond the sixty-fourth", () => {
  const limiter = new Limiter();
  let passed = 0;
  for (let i = 0; i < 1000; i++) if (limiter.pass(`kind ${i}`, 0) >= 0) passed++;
  assert.equal(passed, 65);
});

test("kinds that are over make room for others", () => {
  const limiter = new Limiter();
  for (let i = 0; i < 1000; i++) limiter.pass(`kind ${i}`, i);
  assert.equal(limiter.pass("late", 200_000), 0);
  assert.equal(limiter.pass("later", 200_000), 0, "they do not share a line any more");
  assert.equal(limiter.pass("late", 200_001), -1);
});
