import assert from "node:assert/strict";
import { test } from "node:test";
import { Address, IPV4 } from "../route/index.ts";
import { MOST_NEIGHBOURS, Rib } from "./rib/index.ts";
import { address, Network, prefix } from "./simulation.test.ts";

const HERE = address("192.0.2.1");

test("out of a range come as many neighbours as there is room for beside those configured", () => {
  const neighbours = Array.from({ length: MOST_NEIGHBOURS - 1 }, (_, i) => ({
    name: `n${i}`,
    address: new Address(IPV4, 0x0a000000 + i),
    asn: 65002,
    passive: true,
  }));
  const range = { name: "nodes", range: prefix("192.0.2.0/24"), asn: 65002, max: 100_000 };
  const config = { asn: 65001, routerId: 1, neighbours: [...neighbours, range] };
  const { speaker } = new Network().node("192.0.2.1", config);
  const accept = (from: string, now: number) => {
    const ends = { local: HERE, remote: address(from), localPort: 179, remotePort: 40_000 };
    return speaker.accept({ ...ends, interface: 2, nextHopSelf: [HERE, undefined] }, now);
  };
  assert.equal(accept("192.0.2.2", 1000).kind, "accepted");
  speaker.take();
  const why = "there are 65534 neighbours already, and no room for more";
  assert.deepEqual(accept("192.0.2.3", 1000), { kind: "refused", why });
  const said = speaker.take().map((effect) => effect.kind === "event" && effect.text);
  assert.deepEqual(said, [`connection from 192.0.2.3: ${why}`]);
  assert.equal(accept("192.0.2.2", 2000).kind, "accepted", "it is known");
  assert.equal(accept("10.0.0.7", 2000).kind, "accepted", "it is configured");
  speaker.configure({ ...config, neighbours: [...neighbours.slice(1), range] }, 3000);
  assert.equal(accept("192.0.2.3", 3000).kind, "accepted", "one has gone");
});

test("a session that there is no room for is ended with Cease, and comes up when there is", (t) => {
  const network = new Network();
  const a = network.node("192.0.2.1", {
    asn: 65001,
    routerId: 1,
    neighbours: [{ name: "b", address: address("192.0.2.2"), asn: 65002 }],
  });
  const b = network.node("192.0.2.2", {
    asn: 65002,
    routerId: 2,
    neighbours: [{ name: "a", address: address("192.0.2.1"), asn: 65001, passive: true }],
  });
  const full = t.mock.getter(Rib.prototype, "isFull", () => true);
  const isA = (): boolean => a.state("b") === "Established";
  b.originate("10.2.0.0/24");
  network.run(5000);
  assert.ok(!isA());
  for (const { events } of [a, b]) {
    const down = events.find(({ name }) => name === "session-down");
    assert.match(down?.text ?? "", /Out of Resources.*no room for more neighbours/i);
  }
  assert.ok(!a.events.some(({ name }) => name === "session-up"));
  full.mock.restore();
  network.run(120_000);
  assert.ok(isA());
  assert.deepEqual(a.routes.get("10.2.0.0/24"), ["192.0.2.2"]);
});
