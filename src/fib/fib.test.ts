import assert from "node:assert/strict";
import { test } from "node:test";
import { HOLDER } from "../route/index.ts";
import { type FibEvent, type FibSettings, ROUTE_WORDS } from "./index.ts";
import { Harness } from "./harness.test.ts";
import { OURS } from "./kernel-model.test.ts";

function start(changes: Partial<FibSettings> = {}): Harness {
  const harness = new Harness(changes);
  harness.kernel.addLink(1, "eth0", ["10.0.1.1/24", "fd00:1::1/64", "fe80::1/64"]);
  harness.kernel.addLink(2, "eth1", ["10.0.2.1/24"]);
  harness.kernel.dump();
  harness.drain();
  harness.events.length = 0;
  return harness;
}

function kinds(harness: Harness, kind: FibEvent["kind"]): FibEvent[] {
  return harness.events.filter((event) => event.kind === kind);
}

function operations(harness: Harness, run: () => void): Record<string, number> {
  harness.kernel.counts.clear();
  run();
  return Object.fromEntries(
    [...harness.kernel.counts].filter(([kind]) => !kind.includes("sysctl")),
  );
}

function paths(harness: Harness, prefix: string): string[] | undefined {
  const route = harness.kernel.ownRoute(prefix);
  return route === undefined ? undefined : harness.kernel.pathsOf(route);
}

test("nothing is asked of the kernel before every dump has ended", () => {
  const harness = new Harness();
  harness.want("198.51.100.0/24", ["10.0.1.2"]);
  assert.equal(harness.take(), false);
  harness.fib.dumpBegin("links");
  harness.fib.dumpEnd("links", 0);
  assert.equal(harness.take(), false);
});

test("one next hop needs one object, and ten routes no more", () => {
  const harness = start();
  const asked = operations(harness, () => {
    for (let i = 0; i < 10; i++) harness.want(`198.51.${i}.0/24`, ["10.0.1.2"]);
    harness.drain();
  });
  assert.deepEqual(asked, { nexthop: 1, "route 1": 10 });
  assert.equal(harness.status("198.51.3.0/24").status, "installed");
});

test("the routes are counted with pauses, and what comes meanwhile does no harm", () => {
  const harness = start();
  for (let i = 0; i < 40_000; i++) {
    harness.want(`198.${i >> 16}.${(i >> 8) & 255}.${i & 255}/32`, ["10.0.1.2"]);
  }
  harness.want("198.51.100.0/24", ["172.16.0.1"]); // nobody knows the way
  harness.drain();
  const { wanted, inKernel, unresolved, stale } = harness.fib.summary();
  assert.equal(harness.fib.hasStale(), false);
  assert.deepEqual(
    { wanted, inKernel, unresolved, stale },
    { wanted: [40_001, 0], inKernel: [40_000, 0], unresolved: 1, stale: 0 },
  );
  const steps = harness.fib.counting();
  let step = steps.next();
  let pauses = 0;
  for (; step.done !== true; step = steps.next()) {
    if (++pauses > 1) continue;
    // Many more: the columns are made anew.
    for (let i = 0; i < 40_000; i++) harness.want(`fd00::${i.toString(16)}/128`, ["fd00:1::2"]);
  }
  assert.ok(pauses >= 4);
  assert.deepEqual(step.value.wanted, [40_001, 40_000]);
});

test("a dead best next hop is one group replacement, whatever the routes, and back again", () => {
  const harness = start();
  for (let i = 0; i < 50; i++) harness.want(`198.51.${i}.0/24`, ["10.0.1.2"], "10.0.2.2");
  harness.drain();
  assert.deepEqual(paths(harness, "198.51.7.0/24"), ["1 10.0.1.2"]);
  const failover = operations(harness, () => {
    harness.kernel.addForeign("10.0.1.2/32", 1, [{ interface: 2, gateway: address(harness) }]);
    harness.kernel.removeForeign("10.0.1.2/32", 1);
    blackhole(harness, "10.0.1.2/32", true);
    harness.drain();
  });
  assert.deepEqual(paths(harness, "198.51.7.0/24"), ["2 10.0.2.2"]);
  // The dead single goes at last, when no group has it any more.
  assert.deepEqual(failover, { "nexthop-group": 1, "nexthop-delete": 1 });
  const back = operations(harness, () => {
    blackhole(harness, "10.0.1.2/32", false);
    harness.drain();
  });
  assert.deepEqual(paths(harness, "198.51.7.0/24"), ["1 10.0.1.2"]);
  assert.deepEqual(back, { nexthop: 1, "nexthop-group": 1 });
});

