import assert from "node:assert/strict";
import { setImmediate as immediate, setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import { TURN, Turns } from "./turn.ts";

test("a turn runs once however often it is asked for, and again only while there is more", async () => {
  const untils: number[] = [];
  let left = 3;
  const turns = new Turns(
    () => 100,
    (until) => {
      untils.push(until);
      return --left > 0;
    },
  );
  turns.wake();
  turns.wake();
  assert.deepEqual(untils, [], "never inside wake()");
  for (let i = 0; i < 6; i++) await immediate();
  assert.deepEqual(untils, [100 + TURN, 100 + TURN, 100 + TURN]);
});

test("a timer is served between two turns of endless work", async () => {
  let runs = 0;
  const turns = new Turns(
    () => 0,
    () => {
      runs++;
      return true;
    },
  );
  turns.wake();
  await immediate(); // asked for after the first turn, so served after it
  assert.ok(runs >= 1);
  await sleep(1); // With a loop that never polls this would not come back.
  const seen = runs;
  turns.stop();
  await immediate();
  await immediate();
  assert.equal(runs, seen, "stop() ends it");
});
