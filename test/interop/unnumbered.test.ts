import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Bird } from "../support/bird.ts";
import { Capture } from "../support/capture.ts";
import { Frr } from "../support/frr.ts";
import { ourRoute } from "../support/kernel.ts";
import { lacking } from "../support/needs.ts";
import { Net, type Host } from "../support/net.ts";
import { Underlay } from "../support/underlay.ts";
import { until } from "../support/wait.ts";

/**
 * Unnumbered peering: no link has an address but the link-local ones that the kernel makes.
 *
 *     node 172.16.1.1  eth0 ─── frr   10.1.0.1    `neighbor eth0 interface remote-as external`
 *          fd10:1::1   eth1 ─── bird  10.2.0.1    `radv`, `neighbor range fe80::/64`: waits
 *                      eth2 ─── other 172.16.4.1  underlayd, unnumbered too, with BFD
 *                      eth3 ─── dumb  10.4.0.1    BIRD without `radv`, which connects
 *                      eth4 ─── liar              nobody; advertises what it is told to
 */

const FRR = `
frr defaults datacenter
hostname frr
interface eth0
 no ipv6 nd suppress-ra
 ipv6 nd ra-interval 5
exit
router bgp 64601
 bgp router-id 192.0.2.1
 no bgp ebgp-requires-policy
 no bgp network import-check
 neighbor eth0 interface remote-as external
 neighbor eth0 timers connect 1
 address-family ipv4 unicast
  network 10.1.0.0/16
 exit-address-family
 address-family ipv6 unicast
  network fd20:1::/64
  neighbor eth0 activate
 exit-address-family
`;

const BIRD = (number: number, bgp: string): string => `
router id 192.0.2.${number};
protocol device {}
protocol kernel { ipv4 { export where source = RTS_BGP; }; }
protocol kernel { ipv6 { export where source = RTS_BGP; }; }
protocol static { ipv4; route 10.${number}.0.0/16 via "lo"; route 10.9.0.0/16 via "lo"; }
protocol static { ipv6; route fd20:${number}::/64 via "lo"; }
${bgp}
  local as ${64600 + number};
  connect retry time 1; connect delay time 1; error wait time 1, 2;
  ipv4 { import all; export where source = RTS_STATIC; next hop self; extended next hop on; };
  ipv6 { import all; export where source = RTS_STATIC; next hop self; };
}
`;

const RADV = `
protocol radv { interface "eth0" { min ra interval 3; max ra interval 4; default lifetime 0; }; }
protocol bgp {
  neighbor range fe80::/64 external;
  interface "eth0";
  dynamic name "node";`;

const DUMB = `
protocol bgp node {
  neighbor fe80::101%'eth0' external;`;

const peer = (index: number, name: string, rest = ""): string =>
  `  - { name: ${name}, interface: eth${index}, asn: external, connectRetry: 1${rest} }`;

const NODE = (asn: number, number: number, peers: readonly string[], more = ""): string => `
node: { name: n${number}, asn: ${asn}, routerId: 192.0.2.${100 + number} }
pods: { pool: [172.16.0.0/12, "fd10::/16"], blocks: [172.16.${number}.0/24, "fd10:${number}::/64"] }
peers:
${peers.join("\n")}
${more}`;

const BFD = ", bfd: { interval: 100ms, multiplier: 30 }, holdTime: 90";

const PEERS = [
  peer(0, "frr"),
  peer(1, "bird"),
  peer(2, "other", BFD),
  peer(3, "dumb"),
  peer(4, "liar"),
];

