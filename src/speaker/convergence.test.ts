// Whatever happened to two speakers, when it is over each has exactly what the other announces, and
// what nobody needs any more is out of the tables.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parsePrefixRange } from "../route/index.ts";
import { address, Network } from "./simulation.test.ts";
import type { Node } from "./simulation.test.ts";

const LOW = Array.from({ length: 6 }, (_, i) => `172.16.${i}.0/24`);
const HIGH = Array.from({ length: 6 }, (_, i) => `172.20.${i}.0/24`);
const ALL = [...LOW, ...HIGH];
const FILTERS = [
  { name: "low", rules: [rule("172.16.0.0/16 le 24")] },
  { name: "high", rules: [rule("172.20.0.0/16 le 24")] },
];

function rule(text: string) {
  const range = parsePrefixRange(text);
  assert.ok(range);
  return { match: { prefix: [range] }, then: "accept" as const };
}

function passes(filter: string | undefined, text: string): boolean {
  return filter === undefined || (filter === "low" ? LOW : HIGH).includes(text);
}

/** One thing that happens. `at`: which of the two nodes; `n`: which prefix, or how. */
interface Step {
  readonly kind: Kind;
  readonly at: 0 | 1;
  readonly n: number;
}

/** What ends a session is rare, for it also ends whatever was wrong. */
const KINDS = {
  originate: 6,
  withdraw: 6,
  import: 4,
  export: 6,
  block: 3,
  drain: 3,
  "next-hop": 2,
  wait: 2,
  cut: 1,
  mend: 1,
  break: 1,
  restart: 1,
  disable: 1,
  enable: 1,
} as const;

type Kind = keyof typeof KINDS;

const kinds = fc.oneof(
  ...(Object.keys(KINDS) as Kind[]).map((kind) => {
    return { weight: KINDS[kind], arbitrary: fc.constant(kind) };
  }),
);

const steps = fc.array(
  fc.record({
    kind: kinds,
    at: fc.constantFrom(0 as const, 1 as const),
    n: fc.nat(ALL.length - 1),
  }),
  { maxLength: 30 },
);

class World {
  readonly network = new Network();
  readonly nodes: readonly [Node, Node];
  readonly own = [new Set<string>(), new Set<string>()] as const;
  readonly #blocked = new Map<Node, number>();

  constructor() {
    const config = (asn: number, other: string) => ({
      asn,
      routerId: asn,
      filters: FILTERS,
      neighbours: [{ name: "n", address: address(other), asn: 65003 - (asn - 65000), holdTime: 9 }],
    });
    const left = this.network.node("192.0.2.1", config(65001, "192.0.2.2"));
    const right = this.network.node("192.0.2.2", config(65002, "192.0.2.1"));
    this.nodes = [left, right];
  }

  do({ kind, at, n }: Step): void {
    const node = this.nodes[at];
    const { network } = this;
    const filter = [undefined, "low", "high"][n % 3];
    switch (kind) {
      case "originate":
        this.own[at].add(ALL[n]);
        node.originate(ALL[n]);
        break;
      case "withdraw":
        if (this.own[at].delete(ALL[n])) node.withdraw(ALL[n]);
        break;
      case "break":
        node.breakWith(this.nodes[1 - at]);
        break;
      case "cut":
        network.cut(...this.nodes);
        break;
      case "mend":
        network.mend();
        break;
      case "block":
        this.#drain(node);
        for (let id = 1; id < 200; id++) node.speaker.blocked(id);
        this.#blocked.set(node, 1);
        break;
      case "drain":
        this.#drain(node);
        break;
      case "import":
      case "export":
        node.change("n", { [kind]: filter });
        break;
      case "restart":
        node.speaker.restart("n", network.now);
        break;
      case "disable":
        node.speaker.disable("n", network.now);
        break;
      case "enable":
        node.speaker.enable("n", network.now);
        break;
      case "next-hop":
        node.setReachable(this.nodes[1 - at].name, n % 2 === 0);
        break;
      case "wait":
        network.run(n * 700);
    }
    if (n % 3 === 0) network.run(n);
  }

  #drain(node: Node): void {
    if (!this.#blocked.delete(node)) return;
    for (let id = 1; id < 200; id++) node.speaker.drained(id);
  }

  /** All troubles end, and time passes. */
  rest(): void {
    this.network.mend();
    for (const [at, node] of this.nodes.entries()) {
      this.#drain(node);
      node.speaker.enable("n", this.network.now);
      node.setReachable(this.nodes[1 - at].name, true);
    }
    this.network.run(400_000);
  }

  expected(at: 0 | 1): string[] {
    const other = 1 - at;
    const imports = this.nodes[at].config.neighbours[0].import;
    const exports = this.nodes[other].config.neighbours[0].export;
    return [...this.own[other]]
      .filter((text) => passes(imports, text) && passes(exports, text))
      .filter((text) => !this.own[at].has(text))
      .sort();
  }
}

test("after any sequence of events both ends converge, and the tables hold nothing else", () => {
  fc.assert(
    fc.property(steps, (sequence) => {
      const world = new World();
      world.network.run(100);
      for (const step of sequence) world.do(step);
      world.rest();
      for (const at of [0, 1] as const) {
        const node = world.nodes[at];
        assert.equal(node.state("n"), "Established");
        assert.deepEqual([...node.routes.keys()].sort(), world.expected(at), node.name);
      }
      for (const at of [0, 1] as const) {
        for (const text of world.own[at]) world.nodes[at].withdraw(text);
        world.own[at].clear();
      }
      world.network.run(5000);
      for (const { prefixes, attributes, routes } of world.nodes) {
        assert.equal(routes.size, 0);
        assert.equal(prefixes[0].size, 0);
        assert.equal(attributes.size, 1, "the set of the own routes");
      }
    }),
    { numRuns: 100, seed: 20261121 },
  );
});
