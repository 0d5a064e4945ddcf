// What happens to a route or a next hop while something about it is under way.

import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { Harness } from "./harness.test.ts";

const PREFIX = "198.51.100.0/24";
const A = "10.0.1.2";
const B = "10.0.2.2";

function start(nexthopObjects = true): Harness {
  const harness = new Harness({ nexthopObjects });
  harness.kernel.addLink(1, "eth1", ["10.0.1.1/24"]);
  harness.kernel.addLink(2, "eth2", ["10.0.2.1/24"]);
  harness.kernel.dump();
  harness.drain();
  return harness;
}

function ways({ kernel }: Harness): string[] {
  const own = kernel.ownRoute(PREFIX);
  return own === undefined ? [] : kernel.pathsOf(own);
}

test("a refused change of a route that the kernel dropped meanwhile does not leave it there", () => {
  const harness = start();
  const { kernel } = harness;
  harness.want(PREFIX, [B]);
  harness.drain();
  // On its way to two next hops, one of which the kernel will not take ...
  kernel.deleteNexthop([...kernel.nexthops.keys()][0]);
  harness.want(PREFIX, [A, B]);
  harness.take();
  kernel.setLink(1, true, false);
  // ... it is heard that what it had has gone, which is made anew, and wanted again.
  harness.deliver();
  harness.take();
  harness.want(PREFIX, [B]);
  harness.quiesce();
  deepEqual(ways(harness), [`2 ${B}`]);
});

test("a route that is to go is not taken for an earlier run's when its dump comes first", () => {
  const harness = start(false);
  harness.want(PREFIX, [A]);
  harness.drain();
  harness.kernel.messages.push({ kind: "overrun" });
  harness.kernel.dump();
  harness.deliver();
  harness.want(PREFIX, []);
  harness.drain();
  deepEqual(ways(harness), []);
});

test("what becomes of an abandoned next hop is told when it is back", () => {
  const harness = start();
  const id = harness.hop(A);
  harness.fib.trackNextHop(id);
  harness.drain();
  harness.fib.setAbandoned(id, true);
  harness.drain();
  harness.kernel.setLink(1, true, false);
  harness.drain();
  harness.fib.setAbandoned(id, false);
  harness.drain();
  const told = harness.events.filter((event) => event.kind === "next-hop");
  deepEqual(
    told.map(({ state }) => state.reachable),
    [true, false],
  );
});

test("a link that goes while its next hop joins the group again costs no route", () => {
  const harness = start();
  for (let i = 0; i < 20; i++) harness.want(`198.51.${i}.0/24`, ["10.0.1.2"], "10.0.2.2");
  harness.drain();
  harness.kernel.setLink(1, true, false);
  harness.drain();
  harness.kernel.setLink(1, true, true);
  while (harness.deliver());
  while (harness.take());
  while (harness.work());
  const answers = harness.kernel.messages.splice(0);
  // What happens after the last operation and before the answer is read comes before the answer.
  harness.kernel.setLink(1, true, false);
  harness.kernel.messages.push(...answers);
  harness.kernel.counts.clear();
  harness.drain();
  const written = [...harness.kernel.counts.keys()].filter((kind) => kind.startsWith("route"));
  deepEqual(written, []);
  equal(harness.kernel.ownRoutes().length, 20);
  harness.kernel.setLink(1, true, true);
  harness.quiesce();
  const [route] = harness.kernel.ownRoutes();
  deepEqual(harness.kernel.pathsOf(route), ["1 10.0.1.2"]);
});

test("routes that were refused along with their group go with it when it is there", () => {
  const harness = start();
  const { kernel } = harness;
  harness.want(PREFIX, [A, B]);
  harness.take();
  kernel.setLink(1, true, false); // The batch does not know.
  harness.drain();
  deepEqual(ways(harness), [`2 ${B}`]);
  equal(harness.now, 0, "without a wait");
});

test("routes that need nothing any more are looked at in slices", () => {
  const harness = start();
  const { fib, kernel } = harness;
  for (let i = 0; i < 40_000; i++) harness.want(`198.18.${i >> 8}.${i & 255}/32`, [A]);
  harness.drain();
  // Its neighbour is lost and found again before the first route has been taken out.
  for (const isLost of [true, false]) {
    fib.setLost(kernel.address(A), 0, isLost);
    fib.takeEvents(harness.now);
  }
  let slices = 0;
  do {
    const batch = fib.takeBatch(100, harness.now);
    equal(batch?.count ?? 0, 0, "no route is touched");
    if (batch !== undefined) harness.submitted.push(batch);
    slices++;
  } while (fib.isLooking);
  ok(slices >= 3);
  harness.drain();
  equal(fib.idle, true);
  equal(kernel.ownRoutes().length, 40_000);
});

test("routes whose nexthop object somebody has taken away are not counted as leading nowhere", () => {
  const harness = start();
  const { fib, kernel } = harness;
  for (let i = 0; i < 64; i++) harness.want(`198.51.100.${i}/32`, [A]);
  harness.drain();
  for (const id of [...kernel.nexthops.keys()]) kernel.deleteNexthop(id);
  while (harness.deliver());
  fib.takeEvents(harness.now);
  equal(fib.isLooking, true, "they have not been looked at yet");
  equal(fib.summary().unresolved, 0);
  harness.drain();
  equal(kernel.ownRoutes().length, 64);
});
