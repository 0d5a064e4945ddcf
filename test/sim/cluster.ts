import assert from "node:assert/strict";
import type { NeighbourConfig, SpeakerConfig } from "../../src/speaker/index.ts";
import { address, Network, seeded, type Node } from "../../src/speaker/simulation.test.ts";

/**
 * Whole clusters of speakers under a virtual clock: who is there, which pods each announces, and
 * what must hold when nothing happens any more.
 */

const UPDATE = 2;

/** What a member of a cluster is: only `hosts` have pods; the others pass routes on. */
export interface Member {
  readonly at: string;
  readonly hosts: boolean;
  readonly config: Omit<SpeakerConfig, "neighbours">;
  readonly neighbours: readonly NeighbourConfig[];
}

export class Cluster {
  readonly network: Network;
  readonly random: () => number;
  /** Who announces a pod now; a pod that is not here must be nowhere. */
  readonly owners = new Map<string, string>();
  readonly #hosts: string[];

  constructor(members: readonly Member[], seed: number) {
    this.random = seeded(seed);
    this.network = new Network(seed, (from, to) => latency(from, to, seed));
    for (const { at, config, neighbours } of members) {
      this.network.node(at, { ...config, neighbours }, 8);
    }
    this.#hosts = members.filter(({ hosts }) => hosts).map(({ at }) => at);
  }

  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.random() * list.length)];
  }

  node(name: string): Node {
    const found = this.network.nodes.find((node) => node.name === name);
    assert.ok(found, name);
    return found;
  }

  get hosts(): Node[] {
    return this.#hosts.map((name) => this.node(name));
  }

  /** A pod is there, and if it was elsewhere before, not any more. */
  up(pod: string, at: Node): void {
    this.down(pod);
    this.owners.set(pod, at.name);
    at.originate(pod);
  }

  down(pod: string): void {
    const owner = this.owners.get(pod);
    if (owner !== undefined) this.node(owner).withdraw(pod);
    this.owners.delete(pod);
  }

  /** Its daemon starts anew and finds its pods again. */
  restart(node: Node, how: "killed" | "lost"): void {
    const fresh = this.network.restart(node, how);
    for (const [pod, owner] of this.owners) if (owner === fresh.name) fresh.originate(pod);
  }

  /** Nothing passes between members of different groups. */
  partition(...groups: readonly (readonly Node[])[]): void {
    for (const group of groups) {
      for (const other of groups) {
        if (group === other) continue;
        for (const a of group) for (const b of other) this.network.cut(a, b);
      }
    }
  }

  /** UPDATE messages written since the last call, by all. */
  updates(): number {
    let count = 0;
    for (const { written } of this.network.nodes) {
      for (const bytes of written.splice(0)) count += updatesIn(bytes);
    }
    return count;
  }

  /** What must hold when all has settled among `members`, who reach each other and nobody else. */
  assertAtRest(members: readonly Node[] = this.network.nodes): void {
    const here = new Map(members.map((node) => [node.name, node]));
    for (const node of members) {
      for (const { name, state } of node.speaker.survey.neighbours(this.network.now)) {
        const up = here.has(name) ? "Established" : state;
        assert.equal(state, up, `${node.name}: the session with ${name}`);
        assert.ok(here.has(name) || state !== "Established", `${node.name} believes in ${name}`);
      }
      this.#assertRoutes(node, here);
    }
  }

  /** All of this passes, and not one UPDATE is written meanwhile. */
  assertQuiet(milliseconds: number): void {
    this.updates();
    this.network.run(milliseconds);
    assert.equal(this.updates(), 0, "UPDATEs though nothing has changed");
  }

  /** A node routes every pod of the others, and nothing else, and each way ends at the pod's node. */
  #assertRoutes(node: Node, here: ReadonlyMap<string, Node>): void {
    const expected = [...this.owners]
      .filter(([, owner]) => owner !== node.name && here.has(owner))
      .map(([pod]) => pod);
    assert.deepEqual([...node.routes.keys()].sort(), expected.sort(), `routes of ${node.name}`);
    for (const pod of expected) this.#follow(pod, node, here, []);
  }

  #follow(pod: string, at: Node, here: ReadonlyMap<string, Node>, way: readonly string[]): void {
    if (at.name === this.owners.get(pod)) return;
    const path = [...way, at.name];
    assert.ok(!way.includes(at.name), `${pod} goes round: ${path.join(" ")}`);
    for (const hop of at.routes.get(pod) ?? assert.fail(`${pod} ends at ${path.join(" ")}`)) {
      this.#follow(pod, here.get(hop) ?? assert.fail(`${pod} leaves by ${hop}`), here, path);
    }
  }
}

/** 1 to 30 milliseconds, of their own for any two. */
function latency(from: Node, to: Node, seed: number): number {
  const key = from.address.w0 * 65_537 + to.address.w0;
  return 1 + seeded(seed ^ key)() * 29;
}

function updatesIn(bytes: Uint8Array): number {
  let count = 0;
  for (let at = 0; at < bytes.length; at += (bytes[at + 16] << 8) | bytes[at + 17]) {
    if (bytes[at + 18] === UPDATE) count++;
  }
  return count;
}

/** A neighbour named by its address; timers as clusters have them. */
export function peer(
  at: string,
  asn: number,
  more: Partial<NeighbourConfig> = {},
): NeighbourConfig {
  return { name: at, address: address(at), asn, holdTime: 9, connectRetry: 3, ...more };
}
