import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { lacking } from "../support/needs.ts";
import { Net, type Host } from "../support/net.ts";
import { Underlay } from "../support/underlay.ts";
import { until } from "../support/wait.ts";

/**
 * iBGP over link-local addresses alone, and the same address behind two interfaces:
 *
 *     node eth0 fe80::1  ───  fe80::2 eth0  one
 *          eth1 fe80::1  ───  fe80::2 eth0  two
 */
describe("link-local neighbours", { skip: lacking() }, () => {
  let net: Net;
  let node: Host;
  const others: Host[] = [];
  const daemons: Underlay[] = [];

  before(async () => {
    net = new Net();
    node = await net.host("node");
    for (const [index, name] of ["one", "two"].entries()) {
      const other = await net.host(name);
      others.push(other);
      await net.wire([node, `eth${index}`, "fe80::1/64"], [other, "eth0", "fe80::2/64"]);
    }
    daemons.push(await Underlay.start(node, config(1, ["eth0", "eth1"], "fe80::2", "fe80::1")));
    for (const [index, other] of others.entries()) {
      daemons.push(await Underlay.start(other, config(index + 2, ["eth0"], "fe80::1", "fe80::2")));
    }
  });
  after(async () => {
    for (const daemon of daemons) if (!daemon.program.ended) await daemon.end("SIGKILL");
    await net.close();
  });

  function config(id: number, interfaces: string[], address: string, source: string): string {
    const peers = interfaces.map(
      (name) =>
        `  - { name: by-${name}, address: "${address}%${name}", source: "${source}", asn: 64512, connectRetry: 1 }`,
    );
    return `
node: { name: n${id}, asn: 64512, routerId: 192.0.2.${id} }
mode: l3
pods: { pool: [172.16.0.0/12, "fd10::/16"], blocks: ["fd10:${id}::/64", 172.16.${id}.0/24] }
peers:
${peers.join("\n")}`;
  }

  interface Route {
    readonly gateway?: string;
    /** An IPv6 gateway of an IPv4 route. */
    readonly via?: { readonly host: string };
    readonly dev?: string;
  }

  /** Where the host's kernel sends packets to an address, whatever the route looks like. */
  async function wayTo(host: Host, address: string): Promise<string> {
    const [{ gateway, via, dev } = {} as Route] = await host.ipJson<Route>("route", "get", address);
    return `${gateway ?? via?.host} ${dev}`;
  }

  async function leads(host: Host, address: string, way: string): Promise<void> {
    let found = "";
    await until(
      `${host.name} reaches ${address} by ${way}`,
      async () => {
        found = await wayTo(host, address).catch(String);
        return found === way;
      },
      { detail: () => `${found}\n${daemons.map((each) => each.program.output).join("\n")}` },
    );
  }

  it("keeps two neighbours with one address apart, and routes lead out of the right interface", async () => {
    await leads(node, "fd10:2::5", "fe80::2 eth0");
    await leads(node, "fd10:3::5", "fe80::2 eth1");
  });

  it("announces IPv6 with the link-local next hop, though the session is iBGP", async () => {
    await leads(others[0], "fd10:1::5", "fe80::1 eth0");
    await leads(others[1], "fd10:1::5", "fe80::1 eth0");
    const text = await daemons[0].ask("show protocols all by-eth1");
    assert.match(text, /BGP Next hop: +fe80::1$/m);
  });

  it("announces IPv4 with the link-local next hop too (RFC 8950)", async () => {
    await leads(node, "172.16.2.5", "fe80::2 eth0");
    await leads(others[1], "172.16.1.5", "fe80::1 eth0");
  });

  it("says that it has no address to announce IPv4 with, where that is switched off", async () => {
    const [{ file }] = daemons;
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replace("name: by-eth1,", "name: by-eth1, extendedNextHop: off,"));
    await daemons[0].ctl("configure");
    const line = await daemons[0].logged("next-hop-missing", (each) => each["family"] === "ipv4");
    assert.equal(line["peer"], "by-eth1");
    const shown = await daemons[0].ask("show protocols all by-eth1");
    assert.match(shown, /BGP Next hop: +none: routes of this node are not announced$/m);
  });
});
