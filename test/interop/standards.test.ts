import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { Bird } from "../support/bird.ts";
import { ExaBgp } from "../support/exabgp.ts";
import { Frr } from "../support/frr.ts";
import { lacking } from "../support/needs.ts";
import { Net, type Host } from "../support/net.ts";
import { Recording } from "../support/recording.ts";
import { Underlay } from "../support/underlay.ts";
import { until } from "../support/wait.ts";

/**
 * Small standards, each against routers that speak it, on one wire for each router:
 *
 *     node AS 64512  eth1 192.168.1.101  ───  192.168.1.1  one  AS 64601
 *                    eth2 192.168.2.101  ───  192.168.2.1  two  AS 64602
 *
 * All that crosses the wires is recorded, for tshark to tell what was said.
 */
const needs = lacking("frr", "bird2", "exabgp", "tcpdump", "tshark");
const LARGE_ASN = 4_200_000_001;
const ROUTE_REFRESH = "bgp.type == 5";

describe("standards", { skip: needs }, () => {
  let net: Net;
  let node: Host;
  let routers: Host[];
  let recordings: Recording[];
  let underlay: Underlay;

  before(async () => {
    net = new Net();
    node = await net.host("node");
    routers = [];
    for (const n of [1, 2]) {
      const router = await net.host(`router${n}`);
      const ends = [`192.168.${n}.101/24`, `192.168.${n}.1/24`];
      await net.wire([node, `eth${n}`, ends[0]], [router, "eth0", ends[1]]);
      routers.push(router);
    }
  });
  after(() => net.close());

  beforeEach(async () => {
    recordings = [await Recording.start(node, "eth1"), await Recording.start(node, "eth2")];
  });
  const running: { end(signal: NodeJS.Signals): Promise<unknown> }[] = [];
  afterEach(async () => {
    for (const each of running.splice(0)) await each.end("SIGKILL");
    for (const recording of recordings) await recording.end();
  });

  /** Something that runs until the end of the test. */
  async function play<T extends (typeof running)[number]>(program: T | Promise<T>): Promise<T> {
    const started = await program;
    running.push(started);
    return started;
  }

  /** The node with a neighbour on each wire; each told by the keys that are not the usual ones. */
  async function start(peers: readonly string[], asn = 64512): Promise<void> {
    const usual = (n: number) =>
      `name: n${n}, address: 192.168.${n}.1, connectRetry: 1, holdTime: 90`;
    await launch(
      peers.map((peer, i) => `{ ${usual(i + 1)}, ${peer} }`),
      asn,
    );
  }

  async function launch(peers: readonly string[], asn = 64512): Promise<void> {
    const config = `
node: { name: node, asn: ${asn}, routerId: 192.168.1.101 }
pods: { pool: [172.16.0.0/12], blocks: [172.16.1.0/24] }
filters: { everything: [{ then: accept }] }
peers:
${peers.map((peer) => `  - ${peer}`).join("\n")}`;
    underlay = await play(Underlay.start(node, config));
  }

  function frr(n: number, lines: string, asn = 64600 + n, routerId = `192.168.${n}.1`) {
    const config = `frr defaults datacenter
hostname one
router bgp ${asn}
 bgp router-id ${routerId}
 no bgp ebgp-requires-policy
 no bgp network import-check
 neighbor 192.168.${n}.101 remote-as external
 neighbor 192.168.${n}.101 timers connect 1
${lines}
`;
    return play(Frr.start(routers[n - 1], config));
  }

  const birdHead = (n: number, routes: readonly string[]): string => `router id 192.168.${n}.1;
protocol device {}
protocol static { ipv4; ${routes.map((prefix) => `route ${prefix} blackhole;`).join("\n")} }`;

  const birdSession = (n: number, asn = 64600 + n): string =>
    `local as ${asn}; neighbor 192.168.${n}.101 external;
  connect delay time 1; connect retry time 1; error wait time 1, 2;`;

  function bird(n: number, lines: string, routes: readonly string[]) {
    const config = `${birdHead(n, routes)}
protocol bgp node {
  ${birdSession(n)}
  ipv4 { import all; export where source = RTS_STATIC; };
  ${lines}
}
`;
    return play(Bird.start(routers[n - 1], config));
  }

  /** Messages on a wire as tshark's fields, one line each: the source first. */
  async function seen(n: number, filter: string, ...fields: string[]): Promise<string[]> {
    const words = ["ip.src", ...fields].flatMap((field) => ["-e", field]);
    const text = await recordings[n - 1].dissect("-Y", filter, "-T", "fields", ...words);
    return text.split("\n").filter((line) => line !== "");
  }

  const onWire = (n: number, what: string, filter: string, pattern: RegExp, ...fields: string[]) =>
    until(what, async () => (await seen(n, filter, ...fields)).find((line) => pattern.test(line)), {
      interval: 300,
      detail: async () => (await seen(n, filter, ...fields)).join("\n"),
    });

  const known = (prefix: string) =>
    until(`the node has ${prefix}`, async () =>
      (await underlay.ask(`show route ${prefix}`)).includes(prefix),
    );

  it("is asked for its routes again by FRR and BIRD: they come between two marks (RFC 2918, RFC 7313)", async () => {
    const one = await frr(1, " network 10.1.0.0/16");
    const two = await bird(2, "", ["10.2.0.0/16"]);
    await start(["asn: 64601", "asn: 64602"]);
    await underlay.established("n1", "n2");
    await known("10.1.0.0/16");
    await known("10.2.0.0/16");
    await one.bgp("clear bgp ipv4 unicast 192.168.1.101 soft in");
    await two.ask("reload in node");
    for (const n of [1, 2]) {
      const subtype = "bgp.route_refresh.subtype";
      const end = new RegExp(`^192\\.168\\.${n}\\.101\\t(1,)?2`);
      await onWire(n, `EoRR to router ${n}`, ROUTE_REFRESH, end, subtype);
      const lines = (await seen(n, ROUTE_REFRESH, subtype)).map((line) => line.split("\t"));
      const of = (last: number) =>
        lines.flatMap(([from, types]) => (from.endsWith(`.${last}`) ? types.split(",") : []));
      assert.deepEqual(of(1), ["0"], "the router asks");
      assert.deepEqual(of(101), ["1", "2"], "the node marks beginning and end");
    }
  });

  it("takes an UPDATE of more than 4096 octets from BIRD and sends it to FRR (RFC 8654)", async () => {
    const add = Array.from({ length: 1100 }, (_, i) => `bgp_community.add((64602, ${i}));`);
    const two = await play(
      Bird.start(
        routers[1],
        `${birdHead(2, ["10.2.0.0/16"])}
filter crowd { if source != RTS_STATIC then reject; ${add.join(" ")} accept; }
protocol bgp node {
  ${birdSession(2)} enable extended messages;
  ipv4 { import all; export filter crowd; };
}`,
      ),
    );
    const one = await frr(1, "");
    await start(["asn: 64601, export: everything", "asn: 64602"]);
    await two.established("node");
    await known("10.2.0.0/16");
    assert.match(await underlay.ask("show protocols all n2"), /Session: .*ext-messages/);
    // What tshark 4.0 says of such a message, for it knows no longer ones than 4096.
    const words = ["bgp.length.invalid", "_ws.expert.message"] as const;
    await onWire(2, "a long UPDATE from BIRD", words[0], /\.2\.1\t.*invalid 44\d\d$/, words[1]);
    await onWire(1, "a long UPDATE to FRR", words[0], /\.101\t.*invalid 44\d\d$/, words[1]);
    await until(
      "FRR has taken it",
      async () => (await one.bgp("show bgp ipv4 unicast 10.2.0.0/16")).includes("64512 64602"),
      { detail: async () => `${await one.bgp("show bgp ipv4 unicast")}\n${one.output()}` },
    );
  });

  it("is told AS numbers by AS4_PATH from a speaker of two octets, and passes them on (RFC 6793)", async () => {
    const exabgp = ExaBgp.start(
      routers[0],
      "192.168.1.101",
      `router-id 192.168.1.1; local-address 192.168.1.1; local-as 64601; peer-as 23456;
       family { ipv4 unicast; } capability { asn4 disable; }
       static { route 10.1.0.0/16 next-hop self as-path [ 64601 ${LARGE_ASN + 5} 64700 ]; }`,
    );
    await play(Promise.resolve(exabgp));
    const two = await bird(2, "enable as4 off;", []);
    const peers = ["asn: 64601, export: everything", "asn: 64602, export: everything"];
    await start(peers, LARGE_ASN);
    await underlay.established("n1", "n2");
    await known("10.1.0.0/16");
    const text = await underlay.ask("show route 10.1.0.0/16 all");
    assert.match(text, new RegExp(`BGP\\.as_path: 64601 ${LARGE_ASN + 5} 64700$`, "m"));
    // BIRD, of two octets as well, puts the same together from what the node says.
    await until("BIRD has it", async () =>
      (await two.ask("show route 10.1.0.0/16 all")).includes(
        `BGP.as_path: ${LARGE_ASN} 64601 ${LARGE_ASN + 5} 64700`,
      ),
    );
  });

  it("peers over IPv4 alone with a speaker that has no capabilities, and says what it misses (RFC 5492)", async () => {
    await frr(1, " neighbor 192.168.1.101 dont-capability-negotiate\n network 10.1.0.0/16");
    await bird(2, "capabilities off;", ["10.2.0.0/16"]);
    await start(["asn: 64601", "asn: 64602, families: [ipv6]"]);
    await known("10.1.0.0/16");
    const text = await until("the node says what it misses", async () => {
      const all = await underlay.ask("show protocols all n2");
      return /Last error: .*Unsupported Capability/.test(all) && all;
    });
    assert.doesNotMatch(text, /BGP state: +Established/);
    // RFC 5492 §5: the data names the capability.
    await onWire(2, "the NOTIFICATION", "bgp.type == 3", /\.101\t2\t7/, ...NOTIFIED);
  });

  it("has the BGP identifier of an external neighbour (RFC 6286)", async () => {
    await frr(1, " network 10.1.0.0/16", 64601, "192.168.1.101");
    await start(["asn: 64601"]);
    await known("10.1.0.0/16");
  });

  it("takes as many neighbours out of a range as it may, with a password for all (FRR)", async () => {
    const key = " neighbor 192.168.1.101 password between-us\n network 10.1.0.0/16";
    const file = `${net.folder}/range.key`;
    writeFileSync(file, "between-us\n", { mode: 0o600 });
    await frr(1, key);
    const password = `password: { file: ${file} }`;
    await launch([`{ name: rack, range: 192.168.0.0/16, asn: 64601, max: 1, ${password} }`]);
    await known("10.1.0.0/16");
    const other = await play(
      Bird.start(
        routers[1],
        `${birdHead(2, [])}
protocol bgp node {
  ${birdSession(2, 64601)} password "between-us";
  ipv4 { import all; export none; };
}`,
      ),
    );
    await underlay.logged("connection-refused", (line) => line["remote"] === "192.168.2.1");
    assert.equal(await other.isEstablished("node"), false);
    assert.match(await underlay.ask("show protocols all rack"), /Neighbors: +1 of at most 1/);
  });
});

const NOTIFIED = ["bgp.notify.major_error", "bgp.notify.minor_error_open"];
