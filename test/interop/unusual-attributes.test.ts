import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ExaBgp } from "../support/exabgp.ts";
import { lacking } from "../support/needs.ts";
import { Net, type Host } from "../support/net.ts";
import { sentBy } from "../support/sent.ts";
import { Underlay } from "../support/underlay.ts";
import { until } from "../support/wait.ts";

/**
 * Attributes that no router sends every day, from one ExaBGP to another through the node:
 *
 *     sayer AS 64601  ───  eth0 node AS 64512 eth1  ───  hearer AS 64602
 *
 * The node passes on what it learns (its export filters accept all), with messages of up to 65535
 * octets on both sides.
 */
type Attributes = Readonly<Record<string, unknown>>;

const hex = (byte: string, count: number): string => `0x${byte.repeat(count)}`;
const LONG_PATH = [64601, ...Array.from({ length: 300 }, (_, i) => 4_200_000_000 + i)];

const ROUTES = {
  "10.1.0.0/16": "community [ 64601:1 64601:2 ]",
  "10.2.0.0/16": "large-community [ 64601:1:2 4200000000:3:4 ]",
  "10.3.0.0/16": "extended-community [ target:64601:5 origin:10.0.0.1:6 ]",
  "10.4.0.0/16": "attribute [ 0xfe 0xc0 0x010203 ]", // optional transitive
  "10.5.0.0/16": "attribute [ 0xfd 0x80 0x010203 ]", // optional non-transitive
  "10.6.0.0/16": "attribute [ 0xff 0xd0 0x010203 ]", // 255, extended length without need
  "10.7.0.0/16": "aigp 77",
  "10.8.0.0/16": "as-path [ 64601 64700 [ 64701 64702 ] ]", // ends with an AS_SET
  "10.9.0.0/16": `as-path [ ${LONG_PATH.join(" ")} ]`, // two segments, extended length
  "10.10.0.0/16": `attribute [ 0xfc 0xd0 ${hex("5a", 5000)} ]`, // RFC 8654
  "10.11.0.0/16": "community [ no-export ]",
  "10.12.0.0/16": "med 12 atomic-aggregate aggregator ( 4200000001:10.0.0.9 )",
  "10.13.0.0/16": "attribute [ 0xfb 0xc0 0x ]", // no value at all
  "10.99.0.0/16": "",
} as const;

