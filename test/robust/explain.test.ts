import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Bird } from "../support/bird.ts";
import { lacking } from "../support/needs.ts";
import { Net, type Host } from "../support/net.ts";
import { Underlay } from "../support/underlay.ts";
import { until } from "../support/wait.ts";

const BIRD = `router id 192.168.1.1;
log stderr all;
protocol device {}
protocol static own {
  ipv4;
  route 172.16.3.0/24 blackhole;
  route 172.16.4.0/24 blackhole;
  route 172.16.5.0/24 blackhole;
  route 172.16.6.0/24 blackhole;
  route 172.16.7.0/24 blackhole;
  route 172.16.1.128/25 blackhole;
}
protocol bgp node {
  local 192.168.1.1 as 64600;
  neighbor 192.168.1.101 as 64512;
  connect delay time 1; connect retry time 1; error wait time 1, 2;
  ipv4 {
    import all;
    export filter {
      if source != RTS_STATIC then reject;
      if net = 172.16.5.0/24 then bgp_next_hop = 203.0.113.9;
      if net = 172.16.7.0/24 then bgp_next_hop = 192.168.1.77;
      accept;
    };
  };
}
`;

function config(more: { peer?: string; blocks?: string; advertise?: string } = {}): string {
  const { peer = "", blocks = "172.16.1.0/24", advertise = "both" } = more;
  return `
node: { name: node, asn: 64512, routerId: 192.168.1.101 }
pods: { pool: [172.16.0.0/12], blocks: [${blocks}], interfaces: ["veth*"], advertise: ${advertise} }
filters:
  from-tor: [{ match: { prefix: [172.16.6.0/24] }, then: reject }, { then: accept }]
  silent: [{ match: { prefix: [172.16.1.2/32] }, then: reject }, { then: accept }]
peers:
  - { name: tor, address: 192.168.1.1, asn: 64600, families: [ipv4], import: from-tor${peer} }`;
}

/**
 *     node 192.168.1.101  ───  192.168.1.1 bird
 *      └─ veth0 172.16.1.2 a pod,  other0 172.16.2.50 no pod
 *
 * Every link of a route's way is broken for real, and the last line of `explain` has to name it.
 */
