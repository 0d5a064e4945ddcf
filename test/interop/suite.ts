import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Net, type Host } from "../support/net.ts";
import { Underlay } from "../support/underlay.ts";
import { until } from "../support/wait.ts";
import { startRouter, type Router, type RouterKind, type RouterSpec } from "./routers.ts";

/**
 * What every real router must agree with underlayd about. One node, two ToRs of the same kind:
 *
 *     node eth0 192.168.1.101, fd00:1::101  ───  192.168.1.1, fd00:1::1  tor1   AS 64601
 *          eth1 192.168.2.101, fd00:2::101  ───  192.168.2.1, fd00:2::1  tor2   AS 64602
 *
 * A pod is a host behind a veth pair of the node, with a /32 and a /128 route, as CNI plugins make it.
 */
export function interop(kind: RouterKind): void {
  describe(`interop with ${kind}`, { skip: process.getuid?.() !== 0 && "needs root" }, () => {
    let bench: Bench;
    before(async () => (bench = await Bench.open(kind)));
    after(() => bench.net.close());

    it("comes up over IPv4, announces the block and installs what it learns", async () => {
      await bench.start({ peers: [bench.peer(1)] });
      await bench.established(1, "192.168.1.101");
      await bench.torHolds(1, "172.16.1.0/24");
      await bench.torHolds(1, "fd10:1::/64");
      await bench.nodeHas("10.1.0.0/16", ["192.168.1.1"]);
      await bench.nodeHas("2001:db8:1::/48", ["fd00:1::1"]);
      await bench.stop();
    });

    it("announces a pod when it appears and withdraws it when it goes", async () => {
      await bench.start({ peers: [bench.peer(1)], advertise: "hosts" });
      await bench.established(1, "192.168.1.101");
      await bench.addPod("172.16.1.5", "fd10:1::5");
      await bench.torHolds(1, "172.16.1.5/32");
      await bench.torHolds(1, "fd10:1::5/128");
      await bench.removePod();
      await bench.torLacks(1, "172.16.1.5/32");
      await bench.torLacks(1, "fd10:1::5/128");
      await bench.stop();
    });

    it("follows the router: a prefix announced, then withdrawn", async () => {
      await bench.start({ peers: [bench.peer(1)] });
      await bench.established(1, "192.168.1.101");
      await bench.tor(1).announce("10.9.0.0/24");
      await bench.nodeHas("10.9.0.0/24", ["192.168.1.1"]);
      await bench.tor(1).withdraw("10.9.0.0/24");
      await bench.nodeLacks("10.9.0.0/24");
      await bench.nodeHas("10.1.0.0/16", ["192.168.1.1"]);
      await bench.stop();
    });

    it("comes up over IPv6 with both families in the session", async () => {
      await bench.start({ peers: [bench.peer(1, { address: "fd00:1::1" })] });
      await bench.established(1, "fd00:1::101");
      await bench.torHolds(1, "fd10:1::/64");
      await bench.nodeHas("2001:db8:1::/48", ["fd00:1::1"]);
      await bench.stop();
    });

    it("is connected to when the neighbour is in a listen range", async () => {
      const range = "  - { name: tors, range: 192.168.1.0/24, asn: 64601, max: 10 }";
      await bench.start({ peers: [range] });
      await bench.established(1, "192.168.1.101");
      await bench.torHolds(1, "172.16.1.0/24");
      await bench.nodeHas("10.1.0.0/16", ["192.168.1.1"]);
      await bench.stop();
    });

    it("reaches one prefix by two ToRs: ECMP, and by the other when one is killed", async () => {
      await bench.start({ peers: [bench.peer(1), bench.peer(2)] });
      await bench.established(1, "192.168.1.101");
      await bench.established(2, "192.168.2.101");
      await bench.nodeHas("10.0.0.0/16", ["192.168.1.1", "192.168.2.1"]);
      await bench.tor(2).end("SIGKILL");
      await bench.nodeHas("10.0.0.0/16", ["192.168.1.1"]);
      await bench.nodeLacks("10.2.0.0/16");
      await bench.restartTor(2);
      await bench.nodeHas("10.0.0.0/16", ["192.168.1.1", "192.168.2.1"]);
      await bench.stop();
    });

    it("is killed and started again: routes stay, what has changed meanwhile is put right", async () => {
      await bench.start({ peers: [bench.peer(1)] });
      await bench.nodeHas("10.1.0.0/16", ["192.168.1.1"]);
      await bench.tor(1).announce("10.8.0.0/24");
      await bench.nodeHas("10.8.0.0/24", ["192.168.1.1"]);
      await bench.underlay.end("SIGKILL");
      await bench.nodeHas("10.8.0.0/24", ["192.168.1.1"]);
      await bench.tor(1).withdraw("10.8.0.0/24");
      await bench.underlay.launch();
      await bench.established(1, "192.168.1.101");
      await bench.nodeLacks("10.8.0.0/24");
      await bench.nodeHas("10.1.0.0/16", ["192.168.1.1"]);
      await bench.stop();
    });

    it("reloads: an unchanged session is kept, a new one comes, a removed one goes", async () => {
      await bench.start({ peers: [bench.peer(1)] });
      await bench.established(1, "192.168.1.101");
      await bench.nodeHas("10.1.0.0/16", ["192.168.1.1"]);
      bench.underlay.write(bench.config({ peers: [bench.peer(1), bench.peer(2)] }));
      assert.equal((await bench.underlay.ctl("configure")).code, 0);
      await bench.nodeHas("10.2.0.0/16", ["192.168.2.1"]);
      bench.underlay.write(bench.config({ peers: [bench.peer(1)] }));
      bench.underlay.program.child.kill("SIGHUP");
      await bench.nodeLacks("10.2.0.0/16");
      const downs = bench.underlay.log().filter((line) => line.event === "session-down");
      assert.deepEqual(
        downs.map((line) => line["peer"]),
        ["tor2"],
      );
      await bench.stop();
    });

    it("authenticates by TCP MD5, and not without the key", async () => {
      await bench.secure({ password: "between-us" });
      const file = join(bench.net.folder, "tor.key");
      writeFileSync(file, "something-else\n");
      const peer = bench.peer(1, { more: `password: { file: ${file} }` });
      await bench.start({ peers: [peer] });
      await until("a failed attempt is shown", async () =>
        /Last error/.test(await bench.underlay.show("protocols", "all", "tor1")),
      );
      writeFileSync(file, "between-us\n");
      assert.equal((await bench.underlay.ctl("configure")).code, 0);
      await bench.established(1, "192.168.1.101");
      await bench.nodeHas("10.1.0.0/16", ["192.168.1.1"]);
      await bench.stop();
    });

    it("keeps to GTSM: TTL 255 both ways", async () => {
      await bench.secure({ gtsm: true });
      await bench.start({ peers: [bench.peer(1, { more: "ttlSecurity: 1" })] });
      await bench.established(1, "192.168.1.101");
      await bench.nodeHas("10.1.0.0/16", ["192.168.1.1"]);
      await bench.stop();
    });
  });
}

