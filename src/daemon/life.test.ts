import assert from "node:assert/strict";
import { test } from "node:test";
import { Interrupted, Life } from "./life.ts";

test("a life: starting, running, ending, and that once", () => {
  const life = new Life();
  assert.deepEqual([life.phase, life.runningSince], ["starting", Infinity]);
  life.goOn();
  assert.equal(life.isDownAsked, false);
  life.run(5);
  assert.deepEqual([life.phase, life.runningSince], ["running", 5]);
  assert.equal(life.mayEnd("stop"), true);
  assert.equal(life.phase, "ending");
  assert.equal(life.mayEnd("down"), false);
});

test("told to stop while it starts, the start goes no step further", () => {
  const life = new Life();
  assert.equal(life.mayEnd("stop"), false);
  assert.equal(life.mayEnd("down"), false, "the first is heard");
  assert.throws(() => life.goOn(), Interrupted);
  assert.equal(life.isDownAsked, false);
  life.fail();
  assert.equal(life.phase, "ending");
  assert.equal(life.mayEnd("stop"), false);
});

test("told to go down while it starts, it starts until it can", () => {
  const life = new Life();
  assert.equal(life.mayEnd("down"), false);
  life.goOn();
  assert.equal(life.isDownAsked, true);
  life.run(5);
  assert.equal(life.mayEnd("down"), true);
});
