import assert from "node:assert/strict";
import { test } from "node:test";
import { pathAttributes } from "bgp-ts";
import { DecodedCache } from "./decoded-cache.ts";

test("a set is there until another takes its place, or it is forgotten", () => {
  const cache = new DecodedCache();
  const [one, two] = [pathAttributes({ med: 1 }), pathAttributes({ med: 2 })];
  cache.put(7, one, 50);
  assert.equal(cache.get(7), one);
  assert.equal(cache.get(7 + 1024), undefined);
  cache.put(7 + 1024, two, 50);
  assert.equal(cache.get(7), undefined);
  cache.forget(7);
  assert.equal(cache.get(7 + 1024), two);
  cache.forget(7 + 1024);
  assert.equal(cache.get(7 + 1024), undefined);
});

test("long sets are not all kept", () => {
  const cache = new DecodedCache();
  const sets = Array.from({ length: 1000 }, (_, med) => pathAttributes({ med }));
  for (const [id, set] of sets.entries()) cache.put(id, set, 65_000);
  const kept = sets.filter((set, id) => cache.get(id) === set);
  assert.ok(kept.length >= 1 && kept.length <= 64, `${kept.length}`);
  assert.equal(cache.get(999), sets[999], "the last one is");
});
