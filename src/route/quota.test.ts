import assert from "node:assert/strict";
import { test } from "node:test";
import { Quota, THIS_NODE } from "./quota.ts";

test("one neighbour gets half, all of them the whole", () => {
  const quota = new Quota(10, 4);
  assert.equal(quota.take(1, 5), true);
  assert.equal(quota.take(1, 1), false, "more than half");
  assert.equal(quota.take(2, 3), true);
  assert.equal(quota.take(3, 3), false, "more than is left");
  assert.equal(quota.take(3, 2), true);
  assert.equal(quota.take(2, 1), false, "nothing is left");
  quota.give(1, 1);
  assert.equal(quota.take(2, 1), true);
});

test("this node's part is its own, and takes nobody else's", () => {
  const quota = new Quota(10, 4);
  assert.equal(quota.take(THIS_NODE, 4), true);
  assert.equal(quota.take(THIS_NODE, 1), false);
  assert.equal(quota.take(1, 5), true);
  assert.equal(quota.take(2, 5), true);
  quota.give(THIS_NODE, 4);
  assert.equal(quota.take(3, 1), false);
  assert.equal(quota.take(THIS_NODE, 4), true);
});
