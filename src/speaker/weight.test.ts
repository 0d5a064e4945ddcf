import assert from "node:assert/strict";
import { test } from "node:test";
import { address, Network } from "./simulation.test.ts";

const HERE = "192.0.2.1";
const NEAR = "192.0.2.2";
const FAR = "192.0.2.3";
const PREFIX = "172.16.1.0/24";

test("weight decides before the path's length, and a changed one at once, without a new session", () => {
  const network = new Network();
  const neighbours = [
    { name: "near", address: address(NEAR), asn: 65002 },
    { name: "far", address: address(FAR), asn: 65003, localAsn: 65100 },
  ];
  const here = network.node(HERE, { asn: 65001, routerId: 1, neighbours });
  const other = (own: string, asn: number, peer: number) =>
    network.node(own, {
      ...{ asn, routerId: asn },
      neighbours: [{ name: "here", address: address(HERE), asn: peer }],
    });
  const near = other(NEAR, 65002, 65001);
  const far = other(FAR, 65003, 65100);
  network.run(500);
  for (const node of [near, far]) node.originate(PREFIX);
  network.run(50);
  // RFC 7705 §3.3 makes the path by `far` longer.
  assert.deepEqual(here.routes.get(PREFIX), [NEAR]);
  assert.deepEqual(here.change("far", { weight: 10 }).changed, [{ name: "far", what: "weight" }]);
  network.run(50);
  assert.deepEqual(here.routes.get(PREFIX), [FAR]);
  here.change("near", { weight: 11 });
  network.run(50);
  assert.deepEqual(here.routes.get(PREFIX), [NEAR]);
  assert.ok(!here.eventNames().includes("session-down"));
});
