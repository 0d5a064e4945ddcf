import assert from "node:assert/strict";
import { test } from "node:test";
import { FLAG, RouteColumns } from "./route-columns.ts";

function note(columns: RouteColumns, id: number): void {
  columns.ensure(id);
  columns.desired[id] = id + 1;
  columns.actual[id] = id + 2;
  columns.flags[id] = FLAG.SEEN | (id & 1);
  columns.place[id] = id & 0xff;
  columns.extra[id] = (id + 1) & 0xff;
}

function noted(columns: RouteColumns, id: number): number[] {
  const { desired, actual, flags, place, extra } = columns;
  return [desired[id], actual[id], flags[id], place[id], extra[id]];
}

test("routes stay what they are while the columns grow, each at its own time", () => {
  const columns = new RouteColumns();
  const ids: number[] = [];
  // One by one, and with leaps that step over doublings.
  for (let id = 0; id < 200_000; id += id % 5000 === 4999 ? 9001 : 1) ids.push(id);
  for (const id of ids) {
    note(columns, id);
    assert(id < columns.capacity);
  }
  const next = ids[ids.length - 1] + 1;
  for (const id of ids) {
    const expected = [id + 1, id + 2, FLAG.SEEN | (id & 1), id & 0xff, (id + 1) & 0xff];
    assert.deepEqual(noted(columns, id), expected);
  }
  columns.ensure(next);
  assert.deepEqual(noted(columns, next), [0, 0, 0, 0, 0]);
});
