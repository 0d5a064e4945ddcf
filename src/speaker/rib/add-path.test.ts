// Several paths of a prefix (RFC 7911): what is sent to whom, by which path identifier.

import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { address, attributes, Bench, source, type Receiver } from "./harness.test.ts";
import { MAXIMUM_PATHS } from "./index.ts";

const NET = "192.0.2.0/24";
const ALL = { paths: [Infinity, Infinity] } as const;

/** Neighbours 1 .. count, in different ASes. */
function neighbours(bench: Bench, count: number): number[] {
  return Array.from({ length: count }, (_, i) => {
    const fields = { routerId: i + 1, address: address(`10.0.0.${i + 1}`) };
    return bench.rib.addSource(source(`n${i + 1}`, fields));
  });
}

const hop = (n: number) => attributes(`10.1.0.${n}`, [n]);

/** Path identifier and the AS that the path leads through, of every path. */
function held(receiver: Receiver): string[] {
  const paths = [...receiver.routes].map(
    ([route, { asPath }]) => `${route.split(" ")[1]} AS${asPath[0]?.asns[0]}`,
  );
  return paths.toSorted();
}

test("all paths are sent, each by an identifier that it keeps as long as it is there", () => {
  const bench = new Bench();
  const [one, two, three, listener] = neighbours(bench, 4);
  const receiver = bench.join(listener, ALL);
  for (const from of [one, two, three]) bench.announce(from, NET, hop(from));
  bench.settle();
  const before = held(receiver);
  equal(new Set(before.map((path) => path.split(" ")[0])).size, 3);
  receiver.log.length = 0;

  bench.withdraw(two, NET);
  bench.settle();
  equal(receiver.log.length, 1, "only what went is told of");
  ok(receiver.log[0].startsWith("- "));
  deepEqual(
    held(receiver),
    before.filter((path) => !path.endsWith("AS2")),
  );

  bench.announce(one, NET, attributes("10.1.0.1", [1, 7, 7]));
  bench.settle();
  deepEqual(
    held(receiver),
    before.filter((path) => !path.endsWith("AS2")),
  );
  equal(receiver.spurious, 0);
});

test("the best N are sent, and the next best when one of them goes", () => {
  const bench = new Bench();
  const [one, two, three, listener] = neighbours(bench, 4);
  const receiver = bench.join(listener, { paths: [2, 0] });
  bench.announce(three, NET, attributes("10.1.0.3", [3]));
  bench.announce(two, NET, attributes("10.1.0.2", [2, 2]));
  bench.announce(one, NET, attributes("10.1.0.1", [1, 1, 1]));
  bench.settle();
  deepEqual(
    held(receiver)
      .map((path) => path.split(" ")[1])
      .toSorted(),
    ["AS2", "AS3"],
  );
  const kept = held(receiver).find((path) => path.endsWith("AS2"));
  bench.withdraw(three, NET);
  bench.settle();
  deepEqual(
    held(receiver)
      .map((path) => path.split(" ")[1])
      .toSorted(),
    ["AS1", "AS2"],
  );
  ok(kept !== undefined && held(receiver).includes(kept));
});

test("what a path came with is not passed on: two neighbours may use the same identifier", () => {
  const bench = new Bench();
  const [one, two, listener] = neighbours(bench, 3);
  const receiver = bench.join(listener, ALL);
  for (const from of [one, two]) {
    for (const pathId of [7, 8]) {
      bench.announce(from, NET, attributes(`10.1.${from}.${pathId}`, [from]), undefined, pathId);
    }
  }
  bench.settle();
  equal(receiver.routes.size, 4);
  bench.withdraw(one, NET, 7);
  bench.settle();
  deepEqual(
    held(receiver)
      .map((path) => path.split(" ")[1])
      .toSorted(),
    ["AS1", "AS2", "AS2"],
  );
});

test("a path is kept from the member that it came from, the others are not", () => {
  const bench = new Bench();
  const [one, two, three] = neighbours(bench, 3);
  const receivers = [one, two, three].map((id) => bench.join(id, { ...ALL, sendBack: false }));
  for (const from of [one, two, three]) bench.announce(from, NET, hop(from));
  bench.settle();
  const ases = receivers.map((each) =>
    held(each)
      .map((path) => path.split(" ")[1])
      .toSorted(),
  );
  deepEqual(ases, [
    ["AS2", "AS3"],
    ["AS1", "AS3"],
    ["AS1", "AS2"],
  ]);
});

