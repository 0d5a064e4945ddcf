import assert from "node:assert/strict";
import { test } from "node:test";
import { World, path } from "./helpers.test.ts";
import { ImportPolicy } from "./index.ts";

test("AIGP counts, but for the greatest metric there is (RFC 7311 §3.2)", () => {
  const world = new World();
  const session = { external: true, localAsn: 64512, peerAsn: 64600, routerId: 1 };
  const policy = new ImportPolicy({ ...session, aigp: true }, world);
  const judged = (aigp: bigint): bigint | undefined => {
    const [family, id] = world.route("192.0.2.0/24");
    const result = policy.evaluate(world.set({ asPath: path(64600), aigp }), family, id);
    assert.notEqual(result, 0);
    return world.attributes.get(result).aigp;
  };
  assert.equal(judged(0xfffffffffffffffen), 0xfffffffffffffffen);
  assert.equal(judged(0xffffffffffffffffn), undefined);
});
