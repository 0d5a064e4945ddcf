import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeAggregator, encodeAggregator } from "./aggregator.ts";
import { annotated } from "./annotated.test.ts";

test("both widths, both ways", () => {
  const aggregator = { asn: 65001, address: 0xc0a80165 };
  const narrow = annotated("fde9 c0a80165 // AS 65001, 192.168.1.101");
  const wide = annotated("0000fde9 c0a80165");
  assert.deepEqual(decodeAggregator(narrow, 0, 2), aggregator);
  assert.deepEqual(encodeAggregator(aggregator, 2), narrow);
  assert.deepEqual(decodeAggregator(wide, 0, 4), aggregator);
  assert.deepEqual(encodeAggregator(aggregator, 4), wide);
});

test("AS_TRANS where the number does not fit", () => {
  const octets = encodeAggregator({ asn: 70000, address: 1 }, 2);
  assert.deepEqual(octets, annotated("5ba0 00000001"));
});
