// The small tables: timers, back-off, collision, settings, the receive buffer.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { BackOff } from "./back-off.ts";
import type { Pause } from "./cause.ts";
import { isPreferred } from "./collision.ts";
import { ReceiveBuffer } from "./receive-buffer.ts";
import {
  changeNeedsReset,
  DEFAULT_BACK_OFF,
  DEFAULT_SETTINGS,
  settingsDiffer,
  type SessionSettings,
} from "./settings.ts";
import { jittered, Timers } from "./timers.ts";

const SETTINGS: SessionSettings = {
  ...DEFAULT_SETTINGS,
  localAsn: 64512,
  peerAsn: 64600,
  routerId: 0xc0a80165,
};

test("timers: the earliest is next, what is due is taken once", () => {
  const timers = new Timers();
  assert.equal(timers.next(), Infinity);
  timers.start("hold", 1000, 89_000);
  timers.start("keepalive", 0, 30_000);
  assert.equal(timers.next(), 30_000);
  assert.equal(timers.takeExpired("keepalive", 29_999), false);
  assert.equal(timers.takeExpired("keepalive", 30_000), true);
  assert.equal(timers.takeExpired("keepalive", 30_000), false);
  assert.deepEqual(timers.left(30_000), { hold: { remaining: 60_000, total: 89_000 } });
  assert.deepEqual(timers.left(90_001), { hold: { remaining: 0, total: 89_000 } });
  timers.stopAll();
  assert.equal(timers.next(), Infinity);
});

test("jitter: three quarters to the whole (RFC 4271 §10)", () => {
  assert.equal(
    jittered(1000, () => 0),
    750,
  );
  assert.equal(
    jittered(1000, () => 1),
    1000,
  );
});

test("back-off: flat, growing to the longest, at once a few times", () => {
  const whole = () => 1;
  const backOff = new BackOff();
  const next = (pause: Pause) => backOff.next(pause, DEFAULT_BACK_OFF, whole);
  assert.deepEqual(
    [1, 2, 3].map(() => next("short")),
    [2000, 2000, 2000],
  );
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6, 7].map(() => next("growing")),
    [5000, 10_000, 20_000, 40_000, 80_000, 120_000, 120_000],
  );
  assert.equal(next("short"), 2000, "a flat pause stays flat");
  assert.equal(next("growing"), 120_000, "and forgives nothing");
  backOff.forget();
  assert.equal(next("growing"), 5000);
  backOff.forget();
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6, 7, 8].map(() => next("hopeful")),
    [1000, 2000, 4000, 8000, 16_000, 32_000, 64_000, 120_000],
  );
  backOff.forget();
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6].map(() => next("none")),
    [500, 500, 500, 500, 500, 2000],
    "a neighbour that only ever collides is not tried without end",
  );
});

test("collision: the higher identifier's connection stays, both ends agree (RFC 4271 §6.8)", () => {
  const end = fc.record({
    id: fc.integer({ min: 1, max: 4 }),
    asn: fc.integer({ min: 1, max: 3 }),
  });
  fc.assert(
    fc.property(end, end, (a, b) => {
      fc.pre(a.id !== b.id || a.asn !== b.asn);
      const atA = { localId: a.id, localAsn: a.asn, peerId: b.id, peerAsn: b.asn };
      const atB = { localId: b.id, localAsn: b.asn, peerId: a.id, peerAsn: a.asn };
      const keepsOfA = isPreferred(false, atA);
      assert.equal(keepsOfA, !isPreferred(true, atA), "one of the two");
      assert.equal(keepsOfA, isPreferred(true, atB), "the same one at both ends");
      assert.equal(keepsOfA, a.id === b.id ? a.asn > b.asn : a.id > b.id);
    }),
  );
});

test("settings: what was agreed in the OPENs needs a reset, our own timers do not", () => {
  const why = (change: Partial<SessionSettings>) =>
    changeNeedsReset(SETTINGS, { ...SETTINGS, ...change });
  assert.equal(why({ holdTime: 9 }), "hold time changed");
  assert.equal(why({ families: [true, true], holdTime: 9 }), "hold time, address families changed");
  assert.equal(why({ capabilities: [{ kind: "role", role: 3 }] }), "capabilities changed");
  assert.equal(why({ localAsnPresented: 64513 }), "own AS number changed");
  assert.equal(why({ localAsnPresented: 64512 }), undefined, "what is presented stays the same");
  assert.equal(why({ keepalive: 3, connectRetry: 7, passive: true }), undefined);
});

test("settings: equal data is no difference, wherever it lies", () => {
  const value = Uint8Array.of(1, 2);
  const unknown = (bytes: Uint8Array) => ({
    ...SETTINGS,
    capabilities: [{ kind: "unknown", code: 200, value: bytes } as const],
  });
  assert.equal(settingsDiffer(unknown(value), unknown(value.slice())), false);
  assert.equal(settingsDiffer(unknown(value), unknown(Uint8Array.of(1, 3))), true);
  assert.equal(settingsDiffer(SETTINGS, { ...SETTINGS, connectRetry: 1 }), true);
});

test("receive buffer: what was taken stays while the next part is kept", () => {
  const buffer = new ReceiveBuffer();
  buffer.needed = 3;
  assert.equal(buffer.fill(Uint8Array.of(1, 2), 0, 2), 2);
  assert.equal(buffer.length, 2);
  const chunk = Uint8Array.of(3, 4, 5);
  assert.equal(buffer.fill(chunk, 0, 3), 1, "no more than needed");
  const first = buffer.take();
  buffer.append(chunk, 1, 3);
  assert.deepEqual([...first], [1, 2, 3]);
  assert.equal(buffer.length, 2);
  assert.deepEqual([...buffer.take()], [4, 5]);
});

test("receive buffer: grows", () => {
  const buffer = new ReceiveBuffer();
  const big = new Uint8Array(10_000).map((_, index) => index);
  buffer.append(big, 0, 5000);
  buffer.append(big, 5000, 10_000);
  assert.deepEqual(buffer.take(), big);
});
