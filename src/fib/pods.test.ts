import assert from "node:assert/strict";
import { test } from "node:test";
import { formatPrefix } from "../route/index.ts";
import type { FibSettings, PodSettings } from "./index.ts";
import { Harness } from "./harness.test.ts";
import { KernelModel } from "./kernel-model.test.ts";

const model = new KernelModel();
const PODS: PodSettings = {
  pool: ["172.16.0.0/12", "fd10::/16"].map((text) => model.prefix(text)),
  blocks: ["172.16.1.0/24"].map((text) => model.prefix(text)),
  interfaces: ["veth*", "cni*"],
  advertise: "hosts",
};

function start(pods: Partial<PodSettings> = {}, changes: Partial<FibSettings> = {}): Harness {
  const harness = new Harness({ ...changes, pods: { ...PODS, ...pods } });
  harness.kernel.addLink(1, "eth0", ["192.168.1.101/24", "fd10::1/64"]);
  return harness;
}

function ready(harness: Harness): Harness {
  harness.kernel.dump();
  harness.drain();
  harness.events.length = 0;
  return harness;
}

function addPod(harness: Harness, index: number, text: string, name = `veth${index}`): void {
  harness.kernel.addLink(index, name, []);
  // As the ptp plugin does it: scope host, protocol boot.
  harness.kernel.addForeign(text, 0, [{ interface: index }], { protocol: 3, scope: 254 });
}

/** "+172.16.1.5/32 pod": what the speaker is told. */
function told(harness: Harness): string[] {
  const lines: string[] = [];
  for (const event of harness.events) {
    if (event.kind !== "own-route") continue;
    lines.push(`${event.announce ? "+" : "-"}${formatPrefix(event.prefix)} ${event.origin}`);
  }
  harness.events.length = 0;
  return lines;
}

test("a pod is a host route over a matching interface inside the pool", () => {
  const harness = ready(start());
  addPod(harness, 10, "172.16.1.5/32");
  addPod(harness, 11, "fd10::5/128");
  addPod(harness, 12, "10.9.9.9/32");
  addPod(harness, 13, "172.16.1.6/32", "docker0");
  const gateway = harness.kernel.address("192.168.1.1");
  harness.kernel.addForeign("172.16.9.9/32", 0, [{ interface: 10, gateway }]);
  harness.drain();
  assert.deepEqual(told(harness), ["+172.16.1.5/32 pod", "+fd10::5/128 pod"]);
  assert.deepEqual(
    [...harness.fib.pods()].map((pod) => `${formatPrefix(pod.prefix)} ${pod.interface}`),
    ["172.16.1.5/32 veth10", "fd10::5/128 veth11"],
  );
});

test("pods go with their link: deleted, down, renamed, without a word about the route", () => {
  const harness = ready(start());
  for (const index of [10, 11, 12]) addPod(harness, index, `172.16.1.${index}/32`);
  harness.drain();
  told(harness);
  harness.kernel.removeLink(10);
  harness.kernel.setLink(11, false, false);
  const link = { index: 12, name: "eth9", up: true, running: true, mtu: 1500, master: 0 };
  harness.fib.fact({ kind: "link", ...link, mac: new Uint8Array(6), linkKind: "veth" }, 0);
  harness.drain();
  assert.deepEqual(told(harness).sort(), [
    "-172.16.1.10/32 pod",
    "-172.16.1.11/32 pod",
    "-172.16.1.12/32 pod",
  ]);
  assert.equal([...harness.fib.pods()].length, 0);
});

test("block mode announces the block, and the pods outside of it", () => {
  const harness = start({ advertise: "block" });
  addPod(harness, 10, "172.16.1.5/32");
  addPod(harness, 11, "172.16.2.5/32");
  harness.kernel.dump();
  harness.drain();
  assert.deepEqual(told(harness).sort(), ["+172.16.1.0/24 block", "+172.16.2.5/32 pod"]);
  const pods: PodSettings = { ...PODS, advertise: "both" };
  harness.fib.configure({ ...harness.settings, pods });
  harness.drain();
  assert.deepEqual(told(harness), ["+172.16.1.5/32 pod"]);
  harness.fib.configure({ ...harness.settings, pods: PODS });
  harness.drain();
  assert.deepEqual(told(harness), ["-172.16.1.0/24 block"]);
});

test("a bridge's connected subnet is announced in hosts mode, and not inside its block", () => {
  for (const [advertise, expected] of [
    ["hosts", ["+172.16.1.0/24 pod"]],
    ["block", ["+172.16.1.0/24 block"]],
  ] as const) {
    const harness = start({ advertise });
    harness.kernel.addLink(5, "cni0", ["172.16.1.1/24"], "bridge");
    harness.kernel.dump();
    harness.drain();
    assert.deepEqual(told(harness), expected);
  }
});

