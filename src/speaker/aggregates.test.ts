import assert from "node:assert/strict";
import { test } from "node:test";
import type { AggregateConfig } from "./aggregates.ts";
import { address, Network, prefix } from "./simulation.test.ts";
import type { Node } from "./simulation.test.ts";

const HERE = "192.0.2.1";
const OUTSIDE = "192.0.2.2";
const INSIDE = "192.0.2.3";
const WHOLE = "172.16.0.0/12";

function aggregate(text: string, summaryOnly: boolean): AggregateConfig {
  return { prefix: prefix(text), summaryOnly, communities: [0xfc000007] };
}

function three(aggregates: readonly AggregateConfig[]) {
  const network = new Network();
  const peer = (name: string, to: string, asn: number) => ({ name, address: address(to), asn });
  const here = network.node(HERE, {
    ...{ asn: 65001, routerId: 0x0a000001, aggregates },
    neighbours: [peer("outside", OUTSIDE, 65002), peer("inside", INSIDE, 65001)],
  });
  const outside = network.node(OUTSIDE, {
    ...{ asn: 65002, routerId: 2 },
    neighbours: [peer("here", HERE, 65001)],
  });
  const inside = network.node(INSIDE, {
    ...{ asn: 65001, routerId: 3 },
    neighbours: [peer("here", HERE, 65001)],
  });
  network.run(500);
  return { network, here, outside, inside };
}

const prefixes = (node: Node): string[] => [...node.routes.keys()].sort();

test("an aggregate is there as long as a part of it is, the node's own or another's", () => {
  const { network, here, outside, inside } = three([aggregate(WHOLE, false)]);
  assert.deepEqual(prefixes(outside), []);
  inside.originate("172.20.1.0/24");
  network.run(50);
  assert.deepEqual(prefixes(outside), [WHOLE], "another's route itself is not announced");
  here.originate("172.21.0.0/16");
  inside.withdraw("172.20.1.0/24");
  network.run(50);
  assert.deepEqual(prefixes(outside), [WHOLE, "172.21.0.0/16"]);
  here.withdraw("172.21.0.0/16");
  network.run(50);
  assert.deepEqual(prefixes(outside), []);
});

test("it says what it is: ATOMIC_AGGREGATE, AGGREGATOR, no AS_SET (RFC 9774), its communities", () => {
  const { network, here, outside } = three([aggregate(WHOLE, false)]);
  here.originate("172.21.0.0/16");
  network.run(50);
  const id = outside.id(WHOLE);
  const [path] = outside.speaker.survey.paths(0, id);
  const attributes = outside.attributes.get(path.received);
  assert.equal(attributes.atomicAggregate, true);
  assert.deepEqual(attributes.aggregator, { asn: 65001, address: 0x0a000001 });
  assert.deepEqual(attributes.asPath, [{ type: 2, asns: [65001] }]);
  assert.deepEqual(attributes.communities, [0xfc000007]);
});

test("summaryOnly: parts are kept from other ASes, and told when that ends", () => {
  const { network, here, outside, inside } = three([aggregate(WHOLE, true)]);
  here.originate("172.21.0.0/16", "172.21.5.0/24", "10.9.0.0/16");
  network.run(50);
  assert.deepEqual(prefixes(outside), ["10.9.0.0/16", WHOLE]);
  const all = ["10.9.0.0/16", WHOLE, "172.21.0.0/16", "172.21.5.0/24"];
  assert.deepEqual(prefixes(inside), all);
  here.reconfigure({ aggregates: [aggregate(WHOLE, false)] });
  network.run(50);
  assert.deepEqual(prefixes(outside), all);
  here.reconfigure({ aggregates: [] });
  network.run(50);
  assert.deepEqual(prefixes(outside), ["10.9.0.0/16", "172.21.0.0/16", "172.21.5.0/24"]);
});

test("aggregates that come later find what is there, and one counts for the next around it", () => {
  const { network, here, outside } = three([]);
  here.originate("172.21.5.0/24");
  network.run(50);
  here.reconfigure({ aggregates: [aggregate(WHOLE, true), aggregate("172.21.0.0/16", false)] });
  network.run(50);
  assert.deepEqual(prefixes(outside), [WHOLE]);
  here.reconfigure({ aggregates: [aggregate(WHOLE, false), aggregate("172.21.0.0/16", true)] });
  network.run(50);
  assert.deepEqual(prefixes(outside), [WHOLE, "172.21.0.0/16"]);
  here.withdraw("172.21.5.0/24");
  network.run(50);
  assert.deepEqual(prefixes(outside), []);
});

test("nobody's route to the aggregate itself is taken while it is announced", () => {
  const { network, here, outside } = three([aggregate(WHOLE, false)]);
  outside.originate(WHOLE);
  network.run(50);
  assert.deepEqual(prefixes(here), [WHOLE]);
  here.originate("172.21.0.0/16");
  network.run(50);
  assert.deepEqual(prefixes(here), []);
});
