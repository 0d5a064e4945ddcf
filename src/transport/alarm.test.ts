import assert from "node:assert/strict";
import { test } from "node:test";
import { Alarm } from "./alarm.ts";

test("it rings at the deadline, once; a moved deadline replaces the old one", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let [now, rings] = [0, 0];
  const alarm = new Alarm(
    () => now,
    () => rings++,
  );
  const pass = (time: number): void => {
    now += time;
    t.mock.timers.tick(time);
  };
  alarm.set(100);
  alarm.set(100);
  pass(50);
  alarm.set(200);
  pass(60);
  assert.equal(rings, 0);
  pass(90);
  assert.equal(rings, 1);
  pass(1000);
  assert.equal(rings, 1);
  // The same deadline again, after it has rung, is one to be waited for: it lies in the past.
  alarm.set(200);
  pass(1);
  assert.equal(rings, 2);
  alarm.set(now + 10);
  alarm.set(Infinity);
  pass(100);
  assert.equal(rings, 2);
  alarm.set(now + 10);
  alarm.stop();
  pass(100);
  assert.equal(rings, 2);
});

test("what is farther away than a timer can count rings early, for whoever looks at the clock", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let rings = 0;
  const alarm = new Alarm(
    () => 0,
    () => rings++,
  );
  alarm.set(2 ** 40);
  t.mock.timers.tick(1000);
  assert.equal(rings, 0);
  t.mock.timers.tick(3_600_000);
  assert.equal(rings, 1);
});
