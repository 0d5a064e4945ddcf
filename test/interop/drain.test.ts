import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Bird } from "../support/bird.ts";
import { Frr } from "../support/frr.ts";
import { lacking } from "../support/needs.ts";
import { Net, type Host } from "../support/net.ts";
import { Traffic } from "../support/traffic.ts";
import { Underlay } from "../support/underlay.ts";
import { until } from "../support/wait.ts";

/** What both nodes announce, and a pod on each answers for. */
const SERVICE = "10.99.0.1";
/** A pod of node1's alone. */
const POD = "172.16.1.10";

/**
 * Two nodes behind two ToRs, and a client behind each of these:
 *
 *     client1 10.1.0.2 ── tor1 (FRR)  ── 192.168.11.1  node1 .101 ── pod: SERVICE, POD
 *                                    ╲╱
 *                                    ╱╲
 *     client2 10.2.0.2 ── tor2 (BIRD) ── 192.168.12.1  node2 .102 ── pod: SERVICE
 *
 * node2's way is the longer one, so that all packets go to node1 while it is in service.
 */
class Scene {
  readonly net = new Net();
  readonly clients: Host[] = [];
  readonly nodes: Host[] = [];
  readonly underlays: Underlay[] = [];
  tors: Host[] = [];
  frr!: Frr;
  bird!: Bird;

  async open(): Promise<void> {
    const { net } = this;
    this.tors = [await net.host("tor1"), await net.host("tor2")];
    for (const [i, tor] of this.tors.entries()) {
      const bridge = await net.switch(`rack${i + 1}`);
      await net.plug(bridge, [tor, "eth0", `192.168.1${i + 1}.1/24`]);
      this.clients.push(await this.#client(i + 1, tor));
      await tor.sysctl("net.ipv4.ip_forward", 1);
      for (const n of [1, 2]) {
        if (i === 0) this.nodes.push(await net.host(`node${n}`));
        const end = [this.nodes[n - 1], `eth${i}`, `192.168.1${i + 1}.10${n}/24`] as const;
        await net.plug(bridge, end);
      }
    }
    for (const [i, node] of this.nodes.entries()) await this.#pod(i + 1, node);
    this.frr = await Frr.start(this.tors[0], FRR);
    this.bird = await Bird.start(this.tors[1], BIRD);
    for (const [i, node] of this.nodes.entries()) {
      this.underlays.push(await Underlay.start(node, config(i + 1)));
    }
    for (const underlay of this.underlays) await underlay.established("tor1", "tor2");
    for (const client of this.clients) {
      await until(`${client.name} reaches the service`, () => client.pings(SERVICE));
    }
  }

  async #client(n: number, tor: Host): Promise<Host> {
    const client = await this.net.host(`client${n}`);
    await this.net.wire([client, "eth0", `10.${n}.0.2/24`], [tor, "eth1", `10.${n}.0.1/24`]);
    await client.ip("route", "add", "default", "via", `10.${n}.0.1`);
    return client;
  }

  async #pod(n: number, node: Host): Promise<void> {
    const pod = await this.net.host(`pod${n}`);
    const own = n === 1 ? [`${POD}/32`] : [];
    await this.net.wire([pod, "eth0", `${SERVICE}/32`, ...own], [node, "veth1"]);
    await pod.ip("route", "add", `192.168.11.10${n}`, "dev", "eth0");
    await pod.ip("route", "add", "default", "via", `192.168.11.10${n}`, "onlink", "dev", "eth0");
    await node.ip("route", "add", `${SERVICE}/32`, "dev", "veth1");
    for (const address of own) await node.ip("route", "add", address, "dev", "veth1");
  }

  /** Packets that have gone to a node's pod until now. */
  async carried(n: number): Promise<number> {
    const words = ["-s", "link", "show", "dev", "veth1"];
    const [link] = await this.nodes[n - 1].ipJson<Link>(...words);
    return link.stats64.tx.packets;
  }

  /** Waits until a thousand more packets have gone to a node's pod: hundreds of each flow. */
  async carries(n: number): Promise<void> {
    const before = await this.carried(n);
    await until(
      `node${n} carries the traffic`,
      async () => (await this.carried(n)) > before + 1000,
    );
  }

  /** What each ToR shows of the service if it has it from node1; "": it has not. */
  async known(): Promise<string[]> {
    const frr = await this.frr.bgp(`show bgp ipv4 unicast ${SERVICE}/32`);
    const bird = await this.bird.ask(`show route ${SERVICE}/32 protocol node1 all`).catch(() => "");
    return [frr.includes("from 192.168.11.101") ? frr : "", bird.includes(SERVICE) ? bird : ""];
  }
}