test("a backup on another link stands by in the kernel: a link that goes costs no route", () => {
  const harness = start();
  for (let i = 0; i < 50; i++) harness.want(`198.51.${i}.0/24`, ["10.0.1.2"], "10.0.2.2");
  harness.want("198.51.100.0/24", ["10.0.1.2", "10.0.1.3"], "10.0.2.2");
  harness.drain();
  assert.deepEqual(paths(harness, "198.51.7.0/24"), ["1 10.0.1.2"]);
  assert.deepEqual(paths(harness, "198.51.100.0/24"), ["1 10.0.1.2", "1 10.0.1.3"]);
  harness.kernel.setLink(1, true, false);
  // Nobody but the kernel has done anything yet.
  assert.deepEqual(paths(harness, "198.51.7.0/24"), ["2 10.0.2.2"]);
  assert.deepEqual(paths(harness, "198.51.100.0/24"), ["2 10.0.2.2"]);
  const asked = operations(harness, () => harness.drain());
  assert.deepEqual(asked, { "nexthop-delete": 2 });
  const back = operations(harness, () => {
    harness.kernel.setLink(1, true, true);
    harness.drain();
  });
  assert.deepEqual(paths(harness, "198.51.7.0/24"), ["1 10.0.1.2"]);
  assert.deepEqual(back, { nexthop: 2, "nexthop-group": 2 });
});

test("where groups are not resilient a link that goes takes the routes along, and they come back", () => {
  const harness = start({ resilientGroups: false });
  harness.want("198.51.100.0/24", ["10.0.1.2"], "10.0.2.2");
  harness.drain();
  harness.kernel.setLink(1, true, false);
  assert.equal(harness.kernel.ownRoute("198.51.100.0/24"), undefined);
  harness.drain();
  assert.deepEqual(paths(harness, "198.51.100.0/24"), ["2 10.0.2.2"]);
});

test("a backup that comes to life later joins the group; one over the same link never does", () => {
  const harness = start();
  harness.kernel.setLink(2, false, false);
  harness.want("198.51.1.0/24", ["10.0.1.2"], "10.0.2.2");
  harness.want("198.51.2.0/24", ["10.0.1.2"], "10.0.1.3");
  harness.drain();
  assert.deepEqual(groupSizes(harness), [1, 1]);
  harness.kernel.setLink(2, true, true);
  harness.drain();
  assert.deepEqual(groupSizes(harness), [1, 2]);
});

test("a backup whose object has to wait joins the group when that is there", () => {
  const harness = start();
  harness.kernel.inject = () => 1;
  harness.want("198.51.9.0/24", ["10.0.2.2"]);
  harness.drain();
  harness.kernel.inject = () => 0;
  harness.want("198.51.1.0/24", ["10.0.1.2"], "10.0.2.2");
  harness.drain();
  assert.deepEqual(paths(harness, "198.51.1.0/24"), ["1 10.0.1.2"]);
  assert.deepEqual(groupSizes(harness), [1]);
  harness.advance(1000);
  assert.deepEqual(groupSizes(harness), [2]);
});

test("a restart takes a group with its backup over as it is, with its link gone too", () => {
  for (const isLost of [false, true]) {
    const harness = start();
    for (let i = 0; i < 20; i++) harness.want(`198.51.${i}.0/24`, ["10.0.1.2"], "10.0.2.2");
    harness.drain();
    if (isLost) harness.kernel.setLink(1, true, false);
    harness.restart();
    const asked = operations(harness, () => {
      harness.resend();
      harness.drain();
      harness.fib.startSweep();
      harness.drain();
    });
    assert.deepEqual(asked, {});
    assert.deepEqual(paths(harness, "198.51.7.0/24"), [isLost ? "2 10.0.2.2" : "1 10.0.1.2"]);
  }
});

test("a group of another kind, or with other weights, is not taken over; its routes move first", () => {
  for (const content of [
    { weights: [255, 1], buckets: 32 },
    { weights: [255, 2], buckets: 64 },
    { weights: [1, 1], buckets: 64 },
    { weights: [255, 1], buckets: undefined },
  ]) {
    const harness = start();
    harness.want("198.51.7.0/24", ["10.0.1.2"], "10.0.2.2");
    harness.drain();
    const group = [...harness.kernel.nexthops.values()].find(({ members }) => members);
    assert.ok(group?.members !== undefined);
    const members = group.members.map(({ id }, i) => ({ id, weight: content.weights[i] }));
    const { id, buckets } = { ...group, ...content };
    harness.kernel.nexthops.set(id, { ...group, members, buckets });
    harness.restart();
    harness.resend();
    harness.drain();
    assert.deepEqual(paths(harness, "198.51.7.0/24"), ["1 10.0.1.2"]);
    harness.fib.startSweep();
    harness.drain();
    assert.ok(!harness.kernel.nexthops.has(id));
    assert.deepEqual(harness.kernel.violations, []);
  }
});

