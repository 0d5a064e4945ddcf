import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { address, attributes, Bench, source } from "./harness.test.ts";
import { EPOCHS } from "./path-store.ts";

const PREFIX = "192.0.2.0/24";
const A = "10.1.0.1";
const B = "10.1.0.2";

function pair(bench: Bench): [number, number] {
  const one = bench.rib.addSource(source("one", { routerId: 1 }));
  const two = bench.rib.addSource(source("two", { routerId: 2, address: address("10.0.0.2") }));
  return [one, two];
}

/** `count` prefixes from 198.18.0.0 on. */
function hosts(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `198.18.${i >> 8}.${i & 255}/32`);
}

test("a route comes, changes and goes, and nothing is left of it", () => {
  const bench = new Bench();
  const [one] = pair(bench);
  bench.now = 7;
  bench.announce(one, PREFIX, attributes(A));
  bench.announce(one, "2001:db8::/32", attributes("2001:db8::1"));
  bench.settle();
  deepEqual([...bench.fib.keys()], [PREFIX, "2001:db8::/32"]);
  const { family, id } = bench.prefix(PREFIX);
  equal(bench.rib.best(family, id)?.since, 7);

  bench.now = 8;
  bench.announce(one, PREFIX, attributes(A)); // The same again is no change.
  ok(!bench.rib.hasFibChanges);
  equal(bench.rib.best(family, id)?.since, 7);
  bench.announce(one, PREFIX, attributes(B));
  bench.settle();
  equal(bench.rib.best(family, id)?.since, 8);
  deepEqual(bench.fib.get(PREFIX), { best: [B], backup: undefined });

  ok(bench.withdraw(one, PREFIX));
  ok(!bench.withdraw(one, PREFIX));
  ok(!bench.withdraw(one, "203.0.113.0/24"));
  ok(bench.withdraw(one, "2001:db8::/32"));
  bench.assertEmpty();
});

test("announced and withdrawn before anybody looked: nothing is left", () => {
  const bench = new Bench();
  const [one] = pair(bench);
  const receiver = bench.join(bench.rib.addSource(source("member")));
  bench.announce(one, PREFIX, attributes(A));
  bench.withdraw(one, PREFIX);
  bench.settle();
  deepEqual(receiver.log, ["end 0", "end 1"]);
  bench.assertEmpty();
});

test("withdrawn and announced again before anybody looked: no change goes out", () => {
  const bench = new Bench();
  const [one] = pair(bench);
  const receiver = bench.join(bench.rib.addSource(source("member")));
  bench.announce(one, PREFIX, attributes(A));
  bench.settle();
  receiver.log.length = 0;
  bench.withdraw(one, PREFIX);
  bench.announce(one, PREFIX, attributes(A));
  bench.settle();
  deepEqual(receiver.log, []);
  deepEqual(bench.rib.counters(one, 0), {
    received: 1,
    accepted: 1,
    filtered: 0,
    best: 1,
    stale: 0,
    kept: 0,
  });
});

test("a filtered path is kept, counted, and never used", () => {
  const bench = new Bench();
  const [one, two] = pair(bench);
  bench.announce(one, PREFIX, attributes(A), null);
  bench.announce(two, PREFIX, attributes(B, [1]), attributes(B, [1], { localPref: 50 }));
  bench.settle();
  deepEqual(bench.reasons(PREFIX), ["two: best", "one: filtered"]);
  deepEqual(bench.rib.counters(one, 0), {
    received: 1,
    accepted: 0,
    filtered: 1,
    best: 0,
    stale: 0,
    kept: 0,
  });
  bench.announce(one, PREFIX, attributes(A)); // The policy has changed its mind.
  bench.settle();
  deepEqual(bench.reasons(PREFIX), ["one: best", "two: local preference"]);
  bench.announce(one, PREFIX, attributes(A), null);
  bench.settle();
  deepEqual(bench.fib.get(PREFIX), { best: [B], backup: undefined });
  bench.withdraw(one, PREFIX);
  bench.withdraw(two, PREFIX);
  bench.assertEmpty();
});

test("a path waits for its next hop, and leaves with it", () => {
  const bench = new Bench();
  const [one, two] = pair(bench);
  bench.unreachable.add(A);
  bench.announce(one, PREFIX, attributes(A));
  bench.settle();
  equal(bench.fib.size, 0);
  deepEqual(bench.reasons(PREFIX), ["one: next hop unreachable"]);
  bench.move(A, true);
  bench.settle();
  deepEqual(bench.fib.get(PREFIX), { best: [A], backup: undefined });
  bench.announce(two, PREFIX, attributes(B, [], { localPref: 50 }));
  bench.settle();
  bench.move(A, false);
  bench.settle();
  deepEqual(bench.fib.get(PREFIX), { best: [B], backup: undefined });
  bench.move(A, true, 10);
  bench.announce(two, PREFIX, attributes(B));
  bench.settle();
  deepEqual(bench.reasons(PREFIX), ["two: best", "one: IGP metric"]);
});