test("l2: an arriving pod gets its proxy entry and is announced three times", () => {
  const harness = ready(start({ pool: [model.prefix("192.168.1.0/24")], uplink: "eth0" }, L2));
  addPod(harness, 10, "192.168.1.201/32");
  harness.drain();
  assert.deepEqual([...harness.kernel.proxies.keys()], ["1 192.168.1.201"]);
  assert.deepEqual(harness.kernel.announced, ["192.168.1.201"]);
  harness.advance(1000);
  harness.advance(1000);
  harness.advance(9000);
  assert.equal(harness.kernel.announced.length, 3);
  harness.kernel.removeLink(10);
  harness.drain();
  assert.equal(harness.kernel.proxies.size, 0);
});

const L2 = { mode: "l2" } as const;

test("l2: a node that is out of service answers for no pod, and announces all when it is back", () => {
  const pods = { pool: [model.prefix("192.168.1.0/24")], uplink: "eth0" };
  const harness = ready(start(pods, L2));
  addPod(harness, 10, "192.168.1.201/32");
  harness.drain();
  harness.kernel.announced.length = 0;
  const { settings } = harness;
  harness.fib.configure({ ...settings, silent: true });
  harness.drain();
  assert.equal(harness.kernel.proxies.size, 0);
  addPod(harness, 11, "192.168.1.202/32");
  harness.drain();
  assert.deepEqual([harness.kernel.proxies.size, harness.kernel.announced.length], [0, 0]);
  harness.fib.configure({ ...settings, silent: false });
  harness.drain();
  const keys = [...harness.kernel.proxies.keys()].sort();
  assert.deepEqual(keys, ["1 192.168.1.201", "1 192.168.1.202"]);
  assert.deepEqual(harness.kernel.announced.sort(), ["192.168.1.201", "192.168.1.202"]);
});

test("l2: whether a pod is answered for, and why not", () => {
  const pool = [model.prefix("192.168.1.0/24"), model.prefix("172.16.0.0/16")];
  const harness = ready(start({ pool, uplink: "eth0" }, L2));
  addPod(harness, 10, "192.168.1.201/32");
  addPod(harness, 11, "172.16.1.2/32");
  harness.drain();
  const answering = (text: string) => harness.fib.trial(model.prefix(text), -1).answering;
  assert.deepEqual(answering("192.168.1.201/32"), { state: "answered", words: "answered on eth0" });
  assert.deepEqual(answering("172.16.1.2/32"), {
    state: "none",
    words: "not answered on eth0, it is in no subnet of eth0",
  });
  assert.equal(answering("192.168.1.77/32"), undefined, "no pod");
  harness.kernel.setLink(1, false, false);
  harness.drain();
  assert.deepEqual(answering("192.168.1.201/32"), {
    state: "missing",
    words: "not answered, eth0 is down",
  });
  const { settings } = harness;
  harness.fib.configure({ ...settings, pods: { ...settings.pods, uplink: "eth7" } });
  harness.drain();
  assert.equal(answering("192.168.1.201/32")?.state, "missing");
  harness.fib.configure({ ...settings, mode: "l3" });
  assert.equal(answering("192.168.1.201/32"), undefined);
});

test("l2: after a restart only pods that arrived meanwhile are announced", () => {
  const harness = ready(start({ pool: [model.prefix("192.168.1.0/24")], uplink: "eth0" }, L2));
  addPod(harness, 10, "192.168.1.201/32");
  addPod(harness, 11, "192.168.1.202/32");
  harness.drain();
  harness.kernel.announced.length = 0;
  harness.kernel.removeLink(11);
  addPod(harness, 12, "192.168.1.203/32");
  harness.restart();
  harness.drain();
  harness.quiesce();
  const keys = [...harness.kernel.proxies.keys()].sort();
  assert.deepEqual(keys, ["1 192.168.1.201", "1 192.168.1.203"]);
  assert.deepEqual(new Set(harness.kernel.announced), new Set(["192.168.1.203"]));
});

