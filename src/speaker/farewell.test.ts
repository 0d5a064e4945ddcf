// Make before break: from a mesh to a reflector and back, and what ends the waiting.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { NeighbourConfig } from "./config.ts";
import { PATIENCE, SETTLE } from "./farewell.ts";
import { address, Network, prefix } from "./simulation.test.ts";
import type { Node } from "./simulation.test.ts";

const A = "192.0.2.1";
const B = "192.0.2.2";
const R = "192.0.2.9";
const POD = "172.16.2.0/24";

function internal(name: string, at: string, more: Partial<NeighbourConfig> = {}): NeighbourConfig {
  return { name, address: address(at), asn: 65001, ...more };
}

interface Cluster {
  readonly network: Network;
  readonly a: Node;
  readonly b: Node;
}

/** a and b are neighbours; b is one of the reflector too, which waits for a. */
function cluster(): Cluster {
  const network = new Network();
  const common = { asn: 65001 };
  const a = network.node(A, { ...common, routerId: 1, neighbours: [internal("b", B)] });
  const b = network.node(B, {
    ...common,
    routerId: 2,
    neighbours: [internal("a", A), internal("r", R)],
  });
  network.node(R, {
    ...common,
    routerId: 9,
    clusterId: 9,
    neighbours: [internal("a", A, { client: true }), internal("b", B, { client: true })],
  });
  network.run(500);
  b.originate(POD);
  network.run(500);
  assert.ok(a.routes.has(POD));
  return { network, a, b };
}

function names(node: Node): string[] {
  return [...node.speaker.survey.neighbours(node.network.now)].map(({ name }) => name).sort();
}

/** Runs on in small steps; the route must be there after each. */
function runWithRoute({ network, a }: Cluster, milliseconds: number): void {
  for (let i = 0; i < milliseconds; i += 5) {
    network.run(5);
    assert.ok(a.routes.has(POD), `no route after ${i} ms`);
  }
}

test("a mesh neighbour stays until the reflector has told all, and no route is ever away", () => {
  const all = cluster();
  const { a } = all;
  const result = a.reconfigure({ neighbours: [internal("r", R)] });
  assert.deepEqual(result.removed, ["b"]);
  assert.deepEqual(result.added, ["r"]);
  assert.match(a.neighbour("b").message ?? "", /no longer configured/);
  runWithRoute(all, 10);
  assert.deepEqual(names(a), ["b", "r"]);
  runWithRoute(all, 10_000 + SETTLE);
  assert.deepEqual(names(a), ["r"]);
  assert.ok(a.eventNames().includes("neighbour-removed"));

  a.reconfigure({ neighbours: [internal("b", B)] });
  runWithRoute(all, 150_000);
  assert.deepEqual(names(a), ["b"]);
});

test("a neighbour that never comes is waited for no longer than PATIENCE", () => {
  const { network, a } = cluster();
  a.reconfigure({ neighbours: [internal("nobody", "192.0.2.77")] });
  network.run(PATIENCE - 1000);
  assert.deepEqual(names(a), ["b", "nobody"]);
  network.run(2000);
  assert.deepEqual(names(a), ["nobody"]);
  assert.ok(!a.routes.has(POD));
});

test("without a new neighbour, or with its own name or address for another, it goes at once", () => {
  for (const neighbours of [[], [internal("b", R)], [internal("other", B)]]) {
    const { network, a } = cluster();
    a.reconfigure({ neighbours });
    network.run(5);
    assert.deepEqual(
      names(a),
      neighbours.map(({ name }) => name),
    );
    assert.ok(neighbours.every(({ name }) => a.neighbour(name).message === undefined));
  }
});

test("who is configured again while it leaves stays as it is", () => {
  const all = cluster();
  const { a, b } = all;
  a.reconfigure({ neighbours: [internal("r", R)] });
  runWithRoute(all, 20);
  const result = a.reconfigure({ neighbours: [internal("b", B), internal("r", R)] });
  assert.deepEqual(result.kept, ["b", "r"]);
  runWithRoute(all, PATIENCE + SETTLE);
  assert.deepEqual(names(a), ["b", "r"]);
  assert.equal(a.neighbour("b").message, undefined);
  assert.ok(!b.eventNames().includes("session-down"));
});

test("a neighbour that goes down while it leaves is gone", () => {
  const { network, a, b } = cluster();
  a.reconfigure({ neighbours: [internal("nobody", "192.0.2.77")] });
  network.run(1000);
  b.speaker.disable("a", network.now);
  network.run(1000);
  assert.deepEqual(names(a), ["nobody"]);
});

test("nor is anything of it kept, though it may have been restarting", () => {
  const network = new Network();
  const gracefulRestart = "full" as const;
  const common = { asn: 65001 };
  const toA = internal("a", A, { gracefulRestart });
  const toB = internal("b", B, { gracefulRestart });
  const a = network.node(A, { ...common, routerId: 1, neighbours: [toB] });
  const b = network.node(B, { ...common, routerId: 2, neighbours: [toA] });
  network.run(500);
  b.originate(POD);
  network.run(500);
  a.reconfigure({ neighbours: [internal("nobody", "192.0.2.77")] });
  a.breakWith(b);
  network.run(1000);
  assert.deepEqual(names(a), ["nobody"]);
  assert.ok(!a.routes.has(POD));
  network.run(300_000);
  assert.ok(!a.eventNames().includes("stale-routes-removed"));
});

test("neighbours out of a range that is no more stay just so", () => {
  const network = new Network();
  const range = { name: "nodes", range: prefix("192.0.2.0/24"), asn: 65001 };
  const b = network.node(B, { asn: 65001, routerId: 2, neighbours: [range] });
  const a = network.node(A, { asn: 65001, routerId: 1, neighbours: [internal("b", B)] });
  network.run(3000);
  a.originate("172.16.1.0/24");
  network.run(500);
  b.reconfigure({ neighbours: [internal("nobody", "192.0.2.77")] });
  network.run(1000);
  assert.deepEqual(names(b), ["nobody", "nodes-192.0.2.1"]);
  assert.ok(b.routes.has("172.16.1.0/24"));
  network.run(PATIENCE);
  assert.deepEqual(names(b), ["nobody"]);
});
