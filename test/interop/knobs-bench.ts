import { Bird } from "../support/bird.ts";
import { Frr } from "../support/frr.ts";
import { GoBgp } from "../support/gobgp.ts";
import { Net, type Host } from "../support/net.ts";
import { Underlay } from "../support/underlay.ts";
import { until } from "../support/wait.ts";

export const KINDS = ["frr", "bird", "gobgp"] as const;
export type Kind = (typeof KINDS)[number];

/** What a router holds of a prefix that it has learnt by BGP. */
export interface Held {
  /** AS numbers with blanks between. */
  readonly asPath: string;
  /** Of RFC 1997, as 65535:0. */
  readonly communities: readonly string[];
  /** All that the router says of it. */
  readonly text: string;
}

const asPair = (value: number): string => `${value >>> 16}:${value & 0xffff}`;

/** The names that FRR has for well-known communities. */
const FRR_NAMES: Readonly<Record<string, string>> = {
  "graceful-shutdown": "65535:0",
  gracefulShutdown: "65535:0",
};

/**
 * One node between three real routers, and routes from each to all: what may be set for a neighbour is
 * seen by the others as it is meant.
 *
 *     node 192.168.1.101  ───  192.168.1.1  frr    AS 64601  10.1.0.0/16
 *          192.168.2.101  ───  192.168.2.1  bird   AS 64602  10.2.0.0/16
 *          192.168.3.101  ───  192.168.3.1  gobgp  AS 64603  10.3.0.0/16
 */
export class KnobsBench {
  readonly net = new Net();
  node!: Host;
  underlay!: Underlay;
  frr!: Frr;
  bird!: Bird;
  gobgp!: GoBgp;
  /** Lines of BIRD's configuration, for its protocol and its channel. */
  #bird = { protocol: "", export: "accept;" };

  static async open(): Promise<KnobsBench> {
    const bench = new KnobsBench();
    try {
      await bench.#open();
      return bench;
    } catch (error) {
      await bench.net.close();
      throw error;
    }
  }

