import { Frr } from "../support/frr.ts";
import type { Host } from "../support/net.ts";
import { familyWord, isIpv6 } from "./router.ts";
import type { LearntPath, NeighbourSpec, Router, RouterSpec } from "./router.ts";

/** As far as the tests read what `show bgp ... json` prints. */
interface FrrPath {
  readonly valid?: boolean;
  readonly bestpath?: { readonly overall?: boolean };
  readonly peer?: { readonly peerId?: string };
  readonly aspath?: { readonly string?: string };
  readonly originatorId?: string;
  readonly clusterList?: { readonly list?: readonly string[] };
}

export class FrrRouter implements Router {
  readonly kind = "frr";
  readonly spec: RouterSpec;
  readonly #frr: Frr;

  private constructor(spec: RouterSpec, frr: Frr) {
    this.spec = spec;
    this.#frr = frr;
  }

  static async start(host: Host, spec: RouterSpec): Promise<FrrRouter> {
    return new FrrRouter(spec, await Frr.start(host, config(host.name, spec)));
  }

  established(neighbour: string): Promise<void> {
    return this.#frr.established(neighbour);
  }

  isEstablished(neighbour: string): Promise<boolean> {
    return this.#frr.isEstablished(neighbour);
  }

  async path(prefix: string): Promise<LearntPath | undefined> {
    const answer = await this.#frr.json<{ paths?: FrrPath[] }>(
      `show bgp ${familyWord(prefix)} unicast ${prefix}`,
    );
    // A path of its own has the peer 0.0.0.0 or ::.
    const path = (answer.paths ?? []).find(
      ({ valid, bestpath, peer }) =>
        valid === true && bestpath?.overall === true && /[1-9a-f]/.test(peer?.peerId ?? ""),
    );
    if (path === undefined) return undefined;
    const asPath = path.aspath?.string ?? "";
    return {
      asPath: asPath === "Local" ? "" : asPath,
      originator: path.originatorId,
      clusters: path.clusterList?.list ?? [],
    };
  }

  async announce(prefix: string): Promise<void> {
    await this.#network(prefix, `network ${prefix}`);
  }

  async withdraw(prefix: string): Promise<void> {
    await this.#network(prefix, `no network ${prefix}`);
  }

  async #network(prefix: string, line: string): Promise<void> {
    await this.#frr.configure(
      `router bgp ${this.spec.asn}`,
      `address-family ${familyWord(prefix)} unicast`,
      line,
    );
  }

  async endSession(neighbour: string, text: string): Promise<void> {
    await this.#neighbour(`neighbor ${neighbour} shutdown message ${text}`);
  }

  async resumeSession(neighbour: string): Promise<void> {
    await this.#neighbour(`no neighbor ${neighbour} shutdown`);
  }

  async #neighbour(line: string): Promise<void> {
    await this.#frr.configure(`router bgp ${this.spec.asn}`, line);
  }

  log(): string {
    return this.#frr.output();
  }

  pause(): void {
    for (const pid of this.#frr.pids) process.kill(pid, "SIGSTOP");
  }

  resume(): void {
    for (const pid of this.#frr.pids) process.kill(pid, "SIGCONT");
  }

  end(signal: NodeJS.Signals): Promise<unknown> {
    return this.#frr.end(signal);
  }

  detail(): Promise<string> {
    return this.#frr.bgp("show bgp neighbors");
  }
}

function config(name: string, { asn, routerId, neighbours, networks }: RouterSpec): string {
  const family = (word: string, wanted: boolean): string[] => [
    ` address-family ${word} unicast`,
    ...neighbours.map(({ address }) => `  neighbor ${address} activate`),
    ...networks.filter((prefix) => isIpv6(prefix) === wanted).map((each) => `  network ${each}`),
    " exit-address-family",
  ];
  return [
    "frr defaults datacenter",
    `hostname ${name}`,
    `router bgp ${asn}`,
    ` bgp router-id ${routerId}`,
    " no bgp ebgp-requires-policy",
    " no bgp network import-check",
    " no bgp default ipv4-unicast",
    ...neighbours.flatMap(neighbourLines),
    ...family("ipv4", false),
    ...family("ipv6", true),
    "",
  ].join("\n");
}

function neighbourLines(neighbour: NeighbourSpec): string[] {
  const { address, asn, password, gtsm, passive, twoOctet } = neighbour;
  const line = (words: string): string => ` neighbor ${address} ${words}`;
  return [
    line(`remote-as ${asn}`),
    line("timers 30 90"),
    line("timers connect 1"),
    ...(password === undefined ? [] : [line(`password ${password}`)]),
    ...(gtsm === true ? [line("ttl-security hops 1")] : []),
    ...(passive === true ? [line("passive")] : []),
    // FRR knows all or nothing: without any capability, the session is IPv4 unicast alone.
    ...(twoOctet === true ? [line("dont-capability-negotiate")] : []),
  ];
}
