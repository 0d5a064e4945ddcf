import { Bird } from "../support/bird.ts";
import { Frr } from "../support/frr.ts";
import { GoBgp } from "../support/gobgp.ts";
import type { Host } from "../support/net.ts";

/** A real router as the tests need it, whoever plays it: the ToR that underlayd peers with. */
export interface Router {
  readonly kind: RouterKind;
  established(neighbour: string): Promise<void>;
  /** Whether the router holds a route to exactly this prefix, learnt by BGP. */
  holds(prefix: string): Promise<boolean>;
  announce(prefix: string): Promise<void>;
  withdraw(prefix: string): Promise<void>;
  /** The same program again after end(). */
  restart(): Promise<Router>;
  end(signal: NodeJS.Signals): Promise<unknown>;
  /** What it says about its sessions, for a failing test's message. */
  detail(): Promise<string>;
}

export type RouterKind = "frr" | "bird" | "gobgp";

export interface RouterSpec {
  readonly asn: number;
  readonly routerId: string;
  readonly neighbours: readonly {
    readonly address: string;
    readonly asn: number;
    readonly password?: string;
    /** GTSM for a directly connected neighbour. */
    readonly gtsm?: boolean;
    /** The router waits to be connected to. */
    readonly passive?: boolean;
  }[];
  /** Prefixes that it announces from the start. */
  readonly networks: readonly string[];
}

export function startRouter(kind: RouterKind, host: Host, spec: RouterSpec): Promise<Router> {
  if (kind === "frr") return FrrRouter.start(host, spec);
  if (kind === "bird") return BirdRouter.start(host, spec);
  return GoBgpRouter.start(host, spec);
}

const isIpv6 = (text: string): boolean => text.includes(":");
const familyWord = (prefix: string): "ipv4" | "ipv6" => (isIpv6(prefix) ? "ipv6" : "ipv4");

class FrrRouter implements Router {
  readonly kind = "frr";
  readonly #host: Host;
  readonly #spec: RouterSpec;
  readonly #frr: Frr;

  private constructor(host: Host, spec: RouterSpec, frr: Frr) {
    this.#host = host;
    this.#spec = spec;
    this.#frr = frr;
  }

  static async start(host: Host, spec: RouterSpec): Promise<FrrRouter> {
    const { asn, routerId, neighbours, networks } = spec;
    const family = (name: string, wanted: boolean): string[] => [
      ` address-family ${name} unicast`,
      ...neighbours.map(({ address }) => `  neighbor ${address} activate`),
      ...networks.filter((p) => isIpv6(p) === wanted).map((prefix) => `  network ${prefix}`),
      " exit-address-family",
    ];
    const frr = await Frr.start(
      host,
      [
        "frr defaults datacenter",
        `hostname ${host.name}`,
        `router bgp ${asn}`,
        ` bgp router-id ${routerId}`,
        " no bgp ebgp-requires-policy",
        " no bgp network import-check",
        " no bgp default ipv4-unicast",
        ...neighbours.flatMap(({ address, asn: peer, password, gtsm, passive }) => [
          ` neighbor ${address} remote-as ${peer}`,
          ` neighbor ${address} timers 3 9`,
          ` neighbor ${address} timers connect 1`,
          ...(password === undefined ? [] : [` neighbor ${address} password ${password}`]),
          ...(gtsm === true ? [` neighbor ${address} ttl-security hops 1`] : []),
          ...(passive === true ? [` neighbor ${address} passive`] : []),
        ]),
        ...family("ipv4", false),
        ...family("ipv6", true),
        "",
      ].join("\n"),
    );
    return new FrrRouter(host, spec, frr);
  }

  established(neighbour: string): Promise<void> {
    return this.#frr.established(neighbour);
  }

  async holds(prefix: string): Promise<boolean> {
    const family = familyWord(prefix);
    const answer = await this.#frr.json<{ paths?: { valid?: boolean; peer?: unknown }[] }>(
      `show bgp ${family} unicast ${prefix}`,
    );
    return (answer.paths ?? []).some((path) => path.valid === true && path.peer !== undefined);
  }

  async announce(prefix: string): Promise<void> {
    await this.#network(prefix, `network ${prefix}`);
  }

  async withdraw(prefix: string): Promise<void> {
    await this.#network(prefix, `no network ${prefix}`);
  }

  async #network(prefix: string, line: string): Promise<void> {
    const { asn } = this.#spec;
    await this.#frr.configure(
      `router bgp ${asn}`,
      `address-family ${familyWord(prefix)} unicast`,
      line,
    );
  }

  restart(): Promise<Router> {
    return FrrRouter.start(this.#host, this.#spec);
  }

  end(signal: NodeJS.Signals): Promise<unknown> {
    return this.#frr.end(signal);
  }

  detail(): Promise<string> {
    return this.#frr.bgp("show bgp neighbors");
  }
}

class BirdRouter implements Router {
  readonly kind = "bird";
  readonly #host: Host;
  readonly #spec: RouterSpec;
  readonly #bird: Bird;
  #networks: readonly string[];

  private constructor(host: Host, spec: RouterSpec, bird: Bird) {
    this.#host = host;
    this.#spec = spec;
    this.#bird = bird;
    this.#networks = spec.networks;
  }

  static async start(host: Host, spec: RouterSpec): Promise<BirdRouter> {
    return new BirdRouter(host, spec, await Bird.start(host, birdConfig(spec, spec.networks)));
  }

  async established(neighbour: string): Promise<void> {
    const index = this.#spec.neighbours.findIndex(({ address }) => address === neighbour);
    await this.#bird.established(`peer${index}`);
  }

