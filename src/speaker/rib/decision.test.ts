import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { address, attributes, Bench, source } from "./harness.test.ts";

const PREFIX = "192.0.2.0/24";

/** Neighbours 10.0.0.1, 10.0.0.2, ...; router ids in the same order. */
function neighbours(bench: Bench, count: number, external = true): number[] {
  return Array.from({ length: count }, (_, i) => {
    const fields = { external, routerId: i + 1, address: address(`10.0.0.${i + 1}`) };
    return bench.rib.addSource(source(`n${i + 1}`, fields));
  });
}

test("MED among three paths does not depend on the order in which they came", () => {
  // The classic: pairwise, A beats B (router id), B beats C (MED), C beats A (router id).
  const a = attributes("10.1.0.1", [1], { originatorId: 2 });
  const b = attributes("10.1.0.2", [2], { originatorId: 3, med: 1 });
  const c = attributes("10.1.0.3", [2], { originatorId: 1, med: 2 });
  for (const order of [
    [a, b, c],
    [a, c, b],
    [b, a, c],
    [b, c, a],
    [c, a, b],
    [c, b, a],
  ]) {
    const bench = new Bench();
    const ids = neighbours(bench, 3);
    for (const set of order) {
      bench.announce(ids[[a, b, c].indexOf(set)], PREFIX, set);
      bench.settle();
    }
    deepEqual(bench.fib.get(PREFIX)?.best, ["10.1.0.1"]);
    deepEqual(bench.reasons(PREFIX).toSorted(), ["n1: best", "n2: router id", "n3: MED"]);
  }
});

test("any order of announcements, and withdrawals in between, leads to the same answer", () => {
  const path = fc.record({
    path: fc.constantFrom([], [1], [2], [1, 2], [2, 3]),
    med: fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined }),
    localPref: fc.option(fc.constantFrom(99, 100, 101), { nil: undefined }),
    originatorId: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
    hop: fc.integer({ min: 1, max: 4 }),
  });
  const settings = fc.record({ alwaysCompareMed: fc.boolean(), multipathRelax: fc.boolean() });
  const run = (
    paths: readonly (typeof path extends fc.Arbitrary<infer T> ? T : never)[],
    order: readonly number[],
    chosen: { alwaysCompareMed: boolean; multipathRelax: boolean },
  ): unknown => {
    const bench = new Bench({ ...chosen, multipath: 3 });
    const ids = neighbours(bench, paths.length);
    for (const index of order) {
      const { path: asns, hop, ...fields } = paths[index];
      bench.announce(ids[index], PREFIX, attributes(`10.1.0.${hop}`, asns, fields));
      bench.settle();
      if (index % 2 === 0) bench.withdraw(ids[order[0]], PREFIX);
      if (index % 3 === 0) bench.settle();
    }
    const [first] = order;
    const { path: asns, hop, ...fields } = paths[first];
    bench.announce(ids[first], PREFIX, attributes(`10.1.0.${hop}`, asns, fields));
    bench.settle();
    return [bench.fib.get(PREFIX), bench.reasons(PREFIX).toSorted()];
  };
  const paths = fc.array(path, { minLength: 2, maxLength: 6 });
  const keys = fc.array(fc.nat(), { minLength: 6, maxLength: 6 });
  fc.assert(
    fc.property(paths, settings, keys, (all, chosen, key) => {
      const straight = all.map((_, index) => index);
      const shuffled = straight.toSorted((a, b) => key[a] - key[b]);
      deepEqual(run(all, shuffled, chosen), run(all, straight, chosen));
    }),
    { numRuns: 200, seed: 4271 },
  );
});

test("equal paths share the traffic, each next hop once, not more than allowed", () => {
  const bench = new Bench({ multipath: 3 });
  const ids = neighbours(bench, 6);
  // n1 and n2 have the same next hop; n6 is as good as the others but one too many.
  const hops = ["10.1.0.1", "10.1.0.1", "10.1.0.3", "10.1.0.4", "10.1.0.5", "10.1.0.6"];
  for (const i of [5, 4, 3, 2, 1, 0]) {
    bench.announce(ids[i], PREFIX, attributes(hops[i], [65001]));
    bench.settle();
  }
  const best = ["10.1.0.1", "10.1.0.3", "10.1.0.4"];
  deepEqual(bench.fib.get(PREFIX), { best, backup: "10.1.0.5" });
  deepEqual(bench.reasons(PREFIX).toSorted(), [
    "n1: best",
    "n2: router id",
    "n3: multipath",
    "n4: multipath",
    "n5: router id",
    "n6: router id",
  ]);
});

test("the number of equal paths can change under way, both ways", () => {
  const bench = new Bench({ multipath: 2 });
  const ids = neighbours(bench, 3);
  const hops = ["10.1.0.1", "10.1.0.2", "10.1.0.3"];
  for (const i of [0, 1, 2]) bench.announce(ids[i], PREFIX, attributes(hops[i], [65001]));
  bench.announce(ids[0], "198.51.100.0/24", attributes(hops[0], [65001]));
  bench.settle();
  bench.fib.delete("198.51.100.0/24");
  for (const [multipath, backup] of [
    [3, undefined],
    [1, "10.1.0.2"],
    [2, "10.1.0.3"],
  ] as const) {
    bench.rib.setMultipath(multipath);
    bench.settle();
    deepEqual(bench.fib.get(PREFIX), { best: hops.slice(0, multipath), backup });
    equal(
      bench.reasons(PREFIX).filter((reason) => reason.endsWith("multipath")).length,
      multipath - 1,
    );
  }
  equal(bench.fib.has("198.51.100.0/24"), false, "one path is one path");
});

