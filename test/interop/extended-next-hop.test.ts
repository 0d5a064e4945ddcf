import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Bird } from "../support/bird.ts";
import { Frr } from "../support/frr.ts";
import { GoBgp } from "../support/gobgp.ts";
import { ourRoute } from "../support/kernel.ts";
import { lacking } from "../support/needs.ts";
import { Net, type Host } from "../support/net.ts";
import { Underlay } from "../support/underlay.ts";
import { until } from "../support/wait.ts";

/**
 * IPv4 over links that have IPv6 addresses alone (RFC 8950): the node's block is announced with an
 * IPv6 next hop, the ToRs' IPv4 networks are learnt with one, and packets cross.
 *
 *     node 172.16.1.1  eth0 fd00:1::101 ─── fd00:1::1 frr     10.1.0.1
 *                      eth1 fd00:2::101 ─── fd00:2::1 bird    10.2.0.1
 *                      eth2 fd00:3::101 ─── fd00:3::1 gobgp   10.3.0.1
 *                      eth3 fd00:4::101 ─── fd00:4::1 other   172.16.4.1 (underlayd)
 */

const FRR = `
frr defaults datacenter
hostname frr
router bgp 64601
 bgp router-id 192.0.2.1
 no bgp ebgp-requires-policy
 no bgp network import-check
 no bgp default ipv4-unicast
 neighbor fd00:1::101 remote-as 64512
 neighbor fd00:1::101 timers connect 1
 neighbor fd00:1::101 capability extended-nexthop
 address-family ipv4 unicast
  network 10.1.0.0/16
  neighbor fd00:1::101 activate
 exit-address-family
`;

const BIRD = `
router id 192.0.2.2;
protocol device {}
protocol kernel { ipv4 { export where source = RTS_BGP; }; }
protocol static { ipv4; route 10.2.0.0/16 via "lo"; }
protocol bgp node {
  local fd00:2::1 as 64602;
  neighbor fd00:2::101 as 64512;
  connect retry time 1; connect delay time 1; error wait time 1, 2;
  ipv4 { import all; export where source = RTS_STATIC; next hop self; extended next hop on; };
}
`;

const GOBGP = `
[global.config]
  as = 64603
  router-id = "192.0.2.3"
  port = 179
  local-address-list = ["::"]
[[neighbors]]
  [neighbors.config]
    neighbor-address = "fd00:3::101"
    peer-as = 64512
  [neighbors.timers.config]
    connect-retry = 1
    idle-hold-time-after-reset = 1
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "ipv4-unicast"
`;

const NODE = (asn: number, number: number, peers: string, kernel = ""): string => `
node: { name: n${number}, asn: ${asn}, routerId: 192.0.2.${100 + number} }
pods: { pool: [172.16.0.0/12], blocks: [172.16.${number}.0/24] }
${kernel}
peers:
${peers}`;

const PEERS = `
  - { name: frr, address: "fd00:1::1", asn: 64601, connectRetry: 1, families: [ipv4] }
  - { name: bird, address: "fd00:2::1", asn: 64602, connectRetry: 1, families: [ipv4] }
  - { name: gobgp, address: "fd00:3::1", asn: 64603, connectRetry: 1, families: [ipv4] }
  - { name: other, address: "fd00:4::1", asn: 64604, connectRetry: 1 }
`;

const OTHER = '  - { name: node, address: "fd00:4::101", asn: 64512, connectRetry: 1 }';

