import { lacking } from "../support/needs.ts";
import type { Net, Host } from "../support/net.ts";
import { Neighbour } from "../support/neighbour.ts";
import { IPV4, type Family } from "bgp-ts";
import { ourRoute } from "../support/kernel.ts";
import { Underlay } from "../support/underlay.ts";
import { until } from "../support/wait.ts";

export const SKIP = lacking();

/**
 * One node with underlayd, and next to it a neighbour made by hand:
 *
 *     node  eth0 10.0.0.1/16, fd00::1/64 ── 10.0.0.2/16, fd00::2/64 eth0  peer
 *
 * Next hops are anywhere in 10.0.0.0/16: routes over them are installed, whoever is there or not.
 */
export class Scene {
  readonly net: Net;
  readonly node: Host;
  readonly peer: Host;
  readonly neighbour: Neighbour;
  underlay!: Underlay;

  private constructor(net: Net, node: Host, peer: Host, neighbour: Neighbour) {
    this.net = net;
    this.node = node;
    this.peer = peer;
    this.neighbour = neighbour;
  }

  /** Hosts, wire and neighbour; `asn` 64512 makes it an internal one. */
  static async open(
    net: Net,
    settings: { asn?: number; families?: readonly Family[]; gracefulRestart?: boolean } = {},
  ): Promise<Scene> {
    const { asn = 64600, families = [IPV4], gracefulRestart = false } = settings;
    const node = await net.host("node");
    const peer = await net.host("peer");
    await net.wire(
      [node, "eth0", "10.0.0.1/16", "fd00::1/64"],
      [peer, "eth0", "10.0.0.2/16", "fd00::2/64"],
    );
    const internal = asn === 64512;
    const neighbour = await Neighbour.start(peer, {
      ...{ address: "10.0.0.2", asn, internal, families, gracefulRestart },
    });
    return new Scene(net, node, peer, neighbour);
  }

  /** Starts underlayd and waits for the session. `more`: further lines of its configuration. */
  async start(more = ""): Promise<void> {
    const sessions = this.neighbour.sessions;
    this.underlay = await Underlay.start(this.node, this.config(more));
    await this.neighbour.established(sessions + 1);
  }

  /** Starts it again as it was, and waits for the session. */
  async restart(): Promise<void> {
    const sessions = this.neighbour.sessions;
    await this.underlay.launch();
    await this.neighbour.established(sessions + 1);
  }

  config(more = ""): string {
    return `
node: { name: node, asn: 64512, routerId: 10.0.0.1 }
pods: { pool: [172.16.0.0/12], blocks: [172.16.1.0/24], uplink: eth0 }
peers:
  - { name: peer, address: 10.0.0.2, asn: ${this.neighbour.asn}, connectRetry: 1 }
${more}`;
  }

  /** Waits until our route to a prefix leads there; "": until there is none. */
  async leads(prefix: string, to: string): Promise<void> {
    let found = "";
    await until(
      `${prefix} leads to ${to || "nothing"}`,
      async () => (found = (await ourRoute(this.node, prefix)) ?? "") === to,
      { detail: () => `found: ${found}\n${this.underlay.program.output.slice(-5000)}` },
    );
  }

  /** Waits until `show route all for` a prefix says so. */
  async shows(prefix: string, pattern: RegExp): Promise<string> {
    let text = "";
    return until(
      `show route for ${prefix} says ${pattern.source}`,
      async () => {
        text = (await this.underlay.ctl("show", "route", "all", prefix)).stdout;
        return pattern.test(text) && text;
      },
      { detail: () => `${text}\n${this.underlay.program.output.slice(-5000)}` },
    );
  }
}
