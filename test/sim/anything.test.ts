import { describe, it } from "node:test";
import { Cluster } from "./cluster.ts";
import { fabric, meshAndReflectors } from "./topologies.ts";

/** Whatever happens to a cluster, and in which order: once it is over, all is as it should be. */

const SETTLED = 200_000;
const STEPS = 60;
const SEEDS = [11, 12, 13, 14, 15];

/** How often each kind of trouble comes up, out of all. */
const TROUBLE = {
  up: 8,
  down: 4,
  move: 4,
  breaks: 4,
  cut: 3,
  partition: 1,
  mend: 2,
  killed: 2,
  lost: 2,
  restart: 1,
  disable: 1,
  enable: 1,
} as const;

type Trouble = keyof typeof TROUBLE;

const URN = Object.entries(TROUBLE).flatMap(([kind, times]) =>
  Array<Trouble>(times).fill(kind as Trouble),
);

function step(cluster: Cluster): void {
  const { network, hosts } = cluster;
  const kind = cluster.pick(URN);
  const node = cluster.pick(network.nodes);
  const pods = [...cluster.owners.keys()];
  const neighbour = cluster.pick(node.config.neighbours).name;
  const n = Math.floor(cluster.random() * 1000);
  switch (kind) {
    case "up":
      return cluster.up(`172.16.${n >> 5}.${n & 31}/32`, cluster.pick(hosts));
    case "down":
      return cluster.down(cluster.pick(pods));
    case "move":
      return cluster.up(cluster.pick(pods), cluster.pick(hosts));
    case "breaks":
      return node.breakWith(cluster.node(neighbour));
    case "cut":
      return network.cut(node, cluster.node(neighbour));
    case "partition": {
      const left = network.nodes.filter(() => cluster.random() < 0.5);
      return cluster.partition(
        left,
        network.nodes.filter((other) => !left.includes(other)),
      );
    }
    case "mend":
      return network.mend();
    case "killed":
    case "lost":
      return cluster.restart(node, kind);
    case "restart":
      return void node.speaker.restart(neighbour, network.now);
    case "disable":
      return void node.speaker.disable(neighbour, network.now);
    case "enable":
      return void node.speaker.enable(neighbour, network.now);
  }
}

function live(cluster: Cluster): void {
  for (const [i, node] of cluster.hosts.entries()) cluster.up(`172.31.0.${i}/32`, node);
  for (let i = 0; i < STEPS; i++) {
    step(cluster);
    // Mostly the next trouble comes before the last one is over.
    const calm = cluster.random();
    cluster.network.run(calm < 0.9 ? calm * 1000 : calm * 20_000);
  }
  cluster.network.mend();
  for (const node of cluster.network.nodes) {
    for (const { name } of node.config.neighbours) node.speaker.enable(name, cluster.network.now);
  }
  cluster.network.run(SETTLED);
  cluster.assertAtRest();
  cluster.assertQuiet(30_000);
}

describe("whatever happens to a cluster, it comes to rest as it should", () => {
  for (const seed of SEEDS) {
    it(`a mesh with reflectors, seed ${seed}`, () => live(new Cluster(meshAndReflectors(8), seed)));
    it(`racks, ToRs and spines, seed ${seed}`, () => live(new Cluster(fabric(3, 3), seed)));
  }
});
