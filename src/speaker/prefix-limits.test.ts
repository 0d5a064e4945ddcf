import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePrefixRange } from "../route/index.ts";
import type { PrefixLimits } from "./prefix-limits.ts";
import { address, Network } from "./simulation.test.ts";
import type { Node } from "./simulation.test.ts";

const A = "192.0.2.1";
const B = "192.0.2.2";

function pods(first: number, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `172.16.${first + i}.0/24`);
}

/** `left` announces, `right` has the limits; from 172.16.100.0 on its filter takes nothing. */
function pair(maxPrefixes: PrefixLimits): { network: Network; left: Node; right: Node } {
  const network = new Network();
  const left = network.node(A, {
    asn: 65001,
    routerId: 1,
    neighbours: [{ name: "b", address: address(B), asn: 65002 }],
  });
  const high = parsePrefixRange("172.16.100.0/22 le 32");
  assert.ok(high);
  const right = network.node(B, {
    asn: 65002,
    routerId: 2,
    filters: [
      {
        name: "low",
        rules: [{ match: { prefix: [high] }, then: "reject" }, { then: "accept" }],
      },
    ],
    neighbours: [{ name: "a", address: address(A), asn: 65001, import: "low", maxPrefixes }],
  });
  network.run(500);
  return { network, left, right };
}

function said(node: Node, name: string): number {
  return node.events.filter((event) => event.name === name).length;
}

function announce(net: ReturnType<typeof pair>, ...prefixes: string[]): void {
  net.left.originate(...prefixes);
  net.network.run(50);
}

test("warn: it is said, once a minute, and nothing else happens", () => {
  const net = pair({ received: 4, action: "warn", warnAt: 50 });
  announce(net, ...pods(1, 2));
  assert.equal(said(net.right, "limit-near"), 0);
  announce(net, ...pods(3, 1));
  assert.equal(said(net.right, "limit-near"), 1);
  announce(net, ...pods(4, 2));
  announce(net, ...pods(6, 2));
  assert.equal(said(net.right, "limit-exceeded"), 1);
  assert.equal(net.right.routes.size, 7);
  assert.equal(said(net.left, "session-down"), 0);
});

test("block: what is too many is not taken, what is there may change and make room", () => {
  const net = pair({ received: 3, action: "block" });
  announce(net, ...pods(1, 5));
  assert.equal(net.right.routes.size, 3);
  assert.equal(said(net.right, "limit-exceeded"), 1);
  const [counters] = net.right.neighbour("a").families;
  assert.deepEqual([counters?.updatesBlocked, counters?.updatesReceived], [2, 5]);
  const kept = [...net.right.routes.keys()];
  net.left.withdraw(kept[0]);
  announce(net, ...pods(9, 1));
  assert.deepEqual([...net.right.routes.keys()].sort(), [kept[1], kept[2], ...pods(9, 1)].sort());
  assert.equal(net.right.prefixes[0].size, 3, "no prefix is kept for what was not taken");
});

test("block: routes beyond the limit of accepted ones are kept as rejected, and stay so", () => {
  const net = pair({ accepted: 2, action: "block" });
  announce(net, ...pods(100, 4));
  assert.equal(net.right.routes.size, 0, "the filter rejects them: they do not count");
  announce(net, ...pods(1, 3));
  assert.equal(net.right.routes.size, 2);
  assert.equal(net.right.neighbour("a").families[0]?.updatesBlocked, 1);
  net.right.change("a", { import: undefined });
  net.network.run(50);
  assert.equal(net.right.routes.size, 2, "a filter that takes more does not lift the limit");
});

test("restart: accepted routes count by themselves, and the session comes back after the rest", () => {
  const net = pair({ received: 100, accepted: 2, action: "restart", after: 60_000 });
  announce(net, ...pods(100, 4), ...pods(1, 2));
  assert.equal(said(net.left, "session-down"), 0);
  announce(net, ...pods(3, 1));
  const [down] = net.left.events.filter(({ name }) => name === "session-down");
  assert.deepEqual([down.fields?.code, down.fields?.subcode], [6, 1]);
  net.left.withdraw(...pods(3, 1));
  net.network.run(59_000);
  assert.notEqual(net.right.state("a"), "Established", "not even when the neighbour connects");
  net.network.run(130_000);
  assert.equal(net.right.state("a"), "Established");
  assert.equal(net.right.routes.size, 2);
});
