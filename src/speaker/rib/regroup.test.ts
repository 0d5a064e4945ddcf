// A member's export policy changes while its session goes on.

import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { address, attributes, Bench, source, type Receiver } from "./harness.test.ts";
import type { ExportPolicy } from "./index.ts";

const A = "10.1.0.1";

function neighbours(bench: Bench, count: number): number[] {
  return Array.from({ length: count }, (_, i) => {
    const fields = { routerId: i + 1, address: address(`10.0.${i >> 8}.${i & 255}`) };
    return bench.rib.addSource(source(`n${i + 1}`, fields));
  });
}

function hosts(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `198.18.${i >> 8}.${i & 255}/32`);
}

function load(bench: Bench, from: number, count: number): void {
  for (const prefix of hosts(count)) bench.announce(from, prefix, attributes(A));
  bench.settle();
}

/** Exports prefixes whose last octet a bit pattern of 8 has: 0xff all, 0 none. */
function policy(bench: Bench, pattern: number, med?: number): ExportPolicy {
  const evaluate = (set: number, family: 0 | 1, prefix: number): number => {
    const bit = bench.prefixes[family].word(prefix, 0) & 7;
    if ((pattern & (1 << bit)) === 0) return 0;
    return bench.attributes.intern({ ...bench.attributes.get(set), med });
  };
  return { key: `${pattern} ${med}`, evaluate };
}

function exported(count: number, pattern: number): string[] {
  const all = hosts(count).filter((_, i) => (pattern & (1 << (i & 7))) !== 0);
  return all.toSorted();
}

function heard(receiver: Receiver): string[] {
  return receiver.log.splice(0).sort();
}

test("only what the two policies export in different ways is told", () => {
  const bench = new Bench();
  const [from, one, two] = neighbours(bench, 3);
  const receiver = bench.join(one, { policy: policy(bench, 0b0011) });
  const other = bench.join(two, { policy: policy(bench, 0b0011) });
  load(bench, from, 8);
  heard(receiver);
  heard(other);
  equal(bench.rib.regroup(one, policy(bench, 0b0110)), true);
  bench.settle();
  deepEqual(heard(receiver), ["+ 198.18.0.2/32", "- 198.18.0.0/32"]);
  deepEqual(heard(other), []);
  deepEqual(
    bench.rib.groups().map((group) => group.members),
    [[two], [one]],
  );
  equal(bench.rib.member(one)?.state, "in step");
});

test("the same policy again is no change", () => {
  const bench = new Bench();
  const [from, one] = neighbours(bench, 2);
  const receiver = bench.join(one, { policy: policy(bench, 0xff) });
  load(bench, from, 10);
  heard(receiver);
  equal(bench.rib.regroup(one, policy(bench, 0xff)), true);
  equal(bench.rib.member(one)?.state, "in step");
  bench.settle();
  deepEqual(heard(receiver), []);
});

test("a change after the next one is refused until the first is looked through", () => {
  const bench = new Bench();
  const [from, one] = neighbours(bench, 2);
  const receiver = bench.join(one, { policy: policy(bench, 0b0011) });
  load(bench, from, 100);
  equal(bench.rib.regroup(one, policy(bench, 0b0110)), true);
  equal(bench.rib.regroup(one, policy(bench, 0b1100)), false);
  bench.rib.work(3);
  equal(bench.rib.regroup(one, policy(bench, 0b1100)), false);
  equal(bench.rib.regroup(one, policy(bench, 0b0110)), true, "it is that one already");
  bench.settle();
  equal(bench.rib.regroup(one, policy(bench, 0b1100)), true);
  bench.settle();
  deepEqual(receiver.prefixes(), exported(100, 0b1100));
});

test("a member whose socket is full moves all the same, and may move again", () => {
  const bench = new Bench();
  const [from, one] = neighbours(bench, 2);
  const receiver = bench.join(one, { policy: policy(bench, 0b0011) });
  load(bench, from, 100);
  heard(receiver);
  bench.rib.blocked(one);
  bench.withdraw(from, "198.18.0.1/32");
  equal(bench.rib.regroup(one, policy(bench, 0b0110)), true);
  bench.settle();
  equal(bench.rib.regroup(one, policy(bench, 0b1010)), true);
  bench.settle();
  equal(bench.rib.member(one)?.state, "blocked");
  deepEqual(heard(receiver), []);
  bench.rib.drained(one);
  bench.settle();
  const left = exported(100, 0b1010).filter((prefix) => prefix !== "198.18.0.1/32");
  deepEqual(receiver.prefixes(), left);
  equal(bench.rib.groups().length, 1);
});

test("a member that has not heard all hears all of the new table, and one End-of-RIB", () => {
  const bench = new Bench();
  const [from, first, late] = neighbours(bench, 3);
  bench.join(first, { policy: policy(bench, 0b0011) });
  load(bench, from, 4000);
  const receiver = bench.join(late, { policy: policy(bench, 0b0011) });
  bench.rib.work(300);
  bench.deliver();
  equal(bench.rib.regroup(late, policy(bench, 0b0110)), true);
  bench.settle();
  deepEqual(receiver.prefixes(), exported(4000, 0b0110));
  deepEqual(receiver.log.filter((line) => line.startsWith("end")).sort(), ["end 0", "end 1"]);
});

