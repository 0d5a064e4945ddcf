import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { MESSAGE } from "bgp-ts";
import { lacking } from "../support/needs.ts";
import { Neighbour, rawUpdate } from "../support/neighbour.ts";
import { Net, type Host } from "../support/net.ts";
import { recordSent, sentBy, type Verdict } from "../support/sent.ts";
import { Underlay } from "../support/underlay.ts";
import { until } from "../support/wait.ts";

/**
 * That what nodes send is recorded in every test and that an octet in the wrong place is found: see
 * support/sent.ts. Here the one who sends such octets is recorded like a node.
 */
const needs = lacking("tcpdump", "tshark");

const PATH = [
  [0x40, 1, 1, 0], // ORIGIN
  [0x40, 2, 6, 2, 1, 0, 0, 0xfc, 0x59], // AS_PATH 64601
  [0x40, 3, 4, 192, 168, 1, 1], // NEXT_HOP
];
const COMMUNITY = [0xc0, 8, 4, 0xfc, 0x59, 0, 1];
const SHORT_COMMUNITY = [0xc0, 8, 3, 0xfc, 0x59, 0];
const NLRI = [16, 10, 1];

/** A BFD Control packet, Down, that says to have an authentication section, and has none. */
const SHORT_BFD = [0x20, 0x44, 3, 24, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff];

const config = (n: number, asn: number, peer: string) => `
node: { name: n${n}, asn: ${asn}, routerId: 192.168.1.${n} }
pods: { pool: [172.16.0.0/12], blocks: [172.16.${n}.0/24] }
peers: [{ connectRetry: 1, ${peer} }]`;

async function pair(): Promise<readonly [Net, Host, Host]> {
  const net = new Net();
  const [one, two] = [await net.host("one"), await net.host("two")];
  await net.wire(
    [one, "eth0", "192.168.1.1/24", "fd00::1/64"],
    [two, "eth0", "192.168.1.2/24", "fd00::2/64"],
  );
  return [net, one, two];
}

const KINDS = ["OPEN", "UPDATE", "KEEPALIVE", "BFD"] as const;
const count = ({ bgp, bfd }: Verdict, kind: (typeof KINDS)[number]): number =>
  kind === "BFD" ? bfd : bgp.filter((type) => type === MESSAGE[kind]).length;

describe("what two nodes send", { skip: needs }, () => {
  let net: Net;
  let hosts: readonly Host[];
  before(async () => {
    const [made, ...both] = await pair();
    net = made;
    hosts = both;
    await Promise.all(hosts.map(recordSent));
  });
  after(() => net.close());

  for (const [name, base] of [
    ["IPv4", "192.168.1."],
    ["IPv6", "fd00::"],
  ]) {
    it(`is recorded over ${name}: OPEN, UPDATE, KEEPALIVE and BFD, without a complaint`, async () => {
      const earlier = await Promise.all(hosts.map(sentBy));
      const daemons = await Promise.all(
        hosts.map((host, i) => {
          const peer = `name: peer, address: "${base}${2 - i}", asn: ${64602 - i}, bfd: {}`;
          return Underlay.start(host, config(i + 1, 64601 + i, peer));
        }),
      );
      for (const [i, host] of hosts.entries()) {
        await until(`${host.name} is recorded`, async () => {
          const verdict = await sentBy(host);
          assert.deepEqual(verdict.complaints, []);
          return KINDS.every((kind) => count(verdict, kind) > count(earlier[i], kind));
        });
      }
      await Promise.all(daemons.map((daemon) => daemon.end()));
    });
  }
});

describe("a recorded host", { skip: needs }, () => {
  /** Sends an UPDATE and a BFD packet, and closes the net when both have gone. */
  async function close(community: readonly number[], bfd?: readonly number[]): Promise<void> {
    const [net, one, two] = await pair();
    try {
      await recordSent(one);
      const neighbour = await Neighbour.start(one, { address: "192.168.1.1", asn: 64601 });
      const peer = "name: peer, address: 192.168.1.1, asn: 64601, families: [ipv4]";
      await Underlay.start(two, config(2, 64602, peer));
      await neighbour.established();
      neighbour.send(rawUpdate({ attributes: [...PATH, [...community]], nlri: NLRI }));
      await until("the UPDATE is recorded", async () => (await sentBy(one)).bgp.includes(2));
      if (bfd !== undefined) {
        await sendBfd(one, [...bfd]);
        await until("and the BFD packet", async () => (await sentBy(one)).bfd > 0);
      }
    } catch (error) {
      await net.close().catch(() => undefined);
      throw error;
    }
    await net.close();
  }

  async function sendBfd(host: Host, octets: number[]): Promise<void> {
    const code = `const socket = require("node:dgram").createSocket("udp4");
      const bytes = Uint8Array.from(${JSON.stringify(octets)});
      socket.send(bytes, 3784, "192.168.1.2", () => socket.close());`;
    await host.must(process.execPath, "-e", code);
  }

  it("that sends what it should lets its net be closed", () => close(COMMUNITY));

  it("whose UPDATE has an attribute of the wrong length does not", () =>
    assert.rejects(close(SHORT_COMMUNITY), /tshark cannot decode .*\none: Communities \(invalid/));

  it("whose BFD packet lacks the authentication that it speaks of does not", () =>
    assert.rejects(
      close(COMMUNITY, [...SHORT_BFD, 0, 0, 0, 0]),
      /tshark cannot decode .*\none: Authentication: Length/,
    ));
});
