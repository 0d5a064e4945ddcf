import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import type { SpeakerEffect } from "../speaker/index.ts";
import { Effects } from "./effects.ts";

const bytes = Uint8Array.of(1);
const everybody = Array.from({ length: 40 }, (_, i) => i + 1);

function scene(...batches: SpeakerEffect[][]) {
  const done: (number | string)[] = [];
  const time = { now: 0 };
  const source = { speaker: { take: () => batches.shift() ?? [] }, clock: () => time.now };
  const effects = new Effects(source, {
    write: (connection) => void done.push(connection),
    carryOut: ({ kind }) => void done.push(kind),
  });
  return { done, time, effects };
}

test("a write to many is interrupted when the time is over, and goes on where it was", () => {
  const close = { kind: "close", connection: 3, linger: true } as const;
  const { done, time, effects } = scene(
    [{ kind: "write", connections: everybody, bytes }, close],
    [{ kind: "write", connections: [7], bytes }],
  );
  time.now = 5;
  equal(effects.carryOut(5), false);
  deepEqual(done, everybody.slice(0, 16));
  equal(effects.carryOut(5), false);
  deepEqual(done, everybody.slice(0, 32));
  equal(effects.carryOut(5), true);
  deepEqual(done, [...everybody, "close", 7]);
  equal(effects.carryOut(5), true);
  equal(done.length, everybody.length + 2);
});

test("with time left all is done at once", () => {
  const { done, effects } = scene([{ kind: "write", connections: everybody, bytes }]);
  equal(effects.carryOut(5), true);
  deepEqual(done, everybody);
});
