import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Bfd } from "./bfd.ts";
import { STATE } from "./codes.ts";
import { SETTINGS, seeded, sha1 } from "./harness.test.ts";

/** Two nodes; every packet of one arrives at the other on the path of the same name. */
function pair(): { one: Bfd; two: Bfd; pass: (from: number, duration: number) => number } {
  const one = new Bfd({ random: seeded(1), sha1 });
  const two = new Bfd({ random: seeded(2), sha1 });
  const pass = (from: number, duration: number): number => {
    for (let now = from; now < from + duration; now++) {
      for (const [here, there] of [
        [one, two],
        [two, one],
      ]) {
        if (here.nextDeadline() <= now) here.expire(now);
        for (const effect of here.take()) {
          if (effect.kind !== "send") continue;
          there.receive(effect.path, effect.bytes, effect.bytes.length, now);
        }
      }
    }
    return from + duration;
  };
  return { one, two, pass };
}

describe("all sessions of a node", () => {
  test("each packet finds its session, by path first and by discriminator then", () => {
    const { one, two, pass } = pair();
    for (let i = 0; i < 50; i++) {
      one.add(`path ${i}`, SETTINGS, 0);
      two.add(`path ${i}`, SETTINGS, 0);
    }
    pass(0, 3000);
    const views = [...one.views(), ...two.views()];
    assert.equal(views.length, 100);
    for (const [, view] of views) assert.equal(view.state, STATE.UP);
    const discriminators = new Set(
      [...one.views()].map(([, { localDiscriminator }]) => localDiscriminator),
    );
    assert.equal(discriminators.size, 50);
  });

  test("fifty sessions make few wake-ups, each with its own random intervals within the RFC's bounds", () => {
    const { one, two, pass } = pair();
    assert.equal(one.slack, 0, "nobody is Up");
    for (let i = 0; i < 50; i++) {
      one.add(`path ${i}`, SETTINGS, 0);
      two.add(`path ${i}`, SETTINGS, 0);
    }
    let now = pass(0, 3000);
    assert.equal(one.slack, SETTINGS.requiredMinRx / 10);
    const last = new Map<string, number>();
    const gaps: number[] = [];
    const end = now + 5000;
    let wakeUps = 0;
    for (; now < end; now = Math.max(now, one.nextDeadline())) {
      one.expire(now);
      wakeUps++;
      for (const effect of one.take()) {
        if (effect.kind !== "send") continue;
        const before = last.get(effect.path);
        if (before !== undefined) gaps.push(now - before);
        last.set(effect.path, now);
        // Its neighbour answers at once: nobody is found silent.
        two.receive(effect.path, effect.bytes, effect.bytes.length, now);
      }
      two.expire(now);
      for (const effect of two.take()) {
        if (effect.kind === "send")
          one.receive(effect.path, effect.bytes, effect.bytes.length, now);
      }
    }
    for (const gap of gaps) assert.ok(gap >= 37.49 && gap <= 50.01, `${gap} ms`);
    assert.ok(new Set(gaps.map(Math.round)).size > 10, "they are random");
    assert.ok(
      gaps.length > 5000 && wakeUps < gaps.length / 4,
      `${wakeUps} for ${gaps.length} packets`,
    );
  });

  test("a packet with another session's discriminator is of no effect", () => {
    const { one, two, pass } = pair();
    for (const path of ["left", "right"]) {
      one.add(path, SETTINGS, 0);
      two.add(path, SETTINGS, 0);
    }
    const now = pass(0, 3000);
    two.expire(now + 40);
    const [effect] = two.take();
    assert.ok(effect.kind === "send");
    const other = effect.path === "left" ? "right" : "left";
    const { bytes } = effect;
    assert.equal(
      one.receive(other, bytes, bytes.length, now),
      "it names the session of another path",
    );
    const unknown = bytes.slice();
    unknown.set([1, 2, 3, 4], 8);
    assert.match(String(one.receive(other, unknown, 24, now)), /no session has the discriminator/);
    assert.equal(one.receive("nowhere", bytes, 3, now), "3 octets are less than a packet");
    assert.equal(one.view(other)?.refused, 0);
    assert.equal(one.receive(other, bytes, 3, now), "3 octets are less than a packet");
    assert.equal(one.view(other)?.refused, 1, "somebody there speaks another language");
  });

  test("a path that nobody has begun is not one for strangers to begin", () => {
    const { one, two } = pair();
    two.add("stranger", SETTINGS, 0);
    two.expire(0);
    const [effect] = two.take();
    assert.ok(effect.kind === "send");
    const why = one.receive("stranger", effect.bytes, effect.bytes.length, 0);
    assert.equal(why, "no session has this path");
    assert.equal(one.isEmpty, true);
  });

  test("a session that was removed says goodbye, and one that is added again is a new one", () => {
    const { one, two, pass } = pair();
    one.add("path", SETTINGS, 0);
    two.add("path", SETTINGS, 0);
    let now = pass(0, 3000);
    const before = one.view("path")?.localDiscriminator;
    one.remove("path", now);
    now = pass(now, 100);
    assert.equal(two.view("path")?.state, STATE.DOWN);
    one.add("path", SETTINGS, now);
    assert.notEqual(one.view("path")?.localDiscriminator, before);
    now = pass(now, 3000);
    assert.equal(two.view("path")?.state, STATE.UP);
    one.remove("path", now);
    pass(now, 5000);
    assert.equal(one.isEmpty, true);
  });

  test("new intervals leave the session up", () => {
    const { one, two, pass } = pair();
    one.add("path", SETTINGS, 0);
    two.add("path", SETTINGS, 0);
    let now = pass(0, 3000);
    one.add("path", { ...SETTINGS, desiredMinTx: 200 }, now);
    now = pass(now, 2000);
    assert.equal(one.view("path")?.transmitInterval, 200);
    assert.equal(one.view("path")?.failures, 0);
    assert.equal(two.view("path")?.failures, 0);
  });
});
