import assert from "node:assert/strict";
import { test } from "node:test";
import { World } from "./helpers.test.ts";
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
  assert.ok(known > 3000, `${known} of 5000 remembered`);
  memo.clear();
  assert.equal(memo.find(ids[0], ids[0] + 1, 0xffffffff), UNKNOWN);
});
