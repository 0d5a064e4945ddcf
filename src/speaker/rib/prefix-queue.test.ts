import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { HOLDER, IPV4, PrefixTable } from "../../route/index.ts";
import { Bitset } from "./bitset.ts";
import { PrefixQueue } from "./prefix-queue.ts";
import { PrefixReferences } from "./prefix-references.ts";

interface Fixture {
  readonly table: PrefixTable;
  readonly queue: PrefixQueue;
  readonly drop: (id: number) => void;
}

/** A queue over prefixes 0 to `count`-1. */
function fixture(count: number): Fixture {
  const table = new PrefixTable(IPV4);
  for (let i = 0; i < count; i++) table.intern(i, 0, 0, 0, 32);
  const references = new PrefixReferences(table);
  return { table, queue: new PrefixQueue(references), drop: (id) => references.drop(id) };
}

test("a prefix is in the queue once, and is freed when it has been dealt with", () => {
  const { table, queue, drop } = fixture(3);
  for (const id of [2, 0, 2, 1, 0]) queue.push(id);
  equal(queue.length, 3);
  const order = [];
  for (let id = queue.shift(); id >= 0; id = queue.shift()) {
    order.push(id);
    ok(table.has(id));
    drop(id);
    ok(!table.has(id));
  }
  deepEqual(order, [2, 0, 1]);
});

for (const hasTake of [false, true]) {
  const what = hasTake ? "hands out what is in it" : "keeps its order";
  test(`the queue ${what}, whatever is pushed${hasTake ? ", taken out" : ""} and shifted`, () => {
    const operation = fc.record({
      verb: fc.constantFrom("push", hasTake ? "take" : "push", "shift"),
      id: fc.nat(4000),
      times: fc.integer({ min: 1, max: 900 }),
    });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 30, size: "max" }), (operations) => {
        const { table, queue, drop } = fixture(5000);
        const model = new Set<number>();
        for (let id = 0; id < 5000; id++) table.hold(id, HOLDER.LOCAL);
        for (const { verb, id, times } of operations) {
          for (let each = id; each < id + times; each++) {
            if (verb === "push") {
              queue.push(each);
              model.add(each);
            } else if (verb === "take") {
              equal(queue.take(each), model.delete(each));
            } else {
              const next = queue.shift();
              const [oldest = -1] = model;
              // A prefix that was taken out and pushed again may keep its place in the ring.
              if (!hasTake) equal(next, oldest);
              equal(model.delete(next), next >= 0);
            }
          }
          equal(queue.length, model.size);
        }
        for (let id = queue.shift(); id >= 0; id = queue.shift()) drop(id);
      }),
      { numRuns: 20, seed: 1 },
    );
  });
}

test("a prefix that was taken out and pushed again is handed out once", () => {
  const { queue, drop } = fixture(2);
  queue.push(0);
  queue.push(1);
  ok(queue.take(0));
  drop(0);
  ok(!queue.take(0));
  queue.push(1);
  deepEqual([queue.shift(), queue.shift()], [1, -1]);
});

test("the ring is small again once it is empty", () => {
  const { queue, drop } = fixture(5000);
  const small = queue.bytes;
  for (let i = 0; i < 5000; i++) queue.push(i);
  const large = queue.bytes;
  for (let id = queue.shift(); id >= 0; id = queue.shift()) drop(id);
  ok(queue.bytes < large);
  ok(queue.bytes - small <= 5000 / 8 + 1024, "all but the set of members");
});

test("a set of bits is asked for, and loses, a part of another one", () => {
  const ids = fc.array(fc.integer({ min: 0, max: 5000 }));
  const at = fc.integer({ min: 0, max: 5100 });
  fc.assert(
    fc.property(ids, ids, ids, at, at, (shared, more, wanted, from, to) => {
      const part = wanted.filter((id) => id >= from && id < to);
      const own = new Set([...shared, ...more]);
      const bits = bitsOf([...own]);
      const other = bitsOf([...shared, ...wanted]);
      const inside = [...shared, ...part].filter((id) => id >= from && id < to);
      equal(
        bits.includes(other, from, to),
        inside.every((id) => own.has(id)),
      );
      bits.subtract(other, from, to);
      for (const id of inside) own.delete(id);
      equal(bits.count, own.size);
      for (const id of own) ok(bits.has(id));
      bits.subtract(bits, 0, 6000);
      equal(bits.count, 0);
      equal(bits.next(0), -1);
    }),
  );
});

function bitsOf(ids: readonly number[]): Bitset {
  const bits = new Bitset(64);
  for (const id of ids) bits.add(id);
  return bits;
}

test("a set of bits is what a set is", () => {
  const operation = fc.tuple(fc.boolean(), fc.nat(5000));
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 300, size: "max" }), fc.nat(6000), (all, from) => {
      const bits = new Bitset(8);
      const model = new Set<number>();
      for (const [isAdded, id] of all) {
        if (isAdded) equal(bits.add(id), !model.has(id));
        else equal(bits.delete(id), model.has(id));
        if (isAdded) model.add(id);
        else model.delete(id);
        equal(bits.has(id), isAdded);
      }
      equal(bits.count, model.size);
      const after = [...model].filter((id) => id >= from).toSorted((a, b) => a - b);
      equal(bits.next(from), after[0] ?? -1);
    }),
    { numRuns: 200, seed: 2 },
  );
});