test("a next hop that changes twice during the walk over its paths is walked again", () => {
  const bench = new Bench();
  const [one] = pair(bench);
  for (const prefix of hosts(2000)) bench.announce(one, prefix, attributes(A));
  bench.settle();
  equal(bench.fib.size, 2000);
  bench.move(A, false);
  bench.rib.work(100); // A part of them
  bench.move(A, true);
  bench.rib.work(100);
  bench.move(A, false);
  bench.settle();
  equal(bench.fib.size, 0);
  bench.move(A, true);
  bench.settle();
  equal(bench.fib.size, 2000);
});

test("flushing a source takes its paths, in slices, and not what comes after", () => {
  const bench = new Bench();
  const [one, two] = pair(bench);
  const prefixes = hosts(1000);
  for (const prefix of prefixes) {
    bench.announce(one, prefix, attributes(A));
    bench.announce(two, prefix, attributes(B));
  }
  bench.settle();
  equal(bench.rib.counters(one, 0).best, 1000);
  bench.rib.flushSource(one);
  ok(bench.rib.work(64), "64 units are not enough for it");
  // The session is up again, with some of the routes, before the flush has ended.
  for (const prefix of prefixes.slice(0, 10)) bench.announce(one, prefix, attributes(A));
  bench.settle();
  equal(bench.rib.counters(one, 0).best, 10);
  equal(bench.rib.counters(two, 0).best, 990);
  equal(bench.rib.counters(one, 0).received, 10);
  deepEqual(bench.fib.get(prefixes[0]), { best: [A], backup: B });
  deepEqual(bench.fib.get(prefixes[500]), { best: [B], backup: undefined });
  ok(!bench.rib.removeSource(one), "it has paths");
  bench.rib.flushSource(one);
  bench.rib.flushSource(two, 0);
  bench.assertEmpty();
  ok(bench.rib.removeSource(one));
  equal(bench.rib.addSource(source("next")), one);
});

test("when two sources are flushed, no route moves from one to the other on its way out", () => {
  const bench = new Bench();
  const [one, two] = pair(bench);
  const prefixes = hosts(500);
  for (const prefix of prefixes) bench.announce(two, prefix, attributes(B));
  for (const prefix of prefixes) bench.announce(one, prefix, attributes(A));
  bench.settle();
  bench.rib.flushSource(one);
  bench.rib.flushSource(two);
  while (bench.rib.work(16)) {
    bench.takeFib();
    for (const { best } of bench.fib.values()) deepEqual(best, [A]);
  }
  bench.assertEmpty();
});

test("one family of a source can be flushed alone", () => {
  const bench = new Bench();
  const [one] = pair(bench);
  bench.announce(one, PREFIX, attributes(A));
  bench.announce(one, "2001:db8::/32", attributes("2001:db8::1"));
  bench.settle();
  bench.rib.flushSource(one, 1);
  bench.settle();
  deepEqual([...bench.fib.keys()], [PREFIX]);
});

test("stale paths are used until they are swept (RFC 4724 §4.2)", () => {
  const bench = new Bench();
  const [one] = pair(bench);
  const [kept, changed, gone] = hosts(3);
  for (const prefix of [kept, changed, gone]) bench.announce(one, prefix, attributes(A));
  bench.settle();
  bench.rib.markStale(one);
  bench.settle();
  equal(bench.fib.size, 3);
  equal(bench.rib.counters(one, 0).stale, 3);
  bench.announce(one, kept, attributes(A));
  bench.announce(one, changed, attributes(B));
  bench.settle();
  equal(bench.rib.counters(one, 0).stale, 1);
  bench.rib.sweepStale(one);
  bench.settle();
  deepEqual([...bench.fib.keys()].toSorted(), [kept, changed]);
  deepEqual(bench.fib.get(changed)?.best, [B]);
  equal(bench.rib.counters(one, 0).stale, 0);
});

test("what is stale for the second time goes at once (RFC 4724 §4.2)", () => {
  const bench = new Bench();
  const [one] = pair(bench);
  const [first, second] = hosts(2);
  bench.announce(one, first, attributes(A));
  bench.announce(one, second, attributes(A));
  bench.settle();
  bench.rib.markStale(one);
  bench.announce(one, second, attributes(A));
  bench.rib.markStale(one);
  bench.settle();
  deepEqual([...bench.fib.keys()], [second]);
  bench.rib.sweepStale(one);
  bench.assertEmpty();
});