describe("unnumbered peering", { skip: lacking("frr", "bird2", "tshark") }, () => {
  const net = new Net();
  const others = new Map<string, Host>();
  let node: Host;
  let frr: Frr;
  let bird: Bird;
  let dumb: Bird;
  let underlay: Underlay;
  let other: Underlay;

  before(async () => {
    node = await net.host("node");
    await node.up("lo", "172.16.1.1/32", "fd10:1::1/128");
    for (const [index, name] of ["frr", "bird", "other", "dumb", "liar"].entries()) {
      const host = await net.host(name);
      others.set(name, host);
      const fixed = name === "dumb" ? ["fe80::101/64"] : [];
      await net.wire([node, `eth${index}`, ...fixed], [host, "eth0"]);
      const number = index + 1;
      const own =
        name === "other"
          ? ["172.16.4.1/32", "fd10:4::1/128"]
          : [`10.${number}.0.1/32`, `fd20:${number}::1/128`];
      await host.up("lo", ...own);
    }
    underlay = await Underlay.start(node, NODE(64512, 1, PEERS));
    frr = await Frr.start(host("frr"), FRR);
    bird = await Bird.start(host("bird"), BIRD(2, RADV));
    dumb = await Bird.start(host("dumb"), BIRD(4, DUMB));
    other = await Underlay.start(host("other"), NODE(64604, 4, [peer(0, "node", BFD)]));
  });

  after(() => net.close());

  function host(name: string): Host {
    const found = others.get(name);
    assert.ok(found, name);
    return found;
  }

  async function leads(prefix: string, gateway: string): Promise<void> {
    await until(`${prefix} by ${gateway}`, async () => (await ourRoute(node, prefix)) === gateway, {
      detail: async () =>
        [
          await node.ip("route"),
          await underlay.ask(`show route for ${prefix} all`),
          underlay.program.output.slice(-3000),
        ].join("\n"),
    });
  }

  /** From the node's block to an address behind the neighbour, over the link without addresses. */
  async function crosses(...addresses: string[]): Promise<void> {
    for (const to of addresses) {
      const from = to.includes(":") ? "fd10:1::1" : "172.16.1.1";
      await until(`a packet crosses to ${to}`, () => node.pings(to, "-I", from), {
        detail: async () => `${await node.ip("route")}${await node.ip("-6", "route")}`,
      });
    }
  }

  it("is found by what decodes without an error, and makes nobody a default router", async () => {
    const capture = await Capture.start(host("liar"), "eth0", "icmp6 and ip6[40] == 134");
    const heard = await capture.seen("a router advertisement", ({ source }) => {
      return source.startsWith("fe80::");
    });
    assert.equal(heard.ttl, 255);
    assert.equal(heard.destination, "ff02::1");
    assert.doesNotMatch(heard.protocols, /malformed/);
    await capture.close();
  });

  it("does not heed an advertisement that may have come from afar (RFC 4861 §6.1.2)", async () => {
    await advertise(host("liar"), "fe80::66", 64);
    await advertise(host("liar"), "fe80::67", 255);
    const found = await underlay.logged("neighbour-found", ({ peer }) => peer === "liar");
    assert.match(String(found["message"]), /at fe80::67 on eth4/);
  });

  it("finds FRR by router advertisements, and is found by them", async () => {
    await underlay.established("frr");
    await frr.established("eth0");
    const found = await underlay.logged("neighbour-found", ({ peer }) => peer === "frr");
    const at = await linkLocal(host("frr"));
    assert.match(String(found["message"]), new RegExp(`at ${at} on eth0`));
    await leads("10.1.0.0/16", at);
    await leads("fd20:1::/64", at);
    await crosses("10.1.0.1", "fd20:1::1");
  });

  it("has FRR take no default route by this node", async () => {
    await frr.established("eth0");
    assert.equal(await host("frr").ip("-6", "route", "show", "default"), "");
  });

  it("finds a BIRD that waits, by its router advertisements", async () => {
    await underlay.established("bird");
    const at = await linkLocal(host("bird"));
    await leads("10.2.0.0/16", at);
    await leads("fd20:2::/64", at);
    await crosses("10.2.0.1", "fd20:2::1");
    assert.match(await bird.ask("show route 172.16.1.0/24 all"), /BGP\.next_hop: .*fe80::/);
  });

  it("takes a neighbour that sends no router advertisements by its connection", async () => {
    await dumb.established("node");
    const at = await linkLocal(host("dumb"));
    await leads("10.4.0.0/16", at);
    await crosses("10.4.0.1", "fd20:4::1");
  });

  it("uses two neighbours for what both announce, with and without nexthop objects", async () => {
    await underlay.established("bird", "dumb");
    const both = [await linkLocal(host("bird")), await linkLocal(host("dumb"))].sort().join(" ");
    await leads("10.9.0.0/16", both);
    await underlay.end("SIGTERM");
    underlay.write(NODE(64512, 1, PEERS, "kernel: { nexthopObjects: off }"));
    await underlay.launch();
    await underlay.established("bird", "dumb");
    await until("routes carry their next hops", async () => {
      return !(await node.ip("route", "show", "proto", "186")).includes("nhid");
    });
    await leads("10.9.0.0/16", both);
    await underlay.end("SIGTERM");
    underlay.write(NODE(64512, 1, PEERS));
    await underlay.launch();
    await leads("10.9.0.0/16", both);
  });

  it("finds another of its kind, watched by BFD", async () => {
    await underlay.established("other");
    await other.established("node");
    const at = await linkLocal(host("other"));
    await leads("172.16.4.0/24", at);
    await leads("fd10:4::/64", at);
    await crosses("172.16.4.1", "fd10:4::1");
    await until("BFD is up", async () =>
      (await underlay.ask("show bfd sessions")).includes(" Up "),
    );
  });

  it("follows a neighbour to another link-local address, and ends the session with the old one", async () => {
    const there = host("other");
    const before = await linkLocal(there);
    // Without the daemon there being told: what a router looks like that was replaced.
    await there.ip("address", "add", "fe80::77/64", "dev", "eth0", "nodad");
    await there.ip("address", "del", `${before}/64`, "dev", "eth0");
    await underlay.logged("neighbour-found", ({ peer, message }) => {
      return peer === "other" && String(message).includes("fe80::77");
    });
    await leads("172.16.4.0/24", "fe80::77");
    await crosses("172.16.4.1", "fd10:4::1");
  });

  it("ends the session with its interface, and begins when there is one again", async () => {
    await underlay.established("frr");
    const since = underlay.log().length;
    const wire = [node, "eth0"] as const;
    await node.ip("link", "del", "eth0");
    const down = await until("session-down", () =>
      underlay
        .log()
        .slice(since)
        .find(({ event, peer }) => event === "session-down" && peer === "frr"),
    );
    assert.match(String(down["message"]), /there is no interface eth0|interface eth0 is down/);
    assert.match(await underlay.ask("show protocols all frr"), /not found yet on eth0/);
    await net.wire(wire, [host("frr"), "eth0"]);
    await underlay.established("frr");
    const at = await linkLocal(host("frr"));
    await leads("10.1.0.0/16", at);
    await crosses("10.1.0.1");
  });

  it("keeps this node's router advertisements and its sysctls as they should be", async () => {
    assert.equal(await node.readSysctl("net.ipv6.conf.all.forwarding"), "1");
    for (const name of ["eth0", "eth1", "eth2", "eth3"]) {
      await until(`accept_ra of ${name}`, async () => {
        return (await node.readSysctl(`net.ipv6.conf.${name}.accept_ra`)) === "2";
      });
    }
    // FRR's own advertisements say that it is a default router; the others' do not.
    const routes = await node.ip("-6", "route", "show", "default");
    assert.doesNotMatch(routes, /dev eth[123]/);
  });

  it("signs with the one password that unnumbered neighbours have", async () => {
    await writeFile(join(net.folder, "key"), "of-all-the-links\n");
    const key = `, password: { file: ${join(net.folder, "key")} }`;
    const since = underlay.log().length;
    underlay.write(NODE(64512, 1, [peer(0, "frr", key), peer(2, "other", key)]));
    assert.equal((await underlay.ctl("configure")).code, 0);
    await frr.configure("router bgp 64601", "neighbor eth0 password of-all-the-links");
    other.write(NODE(64604, 4, [peer(0, "node", key)]));
    assert.equal((await other.ctl("configure")).code, 0);
    for (const name of ["frr", "other"]) {
      await until(
        `a new session with ${name}`,
        () =>
          underlay
            .log()
            .slice(since)
            .some(({ event, peer: who }) => event === "session-up" && who === name),
        { detail: () => underlay.program.output.slice(-5000) },
      );
    }
    await crosses("10.1.0.1", "172.16.4.1");
  });
});

