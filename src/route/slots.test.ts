import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { END, Slots } from "./slots.ts";

/** A hash that puts ids in runs, and leaves gaps between the runs. */
const OWNER = { hashOf: (id: number): number => Math.imul(id >> 2, 0x9e3779b1) >>> 7 };

function has(slots: Slots, id: number): boolean {
  const hash = OWNER.hashOf(id);
  for (let at = slots.first(hash); at !== END; at = slots.next(at, hash)) {
    if (slots.at(at) === id) return true;
  }
  return false;
}

test("behaves as a set of ids, also in the middle of growing", () => {
  const command = fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 2000 }));
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 600 }),
      fc.array(command, { maxLength: 300 }),
      (start, commands) => {
        const slots = new Slots(8);
        const model = new Set<number>();
        for (let id = 0; id < start; id++) {
          slots.insert(id, OWNER);
          model.add(id);
        }
        for (const [add, id] of commands) {
          if (add && !model.has(id)) {
            slots.insert(id, OWNER);
            model.add(id);
          } else if (!add && model.delete(id)) slots.remove(id, OWNER);
          assert.equal(has(slots, id), model.has(id));
        }
        assert.equal(slots.size, model.size);
        for (let id = 0; id <= 2000; id++) assert.equal(has(slots, id), model.has(id));
      },
    ),
  );
});

test("nothing is lost at any point of growing", () => {
  const slots = new Slots(1024);
  for (let id = 0; id < 5000; id++) {
    slots.insert(id, OWNER);
    if (id < 1000 || id % 37 > 0) continue;
    for (let other = 0; other <= id; other++) assert.ok(has(slots, other), `${other} of ${id}`);
    assert.ok(!has(slots, id + 1));
  }
});

test("an id that is not there is our own mistake", () => {
  const slots = new Slots(8);
  slots.insert(1, OWNER);
  assert.throws(() => slots.remove(2, OWNER), /not in the index/);
  assert.throws(() => slots.insert(2 ** 24, OWNER), /more than the index can hold/);
});

test("a look-up steps over ids of another hash, and over no id of the same", () => {
  // One home for all, four hashes.
  const owner = { hashOf: (id: number): number => ((id & 3) << 30) | 5 };
  const slots = new Slots(64);
  for (let id = 0; id < 60; id++) slots.insert(id, owner);
  for (let which = 0; which < 4; which++) {
    const hash = owner.hashOf(which);
    const found: number[] = [];
    for (let at = slots.first(hash); at !== END; at = slots.next(at, hash)) {
      found.push(slots.at(at));
    }
    assert.deepEqual(
      found,
      Array.from({ length: 15 }, (_, i) => i * 4 + which),
    );
  }
});
