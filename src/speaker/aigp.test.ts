// The accumulated metric of the way (AIGP, RFC 7311) between whole speakers.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { NeighbourConfig } from "./config.ts";
import { address, Network } from "./simulation.test.ts";
import type { Node } from "./simulation.test.ts";

const A = "10.0.0.1";
const B = "10.0.0.2";
const C = "10.0.0.3";
const POD = "172.16.1.0/24";
const ALL = { name: "all", rules: [{ then: "accept" }] } as const;

/** a - b - c, each in an AS of its own; all routes go through. */
function line(of: Record<string, NeighbourConfig["aigp"]>): {
  readonly network: Network;
  readonly a: Node;
  readonly b: Node;
  readonly c: Node;
} {
  const network = new Network();
  const node = (own: string, asn: number, ...peers: (readonly [string, number])[]): Node =>
    network.node(own, {
      ...{ asn, routerId: asn, filters: [ALL] },
      neighbours: peers.map(([to, peerAsn]) => {
        const name = `to-${to}`;
        const aigp = of[`${own} ${to}`];
        return { name, address: address(to), asn: peerAsn, export: "all", aigp };
      }),
    });
  const a = node(A, 1, [B, 2]);
  const b = node(B, 2, [A, 1], [C, 3]);
  const c = node(C, 3, [B, 2]);
  network.run(500);
  a.originate(POD);
  network.run(50);
  return { network, a, b, c };
}

function aigp(node: Node): bigint | undefined {
  const [path] = node.speaker.survey.paths(0, node.id(POD));
  return node.attributes.get(path.attributes).aigp;
}

/** The way from a node to a next hop, as its FIB knows it. */
function setMetric(node: Node, text: string, metric: number): void {
  for (let id = 1; id < node.nextHops.limit; id++) {
    if (!node.nextHops.has(id)) continue;
    const { address: hop } = node.nextHops.get(id);
    if (hop.w0 === address(text).w0) node.speaker.setNextHop(id, { reachable: true, metric });
  }
}

const EVERYWHERE = {
  [`${A} ${B}`]: "originate",
  [`${B} ${A}`]: "on",
  [`${B} ${C}`]: "on",
  [`${C} ${B}`]: "on",
} as const;

test("it begins with 0, and grows by the way to the next hop, at least 1 (§3.4)", () => {
  const { network, b, c } = line(EVERYWHERE);
  assert.equal(aigp(b), 0n);
  assert.equal(aigp(c), 1n);
  setMetric(b, A, 70);
  network.run(50);
  assert.equal(aigp(c), 70n, "who is told hears of the way's change");
  setMetric(b, A, 0);
  network.run(50);
  assert.equal(aigp(c), 1n);
});

test("towards other ASes it is off, unless both ends say otherwise; a change counts at once", () => {
  const { network, b, c } = line({ ...EVERYWHERE, [`${B} ${A}`]: undefined });
  assert.equal(aigp(b), undefined);
  assert.equal(aigp(c), undefined);
  b.change(`to-${A}`, { aigp: "on" });
  network.run(50);
  assert.deepEqual([aigp(b), aigp(c)], [0n, 1n]);
  b.change(`to-${C}`, { aigp: "off" });
  network.run(50);
  assert.equal(aigp(c), undefined);
  assert.equal(b.neighbour(`to-${A}`).traffic.established, 1);
});

test("within the AS it is on, and stays as it is where the next hop does", () => {
  const network = new Network();
  const node = (own: string, asn: number, neighbours: NeighbourConfig[]): Node =>
    network.node(own, { asn, routerId: address(own).w0 & 0xff, filters: [ALL], neighbours });
  const peer = (to: string, asn: number, more: Partial<NeighbourConfig> = {}): NeighbourConfig => {
    return { name: `to-${to}`, address: address(to), asn, export: "all", ...more };
  };
  const a = node(A, 1, [peer(B, 2, { aigp: "originate" })]);
  const b = node(B, 2, [peer(A, 1, { aigp: "on" }), peer(C, 2)]);
  const c = node(C, 2, [peer(B, 2)]);
  network.run(500);
  a.originate(POD);
  network.run(50);
  assert.deepEqual([aigp(b), aigp(c)], [0n, 0n]);
  b.change(`to-${C}`, { nextHop: "self" });
  network.run(50);
  assert.equal(aigp(c), 1n);
  b.change(`to-${C}`, { aigp: "off" });
  network.run(50);
  assert.equal(aigp(c), undefined);
});