test("a refresh that is owed moves with the member, and covers what did not change", () => {
  const bench = new Bench();
  const [from, one] = neighbours(bench, 2);
  const receiver = bench.join(one, { policy: policy(bench, 0b0011) });
  load(bench, from, 80);
  for (const isBefore of [true, false]) {
    heard(receiver);
    if (isBefore) bench.rib.refresh(one, 0, true);
    equal(bench.rib.regroup(one, policy(bench, isBefore ? 0b0110 : 0b0010)), true);
    bench.rib.work(2);
    if (!isBefore) for (let i = 0; i < 100; i++) bench.rib.refresh(one, 0, true);
    bench.settle();
    const { log } = receiver;
    equal(log[0], "refresh 1 0");
    equal(log.at(-1), "refresh 2 0");
    const told = log.filter((line) => line.startsWith("+")).map((line) => line.slice(2));
    deepEqual(told.toSorted(), exported(80, isBefore ? 0b0110 : 0b0010));
  }
});

test("prefixes that go, and ids that are used again, while a member moves", () => {
  const bench = new Bench();
  const [from, one, two] = neighbours(bench, 3);
  const receiver = bench.join(one, { policy: policy(bench, 0xff) });
  for (const isShared of [false, true]) {
    if (isShared) bench.join(two, { policy: policy(bench, 0xff) });
    load(bench, from, 200);
    equal(bench.rib.regroup(one, policy(bench, 0x0f, 1)), true);
    bench.rib.work(5);
    for (const prefix of hosts(200)) bench.withdraw(from, prefix);
    for (let i = 0; i < 200; i++) {
      bench.announce(from, `203.0.113.${i}/32`, attributes(A, [1 + (i % 3)]));
      bench.rib.work(3);
      bench.resolve();
      bench.deliver();
    }
    bench.settle();
    equal(receiver.routes.size, 100);
    ok(receiver.prefixes().every((prefix) => prefix.startsWith("203.0.113.")));
    bench.rib.flushSource(from);
    bench.settle();
    equal(bench.rib.regroup(one, policy(bench, 0xff)), true);
    bench.settle();
  }
  bench.assertEmpty();
});

test("a member may leave while it moves; nothing is kept for it", () => {
  const bench = new Bench();
  const [from, one, two] = neighbours(bench, 3);
  bench.join(one, { policy: policy(bench, 0xff) });
  bench.join(two, { policy: policy(bench, 0xff) });
  load(bench, from, 500);
  equal(bench.rib.regroup(one, policy(bench, 0x0f)), true);
  bench.rib.work(100);
  bench.leave(one);
  for (const prefix of hosts(500)) bench.announce(from, prefix, attributes(A, [7]));
  bench.settle();
  bench.rib.flushSource(from);
  bench.assertEmpty();
});

test("four hundred members at once: little memory, slices, and what is told is encoded once", () => {
  const count = 400;
  const routes = 4000;
  const bench = new Bench();
  const [from, ...members] = neighbours(bench, count + 1);
  const receivers = members.map((one) => bench.join(one, { policy: policy(bench, 0b0011) }));
  load(bench, from, routes);
  for (const member of members) equal(bench.rib.regroup(member, policy(bench, 0b0110)), true);
  const marks = (): number =>
    members.reduce((sum, member) => sum + (bench.rib.member(member)?.bytes ?? 0), 0);
  let most = marks();
  ok(most <= count * 512, "nothing is marked at once");
  let bytes = 0;
  for (let isBusy = true; isBusy;) {
    isBusy = bench.rib.work(1000);
    most = Math.max(most, marks());
    for (const write of bench.rib.take()) {
      bytes += write.bytes.length;
      for (const member of write.members) receivers[members.indexOf(member)].receive(write.bytes);
    }
  }
  ok(most <= count * (routes / 8) * 2.5, `${most} bytes of marks`);
  for (const receiver of receivers) equal(receiver.routes.size, routes / 4);
  deepEqual(receivers[count - 1].prefixes(), exported(routes, 0b0110));
  equal(bench.rib.groups().length, 1);
  ok(bytes < 20 * routes * 5, `${bytes} bytes were encoded`);
});

/** Pairs of policies one after another, and slices of work between them. */
const move = fc.record({
  pattern: fc.integer({ min: 0, max: 255 }),
  med: fc.option(fc.constantFrom(1, 2), { nil: undefined }),
  member: fc.integer({ min: 0, max: 2 }),
  units: fc.integer({ min: 0, max: 30 }),
});

test("what every policy on the way exports is never withdrawn, nor told again when it is the same", () => {
  fc.assert(
    fc.property(fc.array(move, { minLength: 1, maxLength: 8 }), (moves) => {
      const bench = new Bench();
      const [from, ...members] = neighbours(bench, 4);
      const first = policy(bench, 0b1111);
      const receivers = members.map((member) => bench.join(member, { policy: first }));
      load(bench, from, 64);
      receivers.forEach(heard);
      const last = members.map(() => 0b1111);
      const always = members.map(() => 0b1111);
      const same = members.map(() => true);
      for (const { pattern, med, member, units } of moves) {
        const next = policy(bench, pattern, med);
        while (!bench.rib.regroup(members[member], next)) {
          bench.rib.work(1);
          bench.deliver();
        }
        last[member] = pattern;
        always[member] &= pattern;
        if (med !== undefined) same[member] = false;
        bench.rib.work(units);
        bench.deliver();
      }
      bench.settle(5);
      receivers.forEach((receiver, i) => {
        deepEqual(receiver.prefixes(), exported(64, last[i]));
        for (const prefix of exported(64, always[i])) {
          ok(!receiver.log.includes(`- ${prefix}`), "it went away");
          if (same[i]) ok(!receiver.log.includes(`+ ${prefix}`), "it was told again");
        }
      });
      for (const member of members) bench.leave(member);
      bench.rib.flushSource(from);
      bench.assertEmpty();
    }),
    { numRuns: 100, seed: 4271 },
  );
});
