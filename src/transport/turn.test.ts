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

test("what comes in quick succession is gathered; what comes alone, or cannot wait, is not", (t) => {
  t.mock.timers.enable({ apis: ["setImmediate", "setTimeout"] });
  let [now, runs] = [0, 0];
  const turns = new Turns(
    () => now,
    () => {
      runs++;
      return false;
    },
  );
  const pass = (time: number): number => {
    now += time;
    t.mock.timers.tick(time);
    return runs;
  };
  /** Asks until it is not served at once: the turns until then. */
  const succession = (): number => {
    for (let asked = 1; ; asked++) {
      turns.gather();
      if (pass(0) < asked || asked === 1000) return runs;
    }
  };
  const first = succession();
  assert.ok(first > 10 && first < 100, `${first} turns at once`);
  turns.gather();
  assert.equal(pass(1), first + 1, "one for all that was gathered");

  turns.gather();
  assert.equal(pass(0), first + 1, "still a succession");
  turns.wake();
  assert.equal(pass(0), first + 2);
  assert.equal(pass(10), first + 2, "what was gathered has been done with it");

  turns.gather();
  assert.equal(pass(0), first + 3, "it came alone");

  runs = 0;
  const last = succession();
  turns.stop();
  assert.equal(pass(10), last);
});

test("what others ask for now and then, and something follows upon each time, is no succession", async () => {
  let [now, runs] = [0, 0];
  const turns = new Turns(
    () => now,
    () => {
      runs++;
      return false;
    },
  );
  for (let i = 1; i <= 100; i++) {
    now += 100;
    turns.wake();
    await immediate();
    now += 0.25;
    turns.gather();
    await immediate();
    assert.equal(runs, 2 * i);
  }
});

test("what was gathered and what was asked for besides make one turn between two polls", async (t) => {
  let [runs, isEndless] = [0, false];
  const turns = new Turns(
    () => 0,
    () => {
      runs++;
      return isEndless;
    },
  );
  t.after(() => turns.stop());
  for (let asked = 1; runs === asked - 1 && asked < 1000; asked++) {
    turns.gather();
    await immediate();
  }
  await sleep(5);
  isEndless = true;
  const [before, asked] = [runs, sleep(1).then(() => turns.wake())];
  turns.gather();
  await immediate();
  assert.equal(runs, before, "it gathers");
  await asked;
  await sleep(5);
  const seen = runs;
  for (let polls = 1; polls <= 5; polls++) {
    await immediate();
    assert.equal(runs, seen + polls);
  }
});
