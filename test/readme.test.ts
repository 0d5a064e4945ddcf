import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { Frr } from "./support/frr.ts";
import { lacking } from "./support/needs.ts";
import { Net } from "./support/net.ts";
import { Underlay } from "./support/underlay.ts";
import { until } from "./support/wait.ts";

/** What the README tells a newcomer to type is taken from the README and run. */

const README = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");

/** The code block that follows `title`. */
function block(title: string): string {
  const from = README.indexOf(title);
  assert.notEqual(from, -1, `the README says "${title}"`);
  const match = /```\w*\n([^]*?)```/.exec(README.slice(from));
  assert(match, `a code block follows "${title}"`);
  return match[1];
}

/** The ToR's lines for the first node, for another one as well, and a default route for both. */
function withSecond(frr: string): string {
  const again = (line: string): string =>
    line.includes("192.168.1.101") ? `${line}${line.replace("101", "102")}` : line;
  const defaults = [1, 2].map((n) => `  neighbor 192.168.1.10${n} default-originate\n`).join("");
  return frr.replaceAll(/^.*\n/gm, again) + defaults;
}

describe("the README", { skip: lacking("frr") }, () => {
  const net = new Net();
  after(() => net.close());

  it("two of its node and its FRR ToR find each other, and take the pods' routes alone", async () => {
    const bridge = await net.switch("switch");
    const [tor, node1, node2] = await Promise.all(
      ["tor", "node1", "node2"].map((n) => net.host(n)),
    );
    await net.plug(bridge, [tor, "eth0", "192.168.1.1/24"]);
    await net.plug(bridge, [node1, "eth0", "192.168.1.101/24"]);
    await net.plug(bridge, [node2, "eth0", "192.168.1.102/24"]);
    const config = block("The node, `/etc/underlay/underlay.yaml`:");
    assert(config.trim().split("\n").length <= 10, "ten lines at most");
    const frr = await Frr.start(tor, withSecond(block("The ToR, FRR:")));
    const first = await Underlay.start(node1, config.replace("/etc/cni/net.d", net.folder));
    const second = await Underlay.start(
      node2,
      config
        .replace("/etc/cni/net.d", net.folder)
        .replace("192.168.1.101", "192.168.1.102")
        .replace("172.16.1.0/24", "172.16.2.0/24"),
    );
    await first.established("tor");
    await second.established("tor");
    await until("the ToR has the nodes' blocks", async () => {
      const table = await frr.bgp("show bgp ipv4 unicast");
      return table.includes("172.16.1.0/24") && table.includes("172.16.2.0/24");
    });
    await until("each node has the other's block", async () => {
      const tables = [await node1.ip("route"), await node2.ip("route")];
      return (
        /^172\.16\.2\.0\/24 nhid/m.test(tables[0]) && /^172\.16\.1\.0\/24 nhid/m.test(tables[1])
      );
    });
    await until("the default route is refused", async () =>
      (await first.ask("show route 0.0.0.0/0 filtered")).includes("0.0.0.0/0"),
    );
    assert.doesNotMatch(await node1.ip("route"), /^default/m);
  });
});

it("every npm script that it names is there", () => {
  const scripts = (
    JSON.parse(readFileSync(join(import.meta.dirname, "../package.json"), "utf8")) as {
      scripts: Record<string, string>;
    }
  ).scripts;
  const named = [...README.matchAll(/npm run ([a-z]+)/g)].map((match) => match[1]);
  assert(named.length > 3);
  for (const name of named) assert(name in scripts, `npm run ${name}`);
});
