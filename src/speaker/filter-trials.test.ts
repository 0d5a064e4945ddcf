import assert from "node:assert/strict";
import { test } from "node:test";
import { pathAttributes } from "bgp-ts";
import type { FilterAnswer, FilterQuestion } from "./filter-trials.ts";
import type { FilterSpec } from "./policy/index.ts";
import { address, Network, prefix } from "./simulation.test.ts";

const A = "192.0.2.1";
const B = "192.0.2.2";
const POD = "172.16.1.1/32";

const FILTERS: FilterSpec[] = [
  {
    name: "f",
    rules: [
      { match: { neighbour: ["b"] }, then: "next", set: { localPref: 7 } },
      { match: { source: ["static"] }, then: { goto: "g" } },
      { match: { peerType: "ebgp" }, then: "accept", set: { prepend: 2 } },
    ],
  },
  { name: "g", rules: [] },
];

test("a filter held against the table, and against a route by hand; nothing stays behind", () => {
  const network = new Network();
  const left = network.node(A, {
    asn: 65001,
    routerId: 1,
    neighbours: [{ name: "b", address: address(B), asn: 65002 }],
  });
  const right = network.node(B, {
    asn: 65002,
    routerId: 2,
    filters: FILTERS,
    neighbours: [{ name: "b", address: address(A), asn: 65001 }],
  });
  network.run(500);
  left.originate(POD);
  network.run(50);
  const sizes = (): number[] => [
    right.prefixes[0].size,
    right.attributes.size,
    right.nextHops.size,
  ];
  const before = sizes();
  const ask = (more: Partial<FilterQuestion>): FilterAnswer[] | string =>
    right.speaker.survey.askFilter({
      filter: "f",
      direction: "import",
      prefix: prefix(POD),
      neighbour: undefined,
      route: undefined,
      ...more,
    });
  const one = (more: Partial<FilterQuestion>): FilterAnswer => {
    const answers = ask(more);
    assert.ok(typeof answers === "object" && answers.length === 1);
    return answers[0];
  };
  const held = one({ neighbour: "b" });
  assert.deepEqual([held.from, held.then], ["b", "accept"]);
  assert.equal(held.rule, "filter f: rule 3 (after filter f: rule 1)");
  assert.equal(held.after?.localPref, 7);
  assert.deepEqual(held.after.asPath[0].asns, [65001, 65001, 65001]);
  assert.equal(one({ direction: "export" }).after?.asPath[0].asns.length, 3);

  const attributes = pathAttributes({ med: 5, nextHop: { family: 0, w0: 9, w1: 0, w2: 0, w3: 0 } });
  const byHand = one({ prefix: prefix("10.0.0.0/8"), route: { attributes, source: "static" } });
  assert.deepEqual([byHand.from, byHand.then, byHand.after], [undefined, "reject", undefined]);
  assert.equal(byHand.rule, "filter g: no rule matched");
  assert.equal(byHand.before.med, 5);
  assert.equal(
    one({ route: { attributes, source: "ibgp" }, prefix: prefix("::/0") }).then,
    "accept",
  );
  assert.deepEqual(ask({ prefix: prefix("10.0.0.0/8") }), []);
  assert.equal(ask({ filter: "x" }), "no filter is called x");
  assert.equal(ask({ neighbour: "x" }), "no peer is called x");
  right.attributes.sweep();
  assert.deepEqual(sizes(), before);
});
