import assert from "node:assert/strict";
import { test } from "node:test";
import { Turns } from "./turns.ts";

test("however many ask, one works in a turn of the event loop", async () => {
  const turns = new Turns();
  let loops = 0;
  let isCounting = true;
  const count = (): void => {
    loops++;
    if (isCounting) setImmediate(count);
  };
  setImmediate(count);
  const seen = await Promise.all(
    Array.from({ length: 8 }, async () => {
      await turns.next();
      return loops;
    }),
  );
  isCounting = false;
  assert.equal(new Set(seen).size, 8, "each in another one");
});

test("work is done to its end, whatever it comes to", async () => {
  const turns = new Turns();
  let steps = 0;
  function* work(): Generator<undefined, string, undefined> {
    for (; steps < 1000; steps++) yield undefined;
    return "done";
  }
  assert.equal(await turns.finish(work()), "done");
  assert.equal(steps, 1000);
  function* failing(): Generator<undefined, string, undefined> {
    yield undefined;
    throw new Error("broken");
  }
  await assert.rejects(turns.finish(failing()), /broken/);
  assert.equal(await turns.finish(work()), "done", "others go on");
});