describe("explain", { skip: lacking("bird2") }, () => {
  let net: Net;
  let node: Host;
  let bird: Bird;
  let underlay: Underlay;

  before(async () => {
    net = new Net();
    node = await net.host("node");
    const [tor, pod] = [await net.host("tor"), await net.host("pod")];
    await net.wire([node, "eth0", "192.168.1.101/24"], [tor, "eth0", "192.168.1.1/24"]);
    await net.wire([node, "veth0"], [pod, "eth0", "172.16.1.2/32"]);
    await net.wire([node, "other0"], [pod, "eth1", "172.16.2.50/32"]);
    for (const address of ["172.16.1.2", "10.99.0.1"]) {
      await node.ip("route", "add", address, "dev", "veth0");
    }
    await node.ip("route", "add", "172.16.2.50", "dev", "other0");
    const inTheWay = ["route", "add", "172.16.4.0/24", "via", "192.168.1.1"];
    await node.ip(...inTheWay, "metric", "32", "proto", "static");
    await node.ip(
      "route",
      "add",
      "172.16.8.0/24",
      "dev",
      "other0",
      "metric",
      "32",
      "proto",
      "boot",
    );
    bird = await Bird.start(tor, BIRD);
    underlay = await Underlay.start(node, config());
    await underlay.established("tor");
  });
  after(() => net.close());

  const explain = async (what: string): Promise<string> =>
    (await underlay.ask(`explain ${what}`)).split("\n").at(-1) ?? "";

  /** The last line, as soon as it is that: what is done to the network takes a moment to be seen. */
  async function ends(what: string, pattern: RegExp): Promise<void> {
    let line = "";
    await until(
      `explain ${what}: ${String(pattern)}`,
      async () => pattern.test((line = await explain(what))),
      { detail: async () => `${line}\n${await underlay.ask(`explain ${what}`)}` },
    );
  }

  async function configure(text: string): Promise<void> {
    underlay.write(text);
    const { code, stdout, stderr } = await underlay.ctl("configure");
    assert.equal(code, 0, stdout + stderr);
  }

  const WHOLE = /^No broken link: /;

  it("a route whose every link holds, each with its reason", async () => {
    await ends("172.16.3.7", WHOLE);
    const text = await underlay.ask("explain 172.16.3.7");
    for (const line of [
      /^172\.16\.3\.0\/24, asked about by 172\.16\.3\.7$/m,
      /^ {2}tor \(192\.168\.1\.1\) since .*: the best$/m,
      /import filter from-tor: accepted by filter from-tor: rule 2$/m,
      /^ {6}40010100/m,
      /BGP\.as_path: 64600$/m,
      /192\.168\.1\.1: on the link, interface eth0, MTU 1500; neighbour entry [A-Z]+, MAC [0-9a-f:]{17}$/m,
      /ours is installed, in table 254, metric 32, protocol bgp, by nexthop object (\d+)$/m,
      /read back: 172\.16\.3\.0\/24 of "bgp", table 254, metric 32, nexthop object \d+/m,
      /a packet to the address: via 192\.168\.1\.1 on eth0$/m,
      /tor: not told: the best path came from there \(split horizon\)$/m,
    ]) {
      assert.match(text, line);
    }
  });

  it("the same by underlayctl, whose status says whether a link is broken", async () => {
    // On a busy machine the kernel's answer may be too late: that is a broken link, too.
    const good = await until("underlayctl explain: whole", async () => {
      const answer = await underlay.ctl("explain", "172.16.3.0/24");
      return answer.code === 0 && answer;
    });
    assert.match(good.stdout, /\nNo broken link: .*\n$/);
    const bad = await underlay.ctl("explain", "172.16.6.1");
    assert.equal(bad.code, 1);
    assert.match(bad.stdout, /\nBroken link \(import\): .*\n$/);
    assert.equal(bad.stderr, "");
    const { stdout } = await underlay.ctl("--json", "explain", "172.16.6.1");
    const json = JSON.parse(stdout) as { summary: string; broken: { link: string } };
    assert.match(json.summary, /^Broken link \(import\): /);
    assert.equal(json.broken.link, "import");
  });

  it("nobody announces it", () =>
    ends(
      "172.16.99.1",
      /^Broken link \(announcement\): no neighbour announces 172\.16\.99\.1\/32/,
    ));

  it("a filter rejects it", () =>
    ends(
      "172.16.6.1",
      /\(import\): tor announces 172\.16\.6\.0\/24, .* filter from-tor: rule 1\./,
    ));

  it("it is inside this node's own block", () =>
    ends("172.16.1.128/25", /\(import\): .* inside this node's own block 172\.16\.1\.0\/24\./));

  it("its next hop cannot be reached", () =>
    ends(
      "172.16.5.1",
      /\(next hop\): the next hop 203\.0\.113\.9 .* no route to 203\.0\.113\.9\./,
    ));

  it("somebody else's route is in the way, and goes", async () => {
    await ends("172.16.4.1", /\(kernel\): a route of "static" is in the way of 172\.16\.4\.0\/24/);
    await node.ip("route", "del", "172.16.4.0/24", "proto", "static");
    await ends("172.16.4.1", WHOLE);
  });

  it("somebody else's longer route wins", async () => {
    const route = ["172.16.3.7/32", "via", "192.168.1.1", "proto", "static"];
    await node.ip("route", "add", ...route);
    await ends(
      "172.16.3.7",
      /\(lookup\): packets to the address go by .* 172\.16\.3\.7\/32 of "static"/,
    );
    await node.ip("route", "del", ...route);
    await ends("172.16.3.7", WHOLE);
  });

  it("a rule leads past its table", async () => {
    await node.ip("rule", "add", "pref", "10", "to", "172.16.3.0/24", "unreachable");
    await ends(
      "172.16.3.7",
      /\(lookup\): 172\.16\.3\.0\/24 is installed in table 254, and the kernel's/,
    );
    await node.ip("rule", "del", "pref", "10");
    await ends("172.16.3.7", WHOLE);
  });

  it("a rule leads to another table, which has a way of its own", async () => {
    await node.ip("route", "add", "default", "via", "192.168.1.1", "table", "100");
    await node.ip("rule", "add", "pref", "10", "to", "172.16.3.0/24", "lookup", "100");
    await ends(
      "172.16.3.7",
      /\(lookup\): .* 0\.0\.0\.0\/0 of "boot" \(table 100, metric 0\)\. Table 100 is asked before table 254: "ip rule"/,
    );
    await node.ip("rule", "del", "pref", "10");
    await ends("172.16.3.7", WHOLE);
  });

  it("the address is this node's own", async () => {
    await ends(
      "192.168.1.101",
      /\(announcement\): 192\.168\.1\.101\/32 is an address of this node itself/,
    );
    await node.ip("address", "add", "172.16.3.7/32", "dev", "lo");
    await ends("172.16.3.7", /\(lookup\): .* "ip address show to 172\.16\.3\.7\/32"/);
    await node.ip("address", "del", "172.16.3.7/32", "dev", "lo");
    await ends("172.16.3.7", WHOLE);
  });

  it("nobody announces it, and the kernel has a way of somebody else's", () =>
    ends("192.168.1.50", /\(announcement\): .* packets go by 192\.168\.1\.0\/24 of "kernel"\.$/));

  it("the router does not answer ARP, nor while packets go on coming", async () => {
    await node.sysctl("net.ipv4.neigh.eth0.retrans_time_ms", 20);
    await node.run("ping", "-c", "1", "-W", "1", "172.16.7.1");
    await ends("172.16.7.1", /\(neighbour entry\): 192\.168\.1\.77 does not answer on eth0/);
    await node.sysctl("net.ipv4.neigh.eth0.retrans_time_ms", 30_000);
    const ping = node.start(["ping", "-i", "0.2", "-W", "1", "172.16.7.1"]);
    await ends("172.16.7.1", /does not answer on eth0 \(ARP or NDP: INCOMPLETE\)/);
    await ping.end("SIGKILL");
  });

  it("packets of pods do not fit", async () => {
    await node.ip("link", "set", "eth0", "mtu", "1400");
    await ends("172.16.3.7", /\(mtu\): eth0 takes packets of 1400 bytes, and pods send 1500\./);
    await node.ip("link", "set", "eth0", "mtu", "1500");
    await node.ip("route", "add", "192.168.1.1/32", "dev", "eth0", "mtu", "lock", "1300");
    await until("the kernel has it", async () =>
      / MTU 1500 \(path 1300, locked\)/.test(await underlay.ask("explain 172.16.3.7")),
    );
    await node.ip("route", "del", "192.168.1.1/32", "dev", "eth0");
    await ends("172.16.3.7", WHOLE);
  });

  it("a pod of which everybody hears", () => ends("172.16.1.2", WHOLE));

  it("a pod on an interface that is not for pods", () =>
    ends(
      "172.16.2.50",
      /\(pod\): no pod .* on other0, which pods\.interfaces \(veth\*\) does not match\./,
    ));

  it("a pod outside the pool", () =>
    ends("10.99.0.1", /\(pool\): no pod of this node has 10\.99\.0\.1\/32: outside pods\.pool\./));

  it("an address of the block that no pod has", () =>
    ends("172.16.1.77", /\(pod\): packets to 172\.16\.1\.77 come to this node by its block/));

  it("an export filter keeps a pod back", async () => {
    await configure(config({ peer: ", export: silent" }));
    await ends(
      "172.16.1.2",
      /\(export\): tor is not told of 172\.16\.1\.2\/32: filter silent: rule 1\./,
    );
  });

  it("only the block is announced", async () => {
    await configure(config({ advertise: "block" }));
    await ends("172.16.1.2/32", /\(block\): the pod .* found on veth0, and goes by its block/);
    await ends("172.16.1.2", WHOLE);
  });

  it("a block has no blackhole", async () => {
    await configure(config({ blocks: "172.16.1.0/24, 172.16.8.0/24" }));
    await ends("172.16.8.0/24", /\(block\): 172\.16\.8\.0\/24 is not announced: EEXIST.* boot\./);
  });

  it("a limit keeps it away", async () => {
    await configure(config({ peer: ", maxPrefixes: { received: 2, action: block }" }));
    await underlay.ask('restart tor "limit"');
    await until(
      "some are kept away",
      async () =>
        /^Broken link \(limit\): /.test(await explain("172.16.7.0/24")) ||
        /^Broken link \(limit\): /.test(await explain("172.16.3.0/24")),
    );
    await configure(config());
    await underlay.ask("restart tor");
    await ends("172.16.3.7", WHOLE);
  });

  it("its link is down", async () => {
    await node.ip("link", "set", "eth0", "down");
    await ends("172.16.3.7", /\(next hop\): .*: interface eth0 is down\. Bring that link up/);
    await node.ip("link", "set", "eth0", "up");
    await underlay.established("tor");
    await ends("172.16.3.7", WHOLE);
  });

  it("there is no session", async () => {
    await bird.end();
    await ends("172.16.3.7", /^Broken link \(session\): nobody can announce .* tor is not up: /);
    await ends("172.16.1.2", /^Broken link \(session\): tor is not told of 172\.16\.1\.2\/32: /);
  });
});
