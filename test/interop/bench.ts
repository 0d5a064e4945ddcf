import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { carriers, nexthops } from "../support/kernel.ts";
import { Net, type Host } from "../support/net.ts";
import { Underlay } from "../support/underlay.ts";
import { until } from "../support/wait.ts";
import { isIpv6, type LearntPath, type NeighbourSpec } from "./router.ts";
import type { Router, RouterKind, RouterSpec } from "./router.ts";
import { startRouter } from "./routers.ts";
import { hold, keepMessagesApart } from "./wire.ts";

/** What a test wants of a router besides the usual: its AS, and how it talks to the node. */
export interface TorSpec extends Partial<Omit<NeighbourSpec, "address" | "asn">> {
  readonly asn?: number;
}

export interface Settings {
  readonly peers: readonly string[];
  readonly advertise?: "block" | "hosts";
  /** The node's; 64512 unless said. */
  readonly asn?: number;
  /** The node's BGP Identifier; 192.168.1.101 unless said. */
  readonly routerId?: string;
  readonly reflector?: boolean;
  /** Seconds. */
  readonly staleTime?: number;
  /** By number. Routers that were started otherwise are started again. */
  readonly tors?: Readonly<Record<number, TorSpec>>;
}

export interface PeerSettings {
  readonly address?: string;
  readonly asn?: number;
  readonly holdTime?: number;
  /** Further keys, as YAML. */
  readonly more?: string;
}

export const NODE_ASN = 64512;
const TORS = [1, 2] as const;
const OWN = ["proto", "186"] as const;

/** Of `ip -json address`. */
interface Link {
  readonly addr_info: readonly { readonly local: string }[];
}

interface KernelHop {
  readonly gateway?: string;
}

/**
 * The node, the two routers, and the questions that the tests ask of them. Programs run on from
 * test to test where they can: routers while their configuration stays, the node's daemon never.
 */
export class Bench {
  readonly net = new Net();
  readonly #kind: RouterKind;
  readonly #hosts: Host[] = [];
  readonly #routers: Router[] = [];
  readonly #killed = new Set<number>();
  /** The routers by their addresses, link-local ones too: those are the next hops of IPv6. */
  readonly #gatewayOf = new Map<string, number>();
  #node: Host | undefined;
  #underlay: Underlay | undefined;
  #settings: Settings = { peers: [] };

  private constructor(kind: RouterKind) {
    this.#kind = kind;
  }

