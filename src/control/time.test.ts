import assert from "node:assert/strict";
import { test } from "node:test";
import { formatSince } from "./time.ts";

test("a time of day has as many digits as it is known to", () => {
  const at = new Date(2026, 0, 2, 3, 4, 5, 67).getTime();
  assert.equal(formatSince(at, at, "short"), "03:04:05.067");
  assert.equal(formatSince(at, at, "short", 2), "03:04:05.06");
  assert.equal(formatSince(at, at + 21 * 3_600_000, "short", 2), "2026-01-02");
});
