import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Node } from "../../src/speaker/simulation.test.ts";
import { Cluster } from "./cluster.ts";
import { fabric } from "./topologies.ts";

/** Announced by a node of the first rack and by one of the second. */
const SERVICE = "10.99.0.1/32";
const SETTLED = 200_000;
/** Milliseconds: far more than an UPDATE takes from one end of the fabric to the other. */
const MOVED = 2000;

/** Four racks of five nodes, in which all packets to the service arrive. */
class Fabric {
  readonly cluster = new Cluster(fabric(4, 5), 11);
  readonly leaving: Node;
  readonly #announcers: readonly Node[];
  readonly #byName: ReadonlyMap<string, Node>;

  constructor() {
    const { hosts, network } = this.cluster;
    this.leaving = hosts[0];
    this.#announcers = [hosts[0], hosts[5]];
    this.#byName = new Map(network.nodes.map((node) => [node.name, node]));
    for (const node of this.#announcers) node.originate(SERVICE);
    network.run(SETTLED);
    assert.deepEqual(this.lost(), []);
  }

  /** From where packets to the service would not arrive now, by any of the equal ways. */
  lost(): string[] {
    const { nodes } = this.cluster.network;
    return nodes.filter((node) => !this.#arrives(node, new Set())).map(({ name }) => name);
  }

  /** Packets of others that would come to a node. */
  comeTo(node: Node): boolean {
    const { nodes } = this.cluster.network;
    return nodes.some(({ routes }) => routes.get(SERVICE)?.includes(node.name) === true);
  }

  /** Lets time pass a millisecond at a time; from where packets were lost meanwhile. */
  watch(milliseconds: number): Set<string> {
    const lost = new Set<string>();
    for (let i = 0; i < milliseconds; i++) {
      this.cluster.network.run(1);
      for (const name of this.lost()) lost.add(name);
    }
    return lost;
  }

  #arrives(node: Node, before: ReadonlySet<Node>): boolean {
    if (this.#announcers.includes(node)) return true;
    if (before.has(node)) return false; // in a circle
    const hops = node.routes.get(SERVICE) ?? [];
    const path = new Set([...before, node]);
    return (
      hops.length > 0 &&
      hops.every((hop) => {
        const next = this.#byName.get(hop);
        return next !== undefined && this.#arrives(next, path);
      })
    );
  }
}

describe("a node of a fabric is drained", () => {
  it("no packet is lost anywhere, though every router of the fabric takes another way", () => {
    const scene = new Fabric();
    const { leaving } = scene;
    leaving.speaker.depart(undefined, "leaving", scene.cluster.network.now);
    assert.deepEqual([...scene.watch(MOVED)], []);
    assert.equal(scene.comeTo(leaving), false, "all have gone before anything is withdrawn");
    assert.ok(leaving.speaker.hasToldAll(undefined));
    leaving.speaker.depart(undefined, "nothing", scene.cluster.network.now);
    assert.deepEqual([...scene.watch(MOVED)], []);
    scene.cluster.assertQuiet(60_000);
    leaving.speaker.depart(undefined, "usual", scene.cluster.network.now);
    assert.deepEqual([...scene.watch(MOVED)], []);
    assert.ok(scene.comeTo(leaving), "it carries its part again");
  });

  it("a withdrawal alone would have lost some: this is not shown for nothing", () => {
    const scene = new Fabric();
    scene.leaving.speaker.depart(undefined, "nothing", scene.cluster.network.now);
    assert.ok(scene.watch(MOVED).size > 0);
  });
});
