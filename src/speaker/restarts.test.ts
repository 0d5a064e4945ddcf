// Graceful restart under whatever may come together: restarts of both sides at once and in the midst
// of one another, cables, BFD, operators, reloads. In the end everything is as if nothing had been.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { NeighbourConfig, SpeakerConfig } from "./config.ts";
import { address, Network, prefix } from "./simulation.test.ts";
import type { Node } from "./simulation.test.ts";

const ADDRESSES = ["10.0.0.1", "10.0.0.2", "10.0.0.3"] as const;
const ASN = [64512, 64600, 64700] as const;
const TIMES = { time: 20, staleTime: 10_000, deferral: 5000 };
const ALL = { name: "all", rules: [{ then: "accept" }] } as const;

function peer(of: number, more: Partial<NeighbourConfig>): NeighbourConfig {
  return {
    name: `n${of}`,
    address: address(ADDRESSES[of]),
    asn: ASN[of],
    ...{ holdTime: 9, gracefulRestart: "full", export: "all" },
    ...more,
  };
}

/** A line: 0 and 2 are neighbours of 1, which passes on what it hears. */
class Line {
  readonly network = new Network();
  readonly nodes: Node[];
  /** Their sessions stay ended until somebody begins them. */
  readonly stopped = new Set<Node>();
  readonly #own: readonly string[][] = [
    ["172.16.0.0/24", "fd00:0:0:1::/64"],
    ["172.16.1.0/24"],
    ["172.16.2.0/24", "172.16.3.0/24"],
  ];

  constructor(more: Partial<NeighbourConfig>) {
    const config = (i: number, of: number[]): SpeakerConfig => ({
      ...{ asn: ASN[i], routerId: i + 1, restart: TIMES, filters: [ALL] },
      neighbours: of.map((each) => peer(each, more)),
    });
    this.nodes = [config(0, [1]), config(1, [0, 2]), config(2, [1])].map((each, i) =>
      this.network.node(ADDRESSES[i], each),
    );
    this.nodes.forEach((node, i) => node.originate(...this.#own[i]));
    this.network.run(10_000);
  }

  restart(at: number, how: "killed" | "lost", isKept: boolean): void {
    const old = this.nodes[at];
    const node = this.network.restart(old, how);
    this.nodes[at] = node;
    if (isKept) node.speaker.takeOver(true, [true, true], this.network.now);
    node.originate(...this.#own[at]);
    node.speaker.ownRoutesKnown();
  }

  pathTo(at: number, to: number, isUp: boolean): void {
    const change = { isUp, diagnostic: "test", remoteAdminDown: false };
    const path = { ...change, controlPlaneIndependent: false };
    this.nodes[at].speaker.pathChanged(`n${to}`, path, this.network.now);
  }

  check(): void {
    for (const [i, node] of this.nodes.entries()) {
      const others = this.#own.filter((_, other) => other !== i).flat();
      assert.deepEqual([...node.routes.keys()].sort(), others.sort(), node.name);
      for (const { name, state, kept } of node.speaker.survey.neighbours(this.network.now)) {
        assert.deepEqual([state, kept[0], kept[1]], ["Established", undefined, undefined], name);
      }
      for (const text of others) {
        const paths = node.speaker.survey.paths(prefix(text).family, node.id(text));
        assert.deepEqual(
          paths.map(({ stale }) => stale),
          [false],
          `${node.name} ${text}`,
        );
      }
    }
  }
}

type Step = readonly [what: string, at: number, value: number, pause: number];

const step: fc.Arbitrary<Step> = fc.tuple(
  fc.constantFrom(
    ...["killed", "lost", "flushed", "break", "cut", "mend", "disable", "enable", "restart"],
    ...["lost path", "path", "stop", "shutdown", "recovered", "remove", "add", "change", "reload"],
  ),
  fc.integer({ min: 0, max: 2 }),
  fc.integer({ min: 0, max: 3 }),
  fc.constantFrom(0, 1, 2, 5, 100, 3000, 9000, 25_000),
);

const CHANGES: readonly Partial<NeighbourConfig>[] = [
  { holdTime: 12 },
  { gracefulRestart: "helper" },
  { longLivedStaleTime: 0 },
  { families: [true, false] },
];

function carryOut(line: Line, [what, at, value]: Step): void {
  const { network, nodes } = line;
  const node = nodes[at];
  const to = at === 1 ? (value & 1) * 2 : 1;
  const name = `n${to}`;
  const { now } = network;
  switch (what) {
    case "killed":
    case "lost":
      return line.restart(at, what, true);
    case "flushed":
      return line.restart(at, "killed", false);
    case "break":
      return node.breakWith(nodes[to]);
    case "cut":
      return network.cut(node, nodes[to]);
    case "mend":
      return network.mend();
    case "disable":
    case "enable":
    case "restart":
      node.speaker[what](name, now);
      return;
    case "path":
    case "lost path":
      return line.pathTo(at, to, what === "path");
    case "stop":
    case "shutdown":
      line.stopped.add(node);
      return node.speaker.stop(now, what === "stop" ? "restart" : what);
    case "recovered":
      return node.speaker.recovered();
    case "remove":
      node.reconfigure({ neighbours: node.config.neighbours.filter((n) => n.name !== name) });
      return;
    case "add":
      if (node.config.neighbours.some((n) => n.name === name)) return;
      node.reconfigure({ neighbours: [...node.config.neighbours, peer(to, {})] });
      return;
    case "change":
      node.change(name, CHANGES[value]);
      return;
    case "reload":
      node.speaker.reload(name, "both", now);
  }
}

const setting: fc.Arbitrary<Partial<NeighbourConfig>> = fc.constantFrom(
  {},
  { longLivedStaleTime: 60 },
  { bfd: { interval: 100, multiplier: 3 } },
  { bfd: { interval: 100, multiplier: 3, onDown: "graceful" as const }, longLivedStaleTime: 30 },
  { holdTime: 0 },
);

test("whatever happens around restarts, nothing of it is left when it is over", () => {
  fc.assert(
    fc.property(setting, fc.array(step, { maxLength: 25 }), (more, steps) => {
      const line = new Line(more);
      const configs = line.nodes.map(({ config }) => config);
      line.check();
      for (const each of steps) {
        carryOut(line, each);
        line.network.run(each[3]);
      }
      line.network.mend();
      line.nodes.forEach((node, i) => {
        node.reconfigure(configs[i]);
        for (const { name } of configs[i].neighbours) {
          node.speaker.enable(name, line.network.now);
          if (line.stopped.has(node)) node.speaker.restart(name, line.network.now);
        }
        node.speaker.recovered();
      });
      line.network.run(400_000);
      line.check();
    }),
    { numRuns: 60 },
  );
});
