import assert from "node:assert/strict";
import { test } from "node:test";
import { pathAttributes } from "bgp-ts";
import { AttributeTable, NextHopTable, PLAIN, parseAddress } from "../route/index.ts";
import { AccumulatedMetric } from "./accumulated-metric.ts";

/** What AIGP 5 becomes, where the way to the old next hop has the metric 1000. */
function told(blackhole: boolean): bigint | undefined {
  const attributes = new AttributeTable(new NextHopTable());
  const via = parseAddress("192.0.2.1");
  assert.ok(via);
  const nextHop = attributes.nextHops.intern(via, 0);
  const fields = pathAttributes({ aigp: 5n });
  const before = attributes.internWith(fields, nextHop, undefined, { ...PLAIN, blackhole });
  attributes.hold(before);
  const set = attributes.internWith(fields, 0);
  attributes.hold(set);
  return attributes.get(new AccumulatedMetric(attributes, () => 1000).add(before, set)).aigp;
}

test("AIGP grows by the way to the next hop; a blackhole is here, wherever its next hop may be", () => {
  assert.equal(told(false), 1005n);
  assert.equal(told(true), 6n);
});
