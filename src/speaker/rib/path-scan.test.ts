import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { PathScan } from "./path-scan.ts";

/** Walks until every path is found or the slots are used up; the slots that were found. */
function walk(scan: PathScan, nextHops: readonly number[]): number[] {
  const found: number[] = [];
  while (scan.ahead > 0 && !scan.isSatisfied) {
    const path = scan.step();
    if (nextHops[path] !== 0 && scan.find(nextHops[path])) found.push(path);
  }
  return found;
}

/** Slot 0 is not used; the next hops of the paths 1, 2, ... */
function scanOver(nextHops: readonly number[]): PathScan {
  const scan = new PathScan();
  nextHops.forEach((nextHop, path) => {
    if (nextHop !== 0) scan.add(nextHop, path);
  });
  return scan;
}

test("a walk goes from the newest path to the oldest and ends with the last that it looks for", () => {
  const nextHops = [0, 1, 2, 3, 1, 3];
  const scan = scanOver(nextHops);
  scan.request(3);
  ok(scan.hasRequests);
  scan.start(nextHops.length);
  ok(!scan.hasRequests);
  deepEqual(walk(scan, nextHops), [5, 3]);
  equal(scan.ahead, 2);
});

test("paths that come and go ahead of the walk count", () => {
  const nextHops = [0, 3, 1, 3, 1, 3];
  const scan = scanOver(nextHops);
  scan.request(3);
  scan.start(nextHops.length);
  ok(scan.find(nextHops[scan.step()])); // 5
  scan.remove(1, 2);
  scan.add(3, 2);
  nextHops[2] = 3;
  deepEqual(walk(scan, nextHops), [3, 2, 1]);
});

test("what goes ahead of the walk is not waited for", () => {
  const nextHops = [0, 1, 3, 1, 3];
  const scan = scanOver(nextHops);
  scan.request(3);
  scan.start(nextHops.length);
  ok(scan.find(nextHops[scan.step()])); // 4
  scan.remove(3, 2);
  nextHops[2] = 0;
  ok(scan.isSatisfied);
});

test("what comes and goes behind the walk does not count", () => {
  for (const isRemoved of [false, true]) {
    const nextHops = [0, 3, 3, 3];
    const scan = scanOver(nextHops);
    scan.request(3);
    scan.start(nextHops.length + 1);
    equal(scan.step(), 4);
    ok(scan.find(nextHops[scan.step()])); // 3
    if (isRemoved) scan.remove(3, 3);
    else scan.add(3, 4);
    deepEqual(walk(scan, nextHops), [2, 1]);
    ok(scan.isSatisfied);
  }
});

test("what is asked for during a walk waits for the next one, also a second time", () => {
  const nextHops = [0, 1, 2, 1];
  const scan = scanOver(nextHops);
  scan.request(1);
  scan.start(nextHops.length);
  ok(scan.find(nextHops[scan.step()]));
  scan.request(1);
  scan.request(1);
  scan.request(2);
  deepEqual(walk(scan, nextHops), [1]);
  ok(scan.hasRequests);
  scan.start(nextHops.length);
  deepEqual(walk(scan, nextHops), [3, 2, 1]);
  scan.end();
  ok(!scan.hasRequests);
  equal(scan.ahead, 0);
});

test("a next hop without paths is not looked for", () => {
  const scan = scanOver([0, 1]);
  scan.request(7);
  scan.request(1000);
  ok(!scan.hasRequests);
});
