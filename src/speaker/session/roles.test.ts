import assert from "node:assert/strict";
import { test } from "node:test";
import type { Capability } from "bgp-ts";
import { ROLE, roleMismatch } from "./roles.ts";

const told = (...roles: number[]): Capability[] => roles.map((role) => ({ kind: "role", role }));

test("RFC 9234 §4.2: which pairs of roles go together, and no others", () => {
  const fitting: string[] = [];
  for (const [ours, a] of Object.entries(ROLE)) {
    for (const [theirs, b] of Object.entries(ROLE)) {
      if (roleMismatch(a, false, told(b)) === undefined) fitting.push(`${ours} ${theirs}`);
    }
  }
  assert.deepEqual(fitting.sort(), [
    "CUSTOMER PROVIDER",
    "PEER PEER",
    "PROVIDER CUSTOMER",
    "RS RS_CLIENT",
    "RS_CLIENT RS",
  ]);
});

test("RFC 9234 §4.2: no role, the same one twice, and different ones", () => {
  assert.equal(roleMismatch(ROLE.PEER, false, []), undefined);
  assert.equal(roleMismatch(ROLE.PEER, true, []), "it tells no role, expected peer");
  assert.equal(roleMismatch(ROLE.PEER, true, told(4, 4)), undefined);
  assert.equal(roleMismatch(ROLE.PEER, false, told(4, 3)), "it tells several roles");
  assert.equal(roleMismatch(undefined, true, told(0, 1)), undefined, "we have none to compare");
});

test("a role that nobody has registered fits none", () => {
  const text = roleMismatch(ROLE.CUSTOMER, false, told(200));
  assert.equal(text, "its role is number 200, expected provider");
});