test("a member that was blocked loses the paths that went meanwhile, by their identifiers", () => {
  const bench = new Bench();
  const [one, two, three, slow, quick] = neighbours(bench, 5);
  const receivers = [bench.join(slow, ALL), bench.join(quick, ALL)];
  for (const from of [one, two, three]) bench.announce(from, NET, hop(from));
  bench.settle();
  bench.rib.blocked(slow);
  bench.withdraw(three, NET);
  bench.settle();
  bench.withdraw(one, NET);
  bench.settle();
  equal(receivers[0].routes.size, 3);
  bench.rib.drained(slow);
  bench.settle();
  deepEqual(held(receivers[0]), held(receivers[1]));
  bench.rib.blocked(slow);
  bench.rib.flushSource(two);
  bench.settle();
  bench.rib.drained(slow);
  bench.settle();
  equal(receivers[0].routes.size, 0);
  bench.leave(slow);
  bench.leave(quick);
  bench.assertEmpty();
});

test("a refresh brings all paths again; End-of-RIB comes behind them", () => {
  const bench = new Bench();
  const [one, two, listener] = neighbours(bench, 3);
  for (const from of [one, two]) bench.announce(from, NET, hop(from));
  bench.settle();
  const receiver = bench.join(listener, ALL);
  bench.settle();
  equal(receiver.log.filter((line) => line.startsWith("+")).length, 2);
  equal(receiver.log.indexOf("end 0"), 2);
  receiver.log.length = 0;
  bench.rib.refresh(listener, 0, true);
  bench.settle();
  deepEqual(
    receiver.log.toSorted().map((line) => line[0]),
    ["+", "+", "r", "r"],
  );
  equal(receiver.log.at(-1), "refresh 2 0");
});

test("another policy changes what differs by it, under the same identifiers", () => {
  const bench = new Bench();
  const [one, two, listener, other] = neighbours(bench, 4);
  const receiver = bench.join(listener, ALL);
  bench.join(other, ALL);
  for (const from of [one, two]) bench.announce(from, NET, hop(from));
  bench.announce(one, "198.18.0.0/15", hop(one));
  bench.settle();
  const before = held(receiver);
  receiver.log.length = 0;
  const evaluate = (set: number, _family: number, _prefix: number, from: number): number =>
    from === two ? 0 : set;
  ok(bench.rib.regroup(listener, { key: "not from two", evaluate }));
  bench.settle();
  deepEqual(
    held(receiver),
    before.filter((path) => !path.endsWith("AS2")),
  );
  ok(
    receiver.log.every((line) => line.includes(NET)),
    "the other prefix is the same in both",
  );
});

/** Exports to everybody the same, whatever came in. */
function joinAllTheSame(bench: Bench, listener: number, paths: number): Receiver {
  const told = attributes("10.9.9.9", [64512]);
  const policy = { key: "the same", evaluate: () => bench.attributes.intern(told) };
  return bench.join(listener, { paths: [paths, 0], policy });
}

test("a set of attributes goes from one identifier to another, and nobody else has it", () => {
  for (const most of [1, Infinity]) {
    const bench = new Bench();
    const [one, two, listener] = neighbours(bench, 3);
    const receiver = joinAllTheSame(bench, listener, most);
    bench.announce(one, NET, attributes("10.1.0.1", [1, 1]));
    bench.settle();
    bench.announce(two, NET, attributes("10.1.0.2", [2]));
    if (most === Infinity) bench.withdraw(one, NET);
    bench.settle();
    equal(receiver.routes.size, 1);
    bench.withdraw(one, NET);
    bench.withdraw(two, NET);
    bench.settle();
    equal(receiver.routes.size, 0);
    bench.leave(listener);
    bench.assertEmpty();
  }
});

test("a neighbour cannot make a chain of paths without end", () => {
  const bench = new Bench();
  const [one] = neighbours(bench, 1);
  bench.announce(one, NET, hop(1), undefined, 1);
  const { id } = bench.prefix(NET);
  const set = bench.attributes.intern(hop(1));
  bench.attributes.hold(set);
  const announce = (pathId: number): boolean => bench.rib.announce(one, 0, id, pathId, set, set, 0);
  for (let pathId = 1; pathId <= MAXIMUM_PATHS; pathId++) ok(announce(pathId));
  equal(announce(MAXIMUM_PATHS + 1), false);
  ok(announce(1), "what it has may change");
  bench.rib.withdraw(one, 0, id, 1);
  ok(announce(MAXIMUM_PATHS + 1), "withdrawn ones do not count");
  for (let pathId = 2; pathId <= MAXIMUM_PATHS + 1; pathId++)
    bench.rib.withdraw(one, 0, id, pathId);
  ok(announce(1), "also when all are withdrawn");
  equal(bench.rib.pathCount(one, 0), 1);
  bench.rib.flushSource(one);
  bench.attributes.release(set);
  bench.assertEmpty();
});

test("groups without ADD-PATH pay nothing: no path has an identifier", () => {
  const bench = new Bench();
  const [one, listener] = neighbours(bench, 2);
  bench.join(listener);
  bench.settle();
  const { bytes } = bench.rib;
  bench.announce(one, NET, hop(1));
  bench.settle();
  equal(bench.rib.bytes, bytes);
});
