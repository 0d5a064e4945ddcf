import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePrefix } from "../route/index.ts";
import type { FibSettings } from "./index.ts";
import { Harness } from "./harness.test.ts";

const VALUES: readonly (readonly [string, string])[] = [
  ["net/ipv4/ip_forward", "0"],
  ["net/ipv6/conf/all/forwarding", "0"],
  ["net/ipv6/conf/eth0/accept_ra", "1"],
  ["net/ipv4/conf/all/rp_filter", "1"],
  ["net/ipv4/conf/eth0/rp_filter", "0"],
  ["net/ipv4/conf/all/send_redirects", "1"],
  ["net/ipv4/conf/eth0/send_redirects", "1"],
  ["net/ipv4/nexthop_compat_mode", "1"],
  ["net/ipv4/fib_multipath_hash_policy", "0"],
  ["net/ipv4/neigh/eth0/proxy_delay", "80"],
  ["net/ipv6/conf/eth0/proxy_ndp", "0"],
];

function start(changes: Partial<FibSettings>): Harness {
  const pods = {
    pool: [],
    blocks: [],
    interfaces: [],
    advertise: "hosts",
    uplink: "eth0",
  } as const;
  const harness = new Harness({ pods, ...changes });
  for (const [path, value] of VALUES) harness.kernel.sysctls.set(path, value);
  harness.kernel.addLink(1, "eth0", ["192.168.1.101/24"]);
  harness.kernel.dump();
  harness.drain();
  return harness;
}

const writes = (harness: Harness): string[] =>
  harness.events.flatMap((event) => (event.kind === "sysctl-set" ? [event.path] : []));

test("what differs is set once, accept_ra before forwarding", () => {
  const harness = start({ mode: "l2", manageSysctls: true });
  const { sysctls } = harness.kernel;
  const after = VALUES.map(([path]) => sysctls.get(path));
  assert.deepEqual(after, ["1", "1", "2", "1", "2", "0", "0", "0", "1", "0", "1"]);
  const order = writes(harness);
  assert.equal(order.length, 10);
  assert.ok(
    order.indexOf("net/ipv6/conf/eth0/accept_ra") < order.indexOf("net/ipv6/conf/all/forwarding"),
  );
  const set = [...harness.fib.sysctls()].filter((view) => view.status === "set");
  assert.equal(set.length, 10);
  assert.ok([...harness.fib.sysctls()].every((view) => view.status !== "wrong"));
});

test("l3 without multipath and nexthop objects asks for less", () => {
  const changes = { manageSysctls: true, multipath: 1, nexthopObjects: false } as const;
  const harness = start(changes);
  assert.equal(writes(harness).length, 6);
  assert.equal(harness.kernel.sysctls.get("net/ipv4/nexthop_compat_mode"), "1");
});

test("unmanaged: what is wrong is said once, and left", () => {
  const harness = start({ manageSysctls: false });
  harness.advance(60_000);
  const wrong = harness.events.filter((event) => event.kind === "sysctl-wrong");
  assert.equal(wrong.length, 8);
  assert.equal(harness.kernel.sysctls.get("net/ipv4/ip_forward"), "0");
  const [forward] = [...harness.fib.sysctls()].filter(({ path }) => path.endsWith("ip_forward"));
  assert.deepEqual([forward.status, forward.wanted, forward.value], ["wrong", "1", "0"]);
});

test("an uplink that is made anew gets its settings again", () => {
  const harness = start({ manageSysctls: true });
  harness.kernel.removeLink(1);
  harness.drain();
  harness.kernel.sysctls.set("net/ipv4/conf/eth0/rp_filter", "1");
  harness.kernel.addLink(7, "eth0", []);
  harness.drain();
  assert.equal(harness.kernel.sysctls.get("net/ipv4/conf/eth0/rp_filter"), "2");
});

