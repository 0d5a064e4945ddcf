// A source that is gone takes its next hops along, before its paths are looked at one by one.

import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { formatAddress } from "../../route/index.ts";
import { address, attributes, Bench, source } from "./harness.test.ts";

const A = "10.1.0.1";
const B = "10.1.0.2";
const SHARED = "10.1.0.9";
const PREFIXES = Array.from({ length: 300 }, (_, i) => `198.18.${i >> 8}.${i & 255}/32`);

function start() {
  const bench = new Bench();
  const one = bench.rib.addSource(source("one", { routerId: 1 }));
  const two = bench.rib.addSource(source("two", { routerId: 2, address: address("10.0.0.2") }));
  for (const prefix of PREFIXES) {
    bench.announce(one, prefix, attributes(A));
    bench.announce(two, prefix, attributes(B));
  }
  bench.announce(one, "203.0.113.0/24", attributes(SHARED));
  bench.announce(two, "203.0.113.0/24", attributes(SHARED));
  bench.settle();
  const names = new Map<number, string>();
  for (let id = 1; id < bench.nextHops.limit; id++) {
    if (bench.nextHops.has(id)) names.set(id, formatAddress(bench.nextHops.get(id).address));
  }
  const losses = (): string[] =>
    bench.rib
      .takeNextHopLosses()
      .map(({ nextHop, lost }) => `${names.get(nextHop)} ${lost ? "lost" : "back"}`);
  deepEqual(losses(), []);
  return { bench, one, two, losses };
}

test("what only its paths lead to is lost at once; what others lead to as well is not", () => {
  const { bench, one, losses } = start();
  bench.rib.flushSource(one);
  deepEqual(losses(), [`${A} lost`]);
  bench.settle();
  deepEqual(bench.fib.get(PREFIXES[7])?.best, [B]);
  // With the last path the next hop is forgotten. It is not back by that.
  deepEqual(losses(), []);
});

test("a new session that announces them again has them back, changed or not", () => {
  const { bench, one, losses } = start();
  bench.rib.flushSource(one);
  losses();
  bench.announce(one, PREFIXES[0], attributes(A));
  deepEqual(losses(), [`${A} back`]);
  bench.settle();
  equal(bench.fib.get(PREFIXES[0])?.best.includes(A), true);
});

test("a new session with another next hop does not have the old one back", () => {
  const { bench, one, losses } = start();
  bench.rib.flushSource(one);
  losses();
  bench.announce(one, PREFIXES[0], attributes("10.1.0.3"));
  deepEqual(losses(), []);
});

test("a route of somebody else by way of it has it back", () => {
  const { bench, one, two, losses } = start();
  bench.rib.flushSource(one);
  losses();
  bench.announce(two, "203.0.113.128/25", attributes(A));
  deepEqual(losses(), [`${A} back`]);
});

test("paths that become stale, or go one by one, are no loss", () => {
  const { bench, one, losses } = start();
  bench.rib.markStale(one);
  deepEqual(losses(), []);
  for (const prefix of PREFIXES) bench.withdraw(one, prefix);
  bench.settle();
  deepEqual(losses(), []);
});