test("a group that somebody makes anew as one of the other kind is left for another id", () => {
  for (const backup of ["10.0.2.2", ""]) {
    for (const inFlight of [false, true]) {
      const harness = start();
      harness.want("198.51.7.0/24", ["10.0.1.2", "10.0.1.3"], backup);
      harness.drain();
      const groups = () =>
        [...harness.kernel.nexthops.values()].filter(({ members }) => members !== undefined);
      const [{ id, buckets }] = groups();
      if (inFlight) {
        harness.want("198.51.8.0/24", ["10.0.1.4"]);
        harness.kernel.setLink(2, true, false);
        harness.take();
      }
      harness.kernel.remakeGroup(id);
      harness.drain();
      harness.quiesce();
      assert.deepEqual(paths(harness, "198.51.7.0/24"), ["1 10.0.1.2", "1 10.0.1.3"]);
      assert.equal(harness.status("198.51.7.0/24").status, "installed");
      assert.equal(groups().length, 1);
      assert.equal(groups()[0].buckets, buckets);
      assert.equal(operations(harness, () => harness.advance(600_000))["nexthop-group"], undefined);
      assert.deepEqual(harness.kernel.violations, []);
    }
  }
});

test("where the kernel refuses a resilient group, another one does, and that is said once", () => {
  const harness = start();
  harness.kernel.refusesResilient = true;
  harness.want("198.51.7.0/24", ["10.0.1.2"], "10.0.2.2");
  harness.drain();
  harness.quiesce();
  assert.deepEqual(paths(harness, "198.51.7.0/24"), ["1 10.0.1.2"]);
  const said = kinds(harness, "operation-failed").map((event) =>
    event.kind === "operation-failed" ? event.message : "",
  );
  assert.deepEqual(said, ["errno 95", "errno 95; its backup stands by no more"]);
  assert.equal(operations(harness, () => harness.advance(600_000))["nexthop-group"], undefined);
  harness.kernel.setLink(1, false, false);
  harness.drain();
  assert.deepEqual(paths(harness, "198.51.7.0/24"), ["2 10.0.2.2"]);
});

test("a backup does not stand by beside more next hops than there are buckets to share out", () => {
  const harness = start({ multipath: 128 });
  const best = Array.from({ length: 100 }, (_, i) => `10.0.1.${i + 2}`);
  harness.want("198.51.100.0/24", best, "10.0.2.2");
  harness.want("198.51.101.0/24", best.slice(0, 16), "10.0.2.2");
  harness.drain();
  assert.equal(paths(harness, "198.51.100.0/24")?.length, 100);
  assert.equal(paths(harness, "198.51.101.0/24")?.length, 16);
  harness.kernel.setLink(1, true, false);
  harness.drain();
  for (const prefix of ["198.51.100.0/24", "198.51.101.0/24"]) {
    assert.deepEqual(paths(harness, prefix), ["2 10.0.2.2"]);
  }
});

test("the kernel's memory for resilient groups is bounded, and what is beyond goes without", () => {
  const harness = start();
  const prefixes = Array.from({ length: 4200 }, (_, i) => `198.${i >> 8}.${i & 255}.0/24`);
  for (const [i, prefix] of prefixes.entries()) {
    harness.want(prefix, [`10.0.1.${2 + (i % 70)}`], `10.0.2.${20 + Math.floor(i / 70)}`);
  }
  harness.drain();
  const groups = [...harness.kernel.nexthops.values()].filter(({ members }) => members);
  assert.equal(groups.length, 4200);
  const resilient = groups.filter(({ buckets }) => buckets !== undefined).length;
  assert.ok(resilient > 4000 && resilient <= 4096, `${resilient}`);
  harness.kernel.setLink(1, true, false);
  harness.drain();
  for (const [i, prefix] of prefixes.entries()) {
    assert.deepEqual(paths(harness, prefix), [`2 10.0.2.${20 + Math.floor(i / 70)}`]);
  }
});

/** Members of each group in the kernel. */
function groupSizes({ kernel }: Harness): number[] {
  const groups = [...kernel.nexthops.values()].flatMap(({ members }) => members?.length ?? []);
  return groups.sort((a, b) => a - b);
}

function address(harness: Harness) {
  return harness.kernel.address("10.0.2.9");
}

/** A blackhole over a next hop makes it unreachable without any link changing. */
function blackhole(harness: Harness, text: string, add: boolean): void {
  const fact = {
    kind: "route",
    prefix: harness.kernel.prefix(text),
    table: 254,
    protocol: 4,
    type: 6,
    scope: 0,
    metric: 1,
    hops: [],
    gone: !add,
  } as const;
  harness.fib.fact(fact, harness.now);
}

