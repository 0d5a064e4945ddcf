import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isPrivateAs, overrideAs, removePrivateAs } from "./as-path-changes.ts";
import { path } from "./helpers.test.ts";

const LOCAL = 64512;

test("RFC 6996 §5: which AS numbers are private", () => {
  for (const asn of [64512, 65534, 4200000000, 4294967294]) assert.ok(isPrivateAs(asn), `${asn}`);
  for (const asn of [1, 64511, 65535, 65536, 4199999999, 4294967295]) {
    assert.ok(!isPrivateAs(asn), `${asn}`);
  }
});

test("private AS numbers are taken out, but never the neighbour's own", () => {
  const mixed = path(65001, 3320, 65002);
  assert.equal(removePrivateAs(mixed, "if-only", 9, LOCAL), mixed, "there is a public one");
  assert.deepEqual(removePrivateAs(path(65001, 65002), "if-only", 9, LOCAL), []);
  assert.deepEqual(removePrivateAs(mixed, "all", 9, LOCAL), path(3320));
  assert.deepEqual(removePrivateAs(mixed, "all", 65002, LOCAL), path(3320, 65002));
  assert.deepEqual(removePrivateAs(mixed, "replace", 9, LOCAL), path(LOCAL, 3320, LOCAL));
  assert.deepEqual(removePrivateAs(mixed, "replace", 65001, LOCAL), path(65001, 3320, LOCAL));
  const set = [{ type: 2, asns: [3320] } as const, { type: 1, asns: [65001, 65002] } as const];
  assert.deepEqual(removePrivateAs(set, "all", 9, LOCAL), path(3320), "no empty segment is left");
});

test("the neighbour's AS gives way to ours wherever it stands", () => {
  assert.deepEqual(overrideAs(path(7, 65001, 65001, 8), 65001, LOCAL), path(7, LOCAL, LOCAL, 8));
  const other = path(7, 8);
  assert.equal(overrideAs(other, 65001, LOCAL), other);
});

test("no path makes them throw, lengthens it, or leaves a private AS behind", () => {
  const asn = fc.oneof(
    fc.integer({ min: 1, max: 0xffffffff }),
    fc.integer({ min: 64500, max: 64520 }),
  );
  const segment = fc.record({
    type: fc.constantFrom(1 as const, 2 as const),
    asns: fc.array(asn, { minLength: 1, maxLength: 5 }),
  });
  fc.assert(
    fc.property(fc.array(segment), asn, (segments, peer) => {
      const count = (p: readonly { readonly asns: readonly number[] }[]): number =>
        p.reduce((sum, { asns }) => sum + asns.length, 0);
      const all = removePrivateAs(segments, "all", peer, LOCAL);
      assert.ok(all.every(({ asns }) => asns.length > 0));
      assert.ok(all.every(({ asns }) => asns.every((each) => each === peer || !isPrivateAs(each))));
      const replaced = removePrivateAs(segments, "replace", peer, LOCAL);
      assert.equal(count(replaced), count(segments));
      const overridden = overrideAs(segments, peer, LOCAL);
      assert.ok(peer === LOCAL || !overridden.some(({ asns }) => asns.includes(peer)));
    }),
  );
});
