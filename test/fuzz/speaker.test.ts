import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { NeighbourConfig } from "../../src/speaker/index.ts";
import { address, Network, type Node } from "../../src/speaker/simulation.test.ts";
import { HOSTILE_ASN, message } from "./messages.ts";

/**
 * A whole speaker with three neighbours, one of which sends bytes of a fuzzer's. The two others must
 * not feel it: their sessions stay, their routes stay, and what is passed on to them is well formed.
 * When the hostile one is switched off, nothing of it is left.
 */

const ASN = 64512;
const US = "10.0.0.1";
const HOSTILE = "10.0.0.66";
const GOOD = [
  { at: "10.0.0.2", asn: ASN, pod: "172.16.2.1/32" },
  { at: "10.0.0.3", asn: 64603, pod: "172.16.3.1/32" },
] as const;
const FILTERS = [{ name: "everything", rules: [{ match: {}, then: "accept" as const }] }];

function neighbour(at: string, asn: number, more: Partial<NeighbourConfig> = {}): NeighbourConfig {
  return { name: at, address: address(at), asn, connectRetry: 1, export: "everything", ...more };
}

class World {
  readonly network = new Network();
  readonly us: Node;
  readonly hostile: Node;
  readonly good: readonly Node[];
  readonly #baseline: readonly number[];

  constructor() {
    const config = (at: string, asn: number, neighbours: readonly NeighbourConfig[]) => ({
      asn,
      routerId: address(at).w0,
      filters: FILTERS,
      neighbours,
    });
    const all = [
      ...GOOD.map(({ at, asn }) => neighbour(at, asn, { client: asn === ASN })),
      neighbour(HOSTILE, HOSTILE_ASN),
    ];
    this.us = this.network.node(US, { ...config(US, ASN, all), clusterId: 1 });
    this.good = GOOD.map(({ at, asn, pod }) => {
      const node = this.network.node(at, config(at, asn, [neighbour(US, ASN)]));
      node.originate(pod);
      return node;
    });
    const hostile = config(HOSTILE, HOSTILE_ASN, [neighbour(US, ASN)]);
    this.hostile = this.network.node(HOSTILE, hostile);
    this.us.originate("172.16.1.1/32");
    this.network.run(5000);
    assert.equal(this.us.state(HOSTILE), "Established");
    this.check();
    this.#baseline = this.#sizes();
  }

  /** The others live, and have what they should. */
  check(): void {
    for (const [i, { at, pod }] of GOOD.entries()) {
      assert.equal(this.us.state(at), "Established");
      assert.equal(this.good[i].state(US), "Established");
      assert.deepEqual(this.us.routes.get(pod), [at]);
      assert.deepEqual(this.good[i].routes.get("172.16.1.1/32"), [US]);
      for (const node of [this.us, this.good[i]]) {
        const names = node.eventNames(node === this.us ? at : US);
        assert.equal(names.includes("session-down"), false);
        assert.equal(names.includes("malformed-update"), false);
      }
    }
  }

  /** The hostile neighbour is switched off: all that is left is what was there before. */
  end(): void {
    this.us.speaker.disable(HOSTILE, this.network.now);
    this.network.run(5000);
    this.check();
    assert.deepEqual([...this.us.routes.keys()].sort(), GOOD.map(({ pod }) => pod).sort());
    for (const [i, { pod }] of GOOD.entries()) {
      const others = GOOD.map((good) => good.pod).filter((other) => other !== pod);
      const expected = ["172.16.1.1/32", ...others].sort();
      assert.deepEqual([...this.good[i].routes.keys()].sort(), expected);
    }
    assert.deepEqual(this.#sizes(), this.#baseline, "the tables are as before");
  }

  #sizes(): number[] {
    const { prefixes, attributes } = this.us;
    return [prefixes[0].size, prefixes[1].size, attributes.size];
  }
}

describe("bytes from a neighbour into a whole speaker", () => {
  const sequence = fc.array(message, { minLength: 1, maxLength: 25 });

  it("on an Established session: nothing throws, the others live, nothing is left behind", () => {
    let accepted = 0;
    fc.assert(
      fc.property(sequence, (messages) => {
        const world = new World();
        for (const bytes of messages) {
          world.hostile.inject(world.us, bytes);
          world.network.run(20);
          accepted = Math.max(accepted, world.us.routes.size);
          // Its session may have been ended, rightly: then it comes back, and goes on.
          if (world.us.state(HOSTILE) !== "Established") world.network.run(3000);
        }
        world.check();
        world.end();
      }),
      { numRuns: 100, seed: 20261121 },
    );
    assert.ok(accepted > 10, "some of it went all the way");
  });

  it("on connections of its own, before any OPEN: nothing throws, the others live", () => {
    fc.assert(
      fc.property(sequence, fc.integer({ min: 0, max: 40 }), (messages, cut) => {
        const world = new World();
        const { us, network } = world;
        us.speaker.restart(HOSTILE, network.now);
        network.cut(us, world.hostile);
        network.run(200);
        for (const bytes of messages) {
          const ends = us.endpointsWith(world.hostile);
          const answer = us.speaker.accept(ends, network.now);
          if (answer.kind === "accepted") {
            us.speaker.connected(answer.connection, ends, network.now);
            const middle = Math.min(cut, bytes.length);
            us.speaker.receive(answer.connection, bytes, 0, middle, network.now);
            us.speaker.receive(answer.connection, bytes, middle, bytes.length, network.now);
          }
          network.run(300);
        }
        world.check();
      }),
      { numRuns: 50, seed: 20261122 },
    );
  });
});