  async holds(prefix: string): Promise<boolean> {
    const text = await this.#bird.ask(`show route ${prefix}`).catch(() => "");
    return text.includes(`${prefix} `) && /\[peer\d/.test(text);
  }

  async announce(prefix: string): Promise<void> {
    await this.#set([...this.#networks, prefix]);
  }

  async withdraw(prefix: string): Promise<void> {
    await this.#set(this.#networks.filter((network) => network !== prefix));
  }

  async #set(networks: readonly string[]): Promise<void> {
    this.#networks = networks;
    await this.#bird.reconfigure(birdConfig(this.#spec, networks));
  }

  restart(): Promise<Router> {
    return BirdRouter.start(this.#host, this.#spec);
  }

  end(signal: NodeJS.Signals): Promise<unknown> {
    return this.#bird.end(signal);
  }

  detail(): Promise<string> {
    return this.#bird.ask("show protocols all");
  }
}

function birdConfig(
  { asn, routerId, neighbours }: RouterSpec,
  networks: readonly string[],
): string {
  const statics = (family: "ipv4" | "ipv6"): string => {
    const routes = networks.filter((prefix) => familyWord(prefix) === family);
    const lines = routes.map((prefix) => `  route ${prefix} blackhole;`).join("\n");
    return `protocol static own_${family} { ${family}; \n${lines}\n}`;
  };
  const peers = neighbours.map(({ address, asn: peer, password, gtsm, passive }, index) =>
    [
      `protocol bgp peer${index} {`,
      `  local as ${asn};`,
      `  neighbor ${address} as ${peer};`,
      "  hold time 9; keepalive time 3; connect delay time 1; connect retry time 1;",
      "  error wait time 1, 2;",
      password === undefined ? "" : `  password "${password}";`,
      gtsm === true ? "  ttl security on;" : "",
      passive === true ? "  passive;" : "",
      "  ipv4 { import all; export where source = RTS_STATIC; };",
      "  ipv6 { import all; export where source = RTS_STATIC; };",
      "}",
    ].join("\n"),
  );
  return [
    `router id ${routerId};`,
    "protocol device {}",
    statics("ipv4"),
    statics("ipv6"),
    ...peers,
    "",
  ].join("\n");
}

class GoBgpRouter implements Router {
  readonly kind = "gobgp";
  readonly #host: Host;
  readonly #spec: RouterSpec;
  readonly #gobgp: GoBgp;

  private constructor(host: Host, spec: RouterSpec, gobgp: GoBgp) {
    this.#host = host;
    this.#spec = spec;
    this.#gobgp = gobgp;
  }

  static async start(host: Host, spec: RouterSpec): Promise<GoBgpRouter> {
    const { asn, routerId, neighbours, networks } = spec;
    const peers = neighbours.map(({ address, asn: peer, password, gtsm, passive }) =>
      [
        "[[neighbors]]",
        "  [neighbors.config]",
        `    neighbor-address = "${address}"`,
        `    peer-as = ${peer}`,
        password === undefined ? "" : `    auth-password = "${password}"`,
        "  [neighbors.timers.config]",
        "    connect-retry = 1",
        "    hold-time = 9",
        "    keepalive-interval = 3",
        "    idle-hold-time-after-reset = 1",
        "  [neighbors.transport.config]",
        `    passive-mode = ${passive === true}`,
        gtsm === true
          ? "  [neighbors.ttl-security.config]\n    enabled = true\n    ttl-min = 255"
          : "",
        ...["ipv4-unicast", "ipv6-unicast"].map(
          (family) =>
            `  [[neighbors.afi-safis]]\n    [neighbors.afi-safis.config]\n      afi-safi-name = "${family}"`,
        ),
      ].join("\n"),
    );
    const gobgp = await GoBgp.start(
      host,
      `[global.config]\n  as = ${asn}\n  router-id = "${routerId}"\n${peers.join("\n")}\n`,
    );
    const router = new GoBgpRouter(host, spec, gobgp);
    for (const network of networks) await router.announce(network);
    return router;
  }

  established(neighbour: string): Promise<void> {
    return this.#gobgp.established(neighbour);
  }

  async holds(prefix: string): Promise<boolean> {
    const text = await this.#gobgp.ask("global", "rib", "-a", familyWord(prefix), "-j", prefix);
    if (!text.trim().startsWith("{") && !text.trim().startsWith("[")) return false;
    return /"source-id"|"neighbor-ip"/.test(text) && text.includes(prefix);
  }

  async announce(prefix: string): Promise<void> {
    await this.#rib("add", prefix);
  }

  async withdraw(prefix: string): Promise<void> {
    await this.#rib("del", prefix);
  }

  async #rib(verb: string, prefix: string): Promise<void> {
    // GoBGP announces the next hop that it is given: an own address of the wire to the neighbour.
    const family = familyWord(prefix);
    const inet = family === "ipv4" ? "inet" : "inet6";
    const addresses = await this.#host.ipJson<{ addr_info: { family: string; local: string }[] }>(
      ...["address", "show", "dev", "eth0"],
    );
    const local = addresses
      .flatMap(({ addr_info }) => addr_info)
      .find((entry) => entry.family === inet && !entry.local.startsWith("fe80"));
    const via = local === undefined ? [] : ["nexthop", local.local];
    await this.#gobgp.ask("global", "rib", verb, "-a", family, prefix, ...via);
  }

  restart(): Promise<Router> {
    return GoBgpRouter.start(this.#host, this.#spec);
  }

  end(signal: NodeJS.Signals): Promise<unknown> {
    return this.#gobgp.end(signal);
  }

  detail(): Promise<string> {
    return this.#gobgp.ask("neighbor");
  }
}
