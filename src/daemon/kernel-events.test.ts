import assert from "node:assert/strict";
import { test } from "node:test";
import { DUMP_KINDS, type KernelFact, type PodView } from "../fib/index.ts";
import { formatAddress, parsePrefix } from "../route/index.ts";
import { address } from "./fixture.test.ts";
import { KernelEvents } from "./kernel-events.ts";

/** Events, and all that came of them, in order. */
function events() {
  const heard: string[] = [];
  const note =
    (what: string) =>
    (...args: unknown[]): void =>
      void heard.push([what, ...args.filter((arg) => typeof arg !== "object")].join(" "));
  const own = { address: address("10.0.0.1"), interface: 2 };
  const world = { addresses: [own], concernsUplink: false, pods: [] as PodView[] };
  const kernelEvents = new KernelEvents({
    fib: {
      fact: note("fib.fact"),
      dumpBegin: note("fib.dumpBegin"),
      dumpEnd: note("fib.dumpEnd"),
      overrun: note("fib.overrun"),
      ownRoutes: note("fib.ownRoutes"),
      pods: () => world.pods,
      result: note("fib.result"),
    },
    host: {
      fact: note("host.fact"),
      dumpBegin: note("host.dumpBegin"),
      dumpEnd: note("host.dumpEnd"),
      addresses: () => world.addresses,
      concernsUplink: () => world.concernsUplink,
    },
    logger: {
      warn: (fields: object) => note("log")((fields as { event: string }).event),
      fatal: (fields: object) => note("log")((fields as { event: string }).event),
    },
    clock: () => 5,
    answered: note("answered"),
    wake: note("wake"),
    gather: note("gather"),
    dump: note("dump"),
    onAddresses: (all) =>
      heard.push(`addresses ${all.map(({ address: own }) => formatAddress(own)).join()}`),
    uplinkName: () => undefined,
    onUplink: note("uplink"),
    onDead: note("dead"),
  });
  const take = (): string[] => heard.splice(0);
  return { kernelEvents, take, world };
}

const ADDRESS: KernelFact = {
  kind: "address",
  interface: 2,
  address: address("10.0.0.1"),
  length: 24,
};
const SYSCTL: KernelFact = { kind: "sysctl", path: "net/x", value: "1" };

test("facts go to the host and to the Fib, and there is work then", () => {
  const { kernelEvents, take } = events();
  kernelEvents.onFacts([SYSCTL]);
  assert.deepEqual(take(), ["host.fact", "fib.fact 5", "wake"]);
});

test("own addresses are told once a change; the uplink is looked at when a fact is about it", () => {
  const { kernelEvents, take, world } = events();
  kernelEvents.onFacts([ADDRESS, SYSCTL]);
  assert.ok(take().includes("addresses 10.0.0.1"));
  kernelEvents.onFacts([ADDRESS]);
  assert.deepEqual(take(), ["host.fact", "fib.fact 5", "wake"]);
  const [own] = world.addresses;
  world.addresses = [{ ...own, interface: 3 }];
  kernelEvents.onFacts([ADDRESS]);
  assert.ok(take().includes("addresses 10.0.0.1"), "it has gone over to another interface");
  world.addresses = [];
  world.concernsUplink = true;
  kernelEvents.onFacts([ADDRESS]);
  assert.deepEqual(take().slice(2), ["addresses ", "uplink", "wake"]);
});

test("results free a place in the flow before the Fib looks for more", () => {
  const { kernelEvents, take } = events();
  kernelEvents.onResult({ id: 1, errors: [] });
  assert.deepEqual(take(), ["answered", "fib.result 5", "gather"]);
});

test("it is dumped when every kind has ended once", async () => {
  const { kernelEvents, take } = events();
  let dumped = false;
  void kernelEvents.dumped.then(() => (dumped = true));
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  for (const what of DUMP_KINDS) {
    await turn();
    assert.equal(dumped, false);
    kernelEvents.onDumpBegin(what);
    kernelEvents.onDumpEnd(what);
    kernelEvents.onDumpEnd(what);
  }
  await turn();
  assert.equal(dumped, true);
  assert.ok(take().includes("addresses 10.0.0.1"), "known from the dumps on");
});

test("a route that bears our mark and that we have not written is looked at now, not at the next wake-up", () => {
  const { kernelEvents, take } = events();
  for (const what of DUMP_KINDS) kernelEvents.onDumpEnd(what);
  take();
  kernelEvents.onOwnRoutes(new Uint32Array(0), 1);
  assert.deepEqual(take(), ["fib.ownRoutes 1 5", "wake"]);
});

test("adopted routes are those of the first dump, counted once also when it starts over", () => {
  const { kernelEvents } = events();
  const routes = (count: number): void => kernelEvents.onOwnRoutes(new Uint32Array(0), count);
  kernelEvents.onDumpBegin("own-routes");
  routes(7);
  kernelEvents.onDumpBegin("own-routes");
  routes(5);
  routes(3);
  for (const what of DUMP_KINDS) kernelEvents.onDumpEnd(what);
  assert.equal(kernelEvents.adopted, 8);
  kernelEvents.onDumpBegin("own-routes");
  routes(100);
  kernelEvents.onDumpEnd("own-routes");
  assert.equal(kernelEvents.adopted, 8);
});

test("forwarding has gone on where an earlier run has left routes, or pods are there already, by family", () => {
  const { kernelEvents, world } = events();
  for (const what of DUMP_KINDS) kernelEvents.onDumpEnd(what);
  assert.deepEqual(kernelEvents.preserved, [false, false]);
  const pod = { interface: "cali1", proxied: false, announced: true };
  world.pods = [{ ...pod, prefix: parsePrefix("2001:db8::1/128")! }];
  assert.deepEqual([kernelEvents.preserved, kernelEvents.adopted], [[false, true], 0]);
  world.pods.push({ ...pod, prefix: parsePrefix("172.16.1.10/32")! });
  assert.deepEqual([kernelEvents.preserved, kernelEvents.adopted], [[true, true], 0]);
});

test("lost events are dumped again; without the worker it ends", () => {
  const { kernelEvents, take } = events();
  kernelEvents.onOverrun();
  kernelEvents.onProblem("odd");
  kernelEvents.onError(new Error("x"));
  assert.deepEqual(take(), [
    "log kernel-overrun",
    "fib.overrun",
    "dump",
    "log kernel-problem",
    "log kernel-worker-died",
    "dead",
  ]);
});
