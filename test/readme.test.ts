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

describe("the README", { skip: lacking("frr") }, () => {
  const net = new Net();
  after(() => net.close());

  it("its node and its FRR ToR find each other and exchange routes", async () => {
    const node = await net.host("node1");
    const tor = await net.host("tor");
    await net.wire([node, "eth0", "192.168.1.101/24"], [tor, "eth0", "192.168.1.1/24"]);
    const config = block("The node, `/etc/underlay/underlay.yaml`:");
    assert(config.trim().split("\n").length <= 10, "ten lines at most");
    const frr = await Frr.start(tor, block("The ToR, FRR:"));
    const underlay = await Underlay.start(node, config.replace("/etc/cni/net.d", net.folder));
    await underlay.established("tor");
    await until("the ToR has the node's block", async () =>
      (await frr.bgp("show bgp ipv4 unicast")).includes("172.16.1.0/24"),
    );
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