  async #open(): Promise<void> {
    const { net } = this;
    this.node = await net.host("node");
    const hosts: Host[] = [];
    for (const [index, kind] of KINDS.entries()) {
      const n = index + 1;
      const host = await net.host(kind);
      hosts.push(host);
      await net.wire(
        [this.node, `eth${index}`, `192.168.${n}.101/24`],
        [host, "eth0", `192.168.${n}.1/24`],
      );
    }
    const [frr, bird, gobgp] = hosts;
    this.frr = await Frr.start(frr, frrConfig());
    this.bird = await Bird.start(bird, birdConfig(this.#bird));
    this.gobgp = await GoBgp.start(gobgp, GOBGP_CONFIG);
    await this.gobgp.ask("global", "rib", "add", "10.3.0.0/16", "nexthop", "192.168.3.1");
    this.underlay = await Underlay.start(this.node, this.#config({}));
    await this.established();
  }

  /** Sets keys of peers, for those named; the others, and top-level keys, are as in the beginning. */
  async configure(more: Partial<Record<Kind, string>>, top = ""): Promise<void> {
    this.underlay.write(this.#config(more, top));
    const answer = await this.underlay.ctl("configure");
    if (answer.code !== 0) throw new Error(`configure: ${answer.stdout}${answer.stderr}`);
  }

  async established(kinds: readonly Kind[] = KINDS): Promise<void> {
    await this.underlay.established(...kinds);
  }

  /** Changes lines of BIRD's protocol, or its export filter. */
  async setBird(change: { protocol?: string; export?: string }): Promise<void> {
    this.#bird = { protocol: "", export: "accept;", ...change };
    await this.bird.reconfigure(birdConfig(this.#bird));
  }

  async setFrr(...lines: string[]): Promise<void> {
    await this.frr.configure("router bgp 64601", ...lines);
  }

  async held(kind: Kind, prefix: string): Promise<Held | undefined> {
    if (kind === "frr") return this.#heldByFrr(prefix);
    return kind === "bird" ? this.#heldByBird(prefix) : this.#heldByGoBgp(prefix);
  }

  /** Waits until a router holds a prefix as the predicate wants it. */
  async holds(
    kind: Kind,
    prefix: string,
    match: (held: Held) => boolean = () => true,
  ): Promise<Held> {
    let last: Held | undefined;
    return until(
      `${kind} holds ${prefix}`,
      async () => {
        last = await this.held(kind, prefix);
        return last !== undefined && match(last) && last;
      },
      { detail: () => `${JSON.stringify(last)}\n${this.underlay.program.output.slice(-3000)}` },
    );
  }

  async lacks(kind: Kind, prefix: string): Promise<void> {
    let last: Held | undefined;
    await until(
      `${kind} lacks ${prefix}`,
      async () => (last = await this.held(kind, prefix)) === undefined,
      { detail: () => JSON.stringify(last) },
    );
  }

  /** What the node shows of a prefix, once that matches. */
  async shows(prefix: string, pattern: RegExp): Promise<string> {
    return this.answers(`show route ${prefix} all`, pattern);
  }

  async answers(question: string, pattern: RegExp): Promise<string> {
    let text = "";
    return until(
      `${question}: ${String(pattern)}`,
      async () => {
        text = await this.underlay.ask(question).catch(String);
        return pattern.test(text) && text;
      },
      { detail: () => `${text}\n${this.underlay.program.output.slice(-3000)}` },
    );
  }

  #config(more: Partial<Record<Kind, string>>, top = ""): string {
    const peers = KINDS.map((kind, index) => {
      const address = `192.168.${index + 1}.1`;
      const keys = more[kind] === undefined ? "" : `, ${more[kind]}`;
      return `  - { name: ${kind}, address: ${address}, asn: ${64601 + index}, connectRetry: 1, families: [ipv4], export: every${keys} }`;
    });
    return `
node: { name: node, asn: 64512, routerId: 192.168.1.101 }
pods: { pool: [172.16.0.0/12], blocks: [172.16.1.0/24] }
filters: { every: [{ then: accept }] }
${top}
peers:
${peers.join("\n")}`;
  }

  async #heldByFrr(prefix: string): Promise<Held | undefined> {
    interface Path {
      readonly aspath?: { readonly string?: string };
      readonly community?: { readonly list?: readonly string[] };
      readonly peer?: { readonly peerId?: string };
    }
    const answer = await this.frr.json<{ paths?: readonly Path[] }>(
      `show bgp ipv4 unicast ${prefix}`,
    );
    const path = (answer.paths ?? []).find(({ peer }) => peer?.peerId === "192.168.1.101");
    if (path === undefined) return undefined;
    return {
      asPath: path.aspath?.string ?? "",
      communities: (path.community?.list ?? []).map((each) => FRR_NAMES[each] ?? each),
      text: JSON.stringify(path),
    };
  }

  async #heldByBird(prefix: string): Promise<Held | undefined> {
    const text = await this.bird.ask(`show route ${prefix} protocol node all`).catch(() => "");
    if (!text.includes(`${prefix} `)) return undefined;
    const value = (name: string): string =>
      (new RegExp(`BGP\\.${name}: *(.*)`).exec(text)?.[1] ?? "").trim();
    const communities = value("community").replaceAll(/[()]/g, "").replaceAll(",", ":");
    return {
      asPath: value("as_path"),
      communities: communities.split(" ").filter((each) => each !== ""),
      text,
    };
  }

  async #heldByGoBgp(prefix: string): Promise<Held | undefined> {
    interface Path {
      readonly "source-id"?: string;
      readonly attrs: readonly {
        readonly type: number;
        readonly as_paths?: readonly { readonly asns?: readonly number[] }[];
        readonly communities?: readonly number[];
      }[];
    }
    const text = await this.gobgp.ask("global", "rib", "-j", prefix);
    if (!text.trim().startsWith("{")) return undefined;
    const [path] = (JSON.parse(text) as Record<string, readonly Path[]>)[prefix] ?? [];
    if (path?.["source-id"] === undefined) return undefined;
    const attribute = (type: number) => path.attrs.find((each) => each.type === type);
    const segments = attribute(2)?.as_paths ?? [];
    return {
      asPath: segments.flatMap(({ asns }) => asns ?? []).join(" "),
      communities: (attribute(8)?.communities ?? []).map(asPair),
      text: JSON.stringify(path),
    };
  }
}

function frrConfig(): string {
  return `frr defaults datacenter
hostname frr
router bgp 64601
 bgp router-id 192.168.1.1
 no bgp ebgp-requires-policy
 no bgp network import-check
 neighbor 192.168.1.101 remote-as 64512
 neighbor 192.168.1.101 timers 30 90
 neighbor 192.168.1.101 timers connect 1
 address-family ipv4 unicast
  network 10.1.0.0/16
 exit-address-family
`;
}

function birdConfig(change: { readonly protocol: string; readonly export: string }): string {
  return `router id 192.168.2.1;
log stderr all;
protocol device {}
protocol static own { ipv4; route 10.2.0.0/16 blackhole; }
protocol bgp node {
  local 192.168.2.1 as 64602;
  neighbor 192.168.2.101 as 64512;
  hold time 90; keepalive time 30; connect delay time 1; connect retry time 1;
  error wait time 1, 2;
  ${change.protocol}
  ipv4 { import all; export filter { if source != RTS_STATIC then reject; ${change.export} }; };
}
`;
}

const GOBGP_CONFIG = `[global.config]
  as = 64603
  router-id = "192.168.3.1"
[[neighbors]]
  [neighbors.config]
    neighbor-address = "192.168.3.101"
    peer-as = 64512
  [neighbors.timers.config]
    connect-retry = 1
    hold-time = 90
    keepalive-interval = 30
    idle-hold-time-after-reset = 1
`;
