// What a plan says in single cases: leaks, neighbours out of ranges, what happens under it.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { NeighbourConfig, SpeakerConfig } from "./config.ts";
import type { Announcement } from "./departures.ts";
import type { Plan, PlanRequest } from "./plan.ts";
import type { PlanItem } from "./plan-views.ts";
import { Rib } from "./rib/index.ts";
import { address, Network, prefix } from "./simulation.test.ts";
import type { Node } from "./simulation.test.ts";

const HERE = "192.0.2.100";
const [A, B] = ["192.0.2.1", "192.0.2.2"];
const ROUTES = ["172.16.2.0/24", "203.0.113.0/24"];
const FILTERS = [
  { name: "open", rules: [{ then: "accept" as const }] },
  { name: "closed", rules: [{ then: "reject" as const }] },
];

const peer = (name: string, at: string, asn: number, more: Partial<NeighbourConfig> = {}) => ({
  ...{ name, address: address(at), asn },
  ...more,
});

/** A node between two others, of which the first announces. */
function world(neighbours: readonly NeighbourConfig[], asn = 65001) {
  const network = new Network();
  const config = { asn: 64512, routerId: 100, filters: FILTERS, neighbours };
  const here = network.node(HERE, config);
  const [a, b] = [A, B].map((at, i) =>
    network.node(at, {
      ...{ asn: i === 0 ? asn : 65002, routerId: i + 1, martians: [] },
      neighbours: [peer("here", HERE, 64512)],
    }),
  );
  network.run(3000);
  a.originate(...ROUTES);
  network.run(100);
  return { network, here, a, b, config };
}

function plan(
  here: Node,
  config: SpeakerConfig,
  most = Infinity,
  announcement: Announcement = "usual",
  own: PlanRequest["own"] = [],
): Plan {
  const request = {
    ...{ multipath: 1, announcement, own, pool: [prefix("172.16.0.0/12")], most },
    nextHop: () => ({ reachable: true, metric: 0 }),
    endpoints: () => assert.fail("nobody is new"),
  };
  return here.speaker.survey.plan(config, request, here.network.now);
}

/** How many steps that took. */
function close(planned: Plan): number {
  return [...planned.close()].length;
}

function itemsOf(planned: Plan): PlanItem[] {
  try {
    return [...planned.walk()].filter((item) => item !== undefined);
  } finally {
    close(planned);
  }
}

test("what one eBGP neighbour has told leaks to the next, by name and with the rule", () => {
  const { here, config } = world([peer("a", A, 65001), peer("b", B, 65002)]);
  const neighbours = [peer("a", A, 65001), peer("b", B, 65002, { export: "open" })];
  const planned = plan(here, { ...config, neighbours });
  assert.deepEqual(
    itemsOf(planned).map(({ prefix: text, rule, leak }) => [text, rule, leak]),
    ROUTES.map((text) => [text, "filter open: rule 1", "learnt from a (AS 65001)"]),
  );
  assert.equal(planned.peers.find(({ name }) => name === "b")?.leaks, 2);
  // As it is already, it is no news.
  here.reconfigure({ neighbours });
  here.network.run(100);
  assert.deepEqual(itemsOf(plan(here, here.config)), []);
});

test("what was learnt within the AS leaks where it is no pod's", () => {
  const { here, config } = world([peer("a", A, 64512), peer("b", B, 65002)], 64512);
  const neighbours = [peer("a", A, 64512), peer("b", B, 65002, { export: "open" })];
  const leaks = itemsOf(plan(here, { ...config, neighbours })).map(({ leak }) => leak);
  assert.deepEqual(leaks, [undefined, "outside pods.pool (172.16.0.0/12)"]);
});

test("what an export filter has held back is named when it goes", () => {
  const { here, network, config } = world([peer("b", B, 65002, { export: "closed" })]);
  here.originate("172.16.1.1/32");
  network.run(100);
  const planned = here.speaker.survey.plan(
    { ...config, neighbours: [peer("b", B, 65002)] },
    {
      ...{ multipath: 1, announcement: "usual", pool: [], most: 20 },
      own: [{ prefix: prefix("172.16.1.1/32"), origin: "pod" }],
      nextHop: () => ({ reachable: true, metric: 0 }),
      endpoints: () => assert.fail("nobody is new"),
    },
    network.now,
  );
  const [item] = itemsOf(planned);
  assert.equal(item.leak, "export filter closed goes, which held it back");
});