test("a router that BFD has lost is dead at once, whatever the routes, until it is found again", () => {
  const harness = start();
  for (let i = 0; i < 50; i++) harness.want(`198.51.${i}.0/24`, ["10.0.1.2", "10.0.2.2"]);
  harness.drain();
  const router = harness.kernel.address("10.0.1.2");
  const failover = operations(harness, () => {
    harness.fib.setLost(router, 1, true);
    harness.drain();
  });
  assert.deepEqual(paths(harness, "198.51.7.0/24"), ["2 10.0.2.2"]);
  assert.deepEqual(failover, { "nexthop-group": 1, "nexthop-delete": 1 });
  // What is resolved anew meanwhile stays dead: links say nothing about it.
  harness.kernel.addForeign("10.0.1.2/32", 1, [{ interface: 1 }]);
  harness.drain();
  assert.deepEqual(paths(harness, "198.51.7.0/24"), ["2 10.0.2.2"]);
  harness.fib.setLost(router, 1, false);
  harness.drain();
  assert.deepEqual(paths(harness, "198.51.7.0/24"), ["1 10.0.1.2", "2 10.0.2.2"]);
});

test("a next hop that nobody stands for any more is dead at once; the speaker is told nothing", () => {
  const harness = start();
  for (let i = 0; i < 50; i++) harness.want(`198.51.${i}.0/24`, ["10.0.1.2"], "10.0.2.2");
  const hop = harness.hop("10.0.1.2");
  harness.fib.trackNextHop(hop);
  harness.drain();
  harness.events.length = 0;
  const failover = operations(harness, () => {
    harness.fib.setAbandoned(hop, true);
    harness.drain();
  });
  assert.deepEqual(paths(harness, "198.51.7.0/24"), ["2 10.0.2.2"]);
  assert.deepEqual(failover, { "nexthop-group": 1, "nexthop-delete": 1 });
  harness.fib.setAbandoned(hop, false);
  harness.drain();
  assert.deepEqual(paths(harness, "198.51.7.0/24"), ["1 10.0.1.2"]);
  assert.deepEqual(
    harness.events.filter(({ kind }) => kind === "next-hop"),
    [],
  );
  // Asked about anew, it is what the kernel says.
  harness.fib.setAbandoned(hop, true);
  harness.fib.untrackNextHop(hop);
  harness.fib.trackNextHop(hop);
  harness.drain();
  assert.deepEqual(paths(harness, "198.51.7.0/24"), ["1 10.0.1.2"]);
});

test("routes whose next hop is dead leave by strides, as those that nobody wants", () => {
  const harness = start();
  for (let i = 0; i < 64; i++) harness.want(`198.51.100.${i}/32`, ["10.0.1.2"]);
  harness.drain();
  harness.fib.setAbandoned(harness.hop("10.0.1.2"), true);
  for (let looks = 0; looks < 200; looks++) harness.fib.takeEvents(harness.now);
  const { routes, count } = harness.fib.takeBatch(1000, harness.now)!;
  assert.equal(count, 64);
  const lanes = Array.from({ length: 64 }, (_, i) => routes[i * ROUTE_WORDS + 2] & 15);
  const [first] = lanes;
  assert.deepEqual(
    lanes,
    Array.from({ length: 64 }, (_, i) => (first + (i >> 2)) & 15),
  );
});

test("a gateway that BFD has lost takes the next hops behind it along", () => {
  const harness = start();
  const router = harness.kernel.address("10.0.1.9");
  harness.kernel.addForeign("203.0.113.0/24", 0, [{ interface: 1, gateway: router }]);
  harness.want("198.51.1.0/24", ["203.0.113.7"]);
  harness.drain();
  assert.equal(harness.status("198.51.1.0/24").status, "installed");
  harness.fib.setLost(router, 1, true);
  harness.drain();
  assert.equal(harness.status("198.51.1.0/24").status, "unresolved");
  assert.match(harness.status("198.51.1.0/24").reason, /BFD does not reach 10\.0\.1\.9/);
});

test("a next hop that moves to another gateway is one replacement in place", () => {
  const harness = start();
  const [one, two] = ["10.0.1.9", "10.0.2.9"].map((text) => harness.kernel.address(text));
  harness.kernel.addForeign("192.0.2.0/24", 5, [{ interface: 1, gateway: one }]);
  for (let i = 0; i < 20; i++) harness.want(`198.51.${i}.0/24`, ["192.0.2.1"]);
  harness.drain();
  assert.deepEqual(paths(harness, "198.51.3.0/24"), ["1 10.0.1.9"]);
  const asked = operations(harness, () => {
    harness.kernel.addForeign("192.0.2.0/24", 4, [{ interface: 2, gateway: two }]);
    harness.drain();
  });
  assert.deepEqual(asked, { nexthop: 1 });
  assert.deepEqual(paths(harness, "198.51.3.0/24"), ["2 10.0.2.9"]);
});

