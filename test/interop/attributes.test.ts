import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { lacking } from "../support/needs.ts";
import { Neighbour, rawUpdate } from "../support/neighbour.ts";
import { Net } from "../support/net.ts";
import { Underlay } from "../support/underlay.ts";
import { until } from "../support/wait.ts";

const UPDATE = 2;

const bytes = (hex: string): number[] => [...Buffer.from(hex.replaceAll(" ", ""), "hex")];

/**
 * What goes through this node that it does not know, octet by octet:
 *
 *     left 192.168.1.1 AS 64601  ───  node AS 64512  ───  192.168.2.1 right AS 64602
 */
describe("attributes that pass through", { skip: lacking() }, () => {
  let net: Net;
  let left: Neighbour;
  let right: Neighbour;
  let underlay: Underlay;

  before(async () => {
    net = new Net();
    const node = await net.host("node");
    const hosts = [await net.host("left"), await net.host("right")];
    for (const [index, host] of hosts.entries()) {
      const n = index + 1;
      await net.wire(
        [node, `eth${index}`, `192.168.${n}.101/24`],
        [host, "eth0", `192.168.${n}.1/24`],
      );
    }
    left = await Neighbour.start(hosts[0], { address: "192.168.1.1", asn: 64601 });
    right = await Neighbour.start(hosts[1], { address: "192.168.2.1", asn: 64602 });
    underlay = await Underlay.start(
      node,
      `
node: { name: node, asn: 64512, routerId: 192.168.1.101 }
filters: { every: [{ then: accept }] }
peers:
  - { name: left, address: 192.168.1.1, asn: 64601, connectRetry: 1, families: [ipv4] }
  - { name: right, address: 192.168.2.1, asn: 64602, connectRetry: 1, families: [ipv4], export: every }`,
    );
    await underlay.established("left", "right");
  });
  after(() => net.close());

  it("by their flags: transitive ones with the Partial bit, others not at all (RFC 4271 §5)", async () => {
    left.send(
      rawUpdate({
        attributes: [
          bytes("40 01 01 00"), // ORIGIN
          bytes("40 02 06 02 01 0000fc59"), // AS_PATH 64601
          bytes("40 03 04 c0a80101"), // NEXT_HOP
          bytes("c0 08 04 fc590007"), // COMMUNITIES 64601:7
          bytes("c0 10 08 0002fc5900000001"), // EXTENDED_COMMUNITIES, a route target
          bytes("c0 16 05 0000000000"), // PMSI_TUNNEL (RFC 6514), not known here
          bytes("80 1a 0b 01000b0000000000000007"), // AIGP, from outside (RFC 7311 §3.4)
          bytes("c0 20 0c 0000fc590000000100000002"), // LARGE_COMMUNITY
          bytes("80 62 01 01"), // attribute 98, optional, not transitive
          bytes("c0 6e 02 abcd"), // attribute 110, optional, transitive
          bytes("c0 ff 01 ee"), // attribute 255
        ],
        nlri: bytes("10 0a07"), // 10.7.0.0/16
      }),
    );
    const body = await until("the route arrives", () =>
      right
        .heard("message")
        .map((each) => (each.type === UPDATE ? (each.body ?? "") : ""))
        .find((each) => each.endsWith("100a07")),
    );
    const passed = ["c00804fc590007", "c010080002fc5900000001", "c0200c0000fc59"];
    const marked = ["e016050000000000", "e06e02abcd", "e0ff01ee"];
    for (const octets of [...passed, ...marked]) assert.ok(body.includes(octets), octets);
    for (const octets of ["801a0b", "806201"]) assert.ok(!body.includes(octets), octets);
    const shown = await underlay.ask("show route 10.7.0.0/16 all");
    assert.match(shown, /BGP\.community: \(64601,7\)/);
    assert.match(shown, /BGP\.large_community: \(64601, 1, 2\)/);
    assert.match(shown, /BGP\.ext_community: \(rt, 64601, 1\)/);
    assert.doesNotMatch(shown, /aigp/i);
  });
});