interface Link {
  readonly stats64: { readonly tx: { readonly packets: number } };
}

/** `settle`: in seconds. */
function config(n: number, settle = 1): string {
  return `
node: { name: node${n}, asn: 64512, routerId: 192.168.11.10${n} }
pods: { pool: [172.16.0.0/12], blocks: [172.16.${n}.0/24], interfaces: ["veth*"] }
announce: [{ prefix: ${SERVICE}/32 }]
filters: { far: [{ then: default, set: { prepend: 2 } }] }
drain: { settle: ${settle}s, quiet: 4s, packetRate: 2 }
peers:
  - { name: tor1, address: 192.168.11.1, asn: 64601, connectRetry: 1${n === 2 ? ", export: far" : ""} }
  - { name: tor2, address: 192.168.12.1, asn: 64602, connectRetry: 1${n === 2 ? ", export: far" : ""} }`;
}

const FRR = `
hostname tor1
router bgp 64601
 bgp router-id 192.168.11.1
 no bgp ebgp-requires-policy
 no bgp network import-check
 neighbor 192.168.11.101 remote-as 64512
 neighbor 192.168.11.101 timers connect 1
 neighbor 192.168.11.102 remote-as 64512
 neighbor 192.168.11.102 timers connect 1
 address-family ipv4 unicast
  network 10.1.0.0/24
 exit-address-family
`;

/** RFC 8326 §4.2 is the operator's to configure in BIRD. */
const BIRD = `
router id 192.168.12.1;
log stderr all;
protocol device {}
protocol direct { ipv4; interface "eth1"; }
protocol kernel { ipv4 { import none; export where source = RTS_BGP; }; }
filter shutting_down { if (65535, 0) ~ bgp_community then bgp_local_pref = 0; accept; }
template bgp node {
  local 192.168.12.1 as 64602;
  connect delay time 1; connect retry time 1; error wait time 1, 2;
  ipv4 { import filter shutting_down; export where source = RTS_DEVICE; };
}
protocol bgp node1 from node { neighbor 192.168.12.101 as 64512; }
protocol bgp node2 from node { neighbor 192.168.12.102 as 64512; }
`;

