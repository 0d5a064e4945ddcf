import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePrefixRange } from "../route/index.ts";
import { address, Network } from "./simulation.test.ts";

const HERE = "192.0.2.1";
const NEAR = "192.0.2.2";
const FAR = "192.0.2.3";
const PREFIX = "172.16.1.0/24";
const OTHER = "172.16.2.0/24";

function range(text: string) {
  const value = parsePrefixRange(text);
  assert.ok(value);
  return value;
}

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

test("the weight of a single route counts before its neighbour's, and a reload takes it back", () => {
  const network = new Network();
  const neighbours = [
    { name: "near", address: address(NEAR), asn: 65002, weight: 5, import: "heavier" },
    { name: "far", address: address(FAR), asn: 65003, weight: 6, import: "heavier" },
  ];
  const heavier = (weight: number) => ({
    name: "heavier",
    rules: [
      {
        match: { prefix: [range(PREFIX)], neighbour: ["near"] },
        then: "accept" as const,
        set: { weight },
      },
      { then: "accept" as const },
    ],
  });
  const config = { asn: 65001, routerId: 1, neighbours, filters: [heavier(7)] };
  const here = network.node(HERE, config);
  const others = [
    { own: NEAR, asn: 65002 },
    { own: FAR, asn: 65003 },
  ].map(({ own, asn }) =>
    network.node(own, {
      ...{ asn, routerId: asn },
      neighbours: [{ name: "here", address: address(HERE), asn: 65001 }],
    }),
  );
  network.run(500);
  for (const node of others) node.originate(PREFIX, OTHER);
  network.run(50);
  assert.deepEqual(here.routes.get(PREFIX), [NEAR]);
  assert.deepEqual(here.routes.get(OTHER), [FAR]);
  here.reconfigure({ filters: [heavier(0)] });
  network.run(50);
  assert.deepEqual(here.routes.get(PREFIX), [FAR]);
});
