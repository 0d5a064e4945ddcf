import assert from "node:assert/strict";
import { test } from "node:test";
import { isGone, isMoved, laterHop, routesOf, type RouteSpec } from "./routes.ts";

test("routes are distinct networks, the same each time; later some are gone and some have moved", () => {
  for (const kind of ["pods", "table"] as const) {
    const spec: RouteSpec = { kind, size: 5000, nodes: 300 };
    const { addresses, lengths, hops, sets } = routesOf(spec);
    assert.deepEqual(routesOf(spec).addresses, addresses);
    assert.equal(
      new Set(Array.from(lengths, (length, i) => `${addresses[i]}/${length}`)).size,
      5000,
    );
    const hostBits = (i: number): number =>
      lengths[i] === 32 ? 0 : (addresses[i] << lengths[i]) >>> 0;
    assert.ok(lengths.every((length, i) => length >= 12 && hostBits(i) === 0 && hops[i] < 300));

    const later = routesOf({ ...spec, isLater: true });
    assert.equal(later.lengths.length, sets.filter((set) => !isGone(set)).length);
    const first = later.sets.findIndex(isMoved);
    const before = sets.indexOf(later.sets[first]);
    assert.equal(later.hops[first], laterHop(hops[before], 300));
  }
});