test("routes that the kernel drops with a link in silence are put back when it is up", () => {
  const harness = start();
  harness.want("198.51.1.0/24", ["10.0.1.2"]);
  harness.drain();
  harness.kernel.setLink(1, false, false);
  harness.drain();
  assert.equal(harness.status("198.51.1.0/24").status, "unresolved");
  assert.match(harness.status("198.51.1.0/24").reason, /^interface \S+ is down$/);
  assert.equal(harness.kernel.nexthops.size, 0);
  harness.kernel.setLink(1, true, true);
  harness.drain();
  assert.deepEqual(paths(harness, "198.51.1.0/24"), ["1 10.0.1.2"]);
});

test("a link flap that is over before anybody looks still costs the routes, and they come back", () => {
  const harness = start();
  harness.want("198.51.1.0/24", ["10.0.1.2"]);
  harness.drain();
  harness.kernel.setLink(1, true, false);
  harness.kernel.setLink(1, true, true);
  while (harness.deliver());
  assert.equal(harness.kernel.ownRoutes().length, 0);
  harness.drain();
  assert.deepEqual(paths(harness, "198.51.1.0/24"), ["1 10.0.1.2"]);
});

test("somebody's route in the way is reported with its owner, spared, and succeeded", () => {
  const harness = start();
  harness.kernel.addForeign("198.51.1.0/24", 32, [{ interface: 2 }], { protocol: 12 });
  harness.want("198.51.1.0/24", ["10.0.1.2"]);
  harness.drain();
  const [event] = kinds(harness, "route-failed");
  assert.ok(event?.kind === "route-failed");
  assert.equal(event.owner, "bird");
  const { status, owner, reason } = harness.status("198.51.1.0/24");
  assert.deepEqual([status, owner], ["failed", "bird"]);
  assert.match(reason, /EEXIST/);
  harness.advance(5000);
  assert.equal(kinds(harness, "route-failed").length, 1);
  harness.kernel.removeForeign("198.51.1.0/24", 32);
  harness.drain();
  assert.deepEqual(paths(harness, "198.51.1.0/24"), ["1 10.0.1.2"]);
});

test("a connected IPv6 subnet is never taken over, though its metric is above ours", () => {
  const harness = start();
  harness.want("fd00:1::/64", ["fe80::9%1"]);
  harness.drain();
  assert.equal(harness.kernel.ownRoutes().length, 0);
  const { status, owner } = harness.status("fd00:1::/64");
  assert.deepEqual([status, owner], ["failed", "kernel"]);
});

test("a pod that lives here is not taken away by a neighbour's route to it, whatever the metrics", () => {
  const harness = start();
  const pod = "fd10:1::5/128";
  harness.kernel.addForeign(pod, 1024, [{ interface: 2 }], { protocol: 3 });
  harness.want(pod, ["fe80::9%1"]);
  harness.drain();
  assert.equal(harness.kernel.ownRoutes().length, 0);
  const { status, owner } = harness.status(pod);
  assert.deepEqual([status, owner], ["failed", "boot"]);
  // It has moved away.
  harness.kernel.removeForeign(pod, 1024);
  harness.drain();
  assert.equal(harness.kernel.ownRoutes().length, 1);
  // Somebody's route to it over a router is no pod.
  harness.kernel.addForeign(pod, 1024, [
    { interface: 2, gateway: harness.kernel.address("fe80::7") },
  ]);
  harness.drain();
  assert.equal(harness.kernel.ownRoutes().length, 1);
});

test("a restart adopts what is right, changes what differs, and sweeps only when told", () => {
  const harness = start();
  for (let i = 0; i < 10; i++) harness.want(`198.51.${i}.0/24`, ["10.0.1.2", "10.0.2.2"]);
  harness.want("198.51.100.0/24", ["10.0.2.2"]);
  harness.drain();
  const ids = [...harness.kernel.nexthops.keys()].sort();
  harness.restart();
  harness.wanted.delete("198.51.9.0/24");
  harness.wanted.set("198.51.8.0/24", {
    ...{ best: ["10.0.1.2"], backup: "", table: 0, metric: 0 },
  });
  const asked = operations(harness, () => {
    harness.drain();
    harness.resend();
    harness.drain();
  });
  assert.deepEqual(asked, { "route 2": 1 });
  assert.ok(paths(harness, "198.51.9.0/24") !== undefined);
  assert.deepEqual([...harness.kernel.nexthops.keys()].sort(), ids);
  const swept = operations(harness, () => {
    harness.fib.startSweep();
    harness.quiesce();
  });
  assert.deepEqual(swept, { "route 3": 1 });
  assert.equal(harness.kernel.ownRoutes().length, 10);
});

