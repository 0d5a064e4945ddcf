import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Bird } from "../support/bird.ts";
import { lacking } from "../support/needs.ts";
import { Net } from "../support/net.ts";
import { Underlay } from "../support/underlay.ts";
import { until } from "../support/wait.ts";

/**
 * The accumulated metric (AIGP, RFC 7311) between this node and three BIRDs, each in an AS of its own;
 * FRR 8.4, GoBGP and OpenBGPD know nothing of it. Two of them announce the same prefix: the one with the
 * longer path has the lower metric.
 *
 *     node AS 64512  192.168.1.101  ───  192.168.1.1  one    AS 64601  path 64601, AIGP 500
 *                    192.168.2.101  ───  192.168.2.1  two    AS 64602  path 64602 64602, AIGP 100
 *                    192.168.3.101  ───  192.168.3.1  three  AS 64603
 */
const PREFIX = "10.1.0.0/16";
const BLOCK = "172.16.1.0/24";

/** `metric`: what its AIGP begins with; undefined: it announces nothing. */
const bird = (
  n: number,
  metric: number | undefined,
  filter: string,
): string => `router id 192.168.${n}.1;
log stderr all;
protocol device {}
protocol static { ipv4; ${metric === undefined ? "" : `route ${PREFIX} blackhole { igp_metric = ${metric}; };`} }
filter told { if source != RTS_STATIC then reject; ${filter} accept; }
protocol bgp node {
  local 192.168.${n}.1 as ${64600 + n}; neighbor 192.168.${n}.101 as 64512;
  connect delay time 1; connect retry time 1; error wait time 1, 2;
  ipv4 { import all; export filter told; aigp originate; };
}
`;

const config = (two: string, three: string): string => `
node: { name: node, asn: 64512, routerId: 192.168.1.101 }
pods: { pool: [172.16.0.0/12], blocks: [${BLOCK}], uplink: eth1 }
filters: { everything: [{ then: accept }] }
groups: { usual: { connectRetry: 1, families: [ipv4], export: everything } }
peers:
  - { name: one, group: usual, address: 192.168.1.1, asn: 64601, aigp: on }
  - { name: two, group: usual, address: 192.168.2.1, asn: 64602, aigp: ${two} }
  - { name: three, group: usual, address: 192.168.3.1, asn: 64603, aigp: ${three} }
`;

describe("AIGP (RFC 7311)", { skip: lacking("bird2") }, () => {
  const net = new Net();
  let underlay: Underlay;
  let three: Bird;
  after(() => net.close());

  before(async () => {
    const node = await net.host("node");
    const birds: Bird[] = [];
    const kinds = [
      [500, ""],
      [100, "bgp_path.prepend(64602);"],
      [undefined, ""],
    ] as const;
    for (const [index, [metric, filter]] of kinds.entries()) {
      const n = index + 1;
      const host = await net.host(`bird${n}`);
      await net.wire([node, `eth${n}`, `192.168.${n}.101/24`], [host, "eth0", `192.168.${n}.1/24`]);
      birds.push(await Bird.start(host, bird(n, metric, filter)));
    }
    three = birds[2];
    underlay = await Underlay.start(node, config("on", "originate"));
    await underlay.established("one", "two", "three");
  });

  const change = async (two: string, of3: string): Promise<void> => {
    underlay.write(config(two, of3));
    assert.equal((await underlay.ctl("configure")).code, 0);
  };

  const heard = async (prefix: string): Promise<string> =>
    three.ask(`show route ${prefix} all`).catch(() => "");

  const hears = (prefix: string, pattern: RegExp): Promise<string> =>
    until(
      `three hears of ${prefix}: ${String(pattern)}`,
      async () => {
        const text = await heard(prefix);
        return pattern.test(text) && text;
      },
      { detail: async () => `${await heard(prefix)}\n${underlay.program.output.slice(-2000)}` },
    );

  it("the lower metric is better than a shorter path, and grows on the way (§3.4.3, §4.1)", async () => {
    await until("both are there, and the longer path is taken", async () => {
      const text = await underlay.ask(`show route ${PREFIX} all`);
      const isThere = text.includes("BGP.aigp: 500") && text.includes("BGP.aigp: 100");
      return isThere && /unicast \[two .*\* \(100\)/.test(text);
    });
    const text = await hears(PREFIX, /BGP\.aigp: 101$/m);
    assert.match(text, /BGP\.as_path: 64512 64602 64602$/m);
  });

  it("own routes begin with 0, where they are to have it (§3.4.1)", async () => {
    await hears(BLOCK, /BGP\.aigp: 0$/m);
    await change("on", "on");
    const text = await until("three hears of it without", async () => {
      const all = await heard(BLOCK);
      return all.includes("64512") && !all.includes("aigp") && all;
    });
    assert.match(text, /BGP\.as_path: 64512$/m);
    await hears(PREFIX, /BGP\.aigp: 101$/m);
  });

  it("where it is off, it is as if it were not there, and is not sent (§3.4)", async () => {
    await change("off", "on");
    await hears(PREFIX, /BGP\.as_path: 64512 64601$/m);
    await hears(PREFIX, /BGP\.aigp: 501$/m);
    await change("off", "off");
    await until("three hears of none", async () => {
      const text = await heard(PREFIX);
      return text.includes("64601") && !text.includes("aigp");
    });
  });
});
