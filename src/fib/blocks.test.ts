import assert from "node:assert/strict";
import { test } from "node:test";
import { formatPrefix } from "../route/index.ts";
import type { FibSettings } from "./index.ts";
import { Harness } from "./harness.test.ts";
import { KernelModel } from "./kernel-model.test.ts";

const BLOCK = "172.16.1.0/24";
const model = new KernelModel();

function start(changes: Partial<FibSettings> = {}): Harness {
  const pods = {
    pool: [model.prefix("172.16.0.0/12")],
    blocks: [model.prefix(BLOCK)],
    interfaces: ["veth*"],
    advertise: "block",
  } as const;
  const harness = new Harness({ ...changes, pods });
  harness.kernel.addLink(1, "eth0", ["192.168.1.101/24"]);
  return harness;
}

function begin(harness: Harness): Harness {
  harness.kernel.dump();
  harness.drain();
  return harness;
}

/** What the speaker and the log have been told of blocks, in a word each. */
function told(harness: Harness): string[] {
  const lines = harness.events.flatMap((event) => {
    if (event.kind === "block-withheld") return [`withheld ${event.prefix}: ${event.reason}`];
    if (event.kind !== "own-route") return [];
    return [`${event.announce ? "announce" : "withdraw"} ${formatPrefix(event.prefix)}`];
  });
  harness.events.length = 0;
  return lines;
}

test("a block is announced when its blackhole is in the kernel, and not before", () => {
  const harness = start();
  harness.kernel.dump();
  while (harness.deliver());
  assert.ok(harness.take());
  assert.deepEqual(told(harness), []);
  harness.drain();
  assert.deepEqual(told(harness), [`announce ${BLOCK}`]);
});

test("a block whose blackhole the kernel refuses is withheld, and said to be once", () => {
  const harness = start();
  let refused = true;
  harness.kernel.inject = () => (refused ? 1 : 0);
  begin(harness);
  harness.advance(60_000);
  assert.deepEqual(told(harness), [`withheld ${BLOCK}: errno 1`]);
  refused = false;
  harness.quiesce();
  assert.deepEqual(told(harness), [`announce ${BLOCK}`]);
});

test("a block is withdrawn when somebody's route takes the place of its blackhole", () => {
  const harness = begin(start());
  told(harness);
  const { kernel } = harness;
  kernel.deleteOwnRoute(BLOCK);
  harness.drain();
  assert.deepEqual(told(harness), [], "put back: nothing to tell a neighbour");
  kernel.addForeign(BLOCK, 32, [{ interface: 1 }], { prepend: true });
  harness.quiesce();
  const [withdrawn, withheld] = told(harness);
  assert.equal(withdrawn, `withdraw ${BLOCK}`);
  assert.match(withheld, /^withheld 172\.16\.1\.0\/24: EEXIST.*, of protocol static$/);
  kernel.removeForeign(BLOCK, 32);
  harness.quiesce();
  assert.deepEqual(told(harness), [`announce ${BLOCK}`]);
});

test("without kernel.install a block is announced only over somebody else's blackhole", () => {
  const harness = begin(start({ install: false }));
  const reason = "kernel.install is off and no blackhole of somebody else's is there";
  assert.deepEqual(told(harness), [`withheld ${BLOCK}: ${reason}`]);
  const fact = {
    kind: "route",
    prefix: model.prefix(BLOCK),
    table: 254,
    protocol: 4,
    type: 6,
    scope: 0,
    metric: 0,
    hops: [],
  } as const;
  harness.fib.fact(fact, harness.now);
  harness.drain();
  assert.deepEqual(told(harness), [`announce ${BLOCK}`]);
  harness.fib.fact({ ...fact, gone: true }, harness.now);
  harness.drain();
  assert.deepEqual(told(harness), [`withdraw ${BLOCK}`, `withheld ${BLOCK}: ${reason}`]);
  assert.equal(harness.kernel.ownRoutes().length, 0);
});
