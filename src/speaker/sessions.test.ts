import assert from "node:assert/strict";
import { test } from "node:test";
import { address, Network } from "./simulation.test.ts";

test("a neighbour that comes anew every few seconds, each time deaf to us: one line a minute", () => {
  const [here, there] = [address("192.0.2.1"), address("192.0.2.2")];
  const peer = { name: "deaf", address: there, asn: 65002, passive: true, ttlSecurity: 1 };
  const config = { asn: 65001, routerId: 1, neighbours: [peer] };
  const { speaker } = new Network().node("192.0.2.1", config);
  const said = Array.from({ length: 60 }, (_, i) => {
    // After 3.9 and 2.1 s in turn: not always in the same words.
    const now = 1000 + 3000 * i + (i % 2) * 900;
    const ends = { local: here, remote: there, localPort: 179, remotePort: 40_000 + i };
    const endpoints = { ...ends, interface: 2, nextHopSelf: [here, undefined] as const };
    const acceptance = speaker.accept(endpoints, now);
    assert.equal(acceptance.kind, "accepted");
    speaker.connected(acceptance.connection, endpoints, now);
    return speaker.take();
  })
    .flat()
    .filter((effect) => effect.kind === "event" && effect.name === "session-waiting");
  // The first connection is replaced after 3.9 s, the last one 175 s later.
  assert.deepEqual(
    said.map((effect) => effect.kind === "event" && effect.fields),
    [0, 19, 19].map((suppressed) => ({ cause: "open-timeout", suppressed })),
  );
});