test("of two paths to one next hop the better one stands for it", () => {
  const bench = new Bench({ multipath: 4 });
  const ids = neighbours(bench, 4);
  const hops = ["10.1.0.1", "10.1.0.2", "10.1.0.3", "10.1.0.2"];
  for (const i of [3, 2, 1, 0]) bench.announce(ids[i], PREFIX, attributes(hops[i], [65001]));
  bench.settle();
  const best = ["10.1.0.1", "10.1.0.2", "10.1.0.3"];
  deepEqual(bench.fib.get(PREFIX), { best, backup: undefined });
});

test("the traffic is shared across neighbouring ASes only when that is relaxed", () => {
  for (const multipathRelax of [false, true]) {
    const bench = new Bench({ multipath: 2, multipathRelax });
    const [one, two] = neighbours(bench, 2);
    bench.announce(one, PREFIX, attributes("10.1.0.1", [1]));
    bench.announce(two, PREFIX, attributes("10.1.0.2", [2]));
    bench.settle();
    const expected = multipathRelax
      ? { best: ["10.1.0.1", "10.1.0.2"], backup: undefined }
      : { best: ["10.1.0.1"], backup: "10.1.0.2" };
    deepEqual(bench.fib.get(PREFIX), expected);
  }
});

test("the backup is the best path to another next hop, however bad", () => {
  const bench = new Bench();
  const ids = neighbours(bench, 4);
  bench.announce(ids[0], PREFIX, attributes("10.1.0.1", [1]));
  bench.announce(ids[1], PREFIX, attributes("10.1.0.1", [1]));
  bench.announce(ids[2], PREFIX, attributes("10.1.0.3", [1, 2, 3, 4]));
  bench.announce(ids[3], PREFIX, attributes("10.1.0.4", [1, 2, 3]));
  bench.settle();
  deepEqual(bench.fib.get(PREFIX), { best: ["10.1.0.1"], backup: "10.1.0.4" });
  bench.move("10.1.0.4", false);
  bench.settle();
  deepEqual(bench.fib.get(PREFIX), { best: ["10.1.0.1"], backup: "10.1.0.3" });
  bench.withdraw(ids[2], PREFIX);
  bench.settle();
  deepEqual(bench.fib.get(PREFIX), { best: ["10.1.0.1"], backup: undefined });
});

test("a path without a next hop from a neighbour is never used", () => {
  const bench = new Bench();
  const [one] = neighbours(bench, 1);
  bench.announce(one, PREFIX, { ...attributes("10.1.0.1"), nextHop: undefined });
  bench.settle();
  equal(bench.fib.size, 0);
  deepEqual(bench.reasons(PREFIX), ["n1: next hop unreachable"]);
});

/** Of another prefix: a path by way of a next hop that is new is decided once more when that is known. */
function knowHops(bench: Bench, ids: readonly number[]): void {
  for (const [i, id] of ids.entries()) {
    bench.announce(id, "198.51.100.0/24", attributes(`10.1.0.${i + 1}`, [1]));
  }
  bench.settle();
}

test("a path that MED keeps from being the best does not become it when it comes last", () => {
  const bench = new Bench();
  const ids = neighbours(bench, 3);
  knowHops(bench, ids);
  bench.announce(ids[1], PREFIX, attributes("10.1.0.2", [1], { med: 5 }));
  bench.announce(ids[2], PREFIX, attributes("10.1.0.3", [2], { med: 3 }));
  bench.settle();
  deepEqual(bench.fib.get(PREFIX)?.best, ["10.1.0.2"]);
  // Its router id is the lowest, its MED that of the best path; but the third has a lower one.
  bench.announce(ids[0], PREFIX, attributes("10.1.0.1", [2], { med: 5 }));
  bench.settle();
  deepEqual(bench.fib.get(PREFIX)?.best, ["10.1.0.2"]);
  deepEqual(bench.reasons(PREFIX).toSorted(), ["n1: MED", "n2: best", "n3: router id"]);
});

test("several paths come between two decisions: the best of them is", () => {
  const bench = new Bench();
  const ids = neighbours(bench, 4);
  knowHops(bench, ids);
  bench.announce(ids[3], PREFIX, attributes("10.1.0.4", [1]));
  bench.settle();
  for (const i of [0, 1, 2]) bench.announce(ids[i], PREFIX, attributes(`10.1.0.${i + 1}`, [1]));
  bench.settle();
  deepEqual(bench.fib.get(PREFIX), { best: ["10.1.0.1"], backup: "10.1.0.2" });
  bench.withdraw(ids[0], PREFIX);
  bench.settle();
  deepEqual(bench.fib.get(PREFIX), { best: ["10.1.0.2"], backup: "10.1.0.3" });
});

test("where nobody installs routes, routes are decided all the same, and the FIB hears nothing", () => {
  const bench = new Bench({ hasFib: false });
  const ids = neighbours(bench, 2);
  for (const i of [0, 1]) bench.announce(ids[i], PREFIX, attributes(`10.1.0.${i + 1}`, [1]));
  bench.settle();
  equal(bench.fib.size, 0);
  deepEqual(bench.reasons(PREFIX).toSorted(), ["n1: best", "n2: router id"]);
});
