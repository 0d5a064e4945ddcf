import assert from "node:assert/strict";
import { test } from "node:test";
import { rehearse } from "./rehearsal.ts";

const rest = (): Promise<void> => Promise.resolve();

test("routes go all the way: announced, replaced by better ones, some withdrawn again", async () => {
  // 12 rounds of 500: all are added and replaced, those of three rounds replaced again and removed.
  // In each round 25 come and go one by one, and as many of this node's own, which the kernel has.
  // Three times both neighbours are lost, with the routes of 2, 3 and 3 rounds: replaced, and removed.
  assert.deepEqual(await rehearse({ clock: () => 0, worked: () => 0, rest }), {
    routes: 12 * 500 * 2 + 3 * 500 * 2 + 12 * 25 * 2 + (2 + 3 + 3) * 500 * 2,
    pods: 12 * 25,
  });
});

test("it lets others have the thread, and ends where it takes too long", async () => {
  let now = 0;
  let turns = 0;
  let isOver = false;
  const count = (): void => {
    if (isOver) return;
    turns++;
    setImmediate(count);
  };
  setImmediate(count);
  let rests = 0;
  const counted = (): Promise<void> => Promise.resolve(void rests++);
  const clocks = { clock: () => (now += 1), worked: () => 0, rest: counted };
  const { routes } = await rehearse(clocks, { work: 100, altogether: 100 });
  isOver = true;
  assert.ok(routes < 12_000, `${routes} routes`);
  // 100 milliseconds in slices of 2, and a look at the clock takes one.
  assert.ok(turns >= 10 && turns <= 30, `${turns} turns`);
  assert.ok(rests >= 10 && rests <= 30, `${rests} rests`);
});

test("what others have had of the processor is not counted as its work", async () => {
  let now = 0;
  const done = async (share: number): Promise<number> => {
    const clocks = { clock: () => (now += 1), worked: () => now * share, rest };
    return (await rehearse(clocks, { work: 100, altogether: 400 })).routes;
  };
  const [alone, half, hardly] = [await done(1), await done(1 / 2), await done(1 / 100)];
  assert.ok(alone < half && half < hardly, `${alone}, ${half}, ${hardly} routes`);
  assert.ok(hardly < 12_000, "and there is an end to that");
});
