// What a reload and a refresh (RFC 7313) mean for each other and for the limit of prefixes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeRouteRefresh, ROUTE_REFRESH } from "bgp-ts";
import { address, Network } from "./simulation.test.ts";
import type { Node } from "./simulation.test.ts";

const A = "192.0.2.1";
const B = "192.0.2.2";

function pods(first: number, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `172.16.${first + i}.0/24`);
}

function pair(maxPrefixes: number): { network: Network; left: Node; right: Node } {
  const network = new Network();
  const left = network.node(A, {
    asn: 65001,
    routerId: 1,
    neighbours: [{ name: "b", address: address(B), asn: 65002 }],
  });
  const right = network.node(B, {
    asn: 65002,
    routerId: 2,
    neighbours: [
      { name: "a", address: address(A), asn: 65001, maxPrefixes: { received: maxPrefixes } },
    ],
  });
  network.run(500);
  left.originate(...pods(1, 8));
  network.run(50);
  assert.equal(right.routes.size, 8);
  return { network, left, right };
}

function downs(node: Node): unknown[] {
  const events = node.events.filter((event) => event.name === "session-down");
  return events.map(({ fields }) => `${fields?.code}/${fields?.subcode}`);
}

test("a limit that is lowered below what is there ends the session at once (RFC 4486)", () => {
  const { network, left, right } = pair(10);
  assert.deepEqual(right.change("a", { maxPrefixes: { received: 8 } }).changed, [
    { name: "a", what: "prefix limit" },
  ]);
  network.run(50);
  assert.deepEqual(downs(left), []);
  const result = right.change("a", { maxPrefixes: { received: 7 } });
  assert.deepEqual(result.changed, []);
  assert.deepEqual(result.reset, [{ name: "a", why: "prefix limit exceeded" }]);
  network.run(50);
  assert.deepEqual(downs(left), ["6/1"]);
  assert.equal(right.routes.size, 0);
});

test("what a refresh is about to replace does not count (RFC 7313)", () => {
  const { network, left, right } = pair(10);
  const refresh = (subtype: number): void => {
    left.inject(right, encodeRouteRefresh({ afi: 1, safi: 1, subtype }));
    network.run(50);
  };
  refresh(ROUTE_REFRESH.BEGIN);
  left.originate(...pods(101, 8));
  network.run(50);
  assert.equal(right.routes.size, 16);
  refresh(ROUTE_REFRESH.END);
  assert.deepEqual([...right.routes.keys()].sort(), pods(101, 8).sort());
  assert.deepEqual(downs(left), []);
  left.originate(...pods(201, 3));
  network.run(50);
  assert.deepEqual(downs(left), ["6/1"]);
});

test("a refresh that never ends protects no route from a policy that changes", () => {
  const { network, left, right } = pair(10);
  const refresh = (subtype: number): void => {
    left.inject(right, encodeRouteRefresh({ afi: 1, safi: 1, subtype }));
    network.run(50);
  };
  refresh(ROUTE_REFRESH.BEGIN);
  right.reconfigure({ filters: [{ name: "none", rules: [] }] });
  right.change("a", { import: "none" });
  network.run(50);
  assert.equal(right.routes.size, 0);
  right.change("a", { import: undefined });
  right.originate("172.16.1.0/24");
  network.run(50);
  assert.equal(right.routes.size, 7, "the own one is not taken from the neighbour");
  refresh(ROUTE_REFRESH.END);
  assert.equal(right.routes.size, 0, "what was not announced again is gone");
});

test("own addresses that come and go leave no policies and no next hops behind", () => {
  const { network, left, right } = pair(10);
  for (let i = 1; i <= 50; i++) {
    const ends = {
      local: address(A),
      remote: address(B),
      localPort: 179,
      remotePort: 40000,
      interface: 2,
      nextHopSelf: [address(`192.0.2.${100 + i}`), undefined] as const,
    };
    for (const id of [1, 2]) left.speaker.endpointsChanged(id, ends, network.now);
    if (i % 3 === 0) network.run(20);
  }
  network.run(100);
  assert.deepEqual(right.routes.get("172.16.1.0/24"), ["192.0.2.150"]);
  assert.ok(left.nextHops.size <= 2, `${left.nextHops.size} next hops`);
});

test("routes to which an import filter gives a next hop that is new move there, and never go", () => {
  const { network, left, right } = pair(1000);
  const many = Array.from({ length: 200 }, (_, i) => `10.1.${i}.0/24`);
  left.originate(...many);
  network.run(50);
  const via = (text: string) => ({
    filters: [
      { name: "via", rules: [{ then: "accept" as const, set: { nextHop: address(text) } }] },
    ],
  });
  right.reconfigure(via("192.0.2.7"));
  right.change("a", { import: "via" });
  network.run(50);
  assert.ok(many.every((each) => right.routes.get(each)?.join() === "192.0.2.7"));
  // And back again before all of them have been looked at.
  right.reconfigure(via("192.0.2.8"));
  right.speaker.work(20, network.now);
  right.answerNextHops();
  right.change("a", { import: undefined });
  network.run(50);
  assert.ok(many.every((each) => right.routes.get(each)?.join() === A));
  assert.deepEqual(right.gone, []);
});
