import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { momentOf, ticksOf } from "./ticks.ts";

const DAY = 86_400_000;

test("a moment of the last 497 days is known to half a tick, however long the clock runs", () => {
  const now = fc.double({ min: 0, max: 3000 * DAY, noNaN: true });
  const age = fc.double({ min: 0, max: 497 * DAY, noNaN: true });
  fc.assert(
    fc.property(now, age, (now, age) => {
      const then = Math.max(0, now - age);
      assert.ok(Math.abs(momentOf(ticksOf(then), now) - then) <= 5.001);
    }),
  );
});

test("what comes later never seems to be earlier", () => {
  assert.ok(momentOf(ticksOf(1999), 2500) < momentOf(ticksOf(2011), 2500));
  assert.equal(momentOf(ticksOf(1234), 1234), 1230);
  assert.equal(momentOf(ticksOf(1236), 1236), 1240);
});
