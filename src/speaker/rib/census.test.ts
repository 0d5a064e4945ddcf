import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import type { Census } from "./census.ts";
import { address, attributes, Bench, source } from "./harness.test.ts";

/** The result, and how many pauses there were. */
function taken(steps: Generator<undefined, Census, undefined>): Census & { pauses: number } {
  for (let pauses = 0; ; pauses++) {
    const step = steps.next();
    if (step.done === true) return { ...step.value, pauses };
  }
}

test("accepted and rejected paths are counted apart, each prefix once", () => {
  const bench = new Bench();
  const one = bench.rib.addSource(source("one"));
  const two = bench.rib.addSource(source("two", { address: address("10.0.0.2") }));
  bench.announce(one, "192.0.2.0/25", attributes("10.1.0.1"));
  bench.announce(one, "192.0.2.128/25", attributes("10.1.0.1"));
  bench.announce(two, "192.0.2.0/25", attributes("10.1.0.2"));
  bench.settle();
  deepEqual(taken(bench.rib.census(0, false)), { routes: 3, networks: 2, pauses: 0 });
  deepEqual(taken(bench.rib.census(0, true)), { routes: 0, networks: 0, pauses: 0 });
  bench.announce(two, "192.0.2.0/25", attributes("10.1.0.2"), null);
  bench.announce(two, "198.51.100.0/24", attributes("10.1.0.2"), null);
  bench.settle();
  deepEqual(taken(bench.rib.census(0, false)), { routes: 2, networks: 2, pauses: 0 });
  deepEqual(taken(bench.rib.census(0, true)), { routes: 2, networks: 2, pauses: 0 });
  bench.withdraw(two, "192.0.2.0/25");
  deepEqual(taken(bench.rib.census(0, true)), { routes: 1, networks: 1, pauses: 0 });
  deepEqual(taken(bench.rib.census(1, false)), { routes: 0, networks: 0, pauses: 0 });
});

test("a large table is counted with pauses", () => {
  const bench = new Bench();
  const one = bench.rib.addSource(source("one"));
  for (let i = 0; i < 20_000; i++) {
    bench.announce(one, `10.${i >> 8}.${i & 255}.0/24`, attributes("10.1.0.1"));
  }
  bench.announce(one, "192.0.2.0/24", attributes("10.1.0.1"), null);
  deepEqual(taken(bench.rib.census(0, false)), { routes: 20_000, networks: 20_000, pauses: 2 });
});
