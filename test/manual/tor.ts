import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Frr } from "../support/frr.ts";
import { type Host, Net } from "../support/net.ts";
import { Underlay } from "../support/underlay.ts";
import { blockAfter } from "./pages.ts";

/** The network of config/tor.md, with the configurations that stand there. */

export const PAGE = "config/tor.md";
const PASSWORD = "s3cret";

/**
 *     node1 .101 ─┐                             each node has a pod: 172.16.1.2, 172.16.2.2
 *                 ├─ switch ─ .1 tor
 *     node2 .102 ─┘             192.168.1.0/24
 */
export class TorNetwork {
  readonly net = new Net();
  tor!: Host;
  readonly nodes: Host[] = [];
  readonly pods: Host[] = [];
  readonly daemons: Underlay[] = [];

  async build(): Promise<void> {
    const { net } = this;
    const bridge = await net.switch("switch");
    this.tor = await net.host("tor");
    await net.plug(bridge, [this.tor, "eth0", "192.168.1.1/24"]);
    await this.tor.sysctl("net.ipv4.ip_forward", 1);
    for (const n of [1, 2]) {
      const node = await net.host(`node${n}`);
      await net.plug(bridge, [node, "eth0", `192.168.1.10${n}/24`]);
      const pod = await net.host(`pod${n}`);
      await net.wire([node, "veth0", `172.16.${n}.1/32`], [pod, "eth0", `172.16.${n}.2/32`]);
      await node.ip("route", "add", `172.16.${n}.2`, "dev", "veth0");
      await pod.ip("route", "add", `172.16.${n}.1`, "dev", "eth0");
      await pod.ip("route", "add", "default", "via", `172.16.${n}.1`);
      this.nodes.push(node);
      this.pods.push(pod);
    }
  }

  /** The node's configuration in the page, for node `n`; `change`: what is different. */
  config(n: number, change: (text: string) => string = (text) => text): string {
    const folder = join(this.net.folder, "keys");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "tor.key"), `${PASSWORD}\n`, { mode: 0o600 });
    return change(
      blockAfter(PAGE, "## The node", "yaml")
        .replace("192.168.1.101", `192.168.1.10${n}`)
        .replace("blocks: [172.16.1.0/24]", `blocks: [172.16.${n}.0/24]`)
        .replace("/etc/underlay/tor.key", join(folder, "tor.key")),
    );
  }

  async startNodes(change?: (text: string) => string): Promise<void> {
    for (const [at, node] of this.nodes.entries()) {
      this.daemons.push(await Underlay.start(node, this.config(at + 1, change)));
    }
  }

  /** FRR with the configuration that follows a heading of the page. */
  async startFrr(heading: string): Promise<Frr> {
    const [rest, bfd] = splitBfd(blockAfter(PAGE, heading, "frr"));
    return Frr.start(this.tor, rest, bfd);
  }
}

/** frr.conf is one file for all daemons; here each has its own. */
export function splitBfd(text: string): [rest: string, bfd: string | undefined] {
  const at = text.search(/^bfd$/m);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at)];
}
