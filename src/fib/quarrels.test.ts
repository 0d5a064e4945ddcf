import { equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { Harness } from "./harness.test.ts";
import { Quarrels } from "./quarrels.ts";

const PREFIX = "198.51.100.0/24";

function start(): Harness {
  const harness = new Harness();
  harness.kernel.addLink(1, "eth1", ["10.0.1.1/24"]);
  harness.kernel.dump();
  harness.want(PREFIX, ["10.0.1.2"]);
  harness.drain();
  return harness;
}

/** How often it is put back without time passing, by somebody who takes it away each time. */
function answers(harness: Harness, take: () => void): number {
  for (let count = 0; count < 50; count++) {
    take();
    harness.drain();
    if (harness.kernel.ownRoute(PREFIX) === undefined) return count;
  }
  return 50;
}

function checkPatience(harness: Harness, take: () => void): void {
  equal(answers(harness, take), 3);
  ok(harness.fib.nextDeadline() < harness.now + 10_000);
  harness.advance(10_000);
  ok(harness.kernel.ownRoute(PREFIX), "it is put back all the same");
  equal(answers(harness, take), 0);
  harness.quiesce();
  ok(harness.kernel.ownRoute(PREFIX));
  harness.advance(60_000);
  equal(answers(harness, take), 3, "after a while it is no quarrel any more");
}

test("a route that somebody removes each time is put back later and later", () => {
  const harness = start();
  checkPatience(harness, () => harness.kernel.deleteOwnRoute(PREFIX));
  const { status, reason } = harness.status(PREFIX);
  equal(`${status}: ${reason}`, "failed: somebody takes it away again and again");
});

test("and so is one in whose place somebody puts another one with our mark", () => {
  const harness = start();
  const ours = harness.kernel.ownRoute(PREFIX)?.nexthop;
  let count = 0;
  for (; count < 50 && harness.kernel.ownRoute(PREFIX)?.nexthop === ours; count++) {
    harness.kernel.replaceOwnRoute(PREFIX);
    harness.drain();
  }
  equal(count, 4, "the first three are answered at once");
  ok(harness.fib.nextDeadline() < harness.now + 10_000);
  harness.advance(10_000);
  equal(harness.kernel.ownRoute(PREFIX)?.nexthop, ours);
});

test("and so is a nexthop object", () => {
  const harness = start();
  checkPatience(harness, () => {
    for (const id of [...harness.kernel.nexthops.keys()]) harness.kernel.deleteNexthop(id);
  });
});

test("what is remembered is bounded; a crowd of removals is no quarrel", () => {
  const quarrels = new Quarrels();
  for (let round = 0; round < 6; round++) {
    for (let thing = 0; thing < 5000; thing++) equal(quarrels.note(thing, round), 0);
  }
  for (let times = 1; times <= 40; times++) {
    equal(quarrels.note(7, 100), Math.min(Math.max(0, times - 3), 12));
  }
});