test("l2: entries come back with the uplink, and somebody else's entry is left alone", () => {
  const harness = start({ pool: [model.prefix("192.168.1.0/24")], uplink: "eth0" }, L2);
  const address = harness.kernel.address("192.168.1.250");
  harness.kernel.proxies.set("1 192.168.1.250", { address, interface: 1, protocol: 3 });
  addPod(harness, 10, "192.168.1.201/32");
  harness.kernel.dump();
  harness.drain();
  harness.kernel.setLink(1, false, false);
  harness.drain();
  assert.equal(harness.kernel.proxies.size, 0);
  harness.kernel.setLink(1, true, true);
  harness.drain();
  assert.deepEqual([...harness.kernel.proxies.keys()], ["1 192.168.1.201"]);
  harness.fib.removeAll();
  assert.deepEqual([harness.fib.idle, harness.fib.inKernel()], [false, 1], "it is still there");
  harness.drain();
  assert.deepEqual([harness.fib.idle, harness.fib.inKernel()], [true, 0]);
  assert.equal(harness.kernel.proxies.size, 0);
});

test("l2: entries come back when the uplink's only address is replaced", () => {
  const harness = start({ pool: [model.prefix("192.168.1.0/24")], uplink: "eth0" }, L2);
  addPod(harness, 10, "192.168.1.201/32");
  ready(harness);
  harness.kernel.announced.length = 0;
  // The two come at once, as from a tool that flushes and adds: nobody looks in between.
  harness.kernel.removeAddress(1, "192.168.1.101");
  harness.kernel.addAddress(1, "192.168.1.101", 24);
  assert.equal(harness.kernel.proxies.size, 0);
  while (harness.deliver());
  harness.drain();
  assert.deepEqual([...harness.kernel.proxies.keys()], ["1 192.168.1.201"]);
  assert.deepEqual(harness.kernel.announced, []);
});

test("l2: an entry that somebody deletes, of which nobody tells, is back in some seconds", () => {
  const harness = ready(start({ pool: [model.prefix("192.168.1.0/24")], uplink: "eth0" }, L2));
  addPod(harness, 10, "192.168.1.201/32");
  addPod(harness, 11, "192.168.1.202/32");
  harness.drain();
  harness.advance(2000);
  harness.kernel.announced.length = 0;
  harness.events.length = 0;
  harness.kernel.proxies.delete("1 192.168.1.201");
  assert.ok(harness.fib.nextDeadline() <= harness.now + 3000);
  harness.advance(3000);
  assert.equal(harness.kernel.proxies.size, 2);
  assert.deepEqual(harness.kernel.announced, [], "it is where it was");
  harness.advance(200);
  assert.deepEqual(harness.events, [
    { kind: "proxies-removed", count: 1, address: "192.168.1.201" },
  ]);
  harness.events.length = 0;
  harness.advance(3000);
  assert.deepEqual(harness.events, [], "nothing was missing");
});

test("l3: nobody looks at proxy entries", () => {
  const harness = ready(start());
  addPod(harness, 10, "172.16.1.5/32");
  harness.drain();
  assert.ok(harness.fib.nextDeadline() > 10_000);
});

test("l2: an entry that was somebody else's, was deleted and is ours now, goes with its pod", () => {
  const harness = start({ pool: [model.prefix("192.168.1.0/24")], uplink: "eth0" }, L2);
  const address = harness.kernel.address("192.168.1.201");
  harness.kernel.proxies.set("1 192.168.1.201", { address, interface: 1, protocol: 3 });
  addPod(harness, 10, "192.168.1.201/32");
  ready(harness);
  harness.kernel.proxies.clear();
  harness.advance(3000);
  assert.equal(harness.kernel.proxies.get("1 192.168.1.201")?.protocol, 186);
  harness.kernel.removeLink(10);
  harness.drain();
  assert.equal(harness.kernel.proxies.size, 0);
});

test("l2: a bridge with pods, which cannot be seen one by one, is named once", () => {
  const pods = { pool: [model.prefix("192.168.1.0/24")], uplink: "eth0" };
  const harness = ready(start(pods, L2));
  harness.kernel.addLink(5, "cni0", ["192.168.1.217/29"], "bridge");
  harness.drain();
  harness.quiesce();
  const unseen = harness.events.filter(({ kind }) => kind === "bridge-unseen");
  assert.deepEqual(unseen, [{ kind: "bridge-unseen", interface: "cni0" }]);
});

test("l2: an entry that the kernel drops while its answer is out is asked for again", () => {
  const harness = ready(start({ pool: [model.prefix("192.168.1.0/24")], uplink: "eth0" }, L2));
  addPod(harness, 10, "192.168.1.201/32");
  while (harness.deliver());
  assert.ok(harness.take());
  assert.ok(harness.work());
  const answer = harness.kernel.messages.splice(0);
  harness.kernel.removeAddress(1, "192.168.1.101");
  harness.kernel.addAddress(1, "192.168.1.101", 24);
  harness.kernel.messages.push(...answer);
  harness.drain();
  assert.deepEqual([...harness.kernel.proxies.keys()], ["1 192.168.1.201"]);
});