interface Settings {
  readonly peers: readonly string[];
  readonly advertise?: "block" | "hosts";
}

/** The node, the two routers, and the questions that the tests ask of them. */
class Bench {
  readonly net = new Net();
  readonly #kind: RouterKind;
  readonly #hosts: Host[] = [];
  readonly #routers: Router[] = [];
  #node: Host | undefined;
  #underlay: Underlay | undefined;

  private constructor(kind: RouterKind) {
    this.#kind = kind;
  }

  static async open(kind: RouterKind): Promise<Bench> {
    const bench = new Bench(kind);
    try {
      bench.#node = await bench.net.host("node");
      for (const n of [1, 2]) {
        const tor = await bench.net.host(`tor${n}`);
        bench.#hosts.push(tor);
        await bench.net.wire(
          [bench.node, `eth${n - 1}`, `192.168.${n}.101/24`, `fd00:${n}::101/64`],
          [tor, "eth0", `192.168.${n}.1/24`, `fd00:${n}::1/64`],
        );
        bench.#routers.push(await startRouter(kind, tor, bench.#spec(n)));
      }
      return bench;
    } catch (error) {
      await bench.net.close();
      throw error;
    }
  }

  #spec(n: number, more: { password?: string; gtsm?: boolean } = {}): RouterSpec {
    return {
      asn: 64600 + n,
      routerId: `192.168.${n}.1`,
      neighbours: [`192.168.${n}.101`, `fd00:${n}::101`].map((address) => ({
        address,
        asn: 64512,
        ...more,
      })),
      networks: ["10.0.0.0/16", `10.${n}.0.0/16`, `2001:db8:${n}::/48`],
    };
  }

  get node(): Host {
    assert(this.#node);
    return this.#node;
  }

  get underlay(): Underlay {
    assert(this.#underlay);
    return this.#underlay;
  }

  tor(n: number): Router {
    return this.#routers[n - 1];
  }

  /** A peer's line of the configuration. */
  peer(n: number, { address, more }: { address?: string; more?: string } = {}): string {
    const timers = "holdTime: 9, keepalive: 3, connectRetry: 1";
    const rest = more === undefined ? "" : `, ${more}`;
    return `  - { name: tor${n}, address: "${address ?? `192.168.${n}.1`}", asn: ${64600 + n}, ${timers}${rest} }`;
  }

  config({ peers, advertise = "block" }: Settings): string {
    return `
node: { name: node, asn: 64512, routerId: 192.168.1.101 }
mode: l3
pods:
  pool: [172.16.0.0/12, "fd10::/16"]
  blocks: [172.16.1.0/24, "fd10:1::/64"]
  interfaces: ["veth*"]
  advertise: ${advertise}
kernel: { multipath: 8 }
restart: { staleTime: 60s }
peers:
${peers.join("\n")}`;
  }

  async start(settings: Settings): Promise<void> {
    this.#underlay = await Underlay.start(this.node, this.config(settings));
  }

  async stop(): Promise<void> {
    await this.underlay.ctl("down");
    await until("underlayd has ended", () => this.underlay.program.ended);
    const left = [
      await this.node.ip("route", "show", "proto", "186"),
      await this.node.ip("-6", "route", "show", "proto", "186"),
      await this.node.ip("nexthop", "show", "proto", "186"),
    ].join("");
    assert.equal(left.trim(), "", "down leaves nothing of its own in the kernel");
  }

  async established(n: number, address: string): Promise<void> {
    await this.tor(n).established(address);
  }

  async torHolds(n: number, prefix: string): Promise<void> {
    await until(`tor${n} holds ${prefix}`, () => this.tor(n).holds(prefix), {
      detail: () => this.#detail(n),
    });
  }

  async torLacks(n: number, prefix: string): Promise<void> {
    await until(`tor${n} lacks ${prefix}`, async () => !(await this.tor(n).holds(prefix)), {
      detail: () => this.#detail(n),
    });
  }

  async #detail(n: number): Promise<string> {
    return `${await this.tor(n).detail()}\n${this.underlay.program.output.slice(-3000)}`;
  }

  /** The kernel's gateways to a prefix, from routes or nexthop objects of protocol 186. */
  async #gateways(prefix: string): Promise<string[]> {
    const family = prefix.includes(":") ? "-6" : "-4";
    const routes = await this.node.ipJson<{
      gateway?: string;
      nexthops?: { gateway?: string }[];
    }>(family, "-d", "route", "show", prefix, "proto", "186");
    return routes
      .flatMap((route) => route.nexthops?.map((hop) => hop.gateway) ?? [route.gateway])
      .filter((gateway) => gateway !== undefined)
      .sort();
  }

  async nodeHas(prefix: string, gateways: readonly string[]): Promise<void> {
    let found: string[] = [];
    await until(
      `the node's kernel has ${prefix} via ${gateways.join(" and ")}`,
      async () => {
        found = await this.#gateways(prefix);
        return found.join() === [...gateways].sort().join();
      },
      { detail: () => `found: ${found.join()}\n${this.underlay.program.output.slice(-3000)}` },
    );
  }

  async nodeLacks(prefix: string): Promise<void> {
    await until(
      `the node's kernel has no ${prefix}`,
      async () => (await this.#gateways(prefix)).length === 0,
      { detail: () => this.underlay.program.output.slice(-3000) },
    );
  }

  async addPod(ipv4: string, ipv6: string): Promise<void> {
    const pod = await this.net.host("pod");
    await this.net.wire([this.node, "veth1"], [pod, "eth0", `${ipv4}/32`, `${ipv6}/128`]);
    await this.node.ip("route", "add", `${ipv4}/32`, "dev", "veth1");
    await this.node.ip("route", "add", `${ipv6}/128`, "dev", "veth1");
  }

  async removePod(): Promise<void> {
    await this.node.ip("link", "del", "veth1");
  }

  /** Starts a router again as it was, or with what secures its sessions. */
  async restartTor(n: number): Promise<void> {
    this.#routers[n - 1] = await this.tor(n).restart();
  }

  async secure(more: { password?: string; gtsm?: boolean }): Promise<void> {
    await this.tor(1).end("SIGTERM");
    this.#routers[0] = await startRouter(this.#kind, this.#hosts[0], this.#spec(1, more));
  }
}