/** A bare router advertisement from an address of the host's own, with a hop limit of one's choice. */
async function advertise(from: Host, address: string, hops: number): Promise<void> {
  await from.ip("address", "add", `${address}/64`, "dev", "eth0", "nodad");
  const program = `
    import * as libc from ${JSON.stringify(LIBC)};
    const end = (last, scope) => Uint8Array.of(10, 0, 0, 0, 0, 0, 0, 0, ...last, scope, 0, 0, 0);
    const { readFileSync } = await import("node:fs");
    const index = Number(readFileSync("/sys/class/net/eth0/ifindex", "utf8"));
    const fd = libc.socket(10, 3, 58);
    libc.setsockoptInt(fd, 41, 18, ${hops});
    const own = [0xfe, 0x80, ...new Uint8Array(13), 0x${address.slice(-2)}];
    if (libc.bind(fd, end(own, index)) < 0) throw new Error("bind");
    const advertisement = Uint8Array.of(134, ...new Uint8Array(15));
    const all = [0xff, 2, ...new Uint8Array(13), 1];
    if (libc.sendto(fd, advertisement, 0, end(all, index)) < 0) throw new Error("sendto");`;
  await from.must(process.execPath, "--input-type=module", "-e", program);
}

const LIBC = join(import.meta.dirname, "../../src/sysdep/libc.ts");

/** A host's link-local address on its wire to the node. */
async function linkLocal(host: Host): Promise<string> {
  const text = await host.ip("-o", "-6", "address", "show", "dev", "eth0", "scope", "link");
  return /inet6 (fe80::[0-9a-f:]+)\//.exec(text)?.[1] ?? text;
}
