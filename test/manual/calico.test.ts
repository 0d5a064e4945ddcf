import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { Bird } from "../support/bird.ts";
import { Frr } from "../support/frr.ts";
import { lacking } from "../support/needs.ts";
import { Net } from "../support/net.ts";
import { Underlay } from "../support/underlay.ts";
import { until } from "../support/wait.ts";
import { blockAfter } from "./pages.ts";

const PAGE = "config/from-calico.md";

/** Of Calico's BIRD what matters here: it learns, persists, and knows graceful restart. */
const BIRD = `router id 192.168.1.101;
protocol device { scan time 2; }
protocol kernel {
  learn; persist; scan time 2; graceful restart; merge paths on;
  ipv4 { import all; export where source != RTS_INHERIT; };
}
protocol static blocks { ipv4; route 172.16.1.0/26 blackhole; }
protocol bgp Global_192_168_1_1 {
  local 192.168.1.101 as 64512;
  neighbor 192.168.1.1 as 64600;
  graceful restart on; connect delay time 1; connect retry time 1; hold time 9;
  ipv4 { import all; export where proto = "blocks"; };
}
`;

const FRR = `router bgp 64600
 bgp router-id 192.168.1.1
 no bgp ebgp-requires-policy
 bgp graceful-restart
 neighbor 192.168.1.101 remote-as 64512
 neighbor 192.168.1.101 timers 3 9
 address-family ipv4 unicast
  network 172.16.9.1/32
 exit-address-family
`;

/** How many answers ping has printed. */
const replies = (output: string): number => output.match(/ bytes from /g)?.length ?? 0;

/**
 *     pod 172.16.1.10 ─ cali0 node 192.168.1.101 ─── .1 tor 172.16.9.1
 */
describe(PAGE, { skip: lacking("frr", "bird2") }, () => {
  const net = new Net();
  after(() => net.close());

  it("underlayd takes over from BIRD, and BIRD from underlayd; no packet of a pod's is lost", async (t) => {
    const [node, tor, pod] = [await net.host("node"), await net.host("tor"), await net.host("pod")];
    await net.wire([node, "eth0", "192.168.1.101/24"], [tor, "eth0", "192.168.1.1/24"]);
    await net.wire([node, "cali0", "169.254.1.1/32"], [pod, "eth0", "172.16.1.10/32"]);
    await node.ip("route", "add", "172.16.1.10", "dev", "cali0");
    await node.sysctl("net.ipv4.ip_forward", 1);
    await pod.ip("route", "add", "169.254.1.1", "dev", "eth0");
    await pod.ip("route", "add", "default", "via", "169.254.1.1", "dev", "eth0");
    await tor.ip("address", "add", "172.16.9.1/32", "dev", "lo");
    await Frr.start(tor, FRR);
    const bird = await Bird.start(node, BIRD);
    await bird.established("Global_192_168_1_1");
    await until("the pod reaches the ToR by BIRD's routes", () => pod.pings("172.16.9.1"));

    const changes = tor.start(["ip", "monitor", "route"]);
    const ping = pod.start(["ping", "-n", "-i", "0.01", "172.16.9.1"]);
    await bird.end("SIGKILL");
    const config = blockAfter(PAGE, "## The node", "yaml");
    const underlay = await Underlay.start(node, config.replace(/^control: .*$/m, ""));
    await underlay.established("Global_192_168_1_1");
    const shown = await underlay.show("protocols", "all", "Global_192_168_1_1");
    assert.match(shown, /Local cap[^]*AF preserved: ipv4[^]*Neighbor cap/);
    await until("both have their routes in the kernel", async () => {
      const text = await node.ip("route", "show", "172.16.9.1");
      return text.includes("proto bird") && text.includes("proto bgp");
    });
    await until("all is told", async () =>
      (await underlay.ask("show status")).includes("0 pending"),
    );
    await node.ip("route", "flush", "proto", "bird");
    await until("only ours are left, and no link is broken", async () => {
      const text = await underlay.ask("explain 172.16.9.1");
      return !(await node.ip("route")).includes("proto bird") && /\nNo broken link: /.test(text);
    });

    await underlay.ask("graceful restart");
    await until("underlayd has ended", () => underlay.program.ended);
    assert.match(await node.ip("route", "show", "172.16.9.1"), /proto bgp/);
    // As Calico starts it: without, the router would drop what it has kept as soon as the session is up.
    const again = await Bird.start(node, BIRD, "-R");
    await again.established("Global_192_168_1_1");
    await until("BIRD has the ToR's route in the kernel", async () =>
      (await node.ip("route", "show", "proto", "bird")).includes("172.16.9.1"),
    );
    for (const line of blockAfter(PAGE, "Back again, on a node:", "sh").trim().split("\n")) {
      await node.must(...line.split(" "));
    }
    for (const family of ["-4", "-6"]) {
      assert.equal(await node.ip(family, "route", "show", "table", "all", "proto", "186"), "");
    }
    assert.equal(await node.ip("nexthop", "show", "proto", "186"), "");
    assert.match(await node.ip("route", "get", "172.16.9.1"), /via 192\.168\.1\.1 /);
    const seen = replies(ping.output);
    await until("the pod goes on", () => replies(ping.output) > seen + 50);

    assert.equal(changes.output, "", "the router's routes stay as they are");

    await ping.end("SIGINT");
    const [, sent, received] = /(\d+) packets transmitted, (\d+) received/.exec(ping.output) ?? [];
    t.diagnostic(`${received} of ${sent} packets came back`);
    assert.ok(Number(sent) > 50);
    // The one that is under way when ping is told to end is not lost.
    assert.ok(Number(sent) - Number(received) <= 1, ping.output.slice(-400));
  });
});