test("routes of an earlier run with another metric are swept", () => {
  const harness = start();
  harness.want("198.51.1.0/24", ["10.0.1.2"]);
  harness.drain();
  const list = harness.kernel.routes.get("198.51.1.0/24");
  assert.ok(list !== undefined);
  list[0] = { ...list[0], metric: 77 };
  harness.restart();
  harness.drain();
  assert.equal(list.length, 1);
  harness.fib.startSweep();
  harness.drain();
  assert.equal(list.length, 0);
});

test("nexthop objects that another daemon deletes are restored with their routes", () => {
  const harness = start();
  for (let i = 0; i < 10; i++) harness.want(`198.51.${i}.0/24`, ["10.0.1.2"]);
  harness.drain();
  const [id] = harness.kernel.nexthops.keys();
  harness.kernel.deleteNexthop(id);
  assert.equal(harness.kernel.ownRoutes().length, 0);
  harness.drain();
  assert.equal(harness.kernel.ownRoutes().length, 10);
  harness.advance(200);
  assert.deepEqual(kinds(harness, "nexthops-removed"), [
    { kind: "nexthops-removed", count: 1, id, routes: 10 },
  ]);
});

test("a flush of all nexthop objects is told in one event", () => {
  const harness = start();
  for (let i = 0; i < 60; i++) harness.want(`198.51.${i}.0/24`, [`10.0.1.${2 + (i % 20)}`]);
  harness.drain();
  const ids = [...harness.kernel.nexthops.keys()];
  for (const id of ids) {
    harness.kernel.deleteNexthop(id);
    while (harness.deliver());
    harness.take();
  }
  harness.drain();
  harness.advance(200);
  assert.equal(harness.kernel.ownRoutes().length, 60);
  assert.deepEqual(kinds(harness, "nexthops-removed"), [
    { kind: "nexthops-removed", count: 20, id: ids[0], routes: 60 },
  ]);
});

test("a route of ours that somebody deletes is put back", () => {
  const harness = start();
  harness.want("198.51.1.0/24", ["10.0.1.2"]);
  harness.drain();
  harness.kernel.deleteOwnRoute("198.51.1.0/24");
  harness.drain();
  assert.deepEqual(paths(harness, "198.51.1.0/24"), ["1 10.0.1.2"]);
  harness.advance(200);
  assert.deepEqual(kinds(harness, "routes-removed"), [
    { kind: "routes-removed", count: 1, prefix: "198.51.1.0/24" },
  ]);
});

test("a shortage of memory pauses all routes and loses none", () => {
  const harness = start();
  harness.kernel.inject = () => 105;
  for (let i = 0; i < 10; i++) harness.want(`198.51.${i}.0/24`, ["10.0.1.2"]);
  harness.drain();
  assert.equal(harness.kernel.ownRoutes().length, 0);
  harness.kernel.inject = () => 0;
  harness.drain();
  assert.equal(harness.kernel.ownRoutes().length, 0, "the pause is not over");
  harness.quiesce();
  assert.equal(harness.kernel.ownRoutes().length, 10);
});

test("a next hop that the kernel refuses is down until the kernel agrees", () => {
  const harness = start();
  const id = harness.hop("10.0.1.2");
  harness.fib.trackNextHop(id);
  harness.kernel.inject = () => 101;
  harness.want("198.51.1.0/24", ["10.0.1.2"]);
  harness.drain();
  const told = kinds(harness, "next-hop").map(
    (event) => event.kind === "next-hop" && event.state.reachable,
  );
  assert.deepEqual(told, [true, false]);
  assert.equal(harness.status("198.51.1.0/24").status, "unresolved");
  harness.advance(3000);
  harness.kernel.inject = () => 0;
  harness.quiesce();
  assert.equal(harness.status("198.51.1.0/24").status, "installed");
  assert.equal(kinds(harness, "next-hop").length, 3, "retries in between are nobody's business");
});

test("a prefix is held until the kernel has let go of it, and not longer", () => {
  const harness = start();
  harness.want("198.51.1.0/24", ["10.0.1.2"]);
  harness.drain();
  const id = harness.id("198.51.1.0/24");
  harness.want("198.51.1.0/24", []);
  assert.equal(harness.prefixes[0].holders(id), HOLDER.FIB);
  harness.drain();
  assert.equal(harness.id("198.51.1.0/24"), -1);
  harness.quiesce();
  assert.equal(harness.kernel.nexthops.size, 0);
});

