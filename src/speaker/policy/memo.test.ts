import assert from "node:assert/strict";
import { test } from "node:test";
import { pathAttributes } from "bgp-ts";
import { AttributeTable, NextHopTable } from "../../route/index.ts";
import { path, World } from "./helpers.test.ts";
import { ExportPolicy, type FilterSpec, ImportPolicy, SOURCE } from "./index.ts";
import { Memo, UNKNOWN } from "./memo.ts";

test("a memory grows with the table, and what it loses it only forgets", () => {
  const world = new World();
  const memo = new Memo(world.attributes);
  const ids: number[] = [];
  for (let med = 0; med < 5000; med++) ids.push(world.set({ med }));
  for (const id of ids) memo.store(id, id + 1, 0xffffffff, id + 2, id + 3);
  let known = 0;
  for (const id of ids) {
    const entry = memo.find(id, id + 1, 0xffffffff);
    if (entry === UNKNOWN) continue;
    known++;
    assert.equal(memo.value(entry), id + 2);
    assert.equal(memo.note(entry), id + 3);
    assert.equal(memo.find(id, id, 0xffffffff), UNKNOWN);
    assert.equal(memo.find(id, id + 1, 0), UNKNOWN);
  }
  assert.ok(known > 4900, `${known} of 5000 remembered`);
  memo.clear();
  assert.equal(memo.find(ids[0], ids[0] + 1, 0xffffffff), UNKNOWN);
});

test("a memory has an end, and goes on learning there", () => {
  const world = new World();
  const memo = new Memo(world.attributes);
  const id = world.set({});
  for (let i = 0; i < 300_000; i++) memo.store(id, i, 0, i, 0);
  let known = 0;
  for (let i = 0; i < 300_000; i++) if (memo.find(id, i, 0) !== UNKNOWN) known++;
  assert.ok(known > 50_000 && known <= 131_072, `${known} remembered`);
  assert.notEqual(memo.find(id, 299_999, 0), UNKNOWN);
});

test("entries about sets that are gone make room", () => {
  const world = new World();
  const memo = new Memo(world.attributes);
  const keeper = world.set({ med: 0 });
  memo.store(keeper, 7, 7, 42, 0);
  for (let i = 1; i < 10_000; i++) {
    const id = world.set({ med: i });
    memo.store(id, i, 0, 0, 0);
    world.attributes.release(id);
  }
  // It never had to grow, so the first entry is still where it was.
  assert.equal(memo.value(memo.find(keeper, 7, 7)), 42);
});

test("that there was no room is not remembered, and is not taken for too long", () => {
  const attributes = new AttributeTable(new NextHopTable(), 256, 0, 2000);
  const world = Object.assign(new World(), { attributes });
  const filter: FilterSpec = { name: "f", rules: [{ then: "accept", set: { med: 9999 } }] };
  const both = { localAsn: 64512, external: true, filter };
  const imports = new ImportPolicy({ ...both, peerAsn: 64600, routerId: 1 }, world);
  const exports = new ExportPolicy(both, world);
  const route = world.route("10.0.0.0/8");
  const id = world.set({ asPath: path(64600) });
  const filling: number[] = [];
  for (let med = 0; ; med++) {
    const more = attributes.intern(pathAttributes({ med }));
    if (more === 0) break;
    attributes.hold(more);
    filling.push(more);
  }
  assert.equal(imports.evaluate(id, ...route), 0);
  assert.equal(imports.reason, "no room for more attribute sets");
  assert.equal(exports.evaluate(id, ...route, SOURCE.EXTERNAL, 1), 0);
  assert.equal(exports.reason, "no room for more attribute sets");
  for (const each of filling) attributes.release(each);
  assert.notEqual(imports.evaluate(id, ...route), 0);
  assert.notEqual(exports.evaluate(id, ...route, SOURCE.EXTERNAL, 1), 0);
});
