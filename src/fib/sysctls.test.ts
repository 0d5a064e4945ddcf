import assert from "node:assert/strict";
import { test } from "node:test";
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