test("blocks get a blackhole, and are announced when it is there", () => {
  const pool = ["172.16.0.0/12", "fd10::/16"].map((text) => prefixOf(text));
  const blocks = ["172.16.1.0/24", "fd10:1::/64"].map((text) => prefixOf(text));
  const pods = { pool, blocks, interfaces: ["veth*"], advertise: "both" } as const;
  const harness = new Harness({ pods });
  harness.kernel.dump();
  while (harness.deliver());
  assert.ok(harness.take());
  assert.deepEqual(kinds(harness, "own-route"), []);
  harness.drain();
  const own = harness.kernel.ownRoutes();
  // The IPv6 one must lose against a bridge's connected route (256).
  assert.deepEqual(
    own.map(({ type, metric }) => [type, metric]),
    [
      [6, 32],
      [6, 4096],
    ],
  );
  assert.equal(kinds(harness, "own-route").length, 2);
  harness.restart();
  assert.deepEqual(
    operations(harness, () => harness.drain()),
    {},
  );
  harness.fib.configure({ ...harness.settings, pods: { ...pods, advertise: "hosts" } });
  harness.drain();
  assert.equal(harness.kernel.ownRoutes().length, 0);
});

test("where a prefix leads is the first of what was asked for last, in the kernel or not", () => {
  const harness = start();
  const TO = "198.51.1.0/24";
  const led = (): number => harness.fib.leadsTo(0, harness.id(TO));
  harness.want(TO, ["10.0.1.2", "10.0.2.2"]);
  assert.equal(led(), harness.hop("10.0.1.2"));
  harness.drain();
  assert.equal(led(), harness.hop("10.0.1.2"));
  harness.want(TO, ["10.0.2.2"]);
  assert.equal(led(), harness.hop("10.0.2.2"));
  harness.want(TO, []);
  assert.equal(led(), 0, "while it is still there");
});

function prefixOf(text: string) {
  return new Harness().kernel.prefix(text);
}

test("down leaves nothing of ours behind, and others' things alone", () => {
  const harness = start();
  harness.want("198.51.1.0/24", ["10.0.1.2"], "10.0.2.2");
  harness.want("2001:db8::/32", ["fe80::9%1"]);
  harness.kernel.addForeign("198.51.2.0/24", 32, [{ interface: 2 }]);
  harness.drain();
  assert.equal(harness.fib.inKernel(), 6);
  harness.fib.removeAll();
  assert.equal(harness.fib.idle, false);
  assert.equal(harness.fib.inKernel(), 6);
  harness.drain();
  assert.equal(harness.fib.idle, true);
  assert.equal(harness.fib.inKernel(), 0);
  assert.equal(harness.kernel.nexthops.size, 0);
  assert.equal(harness.kernel.ownRoutes().length, 0);
  const others = [...harness.kernel.routes.values()].flat().filter((r) => r.protocol !== OURS);
  assert.equal(others.length, 5);
});

test("without nexthop objects the routes of a changed path list are written again", () => {
  const harness = start({ nexthopObjects: false });
  harness.want("198.51.1.0/24", ["10.0.1.2", "10.0.2.2"]);
  harness.drain();
  assert.deepEqual(paths(harness, "198.51.1.0/24"), ["1 10.0.1.2", "2 10.0.2.2"]);
  const asked = operations(harness, () => {
    blackhole(harness, "10.0.1.2/32", true);
    harness.drain();
  });
  assert.deepEqual(paths(harness, "198.51.1.0/24"), ["2 10.0.2.2"]);
  assert.equal(asked["route 2"], 1);
});

test("without nexthop objects a restart writes no route that leads where it shall", () => {
  const harness = start({ nexthopObjects: false });
  for (let i = 0; i < 5; i++) harness.want(`198.51.${i}.0/24`, ["10.0.1.2"]);
  for (let i = 5; i < 10; i++) harness.want(`198.51.${i}.0/24`, ["10.0.1.2", "10.0.2.2"]);
  for (let i = 10; i < 15; i++) harness.want(`198.51.${i}.0/24`, ["10.0.1.3"], "10.0.2.2");
  harness.want("2001:db8::/32", ["fd00:1::2"]);
  harness.drain();
  harness.restart();
  const asked = operations(harness, () => {
    harness.drain();
    harness.resend();
    harness.want("198.51.12.0/24", ["10.0.2.2"]);
    harness.drain();
    harness.fib.startSweep();
    harness.quiesce();
  });
  assert.equal(asked["route 1"], undefined);
  assert.equal(asked["route 2"], 1);
  assert.equal(asked["route 3"], undefined);
  assert.deepEqual(paths(harness, "198.51.3.0/24"), ["1 10.0.1.2"]);
  assert.deepEqual(paths(harness, "198.51.8.0/24"), ["1 10.0.1.2", "2 10.0.2.2"]);
  assert.deepEqual(paths(harness, "198.51.12.0/24"), ["2 10.0.2.2"]);
  assert.equal(harness.status("198.51.14.0/24").status, "installed");
  const failover = operations(harness, () => {
    blackhole(harness, "10.0.1.3/32", true);
    harness.drain();
  });
  assert.equal(failover["route 2"], 4, "what was taken over is followed like anything else");
  assert.deepEqual(paths(harness, "198.51.14.0/24"), ["2 10.0.2.2"]);
});

