import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { test } from "node:test";
import { Hangups } from "./hangups.ts";

test("a SIGHUP that comes too early counts once somebody can act on it, once", () => {
  const source = new EventEmitter();
  const hangups = new Hangups(source);
  source.emit("SIGHUP");
  source.emit("SIGHUP");
  let acted = 0;
  hangups.on(() => acted++);
  assert.equal(acted, 1);
  source.emit("SIGHUP");
  assert.equal(acted, 2);
});

test("without one nothing is done", () => {
  const source = new EventEmitter();
  let acted = 0;
  new Hangups(source).on(() => acted++);
  assert.equal(acted, 0);
});
