import assert from "node:assert/strict";
import { test } from "node:test";
import { afiOf, bitsOf, familyOf } from "./family.ts";

test("families and their AFI and SAFI", () => {
  for (const family of [0, 1] as const) assert.equal(familyOf(afiOf(family), 1), family);
  assert.equal(familyOf(1, 2), undefined);
  assert.equal(familyOf(25, 1), undefined);
  assert.deepEqual([bitsOf(0), bitsOf(1)], [32, 128]);
});
