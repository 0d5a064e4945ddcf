import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAddress } from "../route/index.ts";
import type { NeighbourConfig } from "./config.ts";
import { compareNeighbours, sameRemote } from "./difference.ts";

const BASE: NeighbourConfig = {
  name: "tor",
  address: parseAddress("192.0.2.1"),
  asn: 64600,
  key: new Uint8Array([1, 2, 3]),
  families: [true, true],
};

test("the same settings in fresh objects are no change, absent or undefined alike", () => {
  const again: NeighbourConfig = {
    ...BASE,
    address: parseAddress("192.0.2.1"),
    key: new Uint8Array([1, 2, 3]),
    families: [true, true],
    description: undefined,
  };
  assert.deepEqual(compareNeighbours(BASE, again), { session: [], live: [] });
});

test("each change says what it is and whether it costs the session", () => {
  const change = (part: Partial<NeighbourConfig>) => compareNeighbours(BASE, { ...BASE, ...part });
  assert.deepEqual(change({ key: new Uint8Array([1, 2, 4]) }).session, ["password"]);
  assert.deepEqual(change({ asn: 64601 }).session, ["neighbour's AS"]);
  assert.deepEqual(change({ families: [true, false] }).session, ["address families"]);
  assert.deepEqual(change({ import: "from-tor", description: "rack 1" }), {
    session: [],
    live: ["description", "import filter"],
  });
});

test("another address is another neighbour", () => {
  assert.ok(sameRemote(BASE, { ...BASE, address: parseAddress("192.0.2.1") }));
  assert.ok(!sameRemote(BASE, { ...BASE, address: parseAddress("192.0.2.2") }));
  assert.ok(!sameRemote(BASE, { ...BASE, interface: "eth1" }));
});
