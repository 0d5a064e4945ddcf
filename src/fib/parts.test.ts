import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Address, Prefix, prefixContainsAddress } from "../route/index.ts";
import { AddressIndex } from "./address-index.ts";
import { Failures } from "./failures.ts";
import type { RouteFact } from "./facts.ts";
import { ForeignRoutes } from "./foreign-routes.ts";
import { matchesGlob } from "./glob.ts";
import { LinkTable } from "./links.ts";
import { packRoute, routeFamily, routeKind, routeLength, routeType } from "./operations.ts";
import { PrefixTable } from "../route/index.ts";
import { RouteQueue, lastBits } from "./route-queue.ts";
import { FLAG, RouteColumns } from "./route-columns.ts";
import { RefQueue, refFamily, refOf, refPrefix } from "./ref-queue.ts";

test("globs are what a regular expression of the same meaning says", () => {
  const word = fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), maxLength: 8 });
  fc.assert(
    fc.property(word, word, (pattern, name) => {
      const source = pattern.replaceAll("*", ".*").replaceAll("?", ".");
      assert.equal(matchesGlob(pattern, name), new RegExp(`^${source}$`).test(name));
    }),
  );
  assert.ok(matchesGlob("veth*", "veth12ab"));
  assert.ok(!matchesGlob("veth*", "xveth1"));
});

test("whether a route of an earlier run is left: each is looked at once, however often it is asked", () => {
  const columns = new RouteColumns();
  columns.ensure(9999);
  const adopted = new Set<number>();
  const adopt = (id: number): void => {
    adopted.add(id);
    columns.flags[id] |= FLAG.ADOPTED;
    columns.noteAdopted(id);
  };
  for (const id of [0, 17, 5000, 9999]) adopt(id);
  let looks = 0;
  columns.flags = new Proxy(columns.flags, {
    get: (flags, key) => {
      if (typeof key === "string" && /^[0-9]+$/.test(key)) looks++;
      return Reflect.get(flags, key) as unknown;
    },
  });
  const claim = (id: number): void => {
    adopted.delete(id);
    columns.flags[id] &= ~FLAG.ADOPTED;
  };
  for (const id of [17, 0, 9999, 5000]) {
    for (let i = 0; i < 100; i++) assert.equal(columns.hasAdopted, true);
    claim(id);
  }
  for (let i = 0; i < 100; i++) assert.equal(columns.hasAdopted, adopted.size > 0);
  const { length } = columns.flags;
  assert.ok(looks < length + 1000, `${looks} looks at ${length} routes`);
  adopt(12);
  assert.equal(columns.hasAdopted, true, "one that comes behind what was looked at");
});

test("a queue gives back what was put in, in order, across growth", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -3000, max: 3000 }), { maxLength: 12 }), (moves) => {
      const queue = new RefQueue();
      const model: number[] = [];
      let next = 0;
      for (const move of moves) {
        for (let i = 0; i < move; i++) {
          model.push(next);
          queue.push(next++);
        }
        for (let i = 0; i > move && model.length > 0; i--) {
          assert.equal(queue.shift(), model.shift());
        }
        assert.equal(queue.size, model.length);
      }
    }),
  );
  assert.equal(refFamily(refOf(1, 77)), 1);
  assert.equal(refPrefix(refOf(1, 77)), 77);
});

test("routes to be put come in order; those to go every sixteenth address first; neither starves", () => {
  const prefixes = new PrefixTable(0);
  const id = (n: number, length = 32): number => prefixes.intern(0x0a000000 + n, 0, 0, 0, length);
  const ids = Array.from({ length: 64 }, (_, n) => id(n));
  assert.deepEqual(
    ids.map((each) => lastBits(prefixes, each) & 15),
    ids.map((_, n) => n & 15),
  );
  assert.equal(lastBits(prefixes, id(0x3400, 22)), 0x0a003400 >>> 10);
  assert.equal(lastBits(prefixes, prefixes.intern(0, 0, 0, 0, 0)), 0);

  const queue = new RouteQueue();
  for (const each of ids) queue.pushRemoval(refOf(0, each), lastBits(prefixes, each));
  for (let n = 1000; n < 1003; n++) queue.push(n);
  assert.equal(queue.size, 67);
  const out = Array.from({ length: 67 }, () => queue.shift());
  assert.equal(queue.size, 0);
  const removed = out
    .filter((ref) => ref < 1000)
    .map((ref) => prefixes.word(refPrefix(ref), 0) & 63);
  assert.deepEqual(
    removed.map((n) => n & 15),
    [...removed.map((n) => n & 15)].sort((a, b) => ((a + 15) & 15) - ((b + 15) & 15)),
  );
  assert.deepEqual(
    [...removed].sort((a, b) => a - b),
    ids.map((_, n) => n),
  );
  assert.deepEqual(
    out.filter((ref) => ref >= 1000),
    [1000, 1001, 1002],
  );
  assert.ok(out.indexOf(1002) < 10, "they need not wait for all that is to go");

  // What comes while a turn lasts waits for the next one.
  for (let n = 0; n < 4; n++) queue.push(n);
  queue.pushRemoval(100, 0);
  for (let n = 4, seen = false; !seen; n++) {
    assert.ok(n < 100, "a removal starves");
    queue.push(n);
    seen = queue.shift() === 100;
  }
});

