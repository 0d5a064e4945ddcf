import assert from "node:assert/strict";
import { test } from "node:test";
import { pathAttributes } from "bgp-ts";
import { AttributeTable, COMMUNITY, NextHopTable } from "../route/index.ts";
import { LongLived } from "./long-lived.ts";

test("a stale route is handled here as it was: a blackhole, with its weight, in its table", () => {
  const attributes = new AttributeTable(new NextHopTable());
  const longLived = new LongLived(attributes);
  const handling = { weight: 7, kernelTable: 100, kernelMetric: 50, blackhole: true };
  const set = attributes.internWith(pathAttributes({}), 0, undefined, handling);
  attributes.hold(set);
  for (const isPartial of [false, true]) {
    longLived.isPartial = isPartial;
    const demoted = longLived.demote(set);
    assert.deepEqual(attributes.get(demoted).communities, [COMMUNITY.LLGR_STALE]);
    assert.deepEqual(attributes.handling(demoted), handling);
  }
});
