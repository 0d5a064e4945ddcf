import assert from "node:assert/strict";
import { test } from "node:test";
import { formatAddress } from "../route/index.ts";
import type { FibSettings } from "./index.ts";
import { Harness } from "./harness.test.ts";

function start(changes: Partial<FibSettings> = {}): Harness {
  const harness = new Harness(changes);
  harness.kernel.addLink(1, "eth0", ["10.0.1.1/24", "fd00:1::1/64", "fe80::1/64"]);
  harness.kernel.addLink(2, "eth1", ["10.0.2.1/24"]);
  return harness;
}

/** "eth0 10.0.1.2 0", or the reason why not. */
function resolve(harness: Harness, text: string): string {
  if (harness.submitted.length === 0 && harness.events.length === 0) harness.kernel.dump();
  const id = harness.hop(text);
  harness.fib.trackNextHop(id);
  harness.drain();
  const view = harness.fib.nextHop(id);
  assert.ok(view !== undefined);
  if (!view.reachable) return view.reason;
  const gateway = view.gateway === undefined ? "-" : formatAddress(view.gateway);
  return `${view.interface} ${gateway}${view.onlink ? " onlink" : ""} ${view.metric}`;
}

test("directly connected", () => {
  assert.equal(resolve(start(), "10.0.1.2"), "eth0 10.0.1.2 0");
  assert.equal(resolve(start(), "fd00:1::2"), "eth0 fd00:1::2 0");
});

test("link-local with its interface, and never without", () => {
  assert.equal(resolve(start(), "fe80::2%1"), "eth0 fe80::2 0");
  assert.match(resolve(start(), "fe80::2"), /without an interface/);
  assert.match(resolve(start(), "fe80::1%1"), /own address/);
});

test("through the gateway of a static or default route, with its metric", () => {
  const harness = start();
  const gateway = harness.kernel.address("10.0.2.9");
  harness.kernel.addForeign("0.0.0.0/0", 100, [{ interface: 2, gateway }], { protocol: 16 });
  assert.equal(resolve(harness, "192.0.2.1"), "eth1 10.0.2.9 100");
  const other = harness.kernel.address("10.0.1.9");
  harness.kernel.addForeign("192.0.2.0/24", 0, [{ interface: 1, gateway: other }]);
  assert.equal(resolve(harness, "192.0.2.1"), "eth0 10.0.1.9 1");
});

test("a gateway that is itself behind another route", () => {
  const harness = start();
  const [far, near] = ["203.0.113.1", "10.0.2.9"].map((text) => harness.kernel.address(text));
  harness.kernel.addForeign("192.0.2.0/24", 0, [{ interface: 2, gateway: far }]);
  harness.kernel.addForeign("203.0.113.0/24", 0, [{ interface: 2, gateway: near }]);
  assert.equal(resolve(harness, "192.0.2.1"), "eth1 10.0.2.9 1");
});

test("routes in a circle", () => {
  const harness = start();
  const [a, b] = ["203.0.113.1", "192.0.2.1"].map((text) => harness.kernel.address(text));
  harness.kernel.addForeign("192.0.2.0/24", 0, [{ interface: 2, gateway: a }]);
  harness.kernel.addForeign("203.0.113.0/24", 0, [{ interface: 2, gateway: b }]);
  assert.match(resolve(harness, "192.0.2.1"), /circle/);
});

test("on-link by configuration, once the interface is there", () => {
  const prefix = start().kernel.prefix("192.0.2.0/24");
  const harness = start({ onlink: [{ prefix, interface: "eth7" }] });
  assert.equal(resolve(harness, "192.0.2.1"), "interface eth7 is down");
  harness.kernel.addLink(7, "eth7", []);
  assert.equal(resolve(harness, "192.0.2.1"), "eth7 192.0.2.1 onlink 0");
});

test("on-link for everything yields to what is connected elsewhere, not to the default route", () => {
  const prefix = start().kernel.prefix("0.0.0.0/0");
  const harness = start({ onlink: [{ prefix, interface: "eth0" }] });
  const gateway = harness.kernel.address("10.0.2.9");
  harness.kernel.addForeign("0.0.0.0/0", 100, [{ interface: 2, gateway }]);
  assert.equal(resolve(harness, "192.0.2.1"), "eth0 192.0.2.1 onlink 0");
  assert.equal(resolve(harness, "10.0.2.7"), "eth1 10.0.2.7 0");
  harness.kernel.setLink(1, true, false);
  assert.equal(resolve(harness, "192.0.2.1"), "eth1 10.0.2.9 100");
});

test("never this node's own address, nor what is no router's", () => {
  assert.match(resolve(start(), "10.0.2.1"), /own address/);
  assert.match(resolve(start(), "127.0.0.1"), /not the address of a router/);
  assert.match(resolve(start(), "224.0.0.5"), /not the address of a router/);
  assert.match(resolve(start(), "198.51.100.1"), /no route/);
});

test("a link without carrier is not usable; another way is taken", () => {
  const harness = start();
  const gateway = harness.kernel.address("10.0.2.9");
  harness.kernel.addForeign("0.0.0.0/0", 100, [{ interface: 2, gateway }]);
  assert.equal(resolve(harness, "10.0.1.2"), "eth0 10.0.1.2 0");
  harness.kernel.setLink(1, true, false);
  assert.equal(resolve(harness, "10.0.1.2"), "eth1 10.0.2.9 100");
});

test("an address that becomes this node's own is no next hop any more", () => {
  const harness = start();
  assert.equal(resolve(harness, "10.0.1.2"), "eth0 10.0.1.2 0");
  const address = harness.kernel.address("10.0.1.2");
  harness.fib.fact({ kind: "address", interface: 2, address, length: 32 }, 0);
  assert.match(resolve(harness, "10.0.1.2"), /own address/);
  harness.fib.fact({ kind: "address", interface: 2, address, length: 32, gone: true }, 0);
  assert.equal(resolve(harness, "10.0.1.2"), "eth0 10.0.1.2 0");
});