describe("IPv4 over IPv6 next hops", { skip: lacking("frr", "bird2", "gobgpd", "tshark") }, () => {
  const net = new Net();
  const tors = new Map<string, Host>();
  let node: Host;
  let frr: Frr;
  let bird: Bird;
  let gobgp: GoBgp;
  let underlay: Underlay;
  let other: Underlay;

  before(async () => {
    node = await net.host("node");
    await node.ip("address", "add", "172.16.1.1/32", "dev", "lo");
    for (const [index, name] of ["frr", "bird", "gobgp", "other"].entries()) {
      const tor = await net.host(name);
      const number = index + 1;
      await net.wire(
        [node, `eth${index}`, `fd00:${number}::101/64`],
        [tor, "eth0", `fd00:${number}::1/64`],
      );
      const own = name === "other" ? "172.16.4.1/32" : `10.${number}.0.1/32`;
      await tor.ip("address", "add", own, "dev", "lo");
      tors.set(name, tor);
    }
    frr = await Frr.start(host("frr"), FRR);
    bird = await Bird.start(host("bird"), BIRD);
    gobgp = await GoBgp.start(host("gobgp"), GOBGP);
    other = await Underlay.start(host("other"), NODE(64604, 4, OTHER));
    underlay = await Underlay.start(node, NODE(64512, 1, PEERS));
    await underlay.established("frr", "bird", "gobgp", "other");
  });

  after(() => net.close());

  function host(name: string): Host {
    const found = tors.get(name);
    assert.ok(found, name);
    return found;
  }

  async function leads(prefix: string, gateway: string): Promise<void> {
    await until(`${prefix} by ${gateway}`, async () => (await ourRoute(node, prefix)) === gateway, {
      detail: async () =>
        [
          await node.ip("route"),
          await node.ip("nexthop"),
          await underlay.ask(`show route for ${prefix} all`),
          underlay.program.output.slice(-3000),
        ].join("\n"),
    });
  }

  /** From an address of the node's block to one behind the ToR, over a link without IPv4. */
  async function crosses(to: string): Promise<void> {
    await until(`a packet crosses to ${to}`, () => node.pings(to, "-I", "172.16.1.1"), {
      detail: async () => `${await node.ip("route")}\n${underlay.program.output.slice(-5000)}`,
    });
  }

  it("is agreed on and carries packets with FRR", async () => {
    await leads("10.1.0.0/16", await linkLocal(host("frr")));
    const text = await frr.bgp("show bgp ipv4 unicast 172.16.1.0/24");
    assert.match(text, /fd00:1::101/);
    await crosses("10.1.0.1");
  });

  it("is agreed on and carries packets with BIRD", async () => {
    await leads("10.2.0.0/16", await linkLocal(host("bird")));
    const text = await bird.ask("show route 172.16.1.0/24 all");
    assert.match(text, /BGP\.next_hop: fd00:2::101 fe80::/);
    await crosses("10.2.0.1");
  });

  it("is agreed on with GoBGP, which says what it has learnt", async () => {
    const rib = ["global", "rib", "-a", "ipv4"] as const;
    await gobgp.ask(...rib, "add", "10.3.0.0/16", "nexthop", "fd00:3::1");
    await leads("10.3.0.0/16", "fd00:3::1");
    assert.match(await gobgp.ask(...rib), /172\.16\.1\.0\/24\s+fd00:3::101/);
  });

  it("is agreed on and carries packets between two of our own", async () => {
    await leads("172.16.4.0/24", await linkLocal(host("other")));
    await crosses("172.16.4.1");
    const text = await other.ask("show route 172.16.1.0/24");
    assert.match(text, /via fe80::[0-9a-f:]+ on eth0/);
    const all = await underlay.ask("show protocols all other");
    assert.match(all, /Extended next hop\n\s+IPv6 nexthop: ipv4/);
  });

  it("writes the next hops into the routes where there are no nexthop objects", async () => {
    await underlay.end("SIGTERM");
    underlay.write(NODE(64512, 1, PEERS, "kernel: { nexthopObjects: off }"));
    await underlay.launch();
    await underlay.established("frr", "bird", "other");
    await leads("10.1.0.0/16", await linkLocal(host("frr")));
    await until("no nhid", async () => !(await node.ip("route")).includes("nhid"));
    await crosses("10.1.0.1");
    await crosses("172.16.4.1");
  });

  it("is left alone where it is switched off, and that costs a new session", async () => {
    underlay.write(NODE(64512, 1, PEERS.replace("asn: 64604", "asn: 64604, extendedNextHop: off")));
    const answer = await underlay.ctl("configure");
    assert.match(answer.stdout, /other: session reset: capabilities/);
    const line = await underlay.logged("next-hop-missing", (each) => each["peer"] === "other");
    assert.equal(line["family"], "ipv4");
    await until(
      "the route is gone",
      async () => (await ourRoute(node, "172.16.4.0/24")) === undefined,
    );
  });
});

/** A host's link-local address on its wire to the node. */
async function linkLocal(host: Host): Promise<string> {
  const text = await host.ip("-o", "-6", "address", "show", "dev", "eth0", "scope", "link");
  return /inet6 (fe80::[0-9a-f:]+)\//.exec(text)?.[1] ?? text;
}