test("without nexthop objects those of a run with them are removed by the sweep, and not before", () => {
  const harness = start();
  for (let i = 0; i < 5; i++) harness.want(`198.51.${i}.0/24`, ["10.0.1.2"]);
  for (let i = 5; i < 10; i++) harness.want(`198.51.${i}.0/24`, ["10.0.1.2", "10.0.2.2"]);
  harness.drain();
  const gone = harness.wanted.get("198.51.9.0/24");
  assert.ok(gone !== undefined);
  harness.wanted.delete("198.51.9.0/24");
  harness.restart({ nexthopObjects: false });
  harness.drain();
  harness.resend();
  harness.quiesce();
  assert.equal(harness.kernel.nexthops.size, 3, "an old route may still lead over them");
  assert.equal(harness.kernel.ownRoute("198.51.3.0/24")?.nexthop, 0);
  assert.notEqual(harness.kernel.ownRoute("198.51.9.0/24")?.nexthop, 0);
  harness.fib.startSweep();
  harness.quiesce();
  assert.equal(harness.kernel.nexthops.size, 0);
  assert.equal(harness.kernel.ownRoute("198.51.9.0/24"), undefined);
  for (let i = 0; i < 9; i++) assert.equal(harness.status(`198.51.${i}.0/24`).status, "installed");
  assert.deepEqual(harness.kernel.violations, []);
  assert.deepEqual(harness.violations, []);
});

test("old nexthop objects that go with their link take their routes along, plain ones follow", () => {
  const harness = start();
  harness.want("198.51.1.0/24", ["10.0.1.2"]);
  harness.drain();
  harness.restart({ nexthopObjects: false });
  harness.drain();
  harness.kernel.setLink(1, true, false);
  harness.kernel.setLink(1, true, true);
  harness.resend();
  harness.quiesce();
  assert.deepEqual(paths(harness, "198.51.1.0/24"), ["1 10.0.1.2"]);
  harness.fib.startSweep();
  harness.quiesce();
  assert.equal(harness.kernel.nexthops.size, 0);
  assert.equal(harness.status("198.51.1.0/24").status, "installed");
});

test("a pure reflector resolves next hops and installs nothing", () => {
  const harness = start({ install: false });
  harness.fib.trackNextHop(harness.hop("10.0.1.2"));
  harness.want("198.51.1.0/24", ["10.0.1.2"]);
  harness.quiesce();
  assert.equal(harness.kernel.ownRoutes().length, 0);
  assert.equal(harness.status("198.51.1.0/24").reason, "kernel.install is off");
  assert.equal(harness.fib.nextHop(harness.hop("10.0.1.2"))?.reachable, true);
});

test("routes that go with an address, in silence, resolve nothing any more", () => {
  const harness = start();
  const { kernel } = harness;
  const gateway = kernel.address("10.0.2.9");
  const source = kernel.address("10.0.3.1");
  kernel.addAddress(1, "10.0.3.1", 24);
  kernel.addForeign("192.0.2.0/24", 5, [{ interface: 2, gateway }]);
  kernel.addForeign("203.0.113.0/24", 5, [{ interface: 2, gateway }], { source });
  harness.want("198.51.1.0/24", ["192.0.2.1"]);
  harness.want("198.51.2.0/24", ["203.0.113.1"]);
  harness.drain();
  kernel.removeAddress(1, "10.0.3.1");
  harness.drain();
  assert.equal(harness.status("198.51.2.0/24").reason, "no route to 203.0.113.1");
  assert.equal(harness.status("198.51.1.0/24").status, "installed");
  kernel.removeAddress(2, "10.0.2.1");
  kernel.addAddress(2, "10.0.2.1", 24);
  harness.drain();
  assert.equal(harness.status("198.51.1.0/24").reason, "no route to 192.0.2.1");
});

test("a foreign route put before ours is spared, and ours counts again when it is gone", () => {
  const harness = start();
  harness.want("198.51.1.0/24", ["10.0.1.2"]);
  harness.drain();
  harness.kernel.addForeign("198.51.1.0/24", 32, [{ interface: 2 }], { prepend: true });
  harness.drain();
  assert.equal(harness.status("198.51.1.0/24").owner, "static");
  harness.kernel.removeForeign("198.51.1.0/24", 32);
  harness.drain();
  assert.equal(harness.status("198.51.1.0/24").status, "installed");
  harness.want("198.51.1.0/24", ["10.0.2.2"]);
  harness.drain();
  assert.deepEqual(paths(harness, "198.51.1.0/24"), ["2 10.0.2.2"]);
  assert.deepEqual(harness.kernel.violations, []);
});
