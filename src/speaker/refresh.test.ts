// Route refresh (RFC 2918, RFC 7313): asked for by an operator, marked by the neighbour, never ended.

import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeRouteRefresh, ROUTE_REFRESH } from "bgp-ts";
import type { NeighbourConfig } from "./config.ts";
import { address, Network, prefix } from "./simulation.test.ts";
import type { Node } from "./simulation.test.ts";

const A = "192.0.2.1";
const B = "192.0.2.2";
const PODS = ["172.16.1.0/24", "172.16.2.0/24"];
const STALE_TIME = 30_000;
const RESTART_TIME = 60;

interface Pair {
  readonly network: Network;
  readonly left: Node;
  readonly right: Node;
}

/** `left` announces, `right` refreshes. */
function pair(more: Partial<NeighbourConfig> = {}): Pair {
  const network = new Network();
  const restart = { time: RESTART_TIME, staleTime: STALE_TIME };
  const peer = { holdTime: 9, ...more };
  const left = network.node(A, {
    ...{ asn: 65001, routerId: 1, restart },
    neighbours: [{ name: "b", address: address(B), asn: 65002, ...peer }],
  });
  const right = network.node(B, {
    ...{ asn: 65002, routerId: 2, restart },
    neighbours: [{ name: "a", address: address(A), asn: 65001, ...peer }],
  });
  network.run(5000);
  left.originate(...PODS);
  network.run(1000);
  assert.equal(right.routes.size, PODS.length);
  return { network, left, right };
}

function mark({ network, left, right }: Pair, subtype: number): void {
  left.inject(right, encodeRouteRefresh({ afi: 1, safi: 1, subtype }));
  network.run(50);
}

/** Of the right one; stale ones with a star. */
function routes(node: Node): string[] {
  return [...node.routes.keys()].sort().map((text) => {
    const [path] = node.speaker.survey.paths(prefix(text).family, node.id(text));
    return path.stale ? `${text}*` : text;
  });
}

const received = (node: Node, name: string): number | undefined =>
  node.neighbour(name).families[0]?.updatesReceived;

function texts(node: Node, name: string): string[] {
  return node.events.filter((event) => event.name === name).map(({ text }) => text);
}

test("reload in: the neighbour announces everything again, and nothing is lost", () => {
  const { network, left, right } = pair();
  const before = received(right, "a")!;
  assert.equal(right.speaker.reload("a", "in", network.now), "done");
  network.run(50);
  assert.equal(received(right, "a"), before + PODS.length);
  assert.deepEqual(routes(right), PODS);
  assert.equal(right.neighbour("a").kept[0], undefined);
  assert.deepEqual(texts(right, "refresh-requested"), [
    "asked to announce its ipv4 routes again",
    "asked to announce its ipv6 routes again",
  ]);
  assert.equal(left.neighbour("b").traffic.established, 1);
});

test("reload out: the neighbour is told everything again; reload: both", () => {
  const { network, left, right } = pair();
  const before = received(right, "a")!;
  assert.equal(left.speaker.reload("b", "out", network.now), "done");
  network.run(50);
  assert.equal(received(right, "a"), before + PODS.length);
  right.originate("172.17.0.0/24");
  network.run(50);
  const ofLeft = received(left, "b")!;
  assert.equal(left.speaker.reload("b", "both", network.now), "done");
  network.run(50);
  assert.equal(received(right, "a"), before + 2 * PODS.length);
  assert.equal(received(left, "b"), ofLeft + 1);
});

test("reload of who is unknown, disabled, down, or takes no ROUTE-REFRESH", () => {
  const { network, left } = pair();
  const reload = (name: string) => left.speaker.reload(name, "in", network.now);
  assert.equal(reload("nobody"), "unknown");
  left.speaker.disable("b", network.now);
  network.run(50);
  assert.equal(reload("b"), "already");
  left.speaker.enable("b", network.now);
  assert.equal(reload("b"), "down");
});

test("what a refresh does not bring again goes at its end, and the log says so", () => {
  const both = pair();
  mark(both, ROUTE_REFRESH.BEGIN);
  assert.deepEqual(routes(both.right), ["172.16.1.0/24*", "172.16.2.0/24*"]);
  assert.equal(both.right.neighbour("a").kept[0]?.stage, "refresh");
  mark(both, ROUTE_REFRESH.END);
  assert.deepEqual(routes(both.right), []);
  assert.match(texts(both.right, "stale-routes-removed")[0], /without 2 ipv4 routes/);
});

test("a refresh that never ends does so after the stale time (RFC 7313 §4.2)", () => {
  const both = pair();
  const { network, right } = both;
  mark(both, ROUTE_REFRESH.BEGIN);
  network.run(STALE_TIME - 1000);
  assert.equal(routes(right).length, 2);
  network.run(2000);
  assert.deepEqual(routes(right), []);
  assert.match(texts(right, "stale-routes-removed")[0], /its refresh does not end: 2 stale/);
  assert.equal(right.state("a"), "Established");
});

test("a neighbour that falls in the midst of a refresh loses nothing by that", () => {
  const both = pair({ gracefulRestart: "full" });
  const { network, left, right } = both;
  mark(both, ROUTE_REFRESH.BEGIN);
  left.originate("172.16.3.0/24");
  network.run(50);
  assert.deepEqual(routes(right), ["172.16.1.0/24*", "172.16.2.0/24*", "172.16.3.0/24"]);
  network.cut(left, right);
  network.run(10_000);
  const all = ["172.16.1.0/24*", "172.16.2.0/24*", "172.16.3.0/24*"];
  assert.deepEqual(routes(right), all);
  const counters = right.neighbour("a").kept[0];
  assert.deepEqual([counters?.stage, counters?.stale], ["away", 3]);
  network.mend();
  network.run(RESTART_TIME * 1000);
  assert.deepEqual(
    routes(right),
    all.map((text) => text.slice(0, -1)),
  );
});

test("without graceful restart its routes go with the session, refresh or not", () => {
  const both = pair({ gracefulRestart: "off" });
  const { network, right } = both;
  mark(both, ROUTE_REFRESH.BEGIN);
  right.reconfigure({ decision: undefined });
  network.run(50);
  assert.equal(routes(right).length, 2, "a reload of the configuration does not end the refresh");
  right.speaker.disable("a", network.now);
  network.run(50);
  assert.deepEqual(routes(right), []);
});