describe("a node is drained behind FRR and BIRD", { skip: lacking("frr", "bird2") }, () => {
  const scene = new Scene();
  before(() => scene.open());
  after(() => scene.net.close());

  /** Every client asks for the service all the time. */
  const flows = (): Traffic[] => scene.clients.map((client) => new Traffic(client, SERVICE));

  it("moves to the other node, and no packet is lost; drain --wait comes back when no traffic comes", async () => {
    const [node] = scene.underlays;
    const traffic = flows();
    await scene.carries(1);

    // As long as it is only announced that it goes, it goes on carrying packets.
    node.write(config(1, 300));
    assert.equal((await node.ctl("configure")).code, 0);
    assert.match((await node.ctl("drain")).stdout, /^Drain begun: /);
    await until("both ToRs have been told that it goes", async () => {
      const [frr, bird] = await scene.known();
      return /Community: graceful-shutdown/.test(frr) && /community: \(65535,0\)/.test(bird);
    });
    await scene.carries(2);
    node.write(config(1));
    assert.equal((await node.ctl("configure")).code, 0);

    // Somebody has a route to a pod of node1's that BGP does not take away.
    await scene.tors[0].ip("route", "add", `${POD}/32`, "via", "192.168.11.101");
    const stubborn = new Traffic(scene.clients[0], POD);
    const inVain = await node.ctl("drain", "--wait", "--timeout", "15s");
    assert.equal(inVain.code, 1, inVain.stdout);
    assert.match(
      inVain.stderr,
      /^Not drained within 15 s: .*packets a second go to the pod on veth1/,
    );
    const said = inVain.stdout.split("\n").map((line) => line.slice(0, 60));
    assert.match(said.join("\n"), /routes are withdrawn, waiting/);
    await stubborn.lost();

    const done = await node.ctl("drain", "--wait");
    assert.equal(done.code, 0, done.stderr);
    assert.match(done.stdout, /^Drained: this node$/m);
    const carried = await scene.carried(1);
    await scene.carries(2);
    assert.ok((await scene.carried(1)) < carried + 20, "nothing comes to node1 any more");
    for (const flow of traffic) assert.deepEqual(await flow.lost(), []);
    assert.deepEqual(await scene.known(), ["", ""]);
  });

  it("keeps its sessions and what it has learnt, and says everywhere that it is drained", async () => {
    const [node] = scene.underlays;
    for (const address of ["10.1.0.2", "10.2.0.2"]) {
      assert.ok(await scene.nodes[0].pings(address), `node1 reaches ${address}`);
    }
    assert.match(
      await node.ask("show status"),
      /^Drain: this node: drained, nothing is announced$/m,
    );
    const protocols = await node.ask("show protocols");
    assert.match(protocols, /^tor1 .* up .* Established +Drained/m);
    assert.match(protocols, /^tor2 .* up .* Established +Drained/m);
    const explained = await node.ctl("explain", `${SERVICE}/32`);
    assert.equal(explained.code, 1);
    assert.match(explained.stdout, /tor1, tor2: not told: withheld because the node is drained/);
    assert.match(
      explained.stdout,
      /Broken link \(export\): .*withheld because .* "underlayctl undrain"/,
    );
    const [drain] = await node.json<{ phase: string }[]>("drain", "status");
    assert.equal(drain.phase, "drained");
    const again = await node.ctl("drain", "--wait");
    assert.deepEqual([again.code, again.stdout], [0, "Drained: this node\n"]);
  });

  it("stays drained over a crash and a reload", async () => {
    const [node] = scene.underlays;
    await node.end("SIGKILL");
    await node.launch();
    await node.established("tor1", "tor2");
    await node.logged("end-of-rib-sent", ({ peer }) => peer === "tor1");
    await node.logged("end-of-rib-sent", ({ peer }) => peer === "tor2");
    await node.ctl("configure");
    await until("the ToRs know nothing of it", async () => (await scene.known()).join("") === "");
  });

  it("undrain: everything is announced again, the traffic comes back, and no packet is lost", async () => {
    const [node] = scene.underlays;
    const traffic = flows();
    await scene.carries(2);
    const back = await node.ctl("undrain");
    assert.deepEqual([back.code, back.stdout], [0, "This node announces its routes again\n"]);
    await scene.carries(1);
    for (const flow of traffic) assert.deepEqual(await flow.lost(), []);
    assert.doesNotMatch(await node.ask("show protocols"), /Drained/);
  });

  it("one ToR alone: its clients go by the other node, those of the other ToR notice nothing", async () => {
    const [node] = scene.underlays;
    const traffic = flows();
    await scene.carries(1);
    const done = await node.ctl("drain", "tor1", "--wait");
    assert.equal(done.code, 0, done.stderr);
    assert.match(done.stdout, /^tor1: routes are withdrawn, waiting for the traffic to move$/m);
    const [frr, bird] = await scene.known();
    assert.equal(frr, "");
    assert.doesNotMatch(bird, /65535,0/);
    await scene.carries(1);
    await scene.carries(2);
    assert.equal((await node.ctl("undrain", "tor1")).code, 0);
    await until("tor1 knows of it again", async () => !(await scene.known()).includes(""));
    for (const flow of traffic) assert.deepEqual(await flow.lost(), []);
  });
});