  static async open(kind: RouterKind): Promise<Bench> {
    const bench = new Bench(kind);
    try {
      bench.#node = await bench.net.host("node");
      await keepMessagesApart(bench.node);
      for (const n of TORS) {
        const tor = await bench.net.host(`tor${n}`);
        await keepMessagesApart(tor);
        bench.#hosts.push(tor);
        await bench.net.wire(
          [bench.#node, `eth${n - 1}`, `192.168.${n}.101/24`, `fd00:${n}::101/64`],
          [tor, "eth0", `192.168.${n}.1/24`, `fd00:${n}::1/64`],
        );
        await bench.#noteGateways(n, tor);
        // The way to the other router's side: for next hops of routes that the node reflects.
        await tor.ip("route", "add", `192.168.${3 - n}.0/24`, "via", `192.168.${n}.101`);
        await tor.ip("route", "add", `fd00:${3 - n}::/64`, "via", `fd00:${n}::101`);
      }
      await Promise.all(TORS.map((n) => bench.#conform(n, {})));
      return bench;
    } catch (error) {
      await bench.net.close();
      throw error;
    }
  }

  async #noteGateways(n: number, tor: Host): Promise<void> {
    // A veth has its link-local address when both of its ends are up.
    const links = await until(`link-local address of tor${n}`, async () => {
      const found = await tor.ipJson<Link>("address", "show", "dev", "eth0");
      return JSON.stringify(found).includes("fe80") && found;
    });
    for (const { local } of links.flatMap(({ addr_info }) => addr_info)) {
      this.#gatewayOf.set(local, n);
    }
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

  // Configuration

  #spec(n: number, { asn = 64600 + n, ...more }: TorSpec, nodeAsn: number): RouterSpec {
    const addresses = [`192.168.${n}.101`, `fd00:${n}::101`];
    return {
      asn,
      routerId: `192.168.${n}.1`,
      neighbours: addresses.map((address) => ({ address, asn: nodeAsn, ...more })),
      networks: [...["10.0.0.0/16", `10.${n}.0.0/16`], ...["2001:db8::/48", `2001:db8:${n}::/48`]],
    };
  }

  /** Starts a router that is not running, or not as wanted. */
  async #conform(n: number, wanted: TorSpec, nodeAsn = NODE_ASN): Promise<void> {
    const spec = this.#spec(n, wanted, nodeAsn);
    const running = this.#routers.at(n - 1);
    if (running !== undefined) {
      const isSame = JSON.stringify(running.spec) === JSON.stringify(spec);
      if (isSame && !this.#killed.has(n)) return;
      await running.end("SIGTERM");
    }
    this.#routers[n - 1] = await startRouter(this.#kind, this.#hosts[n - 1], spec);
    this.#killed.delete(n);
  }

  /** A peer's line of the configuration. */
  peer(n: number, settings: PeerSettings = {}): string {
    const { address = `192.168.${n}.1`, asn = 64600 + n, holdTime = 90, more } = settings;
    const timers = `holdTime: ${holdTime}, keepalive: ${holdTime / 3}, connectRetry: 1`;
    const rest = more === undefined ? "" : `, ${more}`;
    return `  - { name: tor${n}, address: "${address}", asn: ${asn}, ${timers}${rest} }`;
  }

  #config(settings: Settings): string {
    const { peers, advertise = "block", asn = NODE_ASN, reflector, staleTime = 60 } = settings;
    const { routerId = "192.168.1.101" } = settings;
    return `
node: { name: node, asn: ${asn}, routerId: ${routerId} }
mode: l3
pods:
  pool: [172.16.0.0/12, "fd10::/16"]
  blocks: [172.16.1.0/24, "fd10:1::/64"]
  interfaces: ["veth*"]
  advertise: ${advertise}
kernel: { multipath: 8 }
restart: { staleTime: ${staleTime}s }
${reflector === true ? "reflector: { clusterId: 192.168.1.101 }" : ""}
peers:
${peers.join("\n")}`;
  }

  /** Writes a file into the test's folder. */
  write(name: string, text: string): string {
    const file = join(this.net.folder, name);
    writeFileSync(file, text);
    return file;
  }

  // The node's daemon

  async start(settings: Settings): Promise<void> {
    const { tors = {}, asn } = settings;
    await Promise.all(TORS.map((n) => this.#conform(n, tors[n] ?? {}, asn)));
    this.#settings = settings;
    this.#underlay = await Underlay.start(this.node, this.#config(settings));
  }

  /** Other peers for the running daemon; it is to be told by `reload`. */
  async reconfigure(peers: readonly string[], reload?: () => void): Promise<string> {
    this.underlay.write(this.#config({ ...this.#settings, peers }));
    if (reload !== undefined) {
      reload();
      return "";
    }
    return this.ctl("configure");
  }

  /** `underlayctl WORDS`, which must succeed. */
  async ctl(...words: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.underlay.ctl(...words);
    assert.equal(code, 0, `underlayctl ${words.join(" ")}: ${stdout}${stderr}`);
    return stdout;
  }

  async stop(): Promise<void> {
    await this.underlay.down();
    assert.equal(await this.#ownState(), "", "down leaves nothing of its own in the kernel");
  }

  async #ownState(): Promise<string> {
    const left = await Promise.all([
      this.node.ip("route", "show", ...OWN),
      this.node.ip("-6", "route", "show", ...OWN),
      this.node.ip("nexthop", "show", ...OWN),
    ]);
    return left.join("").trim();
  }

  /** After a test, whatever became of it: as before it. */
  async tidy(): Promise<void> {
    if (this.#underlay?.program.ended === false) await this.#underlay.end("SIGKILL");
    for (const [index, router] of this.#routers.entries()) {
      router.resume();
      if (!this.#killed.has(index + 1)) await router.forgive?.();
    }
    await this.node.ip("route", "flush", ...OWN);
    await this.node.ip("-6", "route", "flush", ...OWN);
    await this.node.ip("nexthop", "flush", ...OWN);
    await this.node.run("ip", "link", "del", "veth1");
    await hold(this.node, "nothing");
    const pod = this.net.hosts().find(({ name }) => name === "pod");
    if (pod !== undefined) await this.net.remove(pod);
  }

  async killTor(n: number): Promise<void> {
    this.#killed.add(n);
    await this.tor(n).end("SIGKILL");
  }

  /** Starts a killed router as it was. */
  async startTor(n: number): Promise<void> {
    this.#routers[n - 1] = await startRouter(this.#kind, this.#hosts[n - 1], this.tor(n).spec);
    this.#killed.delete(n);
  }

  // Questions

  async established(n: number, address = `192.168.${n}.101`): Promise<void> {
    await this.tor(n).established(address);
  }

  async torIsDown(n: number, address = `192.168.${n}.101`): Promise<void> {
    await until(
      `tor${n} has no session`,
      async () => !(await this.tor(n).isEstablished(address)),
      this.#detail(n),
    );
  }

  async torHolds(n: number, prefix: string): Promise<LearntPath> {
    return until(`tor${n} holds ${prefix}`, () => this.tor(n).path(prefix), this.#detail(n));
  }

  async torLacks(n: number, prefix: string): Promise<void> {
    const lacks = async (): Promise<boolean> => (await this.tor(n).path(prefix)) === undefined;
    await until(`tor${n} lacks ${prefix}`, lacks, this.#detail(n));
  }

  /** Waits until a router has logged something; `from`: characters of its log to pass over. */
  async torLogs(n: number, pattern: RegExp, from = 0): Promise<void> {
    await until(
      `tor${n} logs ${pattern.source}`,
      () => pattern.test(this.tor(n).log().slice(from)),
      { detail: () => `${this.tor(n).log().slice(from)}\n${this.#words()}` },
    );
  }

  /** Waits until `show protocols all` says something about a peer; answers all that it says. */
  async shows(name: string, pattern: RegExp): Promise<string> {
    let text = "";
    const told = async (): Promise<string | undefined> => {
      text = await this.underlay.ask(`show protocols all ${name}`);
      return pattern.test(text) ? text : undefined;
    };
    const detail = (): string => `${text}\n${this.#words()}`;
    return until(`the node says ${pattern.source}`, told, { detail });
  }

  /** Waits until the node's kernel has counted something (`nstat`'s names). */
  async nodeCounts(counter: string): Promise<void> {
    await until(`the node counts ${counter}`, async () => {
      const text = await this.node.must("nstat", "-a", "-s", "-z", counter);
      return Number(new RegExp(`${counter} +(\\d+)`).exec(text)?.[1] ?? 0) > 0;
    });
  }

  /** The node's kernel leads to a prefix by just these routers. */
  async nodeHas(prefix: string, tors: readonly number[]): Promise<void> {
    let found = "";
    await until(
      `the node's kernel has ${prefix} by ${tors.map((n) => `tor${n}`).join(" and ")}`,
      async () => {
        found = (await this.#gateways(prefix)).sort().join();
        return found === tors.join();
      },
      { interval: 100, detail: () => `found: ${found}\n${this.#words()}` },
    );
  }

  /** How many members the nexthop group has that the kernel's route leads over; 0: none such. */
  async groupSize(prefix: string): Promise<number> {
    const [route] = await this.#routes(prefix);
    if (route.nhid === undefined) return 0;
    const [object] = await this.node.ipJson<{ group?: unknown[] }>(
      ...["nexthop", "show", "id", String(route.nhid)],
    );
    return object.group?.length ?? 0;
  }

  async nodeLacks(prefix: string): Promise<void> {
    const lacks = async (): Promise<boolean> => (await this.#routes(prefix)).length === 0;
    const detail = (): string => this.#words();
    await until(`the node's kernel has no ${prefix}`, lacks, { detail });
  }

  #routes(prefix: string): Promise<({ nhid?: number; nexthops?: KernelHop[] } & KernelHop)[]> {
    return this.node.ipJson(isIpv6(prefix) ? "-6" : "-4", "route", "show", prefix, ...OWN);
  }

  /** The routers that the kernel's own route leads to, through nexthop objects where it has one. */
  async #gateways(prefix: string): Promise<number[]> {
    const [objects, routes] = await Promise.all([nexthops(this.node), this.#routes(prefix)]);
    const hopsOf = (id: number): KernelHop[] => {
      const object = objects.find((each) => each.id === id);
      if (object === undefined) return [];
      return object.group === undefined ? [object] : carriers(object).flatMap(hopsOf);
    };
    return routes
      .flatMap((route) =>
        route.nhid === undefined ? (route.nexthops ?? [route]) : hopsOf(route.nhid),
      )
      .map(({ gateway }) => this.#gatewayOf.get(gateway ?? "") ?? -1);
  }

  #words(): string {
    return this.#underlay?.program.output.slice(-3000) ?? "";
  }

  #detail(n: number): { detail: () => Promise<string> } {
    return { detail: async () => `${await this.tor(n).detail()}\n${this.#words()}` };
  }

  // Pods

  /** A host behind a veth pair of the node, with a /32 and a /128 route, as CNI plugins make it. */
  async addPod(ipv4: string, ipv6: string): Promise<void> {
    const pod = await this.net.host("pod");
    await this.net.wire([this.node, "veth1"], [pod, "eth0", `${ipv4}/32`, `${ipv6}/128`]);
    await this.node.ip("route", "add", `${ipv4}/32`, "dev", "veth1");
    await this.node.ip("route", "add", `${ipv6}/128`, "dev", "veth1");
  }

  async removePod(): Promise<void> {
    await this.node.ip("link", "del", "veth1");
  }
}