test("a link that a next hop leads over gets its settings with it", () => {
  const harness = start({ manageSysctls: true });
  const { sysctls } = harness.kernel;
  sysctls.set("net/ipv6/conf/eth1/accept_ra", "1");
  harness.kernel.addLink(2, "eth1", ["192.168.2.101/24"]);
  harness.drain();
  assert.equal(sysctls.get("net/ipv6/conf/eth1/accept_ra"), "1", "nobody's yet");
  harness.want("10.0.0.0/8", ["192.168.2.1"]);
  harness.drain();
  assert.equal(sysctls.get("net/ipv6/conf/eth1/accept_ra"), "2");
});

test("on a pods' bridge ARP is answered for pods that have moved away, on an uplink never", () => {
  for (const uplink of ["eth0", "cni0"]) {
    const pods = {
      pool: [parsePrefix("172.16.0.0/12")!],
      blocks: [],
      interfaces: ["cni*"],
      advertise: "hosts",
      uplink,
    } as const;
    const harness = new Harness({ pods, manageSysctls: true });
    const { sysctls } = harness.kernel;
    sysctls.set("net/ipv4/conf/cni0/proxy_arp", "0");
    harness.kernel.addLink(1, "eth0", ["192.168.1.101/24"]);
    harness.kernel.addLink(5, "cni0", ["172.16.1.1/24"], "bridge");
    harness.kernel.dump();
    harness.drain();
    assert.equal(sysctls.get("net/ipv4/conf/cni0/proxy_arp"), uplink === "cni0" ? "0" : "1");
    harness.kernel.removeLink(5);
    harness.drain();
    sysctls.set("net/ipv4/conf/cni0/proxy_arp", "0");
    harness.kernel.addLink(6, "cni0", ["172.16.1.1/24"], "bridge");
    harness.drain();
    assert.equal(sysctls.get("net/ipv4/conf/cni0/proxy_arp"), uplink === "cni0" ? "0" : "1");
  }
});

test("what somebody else changes later is seen within a minute, or with the configuration", () => {
  const harness = start({ manageSysctls: true });
  const { sysctls } = harness.kernel;
  sysctls.set("net/ipv4/ip_forward", "0");
  assert.ok(harness.fib.nextDeadline() <= 60_000);
  harness.advance(60_000);
  assert.equal(sysctls.get("net/ipv4/ip_forward"), "1");
  sysctls.set("net/ipv4/ip_forward", "0");
  harness.fib.configure({ ...harness.settings, manageSysctls: false });
  harness.drain();
  assert.equal(sysctls.get("net/ipv4/ip_forward"), "0");
  const [forward] = [...harness.fib.sysctls()].filter(({ path }) => path.endsWith("ip_forward"));
  assert.deepEqual([forward.status, forward.value], ["wrong", "0"]);
});

test("the kernel is prepared once all is written that has to be, and not before", () => {
  for (const manageSysctls of [true, false]) {
    const harness = new Harness({ manageSysctls });
    for (const [path, value] of VALUES) harness.kernel.sysctls.set(path, value);
    harness.kernel.addLink(1, "eth0", ["192.168.1.101/24"]);
    harness.kernel.dump();
    assert.equal(harness.fib.isPrepared, false, "nothing is known");
    const { sysctls } = harness.kernel;
    for (let steps = 0; !harness.fib.isPrepared; steps++) {
      assert.ok(steps < 100);
      if (!harness.deliver() && !harness.take()) harness.work();
    }
    assert.equal(sysctls.get("net/ipv6/conf/all/forwarding"), manageSysctls ? "1" : "0");
    assert.equal(sysctls.get("net/ipv4/conf/all/send_redirects"), manageSysctls ? "0" : "1");
  }
});

test("what the kernel refuses is not waited for", () => {
  const harness = new Harness({ manageSysctls: true });
  harness.kernel.sysctls.set("net/ipv4/ip_forward", "0");
  harness.kernel.addLink(1, "eth0", ["192.168.1.101/24"]);
  harness.kernel.dump();
  while (harness.deliver()) continue;
  assert.ok(harness.take() && harness.work(), "they are read");
  harness.kernel.inject = () => 30;
  harness.drain();
  assert.ok(harness.events.some((event) => event.kind === "sysctl-wrong"));
  assert.equal(harness.kernel.sysctls.get("net/ipv4/ip_forward"), "0");
  assert.equal(harness.fib.isPrepared, true);
});
