import assert from "node:assert/strict";
import { test } from "node:test";
import { PathStore } from "./path-store.ts";

interface Path {
  readonly prefix: number;
  readonly source: number;
  readonly pathId: number;
  readonly sendId: number;
  readonly since: number;
}

const fresh = (n: number, pathId = 0): Path => ({
  ...{ prefix: n * 3, source: n & 0xff, pathId, sendId: 0, since: n ^ 0x55555 },
});

function added(store: PathStore, wanted: Path): number {
  const path = store.add(wanted.prefix, wanted.source, wanted.pathId);
  store.since[path] = wanted.since;
  store.received[path] = wanted.since + 1;
  store.accepted[path] = wanted.since + 2;
  store.setEpoch(path, wanted.source);
  if (wanted.sendId !== 0) store.setSendId(path, wanted.sendId);
  return path;
}

function assertHolds(store: PathStore, path: number, wanted: Path): void {
  const { prefix, source, since, received, accepted } = store;
  assert.deepEqual(
    {
      ...{ prefix: prefix[path], source: source[path], since: since[path] },
      ...{ pathId: store.pathId(path), sendId: store.sendId(path) },
    },
    wanted,
  );
  assert.deepEqual([received[path], accepted[path]], [wanted.since + 1, wanted.since + 2]);
  assert.equal(store.epoch(path), wanted.source);
}

test("paths stay what they are while the columns grow, each at its own time", () => {
  const store = new PathStore();
  const model = new Map<number, Path>();
  for (let n = 0; n < 20_000; n++) {
    // Path identifiers come late, and those that are sent later still, at lengths between doublings.
    const pathId = n > 3300 ? n : 0;
    const sendId = n > 9000 ? n & 0xffff : 0;
    const wanted = { ...fresh(n, pathId), sendId };
    model.set(added(store, wanted), wanted);
  }
  assert.equal(store.size, 20_000);
  assert.equal(model.size, 20_000);
  for (const [path, wanted] of model) assertHolds(store, path, wanted);
});

test("a freed slot is used again, and forgets what was in it", () => {
  const store = new PathStore();
  const paths = Array.from({ length: 3000 }, (_, n) => added(store, { ...fresh(n, 9), sendId: 7 }));
  for (const path of paths) store.free(path);
  assert.equal(store.size, 0);
  const { limit } = store;
  for (let n = 0; n < 3000; n++) assertHolds(store, added(store, fresh(n)), fresh(n));
  assert.equal(store.limit, limit);
});

test("what it says of its memory is that of its columns", () => {
  const store = new PathStore();
  const least = (): number => store.limit * 24;
  for (let n = 0; n < 5000; n++) {
    store.add(n, 1, 0);
    assert(store.bytes >= least() && store.bytes < 3 * Math.max(least(), 24 * 1024));
  }
});
