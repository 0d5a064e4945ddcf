import assert from "node:assert/strict";
import { test } from "node:test";
import { address, Network } from "./simulation.test.ts";

const HERE = "192.0.2.1";
const LEFT = "192.0.2.2";
const RIGHT = "192.0.2.3";
const DEFAULT = "0.0.0.0/0";

test("a default route is announced though there is none, and though there is one, and to nobody else", () => {
  const network = new Network();
  const neighbours = [
    { name: "left", address: address(LEFT), asn: 65002, export: "none", defaultOriginate: true },
    { name: "right", address: address(RIGHT), asn: 65003 },
  ];
  const filters = [{ name: "none", rules: [] }];
  const here = network.node(HERE, { asn: 65001, routerId: 1, filters, neighbours });
  const other = (own: string, asn: number) =>
    network.node(own, {
      ...{ asn, routerId: asn },
      neighbours: [{ name: "here", address: address(HERE), asn: 65001 }],
    });
  const left = other(LEFT, 65002);
  const right = other(RIGHT, 65003);
  network.run(500);
  assert.deepEqual(
    [...left.routes],
    [
      [DEFAULT, [HERE]],
      ["::/0", ["fd00::1"]],
    ],
  );
  assert.deepEqual([...right.routes], []);
  assert.deepEqual([...here.routes], [], "nothing of it is in this node's own table");

  const written = left.written.length;
  right.originate(DEFAULT);
  network.run(50);
  assert.deepEqual(here.routes.get(DEFAULT), [RIGHT], "what it learns is used");
  assert.deepEqual(left.routes.get(DEFAULT), [HERE]);
  right.withdraw(DEFAULT);
  network.run(50);
  assert.deepEqual(left.routes.get(DEFAULT), [HERE]);
  assert.equal(left.written.length, written);

  assert.deepEqual(here.change("left", { defaultOriginate: false }).changed, [
    { name: "left", what: "default route" },
  ]);
  network.run(50);
  assert.deepEqual([...left.routes], []);
  here.change("left", { defaultOriginate: true });
  network.run(50);
  assert.deepEqual(left.routes.get(DEFAULT), [HERE]);
  assert.ok(!here.eventNames().includes("session-down"));
});

test("it takes the place of all paths where several are sent (RFC 7911), and they come back behind it", () => {
  const network = new Network();
  const several = { receive: true, send: "all" } as const;
  const addPath = [several, several] as const;
  const all = { name: "all", rules: [{ then: "accept" }] } as const;
  const left = { name: "left", address: address(LEFT), asn: 65002, export: "all", addPath };
  const others = ["192.0.2.3", "192.0.2.4"];
  const neighbours = [
    { ...left, defaultOriginate: true },
    ...others.map((text, i) => ({ name: text, address: address(text), asn: 65003 + i })),
  ];
  const here = network.node(HERE, { asn: 65001, routerId: 1, filters: [all], neighbours });
  const other = (own: string, asn: number, more = {}) =>
    network.node(own, {
      ...{ asn, routerId: asn },
      neighbours: [{ name: "here", address: address(HERE), asn: 65001, ...more }],
    });
  const listener = other(LEFT, 65002, { addPath });
  const paths = (): string[] =>
    listener.speaker.survey
      .paths(0, listener.id(DEFAULT))
      .map(({ attributes }) => {
        const { asPath } = listener.attributes.get(attributes);
        return asPath.flatMap(({ asns }) => asns).join(" ");
      })
      .sort();
  const origins = others.map((text, i) => other(text, 65003 + i));
  network.run(500);
  assert.deepEqual(paths(), ["65001"]);
  here.change("left", { defaultOriginate: false });
  network.run(50);
  assert.deepEqual(paths(), [], "nothing stays behind of what was there without a path");
  here.change("left", { defaultOriginate: true });
  network.run(50);
  assert.deepEqual(paths(), ["65001"]);
  for (const origin of origins) origin.originate(DEFAULT);
  network.run(50);
  assert.deepEqual(paths(), ["65001"]);
  here.change("left", { defaultOriginate: false });
  network.run(50);
  assert.deepEqual(paths(), ["65001 65003", "65001 65004"]);
  here.change("left", { defaultOriginate: true });
  network.run(50);
  assert.deepEqual(paths(), ["65001"]);
  for (const origin of origins) origin.withdraw(DEFAULT);
  here.change("left", { defaultOriginate: false });
  network.run(50);
  assert.deepEqual(paths(), []);
  assert.equal(here.neighbour("left").traffic.established, 1);
});
