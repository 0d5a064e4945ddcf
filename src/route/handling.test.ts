import assert from "node:assert/strict";
import { test } from "node:test";
import { pathAttributes } from "bgp-ts";
import { AttributeTable, NextHopTable, PLAIN } from "./index.ts";
import { HandlingTable } from "./handling.ts";

const HEAVY = { ...PLAIN, weight: 7 };

test("a handling has one id as long as somebody holds it; the plain one has 0", () => {
  const table = new HandlingTable();
  assert.equal(table.intern({ ...PLAIN }), 0);
  const id = table.intern(HEAVY);
  assert.equal(id, 1);
  table.hold(id);
  assert.equal(table.intern({ ...HEAVY }), id);
  assert.deepEqual(table.get(id), HEAVY);
  table.release(id);
  assert.equal(table.size, 1);
  assert.equal(table.intern({ ...PLAIN, kernelMetric: 7 }), id, "the id is used again");
  table.release(id, 0);
  table.hold(0);
  table.release(0);
  assert.equal(table.get(0), PLAIN);
  assert.equal(table.size, 1);
});

test("every field makes another handling", () => {
  const table = new HandlingTable();
  const one = { weight: 1, kernelMetric: 1, kernelTable: 1, blackhole: true };
  const ids = [
    one,
    { ...one, weight: 0 },
    { ...one, weight: undefined },
    { ...one, kernelMetric: undefined },
    { ...one, kernelTable: undefined },
    { ...one, blackhole: false },
  ].map((each) => table.intern(each));
  assert.equal(new Set(ids).size, ids.length);
});

test("sets that differ in nothing but how they are handled are two, and give their handling back", () => {
  const table = new AttributeTable(new NextHopTable());
  const attributes = pathAttributes({ med: 5 });
  const plain = table.intern(attributes);
  const heavy = table.internWith(attributes, 0, undefined, HEAVY);
  assert.notEqual(plain, heavy);
  assert.deepEqual(table.encoded(plain), table.encoded(heavy));
  assert.equal(table.internWith(attributes, 0, undefined, { ...HEAVY }), heavy);
  assert.equal(table.internWith(attributes, 0), plain);
  assert.deepEqual([table.handling(plain), table.handling(heavy)], [PLAIN, HEAVY]);
  table.hold(plain);
  table.sweep();
  assert.ok(table.has(plain) && !table.has(heavy));
  const other = table.internWith(attributes, 0, undefined, { ...PLAIN, kernelTable: 100 });
  assert.equal(table.handling(other).kernelTable, 100);
});