describe("unusual attributes from ExaBGP", { skip: lacking("exabgp", "tcpdump", "tshark") }, () => {
  const net = new Net();
  let node: Underlay;
  let hearer: ExaBgp;
  after(() => net.close());

  before(async () => {
    const hosts = [await net.host("sayer"), await net.host("hearer")];
    const host = await net.host("node");
    for (const [i, other] of hosts.entries()) {
      const ends = [`192.168.${i + 1}.101/24`, `192.168.${i + 1}.1/24`];
      await net.wire([host, `eth${i}`, ends[0]], [other, "eth0", ends[1]]);
    }
    const routes = Object.entries(ROUTES).map(
      ([prefix, words]) => `route ${prefix} next-hop self ${words};`,
    );
    exabgp(hosts[0], 1, `static {\n${routes.join("\n")}\n}`);
    hearer = exabgp(hosts[1], 2, "");
    node = await Underlay.start(host, config(false));
    await node.established("sayer", "hearer");
  });

  const config = (allowAsSets: boolean): string => `
node: { name: node, asn: 64512, routerId: 192.168.1.101 }
pods: { pool: [172.16.0.0/12], blocks: [172.16.1.0/24] }
filters: { everything: [{ then: accept }] }
groups: { usual: { connectRetry: 1, export: everything, allowAsSets: ${allowAsSets} } }
peers:
  - { name: sayer, group: usual, address: 192.168.1.1, asn: 64601 }
  - { name: hearer, group: usual, address: 192.168.2.1, asn: 64602 }`;

  function exabgp(host: Host, n: number, more: string): ExaBgp {
    return ExaBgp.start(
      host,
      `192.168.${n}.101`,
      `router-id 192.168.${n}.1; local-address 192.168.${n}.1;
       local-as ${64600 + n}; peer-as 64512;
       family { ipv4 unicast; }
       capability { asn4 enable; extended-message enable; route-refresh enable; }
       ${more}`,
    );
  }

  /** The attributes that the hearer was told with a prefix. */
  function told(prefix: string): Attributes | undefined {
    for (const { neighbor } of hearer.heard("update")) {
      const update = neighbor.message?.["update"] as
        { attribute?: Attributes; announce?: object } | undefined;
      const nlri = `"nlri": "${prefix}"`.replaceAll(" ", "");
      if (JSON.stringify(update?.announce ?? {}).includes(nlri)) return update?.attribute;
    }
    return undefined;
  }

  const hears = (prefix: keyof typeof ROUTES): Promise<Attributes> =>
    until(`the hearer is told of ${prefix}`, () => told(prefix), {
      detail: () => `${node.program.output.slice(-2000)}\n${hearer.program.output.slice(-5000)}`,
    });

  /** What the hearer is told beside ORIGIN, AS_PATH and what ExaBGP always says. */
  async function others(prefix: keyof typeof ROUTES): Promise<Attributes> {
    const known = ["origin", "as-path", "confederation-path"];
    const all = Object.entries(await hears(prefix));
    return Object.fromEntries(all.filter(([name]) => !known.includes(name)));
  }

  it("passes communities of the three kinds on (RFC 1997, 4360, 8092)", async () => {
    assert.deepEqual(await others("10.1.0.0/16"), {
      community: [
        [64601, 1],
        [64601, 2],
      ],
    });
    assert.deepEqual(await others("10.2.0.0/16"), {
      "large-community": [
        [64601, 1, 2],
        [4_200_000_000, 3, 4],
      ],
    });
    const { "extended-community": extended } = await others("10.3.0.0/16");
    assert.match(JSON.stringify(extended), /"target:64601:5"/);
  });

  it("passes unknown transitive attributes on with the partial bit, 255 and an empty one too (RFC 4271 §5)", async () => {
    assert.deepEqual(await others("10.4.0.0/16"), { "attribute-0xFE-0xE0": "0x010203" });
    assert.deepEqual(await others("10.6.0.0/16"), { "attribute-0xFF-0xE0": "0x010203" });
    assert.deepEqual(await others("10.13.0.0/16"), { "attribute-0xFB-0xE0": "0x" });
  });

  it("drops unknown non-transitive attributes (RFC 4271 §5), and AIGP unless asked for it (RFC 7311 §3.4)", async () => {
    assert.deepEqual(await others("10.5.0.0/16"), {});
    assert.deepEqual(await others("10.7.0.0/16"), {});
  });

  it("refuses an AS_SET, and carries it where it is allowed (RFC 9774)", async () => {
    await until("it is refused", async () =>
      /Routes: +\d+ imported, 1 filtered,/.test(await node.ask("show protocols all sayer")),
    );
    // What stands behind it in the file has come, and it has not.
    await hears("10.99.0.0/16");
    assert.equal(told("10.8.0.0/16"), undefined);
    node.write(config(true));
    assert.equal((await node.ctl("configure")).code, 0);
    const withSet = await hears("10.8.0.0/16");
    assert.deepEqual(withSet["as-path"], [64512, 64601, 64700]);
    assert.deepEqual(withSet["as-set"], [64701, 64702]);
  });

  it("carries a path of two segments, MED not, AGGREGATOR with four octets", async () => {
    assert.deepEqual((await hears("10.9.0.0/16"))["as-path"], [64512, ...LONG_PATH]);
    assert.deepEqual(await others("10.12.0.0/16"), {
      "atomic-aggregate": true,
      aggregator: "4200000001:10.0.0.9",
    });
  });

  it("takes and sends an UPDATE of more than 4096 octets (RFC 8654)", async () => {
    const attribute = (await others("10.10.0.0/16"))["attribute-0xFC-0xF0"];
    assert.equal(attribute, hex("5a", 5000));
    assert.match(await node.ask("show protocols all hearer"), /Session: .*ext-messages/);
  });

  it("keeps a no-export route inside the AS (RFC 1997)", async () => {
    await hears("10.99.0.0/16"); // said after it, and passed on
    assert.match(await node.ask("show route 10.11.0.0/16"), /\[sayer/);
    assert.equal(told("10.11.0.0/16"), undefined);
  });

  it("had no fault to find in it all, nor has tshark", async () => {
    const faults = node.log().filter(({ event }) => event === "malformed-update");
    assert.deepEqual(faults, []);
    assert.deepEqual(hearer.heard("notification"), []);
    const { bgp, complaints } = await sentBy(node.host);
    assert(bgp.length > 10);
    assert.deepEqual(complaints, []);
  });
});
