import assert from "node:assert/strict";
import { test } from "node:test";
import { LoopWatch } from "./loop-watch.ts";

const tick = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

/** Asks until a stretch is over. */
async function stretch(watch: LoopWatch) {
  for (;;) {
    const delay = watch.look();
    if (delay !== undefined) return delay;
    await tick();
  }
}

test("nothing before the second look; what held the loop is in it", async () => {
  const watch = new LoopWatch();
  assert.equal(watch.look(), undefined);
  await tick();
  const until = performance.now() + 100;
  while (performance.now() < until);
  const delay = await stretch(watch);
  assert.ok(delay.max > 50, `${delay.max} ms: the loop was held for 100`);
  assert.ok(delay.p50 <= delay.p99 && delay.p99 <= delay.max);
  assert.ok(delay.over >= 900);
});

test("it measures while somebody looks, and no longer", async () => {
  const watch = new LoopWatch(1);
  assert.equal(watch.isMeasuring, false);
  watch.look();
  assert.equal(watch.isMeasuring, true);
  while (watch.isMeasuring) await tick();
  assert.equal(watch.look(), undefined);
});
