// What an import filter says about a route that is no attribute, on its way to the FIB.

import assert from "node:assert/strict";
import { test } from "node:test";
import { COMMUNITY } from "../route/index.ts";
import type { FilterRule } from "./policy/index.ts";
import { address, Network, prefix } from "./simulation.test.ts";
import type { Node } from "./simulation.test.ts";

const HERE = "192.0.2.1";
const A = "192.0.2.2";
const B = "192.0.2.3";
const HOST = "203.0.113.7/32";
const NET = "203.0.113.0/24";

/** Two neighbours in other ASes that announce the same, marked with BLACKHOLE. */
function triangle(
  blackhole: Readonly<Record<string, object | undefined>>,
  multipath = 4,
): { network: Network; here: Node; others: readonly Node[] } {
  const network = new Network();
  const neighbours = [
    { name: "a", address: address(A), asn: 65002, blackhole: blackhole["a"] },
    { name: "b", address: address(B), asn: 65003, blackhole: blackhole["b"] },
  ];
  const here = network.node(HERE, { asn: 65001, routerId: 1, neighbours }, multipath);
  const communities = [COMMUNITY.BLACKHOLE];
  const statics = [HOST, NET].map((text) => ({ prefix: prefix(text), communities }));
  const others = [
    { own: A, asn: 65002 },
    { own: B, asn: 65003 },
  ].map(({ own, asn }) =>
    network.node(own, {
      ...{ asn, routerId: asn, statics },
      neighbours: [{ name: "here", address: address(HERE), asn: 65001 }],
    }),
  );
  network.run(500);
  return { network, here, others };
}

test("a blackhole reaches the FIB, whether or not its next hop can be reached", () => {
  const { network, here } = triangle({ a: {}, b: {} });
  assert.deepEqual(here.routes.get(HOST), ["blackhole"]);
  assert.equal(here.backups.get(HOST), undefined);
  assert.equal(here.routes.get(NET), undefined, "no single address");
  for (const text of [A, B]) here.setReachable(text, false);
  network.run(50);
  assert.deepEqual(here.routes.get(HOST), ["blackhole"]);
});

test("only where it was agreed on, and what is dropped shares no traffic and is no backup", () => {
  const { network, here } = triangle({ a: {} });
  assert.deepEqual(here.routes.get(NET), [B]);
  // Both are equal; the lower router id decides.
  assert.deepEqual(here.routes.get(HOST), ["blackhole"]);
  here.change("b", { weight: 5 });
  network.run(50);
  assert.deepEqual(here.routes.get(HOST), [B]);
  assert.equal(here.backups.get(HOST), undefined);
  const views = [...here.speaker.survey.paths(0, here.id(HOST))];
  assert.deepEqual(
    views.map(({ multipath }) => multipath),
    [true, false],
  );
});

test("it comes and goes by a reload, without a new session", () => {
  const { network, here } = triangle({});
  assert.deepEqual(here.routes.get(HOST)?.toSorted(), [A, B]);
  assert.deepEqual(here.change("a", { blackhole: { inside: [prefix(NET)] } }).changed, [
    { name: "a", what: "blackhole" },
  ]);
  here.change("b", { weight: 0, blackhole: {} });
  network.run(50);
  assert.deepEqual(here.routes.get(HOST), ["blackhole"]);
  assert.deepEqual(here.routes.get(NET), ["blackhole"]);
  here.change("a", { blackhole: undefined });
  here.change("b", { blackhole: undefined });
  network.run(50);
  assert.deepEqual(here.routes.get(HOST)?.toSorted(), [A, B]);
  assert.ok(!here.eventNames().includes("session-down"));
});

test("table and metric are those of the best path, and change by a reload", () => {
  const { network, here } = triangle({});
  assert.deepEqual(here.places.get(NET), [0, 0]);
  const rules = (kernelTable: number): FilterRule[] => [
    { match: { neighbour: ["a"] }, then: "accept", set: { kernelTable, kernelMetric: 7 } },
    { then: "accept", set: { kernelTable: 300 } },
  ];
  const filter = (table: number) => [{ name: "f", rules: rules(table) }];
  here.reconfigure({ filters: filter(100) });
  for (const name of ["a", "b"]) here.change(name, { import: "f" });
  network.run(50);
  assert.deepEqual(here.places.get(NET), [100, 7]);
  assert.deepEqual(here.routes.get(NET)?.toSorted(), [A, B]);
  here.reconfigure({ filters: filter(200) });
  network.run(50);
  assert.deepEqual(here.places.get(NET), [200, 7]);
  here.change("b", { weight: 1 });
  network.run(50);
  assert.deepEqual(here.places.get(NET), [300, 0]);
});
