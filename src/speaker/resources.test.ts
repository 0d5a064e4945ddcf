// A neighbour that sends without end loses its session, and nobody else does.

import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeAttributes, pathAttributes, UpdateWriter } from "bgp-ts";
import { address, Network } from "./simulation.test.ts";
import type { Node, Room } from "./simulation.test.ts";

const HOG = "192.0.2.1";
const HERE = "192.0.2.2";
const OTHER = "192.0.2.3";
const POD = "172.16.1.0/24";

/** A node between a neighbour that is going to send too much and one that is not. */
function between(room: Room) {
  const network = new Network();
  const peer = (name: string, at: string, asn: number) => ({ name, address: address(at), asn });
  const node = (at: string, asn: number, neighbours: ReturnType<typeof peer>[], own?: Room) =>
    network.node(at, { asn, routerId: asn, neighbours }, 1, own);
  const hog = node(HOG, 65001, [peer("here", HERE, 65002)]);
  const here = node(HERE, 65002, [peer("hog", HOG, 65001), peer("other", OTHER, 65003)], room);
  const other = node(OTHER, 65003, [peer("here", HERE, 65002)]);
  network.run(500);
  other.originate(POD);
  network.run(50);
  assert.deepEqual(here.routes.get(POD), [OTHER]);
  return { network, hog, here, other };
}

/** `count` UPDATEs with one prefix each: 100.64.0.0/24 and so on. */
function updates(
  count: number,
  set: (i: number) => { med?: number; nextHop?: number },
): Uint8Array {
  const writer = new UpdateWriter(4096);
  const asPath = [{ type: 2, asns: [65001] }] as const;
  for (let i = 0; i < count; i++) {
    const { med, nextHop = 1 } = set(i);
    const attributes = encodeAttributes(pathAttributes({ asPath, med }), { fourOctetAs: true });
    writer.announce(0, attributes, Uint8Array.of(192, 0, 2, nextHop), false);
    writer.add(0x0b000000 + i * 256, 0, 0, 0, 24, 0);
  }
  return writer.take();
}

/** The hog has been sent this Cease, its routes are gone, and the other's session never ended. */
function assertCeased(net: ReturnType<typeof between>, subcode: number): void {
  const [down] = net.hog.events.filter(({ name }) => name === "session-down");
  assert.deepEqual([down?.fields?.code, down?.fields?.subcode], [6, subcode]);
  assert.notEqual(net.here.state("hog"), "Established");
  assertOnly(net.here);
  assert.deepEqual(
    net.other.eventNames().filter((name) => name === "session-down"),
    [],
  );
}

function assertOnly(node: Node): void {
  assert.deepEqual([...node.routes.keys()], [POD]);
}

test("attribute sets without end: Cease, Out of Resources (RFC 4486 §4)", () => {
  const net = between({ attributes: 20_000 });
  net.hog.inject(
    net.here,
    updates(500, (i) => ({ med: i })),
  );
  net.network.run(50);
  assertCeased(net, 8);
  assert.ok(net.here.attributes.size < 10, "what it sent is gone");
  net.other.originate("172.16.2.0/24");
  net.network.run(50);
  assert.deepEqual(net.here.routes.get("172.16.2.0/24"), [OTHER]);
});

test("next hops without end: Cease, Out of Resources", () => {
  const net = between({ nextHops: 20 });
  net.hog.inject(
    net.here,
    updates(100, (i) => ({ nextHop: 10 + i })),
  );
  net.network.run(50);
  assertCeased(net, 8);
  assert.ok(net.here.nextHops.size <= 4);
});

test("half of the prefixes are one neighbour's limit where it has none of its own", () => {
  const net = between({ prefixes: 20 });
  net.hog.inject(
    net.here,
    updates(10, () => ({})),
  );
  net.network.run(50);
  assert.equal(net.here.state("hog"), "Established");
  net.hog.inject(
    net.here,
    updates(11, () => ({})),
  );
  net.network.run(50);
  assertCeased(net, 1);
});

test("a table that is full ends whoever sends more, whatever its own limit", () => {
  const net = between({ prefixes: 20 });
  const neighbours = net.here.config.neighbours.map((each) => ({
    ...each,
    maxPrefixes: { received: 1000 },
  }));
  net.here.reconfigure({ neighbours });
  net.hog.inject(
    net.here,
    updates(19, () => ({})),
  );
  net.network.run(50);
  assert.equal(net.here.routes.size, 20);
  net.hog.inject(
    net.here,
    updates(20, () => ({})),
  );
  net.network.run(50);
  assertCeased(net, 8);
});
