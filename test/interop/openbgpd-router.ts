import type { Host } from "../support/net.ts";
import { OpenBgpd } from "../support/openbgpd.ts";
import type { LearntPath, NeighbourSpec, Router, RouterSpec } from "./router.ts";

/** As far as the tests read what `bgpctl -j show rib detail` prints. */
interface OpenBgpdPath {
  readonly prefix: string;
  readonly aspath?: string;
  readonly best?: boolean;
  readonly neighbor: { readonly remote_addr: string };
  readonly attributes?: readonly {
    readonly type: string;
    readonly originator?: string;
    readonly cluster_list?: readonly string[];
  }[];
}

export class OpenBgpdRouter implements Router {
  readonly kind = "openbgpd";
  readonly spec: RouterSpec;
  readonly #openbgpd: OpenBgpd;

  private constructor(spec: RouterSpec, openbgpd: OpenBgpd) {
    this.spec = spec;
    this.#openbgpd = openbgpd;
  }

  static async start(host: Host, spec: RouterSpec): Promise<OpenBgpdRouter> {
    // For the family that a session is not over, it announces the first address of the loopback (7.7
    // on Linux), and ends for good where there is none: it finds there what it should have found.
    const own = [
      await host.globalAddress("eth0", "ipv4"),
      await host.globalAddress("eth0", "ipv6"),
    ];
    await host.ip("address", "flush", "dev", "lo");
    for (const address of own) await host.ip("address", "add", address, "dev", "lo");
    return new OpenBgpdRouter(spec, await OpenBgpd.start(host, config(spec)));
  }

  async established(neighbour: string): Promise<void> {
    await this.forgive();
    await this.#openbgpd.established(neighbour);
  }

  /** It rests for half a minute after an end. */
  async forgive(): Promise<void> {
    for (const { address } of this.spec.neighbours) {
      if ((await this.#openbgpd.state(address)) !== "Idle") continue;
      await this.#openbgpd.ask("neighbor", address, "up");
    }
  }

  isEstablished(neighbour: string): Promise<boolean> {
    return this.#openbgpd.isEstablished(neighbour);
  }

  async path(prefix: string): Promise<LearntPath | undefined> {
    const { rib = [] } = await this.#openbgpd.json<{ rib?: OpenBgpdPath[] }>(
      ...["show", "rib", "detail", prefix],
    );
    const isLearnt = ({ neighbor }: OpenBgpdPath): boolean => /[.:]/.test(neighbor.remote_addr);
    const path = rib.find((each) => each.prefix === prefix && each.best === true && isLearnt(each));
    if (path === undefined) return undefined;
    const attributes = path.attributes ?? [];
    return {
      asPath: path.aspath ?? "",
      originator: attributes.find((each) => each.originator !== undefined)?.originator,
      clusters: attributes.flatMap((each) => each.cluster_list ?? []),
    };
  }

  async announce(prefix: string): Promise<void> {
    await this.#openbgpd.ask("network", "add", prefix);
  }

  async withdraw(prefix: string): Promise<void> {
    await this.#openbgpd.ask("network", "delete", prefix);
  }

  async endSession(neighbour: string, text: string): Promise<void> {
    await this.#openbgpd.ask("neighbor", neighbour, "down", text);
  }

  async resumeSession(neighbour: string): Promise<void> {
    await this.#openbgpd.ask("neighbor", neighbour, "up");
  }

  log(): string {
    return this.#openbgpd.program.output;
  }

  pause(): void {
    this.#openbgpd.signal("SIGSTOP");
  }

  resume(): void {
    if (!this.#openbgpd.program.ended) this.#openbgpd.signal("SIGCONT");
  }

  end(signal: NodeJS.Signals): Promise<unknown> {
    return this.#openbgpd.end(signal);
  }

  detail(): Promise<string> {
    return this.#openbgpd.ask("show", "neighbor");
  }
}

function config({ asn, routerId, neighbours, networks }: RouterSpec): string {
  return [
    `AS ${asn}`,
    `router-id ${routerId}`,
    "connect-retry 1",
    // Without a weight, another router's path to a prefix of its own may be better than its own.
    ...networks.map((network) => `network ${network} set weight 1000`),
    ...neighbours.map(neighbourBlock),
    "allow from any",
    "allow to any",
    "",
  ].join("\n");
}

function neighbourBlock(neighbour: NeighbourSpec): string {
  const { address, asn, password, gtsm, passive, gracefulRestart, twoOctet } = neighbour;
  return [
    `neighbor ${address} {`,
    `  remote-as ${asn}`,
    "  holdtime 90",
    "  announce IPv4 unicast",
    "  announce IPv6 unicast",
    `  announce restart ${gracefulRestart === true ? "yes" : "no"}`,
    password === undefined ? "" : `  tcp md5sig password "${password}"`,
    gtsm === true ? "  ttl-security yes" : "",
    passive === true ? "  passive" : "",
    twoOctet === true ? "  announce as-4byte no" : "",
    "}",
  ].join("\n");
}