test("what goes for the second mark goes in slices, and counts for nothing meanwhile", () => {
  const bench = new Bench();
  const [one] = pair(bench);
  const [stays, ...goes] = hosts(500);
  for (const prefix of [stays, ...goes]) bench.announce(one, prefix, attributes(A));
  bench.settle();
  bench.rib.markStale(one);
  bench.announce(one, stays, attributes(A));
  bench.rib.markStale(one);
  const { received, stale, kept } = bench.rib.counters(one, 0);
  deepEqual([received, stale, kept], [500, 500, 1]);
  bench.rib.work(20);
  const left = bench.rib.counters(one, 0).received;
  ok(left < 500 && left > 400, `${left} are left`);
  bench.settle();
  deepEqual([...bench.fib.keys()], [stays]);
  deepEqual(bench.rib.counters(one, 0).received, 1);
});

test("a source is marked more often than epochs can be told apart", () => {
  const bench = new Bench();
  const [one] = pair(bench);
  const prefixes = hosts(3);
  bench.announce(one, prefixes[0], attributes(A));
  bench.announce(one, prefixes[1], attributes(A));
  bench.settle();
  for (let i = 0; i < EPOCHS; i++) {
    bench.rib.markStale(one);
    bench.announce(one, prefixes[1], attributes(A));
    equal(bench.rib.counters(one, 0).kept, i === 0 ? 1 : 0);
  }
  bench.announce(one, prefixes[2], attributes(A));
  bench.settle();
  deepEqual([...bench.fib.keys()].toSorted(), prefixes.slice(1).toSorted());
  bench.rib.flushSource(one);
  bench.settle();
  bench.assertEmpty();
});

test("a path that is announced again while its source is swept stays", () => {
  const bench = new Bench();
  const [one, two] = pair(bench);
  const prefixes = hosts(500);
  for (const prefix of prefixes) {
    bench.announce(one, prefix, attributes(A));
    bench.announce(two, prefix, attributes(B, [1]));
  }
  bench.settle();
  bench.rib.flushSource(one);
  for (const prefix of prefixes) bench.announce(two, prefix, attributes(B, [1, 2]));
  bench.rib.work(20); // Decisions without the paths that are to be swept
  for (const prefix of prefixes) bench.announce(one, prefix, attributes(A));
  bench.settle();
  equal(bench.rib.counters(one, 0).best, 500);
  equal(bench.fib.get(prefixes[499])?.best[0], A);
});

test("a source whose identifier changes is judged anew", () => {
  const bench = new Bench();
  const [one, two] = pair(bench);
  bench.announce(one, PREFIX, attributes(A));
  bench.announce(two, PREFIX, attributes(B));
  bench.settle();
  deepEqual(bench.reasons(PREFIX), ["one: best", "two: router id"]);
  bench.rib.changeSource(one, source("one", { routerId: 3 }));
  bench.settle();
  deepEqual(bench.reasons(PREFIX), ["two: best", "one: router id"]);
});

test("interest in a next hop begins with its first path and ends with the last", () => {
  const bench = new Bench();
  const [one, two] = pair(bench);
  bench.announce(one, PREFIX, attributes(A));
  bench.announce(two, PREFIX, attributes(A));
  const id = bench.nextHops.intern({ family: 0, w0: 0x0a010001, w1: 0, w2: 0, w3: 0 }, 0);
  deepEqual(bench.rib.takeNextHopInterest(), { wanted: [id], unwanted: [] });
  deepEqual(bench.rib.takeNextHopInterest(), { wanted: [], unwanted: [] });
  bench.withdraw(one, PREFIX);
  deepEqual(bench.rib.takeNextHopInterest(), { wanted: [], unwanted: [] });
  bench.withdraw(two, PREFIX);
  bench.announce(two, PREFIX, attributes(A)); // Back before anybody noticed
  deepEqual(bench.rib.takeNextHopInterest(), { wanted: [], unwanted: [] });
  bench.withdraw(two, PREFIX);
  deepEqual(bench.rib.takeNextHopInterest(), { wanted: [], unwanted: [id] });
  bench.assertEmpty();
});

test("path identifiers tell a neighbour's paths apart", () => {
  const bench = new Bench({ multipath: 4 });
  const [one] = pair(bench);
  bench.announce(one, PREFIX, attributes(A), undefined, 1);
  bench.announce(one, PREFIX, attributes(B), undefined, 2);
  bench.settle();
  deepEqual(bench.fib.get(PREFIX)?.best, [A, B]);
  bench.withdraw(one, PREFIX, 1);
  bench.settle();
  deepEqual(bench.fib.get(PREFIX)?.best, [B]);
  bench.withdraw(one, PREFIX, 2);
  bench.assertEmpty();
});

test("prefix ids and path slots are used again", () => {
  const bench = new Bench();
  const [one] = pair(bench);
  for (let round = 0; round < 5; round++) {
    for (const prefix of hosts(2000)) bench.announce(one, prefix, attributes(A));
    bench.settle();
    const used = bench.rib.bytes;
    bench.rib.flushSource(one);
    bench.assertEmpty();
    ok(bench.rib.bytes <= used);
    ok(bench.prefixes[0].limit <= 2000);
  }
});
