import assert from "node:assert/strict";
import { test } from "node:test";
import type { NeighbourConfig } from "./config.ts";
import { address, Network, prefix } from "./simulation.test.ts";
import type { Node } from "./simulation.test.ts";
import { UNTRACED } from "./trace.ts";

const A = "192.0.2.1";
const B = "192.0.2.2";

/** Before anything has happened. */
function pair(more: Partial<NeighbourConfig> = {}): { network: Network; left: Node; right: Node } {
  const network = new Network();
  const left = network.node(A, {
    ...{ asn: 65001, routerId: 1 },
    neighbours: [{ name: "b", address: address(B), asn: 65002, holdTime: 9 }],
  });
  const right = network.node(B, {
    ...{ asn: 65002, routerId: 2 },
    neighbours: [{ name: "a", address: address(A), asn: 65001, passive: true, ...more }],
  });
  return { network, left, right };
}

function traces(node: Node): string[] {
  return node.events
    .filter(({ level }) => level === "trace")
    .map(({ neighbour = "", name, text }) => `${neighbour}: ${name}: ${text}`);
}

test("a session step by step, and nothing where nobody has asked", () => {
  const { network, left, right } = pair();
  assert.equal(left.speaker.trace("b", { states: true, events: true, packets: true }), "done");
  left.originate("172.16.1.0/24");
  network.run(2000);
  assert.deepEqual(traces(left).slice(0, 7), [
    "b: connection-step: connected to 192.0.2.2 from 192.0.2.1",
    "b: message: sent OPEN",
    "b: session-state: Connect -> OpenSent",
    "b: message: received OPEN",
    "b: message: sent KEEPALIVE",
    "b: session-state: OpenSent -> OpenConfirm",
    "b: message: received KEEPALIVE",
  ]);
  assert.ok(traces(left).some((text) => text.startsWith("b: message: sent UPDATE")));
  const steps = left.events.filter(({ name }) => name === "session-state").slice(1);
  assert.ok(
    steps.every(({ level }) => level === "trace"),
    "each is told once",
  );
  assert.deepEqual(traces(right), []);

  left.events.length = 0;
  assert.equal(left.speaker.trace("b", UNTRACED), "done");
  left.speaker.restart("b", network.now);
  network.run(10_000);
  assert.deepEqual(traces(left), []);
  assert.equal(left.speaker.trace("nobody", UNTRACED), "unknown");
});

test("what comes together is counted by its type", () => {
  const { network, left, right } = pair();
  network.run(2000);
  right.speaker.trace("a", { ...UNTRACED, packets: true });
  const keepalive = Uint8Array.from([...Array<number>(16).fill(0xff), 0, 19, 4]);
  left.inject(right, Uint8Array.from([...keepalive, ...keepalive, ...keepalive]));
  network.run(10);
  const [event] = right.events.filter(({ name }) => name === "message");
  assert.equal(event.text, "received KEEPALIVE, 3 of them");
  assert.deepEqual(event.fields, { type: "KEEPALIVE", count: 3 });
});

test("attempts that fail: each of them, where one line a minute is usual", () => {
  const { network, left, right } = pair();
  network.cut(left, right);
  left.speaker.trace("b", { ...UNTRACED, events: true });
  network.run(50_000);
  const attempts = left.events.filter(({ name }) => name === "session-attempt-failed");
  const steps = traces(left).filter((text) => !/connecting/.test(text));
  assert.equal(attempts.length, 1);
  assert.ok(traces(left).includes("b: connection-step: connecting to 192.0.2.2, port 179"));
  assert.ok(steps.length >= 1);
  assert.ok(steps.every((text) => text === `b: connection-step: ${attempts[0].text}`));
});

test("of a range: those who are there, and those who come", () => {
  const { network, left, right } = pair({
    ...{ address: undefined, range: prefix("192.0.2.0/24") },
  });
  right.speaker.trace("a", { ...UNTRACED, states: true });
  network.run(2000);
  const [first] = traces(right);
  assert.match(first, /^a.+: session-state: /);
  right.speaker.trace("a", UNTRACED);
  right.events.length = 0;
  left.speaker.restart("b", network.now);
  network.run(2000);
  assert.deepEqual(traces(right), []);
});
