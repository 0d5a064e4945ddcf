// Routes of the configuration, alone and beside pods of the same prefix.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { PathAttributes } from "bgp-ts";
import type { StaticRoute } from "./config.ts";
import type { FilterSpec } from "./policy/index.ts";
import { address, Network, prefix } from "./simulation.test.ts";
import type { Node } from "./simulation.test.ts";

const A = "192.0.2.1";
const B = "192.0.2.2";

function pair(statics: readonly StaticRoute[], filters: readonly FilterSpec[] = []) {
  const network = new Network();
  const left = network.node(A, {
    asn: 65001,
    routerId: 1,
    neighbours: [{ name: "b", address: address(B), asn: 65002, export: filters[0]?.name }],
    filters,
    statics,
  });
  const right = network.node(B, {
    asn: 65002,
    routerId: 2,
    neighbours: [{ name: "a", address: address(A), asn: 65001 }],
  });
  network.run(500);
  return { network, left, right };
}

/** What `node` holds of a prefix. */
function attributesAt(node: Node, text: string): PathAttributes {
  const [path] = node.speaker.survey.paths(prefix(text).family, node.id(text));
  return node.attributes.get(path.attributes);
}

test("they come and go with the configuration, with their attributes", () => {
  const web = { prefix: prefix("203.0.113.80/32"), communities: [7], med: 5 };
  const dns = { prefix: prefix("203.0.113.53/32") };
  const { network, left, right } = pair([web, dns]);
  assert.deepEqual([...right.routes.keys()].sort(), ["203.0.113.53/32", "203.0.113.80/32"]);
  const seen = attributesAt(right, "203.0.113.80/32");
  assert.deepEqual([seen.communities, seen.med], [[7], 5]);
  assert.equal(left.speaker.survey.paths(0, left.id("203.0.113.80/32"))[0].kind, "static");

  left.reconfigure({ statics: [{ ...web, communities: [8] }] });
  network.run(50);
  assert.deepEqual([...right.routes.keys()], ["203.0.113.80/32"]);
  assert.deepEqual(attributesAt(right, "203.0.113.80/32").communities, [8]);
  left.reconfigure({ statics: [] });
  network.run(50);
  assert.equal(right.routes.size, 0);
  assert.equal(left.prefixes[0].size, 0, "nothing is left behind");
});

test("a pod of the same prefix, before and after: the configuration's is announced, the pod's stays", () => {
  const own = "203.0.113.80/32";
  const filters: FilterSpec[] = [
    {
      name: "f",
      rules: [
        { match: { source: ["static"] }, then: "next", set: { addCommunities: [9] } },
        { then: "accept" },
      ],
    },
  ];
  const web = { prefix: prefix(own), communities: [7] };
  for (const podFirst of [true, false]) {
    const { network, left, right } = pair(podFirst ? [] : [web], filters);
    left.originate(own);
    network.run(50);
    if (podFirst) assert.equal(attributesAt(right, own).communities, undefined);
    left.reconfigure({ statics: [web] });
    network.run(50);
    assert.deepEqual(attributesAt(right, own).communities, [7, 9]);
    assert.deepEqual(
      left.speaker.survey.paths(0, left.id(own)).map(({ kind }) => kind),
      ["static", "pod"],
    );
    left.reconfigure({ statics: [] });
    network.run(50);
    assert.equal(attributesAt(right, own).communities, undefined);
    left.reconfigure({ statics: [web] });
    left.withdraw(own);
    network.run(50);
    assert.deepEqual(attributesAt(right, own).communities, [7, 9]);
    left.reconfigure({ statics: [] });
    network.run(50);
    assert.equal(right.routes.size, 0);
    assert.equal(left.prefixes[0].size, 0);
  }
});
