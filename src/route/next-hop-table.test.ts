import assert from "node:assert/strict";
import { test } from "node:test";
import { Address, IPV4, IPV6, NextHopTable } from "./index.ts";
import { NO_ROOM } from "./next-hop-table.ts";

const GATEWAY = { family: IPV4, w0: 0xc0a80101, w1: 0, w2: 0, w3: 0 } as const;
const LINK_LOCAL = { family: IPV6, w0: 0xfe800000, w1: 0, w2: 0, w3: 1 } as const;

test("a routed next hop is one, whatever link it was learnt on; a link-local one is one a link", () => {
  const table = new NextHopTable();
  const gateway = table.intern(GATEWAY, 2);
  assert.ok(gateway >= 1);
  assert.equal(table.intern(GATEWAY, 3), gateway);
  assert.deepEqual(table.get(gateway), {
    address: new Address(IPV4, 0xc0a80101),
    linkLocal: undefined,
    interface: 0,
  });
  const onTwo = table.intern(LINK_LOCAL, 2);
  assert.notEqual(table.intern(LINK_LOCAL, 3), onTwo);
  assert.equal(table.get(onTwo).interface, 2);
});

test("a global next hop with a link-local one besides is not the one without (RFC 2545 §3)", () => {
  const table = new NextHopTable();
  const global = { family: IPV6, w0: 0x20010db8, w1: 0, w2: 0, w3: 1 } as const;
  const plain = table.intern(global, 2);
  const both = table.intern({ ...global, linkLocal: [0xfe800000, 0, 0, 1] }, 2);
  assert.notEqual(both, plain);
  assert.equal(table.get(plain).interface, 0);
  assert.deepEqual(table.get(both), {
    address: new Address(IPV6, 0x20010db8, 0, 0, 1),
    linkLocal: new Address(IPV6, 0xfe800000, 0, 0, 1),
    interface: 2,
  });
});

test("ids are counted and used again; 0 is nobody's", () => {
  const table = new NextHopTable();
  const id = table.intern(GATEWAY, 0);
  table.hold(id, 2);
  table.release(id);
  assert.ok(table.has(id));
  table.release(id);
  assert.ok(!table.has(id));
  assert.equal(table.size, 0);
  assert.throws(() => table.get(id), /does not exist/);
  assert.throws(() => table.release(id), /more often than held/);
  assert.equal(table.intern(LINK_LOCAL, 1), id);
  table.hold(0);
  table.release(0, 5);
});

test("a neighbour gets half of the room, and gets it back; this node always has some", () => {
  const table = new NextHopTable(0, 4);
  const at = (w0: number, owner: number): number =>
    table.intern({ family: IPV4, w0, w1: 0, w2: 0, w3: 0 }, 0, owner);
  const first = at(1, 7);
  assert.ok(first > 0 && at(2, 7) > 0);
  assert.equal(at(3, 7), NO_ROOM);
  assert.equal(at(2, 8), at(2, 7), "one that is there costs nobody anything");
  assert.ok(at(3, 8) > 0 && at(4, 8) > 0);
  assert.equal(at(5, 9), NO_ROOM);
  assert.ok(at(5, 0) > 0);
  table.release(first, 0);
  assert.ok(at(6, 7) > 0);
});
