import { GoBgp } from "../support/gobgp.ts";
import type { Host } from "../support/net.ts";
import { familyWord } from "./router.ts";
import type { LearntPath, NeighbourSpec, Router, RouterSpec } from "./router.ts";

/** As far as the tests read what `gobgp global rib -j` prints; attributes by their type codes. */
interface GoBgpPath {
  readonly best?: boolean;
  readonly attrs: readonly {
    readonly type: number;
    readonly value?: unknown;
    readonly as_paths?: readonly { readonly asns?: readonly number[] }[];
  }[];
}

const AS_PATH = 2;
const ORIGINATOR_ID = 9;
const CLUSTER_LIST = 10;

export class GoBgpRouter implements Router {
  readonly kind = "gobgp";
  readonly spec: RouterSpec;
  readonly #host: Host;
  readonly #nextHops = new Map<string, string>();
  #gobgp: GoBgp;

  private constructor(host: Host, spec: RouterSpec, gobgp: GoBgp) {
    this.#host = host;
    this.spec = spec;
    this.#gobgp = gobgp;
  }

  static async start(host: Host, spec: RouterSpec): Promise<GoBgpRouter> {
    const router = new GoBgpRouter(host, spec, await GoBgp.start(host, config(spec)));
    for (const network of spec.networks) await router.announce(network);
    return router;
  }

  established(neighbour: string): Promise<void> {
    return this.#gobgp.established(neighbour);
  }

  isEstablished(neighbour: string): Promise<boolean> {
    return this.#gobgp.isEstablished(neighbour);
  }

  async path(prefix: string): Promise<LearntPath | undefined> {
    const text = await this.#gobgp.ask("global", "rib", "-a", familyWord(prefix), "-j", prefix);
    if (!text.trim().startsWith("{")) return undefined; // "Network not in table"
    const table = JSON.parse(text) as Record<string, readonly GoBgpPath[]>;
    const path = (table[prefix] ?? []).find(({ best }) => best === true);
    if (path === undefined) return undefined;
    const attribute = (type: number) => path.attrs.find((each) => each.type === type);
    const segments = attribute(AS_PATH)?.as_paths ?? [];
    return {
      asPath: segments.flatMap(({ asns }) => asns ?? []).join(" "),
      originator: attribute(ORIGINATOR_ID)?.value as string | undefined,
      clusters: (attribute(CLUSTER_LIST)?.value ?? []) as string[],
    };
  }

  async announce(prefix: string): Promise<void> {
    await this.#rib("add", prefix);
  }

  async withdraw(prefix: string): Promise<void> {
    await this.#rib("del", prefix);
  }

  async #rib(verb: string, prefix: string): Promise<void> {
    const family = familyWord(prefix);
    const nextHop = await this.#nextHop(family);
    await this.#gobgp.ask("global", "rib", verb, "-a", family, prefix, "nexthop", nextHop);
  }

  /** GoBGP announces the next hop that it is given: an own address of the wire to the neighbour. */
  async #nextHop(family: "ipv4" | "ipv6"): Promise<string> {
    const known = this.#nextHops.get(family);
    if (known !== undefined) return known;
    const address = await this.#host.globalAddress("eth0", family);
    this.#nextHops.set(family, address);
    return address;
  }

  async endSession(neighbour: string, text: string): Promise<void> {
    // It takes a reason for "disable" too, and does not send it.
    await this.#gobgp.ask("neighbor", neighbour, "reset", "--reason", text);
  }

  /** After a reset GoBGP rests for half a minute, whatever it is told: it is started again. */
  async resumeSession(): Promise<void> {
    await this.#gobgp.end("SIGKILL");
    this.#gobgp = await GoBgp.start(this.#host, config(this.spec));
    for (const network of this.spec.networks) await this.announce(network);
  }

  log(): string {
    return this.#gobgp.program.output;
  }

  pause(): void {
    this.#gobgp.program.child.kill("SIGSTOP");
  }

  resume(): void {
    this.#gobgp.program.child.kill("SIGCONT");
  }

  end(signal: NodeJS.Signals): Promise<unknown> {
    return this.#gobgp.end(signal);
  }

  detail(): Promise<string> {
    return this.#gobgp.ask("neighbor");
  }
}

function config({ asn, routerId, neighbours }: RouterSpec): string {
  return [
    "[global.config]",
    `  as = ${asn}`,
    `  router-id = "${routerId}"`,
    ...neighbours.map(neighbourTable),
    "",
  ].join("\n");
}

function neighbourTable(neighbour: NeighbourSpec): string {
  const { address, asn, password, gtsm, passive, gracefulRestart } = neighbour;
  const restart = (where: string): string =>
    gracefulRestart === true ? `  ${where}\n    enabled = true` : "";
  return [
    "[[neighbors]]",
    "  [neighbors.config]",
    `    neighbor-address = "${address}"`,
    `    peer-as = ${asn}`,
    password === undefined ? "" : `    auth-password = "${password}"`,
    "  [neighbors.timers.config]",
    "    connect-retry = 1",
    "    hold-time = 90",
    "    keepalive-interval = 30",
    "    idle-hold-time-after-reset = 1",
    "  [neighbors.transport.config]",
    `    passive-mode = ${passive === true}`,
    gtsm === true ? "  [neighbors.ttl-security.config]\n    enabled = true\n    ttl-min = 255" : "",
    restart("[neighbors.graceful-restart.config]"),
    ...["ipv4-unicast", "ipv6-unicast"].flatMap((family) => [
      `  [[neighbors.afi-safis]]\n    [neighbors.afi-safis.config]\n      afi-safi-name = "${family}"`,
      restart("  [neighbors.afi-safis.mp-graceful-restart.config]"),
    ]),
  ].join("\n");
}
