import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { IPV4 } from "bgp-ts";
import { Prefix } from "../../src/route/index.ts";
import { Bird } from "../support/bird.ts";
import { Frr } from "../support/frr.ts";
import { ourRoutes } from "../support/kernel.ts";
import { lacking } from "../support/needs.ts";
import { Net, type Host } from "../support/net.ts";
import { announcement, Neighbour } from "../support/neighbour.ts";
import { Traffic } from "../support/traffic.ts";
import { Underlay } from "../support/underlay.ts";
import { until } from "../support/wait.ts";

const SKIP = lacking("frr", "bird2");
const ROUTES = 100_000;
const FAR = "10.0.9.2";
const POD = "172.16.1.10";

/**
 *     pod ── node eth0 ── eth0 router eth1 ── far
 *                                │ eth2
 *                              feeder: 100,000 routes to the router, which passes them on
 *
 * The node announces its block, the router the network of `far` and the 100,000.
 */
class Scene {
  readonly net: Net;
  readonly kind: "frr" | "bird";
  readonly pod: Host;
  readonly node: Host;
  readonly router: Host;
  readonly feeder: Host;
  underlay!: Underlay;
  #established!: () => Promise<boolean>;
  #block!: () => Promise<string>;
  detail!: () => Promise<string>;

  private constructor(net: Net, kind: "frr" | "bird", hosts: readonly Host[]) {
    this.net = net;
    this.kind = kind;
    [this.pod, this.node, this.router, this.feeder] = hosts;
  }

  static async open(net: Net, kind: "frr" | "bird"): Promise<Scene> {
    const [pod, node, router, far, feeder] = [
      await net.host("pod"),
      await net.host("node"),
      await net.host("router"),
      await net.host("far"),
      await net.host("feeder"),
    ];
    await net.wire([pod, "eth0", `${POD}/32`], [node, "veth1"]);
    await net.wire([node, "eth0", "10.0.0.1/24"], [router, "eth0", "10.0.0.2/24"]);
    await net.wire([router, "eth1", "10.0.9.1/24"], [far, "eth0", `${FAR}/24`]);
    await net.wire([router, "eth2", "10.0.8.1/24"], [feeder, "eth0", "10.0.8.2/24"]);
    await pod.ip("route", "add", "10.0.0.1", "dev", "eth0");
    await pod.ip("route", "add", "default", "via", "10.0.0.1", "onlink", "dev", "eth0");
    await node.ip("route", "add", `${POD}/32`, "dev", "veth1");
    await far.ip("route", "add", "default", "via", "10.0.9.1");
    await router.sysctl("net.ipv4.ip_forward", 1);
    const scene = new Scene(net, kind, [pod, node, router, feeder]);
    await scene.#startRouter();
    return scene;
  }

  async #startRouter(): Promise<void> {
    const neighbour = await Neighbour.start(this.feeder, { address: "10.0.8.2", asn: 64700 });
    if (this.kind === "frr") await this.#startFrr();
    else await this.#startBird();
    await neighbour.established();
    const prefixes = Array.from(
      { length: ROUTES },
      (_, i) => new Prefix(IPV4, 0x64400000 + i, 0, 0, 0, 32),
    );
    neighbour.send(announcement(64700, prefixes, "10.0.8.2"));
    neighbour.endOfRib(IPV4);
  }

  async #startFrr(): Promise<void> {
    const frr = await Frr.start(this.router, FRR);
    this.#established = () => frr.isEstablished("10.0.0.1");
    this.#block = () => frr.bgp("show bgp ipv4 unicast 172.16.1.0/24");
    this.detail = () => frr.bgp("show bgp summary", "show bgp neighbors 10.0.0.1");
  }

  async #startBird(): Promise<void> {
    const bird = await Bird.start(this.router, BIRD);
    this.#established = () => bird.isEstablished("node");
    this.#block = () => bird.ask("show route 172.16.1.0/24 all").catch(() => "");
    this.detail = () => bird.ask("show protocols all");
  }

  async start(): Promise<void> {
    this.underlay = await Underlay.start(this.node, CONFIG);
    await this.complete();
  }

  /** The node has all routes, and the router the node's block. */
  async complete(): Promise<void> {
    await this.underlay.established("router");
    await until(
      "the node has all routes in its kernel",
      async () => (await ourRoutes(this.node)).size >= ROUTES + 2,
      { interval: 500, detail: () => this.detail() },
    );
    await until("the router has the block", () => this.hasBlock(), { detail: () => this.detail() });
  }

  async hasBlock(): Promise<boolean> {
    return (await this.#block()).includes("10.0.0.1");
  }

  isEstablished(): Promise<boolean> {
    return this.#established();
  }

  /** Hundreds of packets a second from the pod through node and router, and answers back. */
  async traffic(): Promise<Traffic> {
    await until("the pod reaches far", () => this.pod.pings(FAR), {
      detail: async () => `${await this.detail()}\n${this.underlay.program.output.slice(-3000)}`,
    });
    return new Traffic(this.pod, FAR);
  }
}

