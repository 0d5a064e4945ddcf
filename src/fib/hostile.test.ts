/** Orders of events that others, or the kernel by itself, can bring about. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type FibSettings, DUMP_KINDS, FIRST_OBJECT } from "./index.ts";
import { Harness } from "./harness.test.ts";

function start(changes: Partial<FibSettings> = {}): Harness {
  const harness = new Harness(changes);
  harness.kernel.addLink(1, "eth0", ["10.0.1.1/24"]);
  harness.kernel.addLink(2, "eth1", ["10.0.2.1/24"]);
  harness.kernel.dump();
  harness.drain();
  return harness;
}

function paths(harness: Harness, prefix: string): string[] | undefined {
  const route = harness.kernel.ownRoute(prefix);
  return route === undefined ? undefined : harness.kernel.pathsOf(route);
}

test("a link that is renamed while it is up leads no further by its old name", () => {
  const prefix = new Harness().kernel.prefix("0.0.0.0/0");
  const harness = start({ onlink: [{ prefix, interface: "eth1" }] });
  harness.want("198.51.1.0/24", ["192.0.2.1"]);
  harness.drain();
  assert.deepEqual(paths(harness, "198.51.1.0/24"), ["2 192.0.2.1"]);
  const link = { index: 2, name: "uplink", up: true, running: true, mtu: 1500, master: 0 };
  harness.fib.fact({ kind: "link", ...link, mac: new Uint8Array(6), linkKind: "veth" }, 0);
  harness.drain();
  assert.equal(harness.status("198.51.1.0/24").status, "unresolved");
  assert.equal(paths(harness, "198.51.1.0/24"), undefined);
});

test("a link that goes while its next hop is on the way to another takes the routes along", () => {
  const harness = start();
  const { kernel } = harness;
  kernel.addForeign("192.0.2.0/24", 5, [{ interface: 1, gateway: kernel.address("10.0.1.9") }]);
  harness.want("198.51.1.0/24", ["192.0.2.1"]);
  harness.drain();
  kernel.addForeign("192.0.2.0/24", 4, [{ interface: 2, gateway: kernel.address("10.0.2.9") }]);
  while (harness.deliver());
  assert.ok(harness.take(), "one object is to be replaced in place");
  kernel.setLink(1, true, false);
  assert.equal(kernel.ownRoutes().length, 0, "the kernel drops the object and its route");
  harness.drain();
  assert.deepEqual(paths(harness, "198.51.1.0/24"), ["2 10.0.2.9"]);
});

test("likewise when the kernel has refused the new place, and the old one goes later", () => {
  const harness = start();
  const { kernel } = harness;
  kernel.addForeign("192.0.2.0/24", 5, [{ interface: 1, gateway: kernel.address("10.0.1.9") }]);
  harness.want("198.51.1.0/24", ["192.0.2.1"]);
  harness.drain();
  kernel.inject = () => 1;
  kernel.addForeign("192.0.2.0/24", 4, [{ interface: 2, gateway: kernel.address("10.0.2.9") }]);
  harness.drain();
  kernel.setLink(1, true, false);
  harness.drain();
  assert.equal(kernel.ownRoutes().length, 0);
  kernel.inject = () => 0;
  harness.quiesce();
  assert.deepEqual(paths(harness, "198.51.1.0/24"), ["2 10.0.2.9"]);
});

test("a route of ours that we did not know of is no rival: it is taken over", () => {
  const harness = start();
  harness.want("198.51.1.0/24", ["10.0.1.2"]);
  harness.drain();
  const [route] = harness.kernel.ownRoutes();
  // Somebody deleted it while it was being written again: his word comes late.
  harness.fib.fact(
    { kind: "own-route-gone", table: 254, prefix: route.prefix, metric: route.metric },
    0,
  );
  harness.drain();
  assert.equal(harness.status("198.51.1.0/24").status, "installed");
  assert.equal(harness.events.filter(({ kind }) => kind === "route-failed").length, 0);
});

test("after an overrun nothing is asked before everything has been read again", () => {
  const harness = start();
  harness.fib.overrun();
  harness.want("198.51.1.0/24", ["10.0.1.2"]);
  assert.equal(harness.take(), false);
  for (const what of DUMP_KINDS) {
    assert.equal(harness.take(), false);
    harness.kernel.dump([what]);
    while (harness.deliver());
  }
  harness.drain();
  assert.equal(harness.status("198.51.1.0/24").status, "installed");
});

test("an object of ours that somebody rewrites is written again", () => {
  const harness = start();
  harness.want("198.51.1.0/24", ["10.0.1.2"]);
  harness.drain();
  const [object] = harness.kernel.nexthops.values();
  const stray = harness.kernel.address("10.0.1.66");
  object.gateway = stray;
  const content = { family: 0, interface: 1, gateway: stray, onlink: false } as const;
  const fact = { kind: "nexthop", id: object.id, protocol: 3, ...content } as const;
  harness.fib.fact({ ...fact, blackhole: false }, 0);
  harness.drain();
  assert.deepEqual(paths(harness, "198.51.1.0/24"), ["1 10.0.1.2"]);
});

test("a group of ours whose members somebody gives other weights has equal ones again", () => {
  for (const backup of ["", "10.0.2.2"]) {
    const harness = start();
    harness.want("198.51.1.0/24", ["10.0.1.2", "10.0.1.3"], backup);
    harness.drain();
    const weights = () =>
      [...harness.kernel.nexthops.values()].flatMap(({ members = [] }) =>
        members.map(({ weight }) => weight),
      );
    const ours = weights();
    assert.ok(ours.length >= 2);
    const groups = [...harness.kernel.nexthops.values()].filter(({ members }) => members);
    harness.kernel.reweigh(groups[0].id);
    assert.notDeepEqual(weights(), ours);
    harness.drain();
    assert.deepEqual(weights(), ours);
    // And one that was so when an earlier run ended.
    harness.kernel.reweigh(groups[0].id);
    harness.restart();
    harness.drain();
    harness.resend();
    harness.fib.startSweep();
    harness.quiesce();
    assert.deepEqual(weights(), ours);
    assert.equal(harness.status("198.51.1.0/24").status, "installed");
    assert.deepEqual(harness.kernel.violations, []);
  }
});

test("somebody's object in our range of ids is never ours, though a route of ours leads over it", () => {
  const harness = new Harness();
  harness.kernel.addLink(1, "eth0", ["10.0.1.1/24"]);
  harness.want("198.51.1.0/24", ["10.0.1.2"]);
  harness.kernel.dump();
  harness.drain();
  const [object] = harness.kernel.nexthops.values();
  assert.equal(object.id, FIRST_OBJECT);
  harness.kernel.nexthops.set(object.id, { ...object, protocol: 3 });
  harness.restart();
  harness.drain();
  harness.resend();
  harness.fib.startSweep();
  harness.quiesce();
  assert.equal(harness.kernel.nexthops.get(FIRST_OBJECT)?.protocol, 3);
  assert.equal(harness.status("198.51.1.0/24").status, "installed");
  assert.notEqual(harness.kernel.ownRoute("198.51.1.0/24")?.nexthop, FIRST_OBJECT);
});

test("of two old objects with the same content the one that is left serves", () => {
  const harness = start();
  harness.want("198.51.1.0/24", ["10.0.1.2"]);
  harness.drain();
  const { kernel } = harness;
  const [object] = kernel.nexthops.values();
  kernel.nexthops.set(object.id + 7, { ...object, id: object.id + 7 });
  harness.restart();
  harness.drain();
  // Somebody has asked for it, so that the old ones are sorted.
  harness.want("198.51.2.0/24", ["10.0.1.77"]);
  harness.drain();
  kernel.deleteNexthop(object.id);
  while (harness.deliver());
  kernel.counts.clear();
  harness.resend();
  harness.drain();
  assert.equal(kernel.counts.get("nexthop"), undefined);
  assert.equal(kernel.ownRoute("198.51.1.0/24")?.nexthop, object.id + 7);
});

test("a pause for want of memory leaves no deadline in the past", () => {
  const harness = start();
  harness.kernel.inject = () => 105;
  harness.want("198.51.1.0/24", ["10.0.1.2"]);
  harness.drain();
  harness.kernel.inject = () => 0;
  harness.quiesce();
  harness.want("198.51.2.0/24", ["10.0.1.2"]);
  assert.ok(harness.fib.nextDeadline() > harness.now);
});

test("routes of another metric go when the new ones are there, or by the sweep", () => {
  const harness = start();
  harness.want("198.51.1.0/24", ["10.0.1.2"]);
  harness.want("198.51.2.0/24", ["10.0.1.2"]);
  harness.drain();
  harness.restart({ metric: 50 });
  harness.wanted.delete("198.51.2.0/24");
  harness.resend();
  harness.drain();
  const metrics = (): number[] => harness.kernel.ownRoutes().map(({ metric }) => metric);
  assert.deepEqual(metrics(), [50, 32]);
  let short = 3;
  harness.kernel.inject = () => (short-- > 0 ? 105 : 0);
  harness.fib.startSweep();
  harness.quiesce();
  assert.deepEqual(metrics(), [50]);
});

test("what could not be removed keeps the end waiting", () => {
  const harness = start();
  harness.want("198.51.1.0/24", ["10.0.1.2"]);
  harness.drain();
  harness.fib.removeAll();
  assert.ok(harness.take());
  const [batch] = harness.submitted.splice(0);
  const error = { index: batch.before.length, errno: 1, message: "not permitted" };
  harness.fib.result({ id: batch.id, errors: [error] }, harness.now);
  while (harness.take());
  assert.equal(harness.fib.idle, false);
  assert.ok(harness.fib.inKernel() > 0);
  harness.quiesce();
  assert.equal(harness.fib.inKernel(), 0);
  assert.equal(harness.kernel.ownRoutes().length, 0);
  assert.equal(harness.kernel.nexthops.size, 0);
  assert.equal(harness.fib.idle, true);
});

test("a link with two addresses of one subnet goes at once, addresses and all", () => {
  const harness = new Harness();
  harness.kernel.addLink(1, "eth0", ["10.0.1.1/24", "10.0.1.9/24", "fd00:1::1/64", "fd00:1::9/64"]);
  harness.kernel.dump();
  harness.want("198.51.1.0/24", ["10.0.1.2"]);
  harness.drain();
  assert.equal(harness.status("198.51.1.0/24").status, "installed");
  // Events were lost: that it is gone is only known from what the next dump of links does not say.
  harness.fib.dumpBegin("links");
  harness.fib.dumpEnd("links", 0);
  harness.drain();
  assert.equal(harness.status("198.51.1.0/24").status, "unresolved");
  assert.deepEqual([...harness.fib.interfaces()], []);
});
