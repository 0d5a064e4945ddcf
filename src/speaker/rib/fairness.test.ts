// Whoever has little to say is heard, however much somebody else has.

import { equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { attributes, Bench, source } from "./harness.test.ts";
import { MAXIMUM_PATHS } from "./index.ts";

const FOUR = "10.1.0.1";
const SIX = "2001:db8::1";

function flood(bench: Bench, from: number, round: number, count: number): void {
  for (let i = 0; i < count; i++) {
    bench.announce(from, `198.18.${i >> 8}.${i & 255}/32`, attributes(FOUR, [1 + (round % 2)]));
  }
}

for (const flooded of ["decisions and updates", "the FIB"]) {
  test(`a flood in one family holds up nothing in the other: ${flooded}`, () => {
    const bench = new Bench();
    const [from, member] = ["a", "b"].map((name) => bench.rib.addSource(source(name)));
    const receiver = bench.join(member);
    flood(bench, from, 0, 3000);
    bench.announce(from, "2001:db8::/48", attributes(SIX));
    bench.settle();
    const { family, id } = bench.prefix("2001:db8::/48");
    flood(bench, from, 1, 3000);
    bench.withdraw(from, "2001:db8::/48");
    if (flooded === "the FIB") {
      while (bench.rib.work(1000));
      bench.deliver();
      let isHeard = false;
      for (let i = 0; i < 2; i++) {
        bench.rib.takeFibChanges((each, _prefix, best) => {
          if (each === 1 && best.length === 0) isHeard = true;
        }, 10);
      }
      ok(isHeard);
      return;
    }
    for (let i = 0; i < 4; i++) bench.rib.work(100);
    equal(bench.rib.best(family, id), undefined);
    bench.deliver();
    ok(receiver.log.includes("- 2001:db8::/48"));
    ok((bench.rib.groups()[0]?.queued[0] ?? 0) + bench.rib.tableSize(0).networks > 3000);
  });
}

test("what nobody uses any more is given back while changes never cease", () => {
  const bench = new Bench();
  const [from, busy, gone] = ["a", "b", "c"].map((name) => bench.rib.addSource(source(name)));
  bench.join(busy);
  const evaluate = (set: number): number =>
    bench.attributes.intern({ ...bench.attributes.get(set), med: 7 });
  bench.join(gone, { policy: { key: "med", evaluate } });
  flood(bench, from, 0, 2000);
  bench.settle();
  const { id } = bench.prefix("198.18.0.0/32");
  const own = bench.rib.exported(gone, 0, id);
  ok(bench.attributes.has(own));
  bench.leave(gone);
  for (let round = 1; bench.attributes.has(own); round++) {
    ok(round < 400, "the table of a group that is gone is still there");
    flood(bench, from, round, 200);
    ok(bench.rib.work(100), "the flood goes on");
    bench.deliver();
  }
});

test("a member that lags has been told its End-of-RIB all the same", () => {
  const bench = new Bench();
  const [from, member] = ["a", "b"].map((name) => bench.rib.addSource(source(name)));
  bench.join(member, { families: [true, false] });
  flood(bench, from, 0, 100);
  equal(bench.rib.member(member)?.endOfRib[0], false);
  equal(bench.rib.member(member)?.endOfRib[1], true, "it does not speak IPv6");
  bench.settle();
  bench.rib.blocked(member);
  equal(bench.rib.member(member)?.endOfRib[0], true);
});

test("a prefix costs more the more paths it has: decisions, updates, the FIB", () => {
  const bench = new Bench({ multipath: 2 });
  const [from, member] = ["a", "b"].map((name) => bench.rib.addSource(source(name)));
  bench.join(member, { paths: [2, 0] });
  const nets = Array.from({ length: 100 }, (_, i) => bench.prefix(`198.18.0.${i}/32`).id);
  const announce = (path: number, med: number): void => {
    bench.announce(from, "198.18.0.0/32", attributes(FOUR, [path], { med }), undefined, path);
    const set = bench.attributes.intern(attributes(FOUR, [path], { med }));
    for (const id of nets) bench.rib.announce(from, 0, id, path, set, set, 0);
  };
  for (let path = 1; path <= MAXIMUM_PATHS; path++) announce(path, path);
  bench.settle();

  announce(1, 1000);
  const queued = (): number => bench.rib.groups()[0]?.queued[0] ?? 0;
  bench.rib.decide(100);
  ok(queued() < 10, `${queued()} decided`);
  while (bench.rib.decide(1000));
  equal(queued(), 100);
  bench.rib.work(100);
  ok(queued() > 90, `${queued()} to be told`);
  let given = 0;
  const take = (): number => bench.rib.takeFibChanges(() => given++, 100);
  equal(take(), 100, "there is more");
  ok(given < 10, `${given} given`);
  while (take() > 0);
  equal(given, 100);
});