const CONFIG = `
node: { name: node, asn: 64512, routerId: 10.0.0.1 }
pods: { pool: [172.16.0.0/12], blocks: [172.16.1.0/24], interfaces: ["veth*"], uplink: eth0 }
restart: { time: 1200, staleTime: 1h } # However long a start takes beside other tests.
peers:
  - { name: router, address: 10.0.0.2, asn: 64600, connectRetry: 1 }
`;

const FRR = `
hostname router
router bgp 64600
 bgp router-id 10.0.0.2
 no bgp ebgp-requires-policy
 no bgp network import-check
 neighbor 10.0.0.1 remote-as 64512
 neighbor 10.0.0.1 timers connect 1
 neighbor 10.0.8.2 remote-as 64700
 neighbor 10.0.8.2 timers connect 1
 address-family ipv4 unicast
  network 10.0.9.0/24
 exit-address-family
`;

const BIRD = `
router id 10.0.0.2;
log stderr all;
protocol device {}
protocol static { ipv4; route 10.0.9.0/24 via "eth1"; }
protocol kernel { ipv4 { import none; export filter { if net ~ 172.16.0.0/12 then accept; reject; }; }; }
protocol bgp node {
  local 10.0.0.2 as 64600; neighbor 10.0.0.1 as 64512;
  connect delay time 1; connect retry time 1; error wait time 1, 2;
  ipv4 { import all; export all; next hop self; };
}
protocol bgp feeder {
  local 10.0.8.1 as 64600; neighbor 10.0.8.2 as 64700;
  connect delay time 1; connect retry time 1; error wait time 1, 2;
  ipv4 { import all; export none; };
}
`;

for (const kind of ["frr", "bird"] as const) {
  describe(`restarts with ${ROUTES} routes beside ${kind}`, { skip: SKIP }, () => {
    const net = new Net();
    let scene: Scene;
    before(async () => {
      scene = await Scene.open(net, kind);
      await scene.start();
    });
    after(() => net.close());

    const recovered = async (): Promise<void> => {
      const line = await scene.underlay.logged("recovered");
      assert.equal(line["by"], "complete");
      await scene.complete();
    };

    it("SIGTERM: no packet is lost, and the router is told nothing", async () => {
      const traffic = await scene.traffic();
      assert.equal(await scene.underlay.end("SIGTERM"), 0);
      assert.ok(await scene.hasBlock(), "it keeps the block");
      await scene.underlay.launch();
      await recovered();
      assert.deepEqual(await traffic.lost(), []);
      // R and F bits: this run has taken the routes of the one before over.
      const shown = await scene.underlay.show("protocols", "all", "router");
      assert.match(shown, /Local cap[^]*Restart recovery[^]*AF preserved: ipv4[^]*Neighbor cap/);
    });

    it("kill -9: no packet is lost", async () => {
      const traffic = await scene.traffic();
      await scene.underlay.end("SIGKILL");
      await scene.underlay.launch();
      await recovered();
      assert.deepEqual(await traffic.lost(), []);
    });

    it("a second restart during the first: no packet is lost", async () => {
      const traffic = await scene.traffic();
      await scene.underlay.end("SIGKILL");
      await scene.underlay.launch();
      await scene.underlay.logged("end-of-rib-sent");
      await scene.underlay.end("SIGKILL");
      await scene.underlay.launch();
      await recovered();
      assert.deepEqual(await traffic.lost(), []);
    });

    it("underlayctl down: the router drops the block at once", async () => {
      await scene.underlay.down();
      assert.equal((await ourRoutes(scene.node)).size, 0, "nothing is left when it comes back");
      await until("the router has dropped it", async () => !(await scene.hasBlock()), {
        detail: () => scene.detail(),
      });
    });
  });
}
