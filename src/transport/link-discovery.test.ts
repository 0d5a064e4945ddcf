import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatAddress, parseAddress } from "../speaker/index.ts";
import type { Address } from "../speaker/index.ts";
import { LinkDiscovery } from "./link-discovery.ts";
import type { RouterMessage } from "./router-messages.ts";

function address(text: string): Address {
  const parsed = parseAddress(text);
  assert.ok(parsed);
  return parsed;
}

const A = address("fe80::a");
const B = address("fe80::b");

/** A link's discovery on a clock of its own, and what it has asked for, as text. */
class Bench {
  now = 0;
  readonly machine: LinkDiscovery;
  readonly done: string[] = [];

  constructor(random = () => 0.5) {
    this.machine = new LinkDiscovery(0, random);
  }

  hear(message: RouterMessage, from: Address): void {
    this.machine.heard(message, from, this.now);
    this.#take();
  }

  /** Lets time pass; `router` says every so often that it is there. */
  pass(milliseconds: number, router?: Address, every = 5000): void {
    const end = this.now + milliseconds;
    let next = router === undefined ? Infinity : this.now + every;
    for (;;) {
      const at = Math.min(this.machine.nextDeadline(), next, end);
      this.now = Math.max(this.now, at);
      if (router !== undefined && this.now >= next) {
        this.hear("advertisement", router);
        next += every;
      }
      this.machine.expire(this.now);
      this.#take();
      if (this.now >= end) return;
    }
  }

  times(what: string): number[] {
    return this.done
      .filter((line) => line.endsWith(` ${what}`))
      .map((line) => Number(line.split(" ")[0]));
  }

  #take(): void {
    for (const action of this.machine.take()) {
      this.done.push(`${this.now} ${textOf(action)}`);
    }
  }
}

function textOf(action: ReturnType<LinkDiscovery["take"]>[number]): string {
  switch (action.kind) {
    case "send":
      return action.message;
    case "found": {
      const before =
        action.previous === undefined ? "" : ` after ${formatAddress(action.previous)}`;
      return `found ${formatAddress(action.address)}${before}`;
    }
    case "lost":
      return "lost";
    case "crowded":
      return `crowded ${formatAddress(action.address)} ${formatAddress(action.other)}`;
  }
}

test("three solicitations, and advertisements: soon at first, then every ten seconds at most", () => {
  const bench = new Bench();
  bench.pass(40_000);
  assert.deepEqual(bench.times("solicitation"), [250, 4250, 8250]);
  assert.deepEqual(bench.times("advertisement"), [250, 3500, 6750, 15_500, 24_250, 33_000]);
});

test("a router is found by its first word, and asked no more", () => {
  const bench = new Bench();
  bench.pass(1000);
  bench.hear("advertisement", A);
  bench.pass(120_000, A);
  assert.equal(
    bench.done.find((line) => line.includes("found")),
    "1000 found fe80::a",
  );
  assert.equal(bench.times("solicitation").length, 1);
  assert.equal(
    bench.done.some((line) => /lost|crowded/.test(line)),
    false,
  );
});

test("a solicitation is answered, but not oftener than every three seconds (RFC 4861 §6.2.6)", () => {
  const bench = new Bench();
  bench.pass(20_000);
  const [last] = bench.times("advertisement").slice(-1);
  bench.hear("solicitation", A);
  bench.pass(10);
  bench.hear("solicitation", B);
  bench.pass(2900);
  assert.deepEqual(bench.times("advertisement").slice(-1), [20_250]);
  for (let i = 0; i < 1000; i++) {
    bench.hear("solicitation", A);
    bench.pass(10);
  }
  const after = bench.times("advertisement").filter((at) => at > last);
  assert.ok(
    after.every((at, i) => i === 0 || at - after[i - 1] >= 3000),
    after.join(" "),
  );
  assert.ok(after.length >= 4);
});

test("who falls silent is asked for, and lost", () => {
  const bench = new Bench();
  bench.hear("advertisement", A);
  bench.pass(60_000);
  assert.deepEqual(bench.times("solicitation").slice(-2), [45_000, 49_000]);
  assert.deepEqual(bench.times("lost"), [53_000]);
  bench.hear("advertisement", A);
  assert.equal(bench.done.at(-1), "60000 found fe80::a");
});

test("who advertises seldom is asked, and stays", () => {
  const bench = new Bench();
  bench.hear("advertisement", A);
  bench.pass(46_000);
  bench.hear("advertisement", A);
  bench.pass(20_000);
  assert.deepEqual(bench.times("lost"), []);
});

test("another one in the place of one that is silent: it has moved", () => {
  const bench = new Bench();
  bench.hear("advertisement", A);
  bench.pass(10_000, A);
  bench.hear("advertisement", B);
  assert.equal(bench.done.at(-1), "10000 found fe80::b", "in case that there is no session");
  bench.pass(20_000, B);
  const moved = bench.done.filter((line) => line.includes("after"));
  assert.deepEqual(moved, ["18000 found fe80::b after fe80::a"]);
  assert.deepEqual(bench.times("lost"), []);
});

test("two at once: the first stays, and it is said once", () => {
  const bench = new Bench();
  bench.hear("advertisement", A);
  bench.pass(10_000, A);
  bench.hear("advertisement", B);
  for (let i = 0; i < 20; i++) {
    bench.pass(2000);
    bench.hear("advertisement", A);
    bench.hear("advertisement", B);
  }
  assert.equal(
    bench.done.some((line) => line.includes("after")),
    false,
  );
  assert.deepEqual(bench.times("crowded fe80::a fe80::b"), [12_000]);
});

test("what could not be sent is tried again soon", () => {
  const bench = new Bench();
  bench.pass(250);
  bench.machine.unsent("advertisement", bench.now);
  bench.machine.unsent("solicitation", bench.now);
  bench.pass(1000);
  assert.deepEqual(bench.times("advertisement"), [250, 1250]);
  assert.deepEqual(bench.times("solicitation"), [250, 1250]);
});

test("whatever comes, it answers, it ends, and it does not talk too much", () => {
  const event = fc.oneof(
    fc.record({ wait: fc.integer({ min: 1, max: 60_000 }) }),
    fc.record({
      message: fc.constantFrom<RouterMessage>("solicitation", "advertisement"),
      from: fc.integer({ min: 1, max: 40 }),
    }),
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      const bench = new Bench();
      for (const each of events) {
        if ("wait" in each) bench.pass(each.wait);
        else bench.hear(each.message, address(`fe80::${each.from.toString(16)}`));
      }
      const sent = bench.times("advertisement");
      assert.ok(sent.every((at, i) => i === 0 || at - sent[i - 1] >= 3000));
    }),
  );
});
