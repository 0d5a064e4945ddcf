import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Cluster } from "./cluster.ts";
import { fabric, meshAndReflectors } from "./topologies.ts";

/** Long enough for hold timers, back-off and the connect retries of every session. */
const SETTLED = 200_000;
const NODES = 20;

/** A pod of the node with this number. */
const pod = (node: number, n: number): string => `172.16.${node}.${n}/32`;

/** The cluster as it begins: `pods` on each node, all sessions up. */
function start(members: ReturnType<typeof fabric>, seed: number, pods = 3): Cluster {
  const cluster = new Cluster(members, seed);
  for (const [i, node] of cluster.hosts.entries()) {
    for (let n = 1; n <= pods; n++) cluster.up(pod(i, n), node);
  }
  cluster.network.run(SETTLED);
  cluster.assertAtRest();
  return cluster;
}

describe("20 nodes in a full mesh and two reflectors", () => {
  it("all start at once: everything is everywhere, and then it is quiet", () => {
    const cluster = start(meshAndReflectors(NODES), 1);
    cluster.assertQuiet(60_000);
  });

  it("pods flap, and what is told stays in proportion", () => {
    const cluster = start(meshAndReflectors(NODES), 2);
    cluster.updates();
    const FLAPS = 200;
    for (let i = 0; i < FLAPS; i++) {
      const n = Math.floor(cluster.random() * NODES);
      if (cluster.owners.has(pod(n, 9))) cluster.down(pod(n, 9));
      else cluster.up(pod(n, 9), cluster.hosts[n]);
      cluster.network.run(cluster.random() * 20);
    }
    cluster.network.run(2000);
    cluster.assertAtRest();
    // Each change: one by the node to its update group, and some by the reflectors.
    const updates = cluster.updates();
    assert.ok(updates <= FLAPS * 12, `${updates} UPDATEs for ${FLAPS} changes`);
    cluster.assertQuiet(60_000);
  });

  it("falls into two halves: each knows its own pods; and heals", () => {
    const cluster = start(meshAndReflectors(NODES), 3);
    const all = cluster.network.nodes;
    const halves = [0, 1].map((half) => all.filter((_, i) => i % 2 === half));
    cluster.partition(...halves);
    for (const i of [0, 1, 2, 3]) cluster.down(pod(i, 1));
    cluster.up(pod(4, 1), cluster.hosts[5]);
    cluster.network.run(SETTLED);
    for (const half of halves) cluster.assertAtRest(half);
    cluster.network.mend();
    cluster.network.run(SETTLED);
    cluster.assertAtRest();
    cluster.assertQuiet(60_000);
  });

  it("nodes and both reflectors are killed or lose power, and come back", () => {
    const cluster = start(meshAndReflectors(NODES), 4);
    for (let i = 0; i < 12; i++) {
      cluster.restart(cluster.pick(cluster.network.nodes), i % 2 === 0 ? "killed" : "lost");
      cluster.network.run(cluster.random() * 3000);
    }
    for (const node of cluster.network.nodes.slice(-2)) cluster.restart(node, "lost");
    cluster.network.run(SETTLED);
    cluster.assertAtRest();
    cluster.assertQuiet(60_000);
  });
});

describe("four racks, ToRs and spines, an AS for each", () => {
  it("all start at once, and flapping pods leave nothing behind that hunts for a path", () => {
    const cluster = start(fabric(4, 5), 5, 1);
    cluster.updates();
    for (let i = 0; i < 100; i++) {
      const n = Math.floor(cluster.random() * NODES);
      if (cluster.owners.has(pod(n, 9))) cluster.down(pod(n, 9));
      else cluster.up(pod(n, 9), cluster.hosts[n]);
      cluster.network.run(cluster.random() * 100);
    }
    cluster.network.run(5000);
    cluster.assertAtRest();
    const updates = cluster.updates();
    assert.ok(updates <= 100 * 60, `${updates} UPDATEs for 100 changes`);
    cluster.assertQuiet(60_000);
  });

  it("a spine and two ToRs die, and come back", () => {
    const cluster = start(fabric(4, 5), 6, 1);
    const dead = ["10.255.0.1", "10.1.0.251", "10.2.0.252"];
    const gone = dead.map((name) => cluster.node(name));
    const alive = cluster.network.nodes.filter((node) => !gone.includes(node));
    cluster.partition(alive, ...gone.map((node) => [node]));
    cluster.network.run(SETTLED);
    cluster.assertAtRest(alive);
    cluster.assertQuiet(60_000);
    for (const node of gone) cluster.restart(node, "lost");
    cluster.network.mend();
    cluster.network.run(SETTLED);
    cluster.assertAtRest();
  });
});
