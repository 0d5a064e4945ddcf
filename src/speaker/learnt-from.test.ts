// Rules of export filters that ask whom a route was learnt from.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { FilterMatch } from "./policy/index.ts";
import { address, Network, prefix } from "./simulation.test.ts";
import type { Node } from "./simulation.test.ts";

const HERE = "192.0.2.1";
const LISTENER = "192.0.2.9";
const TEACHERS = ["192.0.2.2", "192.0.2.3", "192.0.2.4"];

/** What the listener hears of three neighbours' networks, 172.16.1.0/24 to 172.16.3.0/24. */
function heard(match: FilterMatch): { network: Network; here: Node; routes: () => number[] } {
  const network = new Network();
  const out = [{ name: "out", rules: [{ match, then: "accept" as const }] }];
  const teacher = (i: number) => ({
    ...{ name: `t${i}`, address: address(TEACHERS[i - 1]), asn: 65000 + i },
    group: i === 3 ? "others" : "tors",
  });
  const here = network.node(HERE, {
    ...{ asn: 64512, routerId: 1, filters: out },
    neighbours: [
      teacher(1),
      teacher(2),
      // Out of a range: rules call it by the name of that.
      { ...teacher(3), name: "range", address: undefined, range: prefix("192.0.2.4/32") },
      { name: "listener", address: address(LISTENER), asn: 65009, export: "out" },
    ],
  });
  const peer = [{ name: "here", address: address(HERE), asn: 64512 }];
  const node = (own: string, asn: number): Node =>
    network.node(own, { asn, routerId: asn, neighbours: peer });
  const teachers = TEACHERS.map((own, i) => node(own, 65001 + i));
  const listener = node(LISTENER, 65009);
  network.run(2000);
  teachers.forEach((each, i) => each.originate(`172.16.${i + 1}.0/24`));
  network.run(100);
  const routes = (): number[] =>
    [...listener.routes.keys()].map((text) => Number(text.split(".")[2])).sort();
  return { network, here, routes };
}

test("by name, by that of a range, by group, and by both", () => {
  assert.deepEqual(heard({}).routes(), [1, 2, 3]);
  assert.deepEqual(heard({ fromNeighbour: ["t1"] }).routes(), [1]);
  assert.deepEqual(heard({ fromNeighbour: ["range", "t2"] }).routes(), [2, 3]);
  assert.deepEqual(heard({ fromGroup: ["tors"] }).routes(), [1, 2]);
  assert.deepEqual(heard({ fromGroup: ["tors"], fromNeighbour: ["t2", "range"] }).routes(), [2]);
  assert.deepEqual(heard({ fromGroup: ["others"], neighbour: ["t1"] }).routes(), []);
});

test("a neighbour that gets another group: what was learnt from it is judged again, in its session", () => {
  const { network, here, routes } = heard({ fromGroup: ["tors"] });
  here.change("t1", { group: "others" });
  network.run(100);
  assert.deepEqual(routes(), [2]);
  here.change("t1", { group: "tors" });
  network.run(100);
  assert.deepEqual(routes(), [1, 2]);
  assert.ok(!here.eventNames().includes("session-down"));
});

test("on import it is the neighbour that the filter works for", () => {
  const network = new Network();
  const rules = [{ match: { fromNeighbour: ["a"], fromGroup: ["tors"] }, then: "accept" as const }];
  const peer = (name: string, own: string, asn: number, group: string) => ({
    ...{ name, address: address(own), asn, group, import: "in" },
  });
  const here = network.node(HERE, {
    ...{ asn: 64512, routerId: 1, filters: [{ name: "in", rules }] },
    neighbours: [peer("a", TEACHERS[0], 65001, "tors"), peer("b", TEACHERS[1], 65002, "tors")],
  });
  const others = TEACHERS.slice(0, 2).map((own, i) =>
    network.node(own, {
      ...{ asn: 65001 + i, routerId: 65001 + i },
      neighbours: [{ name: "here", address: address(HERE), asn: 64512 }],
    }),
  );
  network.run(500);
  others.forEach((each, i) => each.originate(`172.16.${i + 1}.0/24`));
  network.run(50);
  assert.deepEqual([...here.routes.keys()], ["172.16.1.0/24"]);
});

test("a trial says whom the route was learnt from, or takes it from the table", () => {
  const { here } = heard({ fromNeighbour: ["t1"] });
  const question = { filter: "out", direction: "export" as const, neighbour: "listener" };
  const held = here.speaker.survey.askFilter({
    ...{ ...question, prefix: prefix("172.16.1.0/24"), route: undefined },
  });
  assert.ok(typeof held !== "string");
  assert.deepEqual(
    held.map(({ from, then }) => [from, then]),
    [["t1", "accept"]],
  );
  const [path] = [...here.speaker.survey.paths(0, here.id("172.16.2.0/24"))];
  const attributes = here.attributes.get(path.attributes);
  const given = (from: string | undefined) =>
    here.speaker.survey.askFilter({
      ...{ ...question, prefix: prefix("10.0.0.0/8") },
      route: { attributes, source: "ebgp", from },
    });
  const verdict = (from: string | undefined): string => {
    const answers = given(from);
    return typeof answers === "string" ? answers : answers[0].then;
  };
  assert.equal(verdict("t1"), "accept");
  assert.equal(verdict("t2"), "reject");
  assert.equal(verdict(undefined), "reject");
  assert.equal(verdict("nobody"), "no peer is called nobody");
});
