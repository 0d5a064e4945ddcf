import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Monitor } from "../support/kernel.ts";
import { lacking } from "../support/needs.ts";
import { Net, type Host } from "../support/net.ts";
import { Underlay } from "../support/underlay.ts";
import { until } from "../support/wait.ts";

/**
 * Nodes go from a mesh to reflectors in two tiers (RFC 4456), one after the other, and back. All are on
 * one segment, 192.168.1.0/24:
 *
 *     node1 .11 ── client of low .2 ── client of top .1 ── node2 .12 client of top
 *
 * No route of any node is ever taken out of a kernel.
 */
describe("from a mesh to reflectors and back", { skip: lacking() }, () => {
  let net: Net;
  const hosts: Host[] = [];
  const nodes: Underlay[] = [];

  before(async () => {
    net = new Net();
    const bridge = await net.switch("segment");
    const host = async (name: string, last: number): Promise<Host> => {
      const made = await net.host(name);
      await net.plug(bridge, [made, "eth0", `${at(last)}/24`]);
      return made;
    };
    const reflect = (last: number): string => `
kernel: { install: false }
reflector: { clusterId: ${at(last)} }`;
    const top = [peer("low", 2, ", client: true"), peer("node2", 12, ", client: true")];
    const low = [peer("top", 1), peer("node1", 11, ", client: true")];
    await Underlay.start(await host("top", 1), config(1, top, reflect(1)));
    await Underlay.start(await host("low", 2), config(2, low, reflect(2)));
    for (const [n, other] of [
      [1, 2],
      [2, 1],
    ]) {
      hosts.push(await host(`node${n}`, 10 + n));
      nodes.push(await Underlay.start(hosts[n - 1], mesh(n, other)));
    }
  });
  after(() => net.close());

  const at = (last: number): string => `192.168.1.${last}`;
  const pool = "pods: { pool: [172.16.0.0/12] }";

  function peer(name: string, last: number, more = ""): string {
    return `  - { name: ${name}, address: ${at(last)}, asn: 64512, connectRetry: 1${more} }`;
  }

  function config(last: number, peers: readonly string[], rest: string, pods = pool): string {
    return `
node: { name: n${last}, asn: 64512, routerId: ${at(last)} }
${pods}${rest}
peers:
${peers.join("\n")}`;
  }

  function node(n: number, ...peers: readonly string[]): string {
    return config(10 + n, peers, "", `pods: { pool: [172.16.0.0/12], blocks: [172.16.${n}.0/24] }`);
  }

  const mesh = (n: number, other: number): string => node(n, peer(`node${other}`, 10 + other));
  const reflected = (n: number): string => node(n, n === 1 ? peer("low", 2) : peer("top", 1));

  async function configure(n: number, text: string): Promise<void> {
    nodes[n - 1].write(text);
    const answer = await nodes[n - 1].ctl("configure");
    assert.equal(answer.code, 0, answer.stdout + answer.stderr);
  }

  async function hasRoute(n: number, other: number): Promise<void> {
    await until(`node${n} reaches node${other}'s block`, async () => {
      const routes = await hosts[n - 1].ipJson("-4", "route", "show", `172.16.${other}.0/24`);
      return routes.length > 0;
    });
  }

  /** Waits until a node has these neighbours and no others. */
  async function hasPeers(n: number, ...names: readonly string[]): Promise<void> {
    let text = "";
    await until(
      `node${n} has the neighbours ${names.join()}`,
      async () => {
        text = await nodes[n - 1].ask("show protocols");
        const found = [...text.matchAll(/^(\S+) +BGP /gm)].map(([, name]) => name);
        return found.sort().join() === [...names].sort().join() && /Established/.test(text);
      },
      { detail: () => `${text}\n${nodes[n - 1].program.output.slice(-3000)}` },
    );
  }

  it("never takes a route out of the kernel", async () => {
    await hasRoute(1, 2);
    await hasRoute(2, 1);
    const monitors = [await Monitor.start(hosts[0]), await Monitor.start(hosts[1])];

    // Each is given to the reflectors beside the mesh first, then taken out of the mesh.
    for (const step of [reflected, (n: number) => mesh(n, 3 - n)]) {
      await Promise.all([configure(1, step(1)), configure(2, step(2))]);
      const names = step === reflected ? ["low", "top"] : ["node2", "node1"];
      await hasPeers(1, names[0]);
      await hasPeers(2, names[1]);
      await hasRoute(1, 2);
      await hasRoute(2, 1);
      if (step !== reflected) continue;
      const text = await nodes[0].ask("show route 172.16.2.0/24 all");
      assert.match(text, /BGP\.originator_id: 192\.168\.1\.12$/m);
      assert.match(text, /BGP\.cluster_list: 192\.168\.1\.2 192\.168\.1\.1$/m);
    }
    for (const [i, monitor] of monitors.entries()) {
      const changes = (await monitor.changes()).map(({ text }) => text);
      const deleted = changes.filter((text) => /^Deleted 172\.16\./.test(text));
      assert.deepEqual(deleted, [], `node${i + 1}: ${changes.join("\n")}`);
      await monitor.end();
    }
  });
});
