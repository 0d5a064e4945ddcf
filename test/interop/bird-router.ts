import { Bird } from "../support/bird.ts";
import type { Host } from "../support/net.ts";
import { familyWord } from "./router.ts";
import type { LearntPath, NeighbourSpec, Router, RouterSpec } from "./router.ts";

export class BirdRouter implements Router {
  readonly kind = "bird";
  readonly spec: RouterSpec;
  readonly #bird: Bird;
  #networks: readonly string[];

  private constructor(spec: RouterSpec, bird: Bird) {
    this.spec = spec;
    this.#bird = bird;
    this.#networks = spec.networks;
  }

  static async start(host: Host, spec: RouterSpec): Promise<BirdRouter> {
    return new BirdRouter(spec, await Bird.start(host, config(spec, spec.networks)));
  }

  #protocol(neighbour: string): string {
    return `peer${this.spec.neighbours.findIndex(({ address }) => address === neighbour)}`;
  }

  established(neighbour: string): Promise<void> {
    return this.#bird.established(this.#protocol(neighbour));
  }

  isEstablished(neighbour: string): Promise<boolean> {
    return this.#bird.isEstablished(this.#protocol(neighbour));
  }

  async path(prefix: string): Promise<LearntPath | undefined> {
    // birdc ends with an error where there is no such network.
    const text = await this.#bird.ask(`show route ${prefix} primary all`).catch(() => "");
    if (!text.includes(`${prefix} `) || !/\[peer\d/.test(text)) return undefined;
    const value = (name: string): string | undefined =>
      new RegExp(`BGP\\.${name}: *(.*)`).exec(text)?.[1].trim();
    return {
      asPath: value("as_path") ?? "",
      originator: value("originator_id"),
      clusters: (value("cluster_list") ?? "").split(" ").filter((id) => id !== ""),
    };
  }

  async announce(prefix: string): Promise<void> {
    await this.#set([...this.#networks, prefix]);
  }

  async withdraw(prefix: string): Promise<void> {
    await this.#set(this.#networks.filter((network) => network !== prefix));
  }

  async #set(networks: readonly string[]): Promise<void> {
    this.#networks = networks;
    await this.#bird.reconfigure(config(this.spec, networks));
  }

  async endSession(neighbour: string, text: string): Promise<void> {
    await this.#bird.ask(`disable ${this.#protocol(neighbour)} "${text}"`);
  }

  async resumeSession(neighbour: string): Promise<void> {
    await this.#bird.ask(`enable ${this.#protocol(neighbour)}`);
  }

  log(): string {
    return this.#bird.program.output;
  }

  pause(): void {
    this.#bird.program.child.kill("SIGSTOP");
  }

  resume(): void {
    this.#bird.program.child.kill("SIGCONT");
  }

  end(signal: NodeJS.Signals): Promise<unknown> {
    return this.#bird.end(signal);
  }

  detail(): Promise<string> {
    return this.#bird.ask("show protocols all");
  }
}

function config(spec: RouterSpec, networks: readonly string[]): string {
  const { asn, routerId, neighbours } = spec;
  const statics = (family: "ipv4" | "ipv6"): string => {
    const routes = networks.filter((prefix) => familyWord(prefix) === family);
    const lines = routes.map((prefix) => `  route ${prefix} blackhole;`).join("\n");
    return `protocol static own_${family} { ${family}; \n${lines}\n}`;
  };
  return [
    `router id ${routerId};`,
    "log stderr all;",
    "protocol device {}",
    statics("ipv4"),
    statics("ipv6"),
    ...neighbours.map((neighbour, index) => protocol(asn, neighbour, index)),
    "",
  ].join("\n");
}

function protocol(localAsn: number, neighbour: NeighbourSpec, index: number): string {
  const { address, asn, password, gtsm, passive, twoOctet } = neighbour;
  return [
    `protocol bgp peer${index} {`,
    `  local as ${localAsn};`,
    // A BIRD of two octets takes no larger number here, though it knows it from the OPEN.
    `  neighbor ${address} ${twoOctet === true ? "external" : `as ${asn}`};`,
    "  hold time 90; keepalive time 30; connect delay time 1; connect retry time 1;",
    "  error wait time 1, 2;",
    password === undefined ? "" : `  password "${password}";`,
    gtsm === true ? "  ttl security on;" : "",
    passive === true ? "  passive;" : "",
    twoOctet === true ? "  enable as4 off;" : "",
    "  ipv4 { import all; export where source = RTS_STATIC; };",
    "  ipv6 { import all; export where source = RTS_STATIC; };",
    "}",
  ].join("\n");
}
