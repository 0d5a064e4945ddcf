import assert from "node:assert/strict";
import { test } from "node:test";
import { wallClock } from "./clock.ts";

test("a moment has the same time whenever it is asked for, and another one when the clock is set", () => {
  let [wall, monotonic] = [1_700_000_000_000, 5000.9];
  const time = wallClock(
    () => wall,
    () => monotonic,
  );
  const first = time(4000);
  assert.equal(Math.round(first), 1_699_999_998_999);
  // Whole milliseconds on one side, and a pause between the two looks.
  for (const [passed, looked] of [
    [1, 1.2],
    [7, 6.3],
    [40, 65],
  ]) {
    wall += passed;
    monotonic += looked;
    assert.equal(time(4000), first);
  }
  wall += 3_600_000;
  assert.equal(Math.round((time(4000) - first) / 1000), 3600);
});
