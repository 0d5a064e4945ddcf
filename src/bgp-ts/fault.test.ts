import assert from "node:assert/strict";
import { test } from "node:test";
import { isStronger, resetFault, strongestFault, type Treatment } from "./fault.ts";

const ORDER: Treatment[] = [
  "attribute-discard",
  "treat-as-withdraw",
  "afi-safi-disable",
  "session-reset",
];

test("treatments are ordered (RFC 7606 §3 h)", () => {
  ORDER.forEach((a, i) => ORDER.forEach((b, j) => assert.equal(isStronger(a, b), i > j)));
});

test("the first of the strongest counts", () => {
  const fault = (treatment: Treatment, offset: number) => ({
    ...resetFault(3, 1, offset, ""),
    treatment,
  });
  const faults = [
    fault("attribute-discard", 1),
    fault("treat-as-withdraw", 2),
    fault("treat-as-withdraw", 3),
  ];
  assert.equal(strongestFault(faults)?.offset, 2);
  assert.equal(strongestFault([]), undefined);
});
