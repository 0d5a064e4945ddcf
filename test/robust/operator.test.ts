import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Bird } from "../support/bird.ts";
import { Frr } from "../support/frr.ts";
import { lacking } from "../support/needs.ts";
import { Net } from "../support/net.ts";
import { must } from "../support/process.ts";
import { Underlay } from "../support/underlay.ts";
import { until } from "../support/wait.ts";

/** Exactly 255 octets of UTF-8, as many as RFC 9003 §2 allows. */
const LONGEST = `${"ü".repeat(127)}!`;

const SKIP = lacking("frr", "bird2");

describe("an operator's words to the neighbour (RFC 9003)", { skip: SKIP }, () => {
  const net = new Net();
  let underlay: Underlay;
  let bird: Bird;
  let frr: Frr;
  before(async () => {
    const node = await net.host("node");
    const left = await net.host("left");
    const right = await net.host("right");
    await net.wire([node, "eth0", "10.0.1.1/24"], [left, "eth0", "10.0.1.2/24"]);
    await net.wire([node, "eth1", "10.0.2.1/24"], [right, "eth0", "10.0.2.2/24"]);
    bird = await Bird.start(
      left,
      [
        "router id 10.0.1.2;",
        "protocol device {}",
        "protocol bgp underlay {",
        "  local 10.0.1.2 as 64600; neighbor 10.0.1.1 as 64512;",
        "  connect delay time 1; error wait time 1, 2; ipv4 { import all; export none; };",
        "}\n",
      ].join("\n"),
    );
    frr = await Frr.start(
      right,
      "router bgp 64600\n bgp log-neighbor-changes\n neighbor 10.0.2.1 remote-as 64512\n neighbor 10.0.2.1 timers connect 1\n",
    );
    underlay = await Underlay.start(
      node,
      [
        "node: { asn: 64512, routerId: 10.0.1.1 }",
        "peers:",
        "  - { name: bird, address: 10.0.1.2, asn: 64600, connectRetry: 1 }",
        // Where it keeps routes over the session's end, FRR does not say why it has ended.
        "  - { name: frr, address: 10.0.2.2, asn: 64600, connectRetry: 1, gracefulRestart: helper }",
      ].join("\n"),
    );
    await underlay.established("bird", "frr");
  });
  after(() => net.close());

  /** Real birdc, talking to underlayd. */
  const birdc = (command: string): Promise<string> =>
    must(["birdc", "-s", underlay.socket, command]);
  const atBird = (): Promise<string> => bird.ask("show protocols all underlay");

  it("disable: from birdc to BIRD, as long as it may be", async () => {
    assert.match(await birdc(`disable bird "${LONGEST}"`), /^bird: disabled$/m);
    await until("BIRD shows it", async () => (await atBird()).includes(LONGEST), {
      detail: atBird,
    });
    const own = await birdc("show protocols all bird");
    assert.ok(own.includes(`  Message:        ${LONGEST}\n  BGP state:          Down\n`), own);
    assert.match(own, /^ {2}Channel ipv4\n {4}State: {10}DOWN$/m);
    await birdc("enable bird");
    await underlay.established("bird");
    assert.doesNotMatch(await birdc("show protocols all bird"), /Message:/);
  });

  it("restart: from underlayctl to FRR", async () => {
    assert.equal((await underlay.ctl("restart", "frr", "new cable")).stdout, "frr: restarted\n");
    await until("FRR logs it", () => /Administrative Reset.*"new cable"/.test(frr.output()), {
      detail: () => frr.output(),
    });
    await underlay.established("frr");
  });

  it("the other way round: from BIRD and FRR", async () => {
    await bird.ask('disable underlay "moving racks"');
    await frr.configure("router bgp 64600", "neighbor 10.0.2.1 shutdown message new kernel");
    for (const [name, text] of [
      ["bird", "moving racks"],
      ["frr", "new kernel"],
    ]) {
      await until(`${name}: ${text}`, async () =>
        new RegExp(`Last error: .*Administrative Shutdown: ${text}$`, "m").test(
          await underlay.ask(`show protocols all ${name}`),
        ),
      );
    }
  });

  it("a timer shows what is left of what it was started with", async () => {
    // What is left falls below the whole, which stays.
    await until("the wait of one attempt at two moments", async () => {
      const text = await underlay.ask("show protocols all bird");
      const [, left, total] = /(?:Error wait|Connect delay): +([\d.]+)\/(\d+)/.exec(text) ?? [];
      if (left === undefined) return false;
      assert.ok(Number(left) <= Number(total) + 0.5, text);
      return Number(total) - Number(left) > 0.6;
    });
  });
});