test("neighbours out of a range follow it, also where it is on its way out of service", () => {
  const range: NeighbourConfig = { name: "nodes", range: prefix("192.0.2.0/24"), asn: "external" };
  const { here, config } = world([range]);
  here.speaker.depart("nodes", "nothing", here.network.now);
  here.network.run(100);
  assert.deepEqual(itemsOf(plan(here, config)), []);
  const gone = plan(here, { ...config, neighbours: [] });
  const items = itemsOf(gone).map(({ what, peer: name, change }) => `${what} ${name} ${change}`);
  assert.deepEqual(items, [
    ...["accepted nodes-192.0.2.1 vanish", "kernel undefined vanish"],
    ...["accepted nodes-192.0.2.1 vanish", "kernel undefined vanish"],
  ]);
  const fates = gone.peers.map(({ name, kind, what }) => `${name} ${kind}: ${what}`);
  assert.deepEqual(fates.toSorted(), [
    "nodes removed: a range",
    "nodes-192.0.2.1 removed: its range is no longer configured",
    "nodes-192.0.2.2 removed: its range is no longer configured",
  ]);
});

test("a configuration that takes the node out of service leaves nothing announced, one that puts it back all", () => {
  const peers = [peer("a", A, 65001), peer("b", B, 65002, { export: "open" })];
  const { here, network, config } = world(peers);
  const lines = (planned: Plan): string[] =>
    itemsOf(planned).map(
      ({ what, peer: name, change, rule }) => `${what} ${name} ${change}: ${rule}`,
    );
  const out = "announced b vanish: withheld because the node is drained";
  assert.deepEqual(lines(plan(here, config, Infinity, "nothing")), [out, out]);
  here.speaker.depart(undefined, "nothing", network.now);
  network.run(100);
  assert.deepEqual(lines(plan(here, config, Infinity, "nothing")), []);
  const back = "announced b appear: filter open: rule 1";
  assert.deepEqual(lines(plan(here, config)), [back, back]);
});

test("a neighbour that there is no room for would have no session", (t) => {
  const { here, config } = world([peer("a", A, 65001)]);
  const planned = plan(here, {
    ...config,
    neighbours: [...config.neighbours, peer("b", B, 65002)],
  });
  t.mock.getter(Rib.prototype, "isFull", () => planned.peers.length > 1);
  assert.deepEqual(itemsOf(planned), []);
  const obstacles = planned.peers.map(({ name, obstacle }) => `${name}: ${obstacle}`);
  assert.deepEqual(obstacles, ["a: undefined", "b: no room for more neighbours"]);
});

test("a session that goes meanwhile is named, and so is how much has changed", () => {
  const { here, a, network, config } = world([peer("a", A, 65001), peer("b", B, 65002)]);
  const planned = plan(here, { ...config, neighbours: [peer("b", B, 65002)] });
  const walk = planned.walk();
  while (planned.peers.length === 0) walk.next();
  assert.deepEqual([planned.disturbed, planned.changes], [[], 0]);
  here.breakWith(a);
  here.originate("172.16.9.9/32");
  network.run(10);
  while (walk.next().done !== true);
  assert.deepEqual([planned.disturbed, planned.changes], [["a"], 3]);
  close(planned);
});

test("thousands of own routes are met and given back in steps, wherever the client hangs up", () => {
  const { here, network, config } = world([peer("a", A, 65001), peer("b", B, 65002)]);
  const pods = Array.from({ length: 1000 }, (_, i) => `172.16.${100 + (i >> 8)}.${i & 255}/32`);
  here.originate(...pods);
  network.run(100);
  const own = pods.map((pod) => ({ prefix: prefix(pod), origin: "pod" as const }));
  const held = (): unknown => {
    here.settle();
    here.attributes.sweep();
    return [here.attributes.size, here.nextHops.size];
  };
  const before = held();
  const whole = plan(here, config, Infinity, "usual", own);
  let early = 0;
  for (const item of whole.walk()) {
    assert.equal(item, undefined, "nothing is new");
    if (whole.done === 0) early++;
  }
  assert.ok(early >= pods.length / 128, `${early} steps until the first prefix is looked at`);
  const steps = close(whole);
  assert.ok(steps >= pods.length / 128, `${steps} steps to give it back`);
  assert.deepEqual(held(), before);
  for (let taken = 0; taken <= 2 * early; taken += 3) {
    const left = plan(here, { ...config, neighbours: [] }, Infinity, "usual", own);
    const walk = left.walk();
    for (let step = 0; step < taken; step++) walk.next();
    close(left);
    assert.deepEqual(held(), before, `after ${taken} steps`);
  }
});
