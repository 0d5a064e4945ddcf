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
