import assert from "node:assert/strict";
import { test } from "node:test";
import type { FilterSpec } from "./policy/index.ts";
import { address, Network, prefix } from "./simulation.test.ts";
import type { NeighbourTrial } from "./views.ts";

const A = "192.0.2.1";
const B = "192.0.2.2";
const C = "192.0.2.3";
const POD = "172.16.1.1/32";
const SECRET = "172.16.1.2/32";

const FILTERS: FilterSpec[] = [
  {
    name: "in",
    rules: [
      {
        match: { prefix: [{ prefix: prefix(SECRET), minimum: 32, maximum: 32 }] },
        then: "reject",
      },
      { then: "accept" },
    ],
  },
];

/** `name telling: reason`. */
function words({ name, telling, reason }: NeighbourTrial): string {
  return `${name} ${telling}: ${reason}`;
}

test("by which rules paths come in, and who is told of them", () => {
  const network = new Network();
  const left = network.node(A, {
    asn: 65001,
    routerId: 1,
    neighbours: [
      { name: "b", address: address(B), asn: 65002 },
      { name: "gone", address: address("192.0.2.9"), asn: 65009, enabled: false },
    ],
  });
  const right = network.node(B, {
    asn: 65002,
    routerId: 2,
    filters: FILTERS,
    neighbours: [
      { name: "a", address: address(A), asn: 65001, import: "in" },
      { name: "c", address: address(C), asn: 65003 },
    ],
  });
  network.node(C, {
    asn: 65003,
    routerId: 3,
    neighbours: [{ name: "b", address: address(B), asn: 65002 }],
  });
  network.run(500);
  for (const each of [POD, SECRET]) left.originate(each);
  network.run(50);
  const idAt = (node: typeof left, text: string): number =>
    node.prefixes[0].findPrefix(prefix(text));

  const own = left.speaker.survey.explain(0, idAt(left, POD));
  assert.deepEqual(
    own.paths.map(({ kind, best, rule }) => [kind, best, rule]),
    [["pod", true, undefined]],
  );
  assert.deepEqual(own.neighbours.map(words), [
    "b told: no filter: this node's own route",
    "gone not told: it is disabled",
  ]);
  assert.equal(left.speaker.survey.telling("b", 0, idAt(left, POD))?.telling, "told");
  assert.equal(left.speaker.survey.telling("x", 0, idAt(left, POD)), undefined);

  const learnt = right.speaker.survey.explain(0, idAt(right, POD));
  assert.deepEqual(
    learnt.paths.map(({ source, importFilter, accepted }) => [source, importFilter, accepted]),
    [["a", "in", true]],
  );
  assert.deepEqual(learnt.neighbours.map(words), [
    "a not told: the best path came from there (split horizon)",
    "c not told: no filter: learnt from another AS, and only this node's own routes are announced",
  ]);

  const [secret] = right.speaker.survey.explain(0, idAt(right, SECRET)).paths;
  assert.deepEqual([secret.accepted, secret.reason], [false, "filter in: rule 1"]);
  assert.equal(secret.rule, secret.reason);

  const unknown = right.speaker.survey.explain(0, -1);
  assert.deepEqual(unknown.paths, []);
  assert.deepEqual(
    unknown.neighbours.map(({ name, speaks, reason }) => [name, speaks, reason]),
    [
      ["a", true, "nobody announces it"],
      ["c", true, "nobody announces it"],
    ],
  );
});

test("a route whose attributes leave no room in a message is not told, and that is the reason", () => {
  const network = new Network();
  const setCommunities = Array.from({ length: 8000 }, (_, i) => i);
  const setLargeCommunities = Array.from({ length: 2700 }, (_, i) => [1, 2, i] as const);
  const setExtendedCommunities = Array.from({ length: 300 }, (_, i) => [0x20001, i] as const);
  const set = { setCommunities, setLargeCommunities, setExtendedCommunities };
  const left = network.node(A, {
    asn: 65001,
    routerId: 1,
    filters: [{ name: "more", rules: [{ then: "accept", set }] }],
    neighbours: [{ name: "b", address: address(B), asn: 65002, export: "more" }],
  });
  const right = network.node(B, {
    asn: 65002,
    routerId: 2,
    neighbours: [{ name: "a", address: address(A), asn: 65001 }],
  });
  network.run(500);
  left.originate(POD);
  network.run(50);
  assert.equal(right.routes.size, 0);
  const id = left.prefixes[0].findPrefix(prefix(POD));
  assert.deepEqual(left.speaker.survey.explain(0, id).neighbours.map(words), [
    "b not told: its attributes leave no room for a prefix in 65535 octets, the longest message to this neighbour (RFC 8654)",
  ]);
});