test("failures back off to a minute and are never given up", () => {
  const failures = new Failures();
  let now = 0;
  const waits: number[] = [];
  for (let i = 0; i < 11; i++) {
    assert.equal(failures.add(8, 17, now), i === 0, "told once");
    const deadline = failures.nextDeadline();
    waits.push(deadline - now);
    const due: number[] = [];
    failures.take(deadline - 1, due);
    assert.deepEqual(due, []);
    failures.take(deadline, due);
    assert.deepEqual(due, [8]);
    now = deadline;
  }
  assert.deepEqual(
    waits,
    [100, 500, 1000, 2000, 4000, 8000, 16_000, 32_000, 64_000, 64_000, 64_000],
  );
  failures.add(8, 17, now);
  failures.clear(8);
  const due: number[] = [];
  failures.take(Infinity, due);
  assert.deepEqual(due, [], "what has been cleared is not tried again");
  assert.equal(failures.errno(8), 0);
});

test("the index finds exactly the addresses inside a prefix", () => {
  const word = fc.integer({ min: 0, max: 15 }).map((n) => (n << 28) >>> 0);
  fc.assert(
    fc.property(fc.array(word), word, fc.integer({ min: 0, max: 4 }), (words, base, length) => {
      const index = new AddressIndex<{ address: Address }>();
      const items = words.map((w0) => ({ address: new Address(0, w0) }));
      for (const item of items) index.add(item);
      const prefix = new Prefix(0, base, 0, 0, 0, length);
      const expected = items.filter(({ address }) => prefixContainsAddress(prefix, address));
      assert.deepEqual(new Set(index.inside(prefix)), new Set(expected));
    }),
  );
});

test("the first word of a packed route", () => {
  const words = new Uint32Array(16);
  packRoute(words, 1, 2, 1, 128, 6, 0x75000001, 32, 254);
  assert.deepEqual([...words.subarray(8)], [0x06800102, 0x75000001, 0, 0, 0, 0, 32, 254]);
  assert.equal(routeKind(words[8]), 2);
  assert.equal(routeFamily(words[8]), 1);
  assert.equal(routeLength(words[8]), 128);
  assert.equal(routeType(words[8]), 6);
});

test("a foreign IPv6 route loses the hop that is said to go, and of several routes the one that goes", () => {
  const foreign = new ForeignRoutes(new LinkTable(), 254);
  const hop = (index: number): RouteFact["hops"][number] => ({ interface: index, onlink: false });
  const fact = (w0: number, interfaces: readonly number[], gone?: true): RouteFact => ({
    kind: "route",
    prefix: new Prefix(1, w0, 0, 0, 0, 64),
    ...{ table: 254, protocol: 4, type: 1, scope: 0, metric: 256, hops: interfaces.map(hop) },
    ...(gone === undefined ? {} : { gone }),
  });
  const interfaces = (w0: number): number[][] =>
    foreign
      .of(new Prefix(1, w0, 0, 0, 0, 64))
      .map(({ hops }) => hops.map((each) => each.interface));
  const [multipath, connected] = [0xfd010000, 0xfe800000];
  foreign.update(fact(multipath, [1, 2, 3]));
  foreign.update(fact(multipath, [2], true));
  assert.deepEqual(interfaces(multipath), [[1, 3]]);
  foreign.update(fact(multipath, [1, 3], true));
  assert.deepEqual(interfaces(multipath), []);
  for (const index of [1, 2, 3]) foreign.update(fact(connected, [index]));
  foreign.update(fact(connected, [2], true));
  assert.deepEqual(interfaces(connected), [[1], [3]]);
});
