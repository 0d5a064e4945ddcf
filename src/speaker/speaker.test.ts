// Speakers against each other: sessions, propagation, withdrawal, loss, malformed UPDATEs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeRouteRefresh } from "bgp-ts";
import { formatAsPath } from "bgp-ts";
import { parsePrefixRange } from "../route/index.ts";
import type { NeighbourConfig, SpeakerConfig } from "./config.ts";
import { address, Network, prefix } from "./simulation.test.ts";
import type { Node } from "./simulation.test.ts";

const A = "192.0.2.1";
const B = "192.0.2.2";
const C = "192.0.2.3";
const ROUTER = { [A]: 0x0a000001, [B]: 0x0a000002, [C]: 0x0a000003 };

function peer(name: string, at: string, asn: number, more: Partial<NeighbourConfig> = {}) {
  return { name, address: address(at), asn, ...more };
}

function speaker(
  network: Network,
  own: keyof typeof ROUTER,
  asn: number,
  neighbours: readonly NeighbourConfig[],
  more: Partial<SpeakerConfig> = {},
  multipath = 1,
): Node {
  return network.node(own, { asn, routerId: ROUTER[own], neighbours, ...more }, multipath);
}

/** Two nodes in two ASes, Established. */
function external(a: Partial<NeighbourConfig> = {}, b: Partial<NeighbourConfig> = {}) {
  const network = new Network();
  const left = speaker(network, A, 65001, [peer("b", B, 65002, a)]);
  const right = speaker(network, B, 65002, [peer("a", A, 65001, b)]);
  network.run(500);
  assert.equal(left.state("b"), "Established");
  assert.equal(right.state("a"), "Established");
  return { network, left, right };
}

function attributesOf(node: Node, text: string) {
  const paths = [...node.speaker.survey.paths(prefix(text).family, node.id(text))];
  assert.ok(paths.length > 0, `${node.name} has no path for ${text}`);
  return node.attributes.get(paths[0].attributes);
}

const PODS = ["172.16.1.0/24", "172.16.9.9/32"];

test("eBGP: routes of both families with next hop self and the AS in front, End-of-RIB both ways", () => {
  const { network, left, right } = external();
  left.originate(...PODS, "fd00:1::/64");
  network.run(50);
  assert.deepEqual(right.routes.get(PODS[0]), [A]);
  assert.deepEqual(right.routes.get(PODS[1]), [A]);
  assert.deepEqual(right.routes.get("fd00:1::/64"), ["fd00::1"]);
  assert.equal(formatAsPath(attributesOf(right, PODS[0]).asPath), "65001");
  assert.equal(attributesOf(right, PODS[0]).localPref, undefined);
  for (const node of [left, right]) {
    assert.equal(node.eventNames().filter((name) => name === "end-of-rib-received").length, 2);
    assert.ok(node.eventNames().includes("end-of-rib-sent"));
  }
  const view = right.neighbour("a");
  assert.equal(view.families[0]?.imported, 2);
  assert.equal(view.families[0].preferred, 2);
  assert.equal(view.families[1]?.updatesReceived, 1);
  assert.equal(view.peerRouterId, ROUTER[A]);
  assert.equal(left.neighbour("b").families[0]?.exported, 2);
});

test("a withdrawn route is gone at the other end", () => {
  const { network, left, right } = external();
  left.originate(...PODS);
  network.run(50);
  left.withdraw(PODS[0]);
  network.run(50);
  assert.deepEqual([...right.routes.keys()], [PODS[1]]);
});

test("when the session is lost its routes go, and they come back with it", () => {
  const { network, left, right } = external();
  left.originate(...PODS);
  network.run(50);
  left.breakWith(right);
  network.run(50);
  assert.equal(right.routes.size, 0);
  assert.match(right.events.find((e) => e.name === "session-down")?.text ?? "", /connection/);
  network.run(30_000);
  assert.equal(right.state("a"), "Established");
  assert.equal(right.routes.size, 2);
});

test("a silent neighbour is dead after the hold time", () => {
  const { network, left, right } = external({ holdTime: 9 }, { holdTime: 9 });
  left.originate(...PODS);
  network.run(60_000);
  assert.equal(right.routes.size, 2, "KEEPALIVEs keep it");
  network.cut(left, right);
  network.run(8000);
  network.run(2000);
  assert.equal(right.routes.size, 0);
  assert.notEqual(right.state("a"), "Established");
});

test("iBGP: LOCAL_PREF is there, the path stays empty, and routes are not passed on", () => {
  const network = new Network();
  const a = speaker(network, A, 65001, [peer("b", B, 65001)]);
  const b = speaker(network, B, 65001, [peer("a", A, 65001), peer("c", C, 65001)]);
  const c = speaker(network, C, 65001, [peer("b", B, 65001)]);
  network.run(500);
  a.originate(PODS[0]);
  network.run(50);
  assert.deepEqual(b.routes.get(PODS[0]), [A]);
  assert.equal(attributesOf(b, PODS[0]).localPref, 100);
  assert.deepEqual(attributesOf(b, PODS[0]).asPath, []);
  assert.equal(c.routes.size, 0);
});

test("a reflector passes its clients' routes on with the next hop kept, and not back as new", () => {
  const network = new Network();
  const client = { client: true, passive: true };
  const a = speaker(network, A, 65001, [peer("r", B, 65001)]);
  const reflector = speaker(
    network,
    B,
    65001,
    [peer("a", A, 65001, client), peer("c", C, 65001, client)],
    { clusterId: 0x01010101 },
  );
  const c = speaker(network, C, 65001, [peer("r", B, 65001)]);
  network.run(500);
  a.originate(PODS[0]);
  c.originate(PODS[1]);
  network.run(50);
  assert.deepEqual(c.routes.get(PODS[0]), [A]);
  assert.deepEqual(a.routes.get(PODS[1]), [C]);
  assert.equal(attributesOf(c, PODS[0]).originatorId, ROUTER[A]);
  assert.deepEqual(attributesOf(c, PODS[0]).clusterList, [0x01010101]);
  assert.equal(a.routes.has(PODS[0]), false, "its own route is its own");
  const groups = new Set(["a", "c"].map((name) => reflector.neighbour(name).group));
  assert.equal(groups.size, 1, "clients share an update group");
});

test("without an export filter nothing goes from one eBGP neighbour to another", () => {
  const network = new Network();
  const a = speaker(network, A, 65001, [peer("b", B, 65002)]);
  speaker(network, B, 65002, [peer("a", A, 65001), peer("c", C, 65003)]);
  const c = speaker(network, C, 65003, [peer("b", B, 65002)]);
  network.run(500);
  a.originate(PODS[0]);
  network.run(50);
  assert.equal(c.routes.size, 0);
});

test("two equal paths are used together, and the other alone when a next hop is lost", () => {
  const network = new Network();
  const a = speaker(network, A, 65001, [peer("c", C, 65003)]);
  const b = speaker(network, B, 65001, [peer("c", C, 65003)]);
  const peers = [peer("a", A, 65001), peer("b", B, 65001)];
  const c = speaker(network, C, 65003, peers, {}, 4);
  network.run(500);
  a.originate(PODS[0]);
  b.originate(PODS[0]);
  network.run(50);
  assert.deepEqual(c.routes.get(PODS[0])?.toSorted(), [A, B]);
  c.setReachable(A, false);
  network.run(5);
  assert.deepEqual(c.routes.get(PODS[0]), [B]);
  const [best, other] = c.speaker.survey.paths(0, c.id(PODS[0]));
  assert.deepEqual([best.source, best.best], ["b", true]);
  assert.equal(other.reason, "next hop unreachable");
});

test("a pod that moves: its old node's rejection of the prefix ends with its own route", () => {
  const { network, left, right } = external();
  left.originate(PODS[1]);
  right.originate(PODS[1]);
  network.run(50);
  const id = right.id(PODS[1]);
  const rejected = right.speaker.survey.paths(0, id).find((path) => path.source === "a");
  assert.equal(rejected?.accepted, false);
  assert.equal(rejected.reason, "this node announces the prefix itself");
  assert.equal(right.routes.has(PODS[1]), false);
  right.withdraw(PODS[1]);
  network.run(50);
  assert.deepEqual(right.routes.get(PODS[1]), [A]);
});

test("no part of the own blocks is accepted, nor by way of an own address", () => {
  const network = new Network();
  const left = speaker(network, A, 65001, [peer("b", B, 65002)]);
  const right = speaker(network, B, 65002, [peer("a", A, 65001)], {
    blocks: [prefix("172.16.1.0/24")],
  });
  network.run(500);
  left.originate(...PODS, "172.16.1.128/25");
  network.run(50);
  assert.deepEqual([...right.routes.keys()], [PODS[1]]);
  right.speaker.setOwnAddresses([{ address: address(A), interface: 2 }]);
  network.run(5);
  assert.equal(right.routes.size, 0, "routes that are there are judged again");
  right.speaker.setOwnAddresses([{ address: address(B), interface: 2 }]);
  network.run(5);
  assert.deepEqual([...right.routes.keys()], [PODS[1]]);
});

test("a filter between prefixes: only what it accepts comes in", () => {
  const network = new Network();
  const range = parsePrefixRange("172.16.0.0/16 le 24");
  assert.ok(range);
  const filters = [
    { name: "pods", rules: [{ match: { prefix: [range] }, then: "accept" as const }] },
  ];
  const left = speaker(network, A, 65001, [peer("b", B, 65002)]);
  const right = speaker(network, B, 65002, [peer("a", A, 65001, { import: "pods" })], { filters });
  network.run(500);
  left.originate(...PODS);
  network.run(50);
  assert.deepEqual([...right.routes.keys()], [PODS[0]]);
  assert.equal(right.neighbour("a").families[0]?.updatesFiltered, 1);
});

// UPDATE with ORIGIN, AS_PATH 65001, NEXT_HOP 192.0.2.1 and prefix 198.18.0.0/16; `origin` may be bad.
function update(origin: number[], nlri: number[] = [16, 198, 18]): Uint8Array {
  return message([...[0x40, 1, origin.length, ...origin], ...AS_PATH, ...nextHop(1)], nlri);
}

/** AS_SEQUENCE of one AS, four octets. */
const AS_PATH = [0x40, 2, 6, 2, 1, 0, 0, 0xfd, 0xe9];
const nextHop = (octet: number): number[] => [0x40, 3, 4, 192, 0, 2, octet];

function message(attributes: readonly number[], nlri: readonly number[]): Uint8Array {
  const length = 19 + 2 + 2 + attributes.length + nlri.length;
  return Uint8Array.from([
    ...Array<number>(16).fill(0xff),
    ...[length >> 8, length & 0xff, 2],
    ...[0, 0, 0, attributes.length],
    ...attributes,
    ...nlri,
  ]);
}

const OTHER = "198.18.0.0/16";

/** 198.18.0.0/15 is a martian by default, and the tests above need no list. */
function withoutMartians() {
  const both = external();
  for (const node of [both.left, both.right]) node.reconfigure({ martians: [] });
  return both;
}

test("treat-as-withdraw: a broken attribute takes the route away and leaves the session", () => {
  const { network, left, right } = withoutMartians();
  left.inject(right, update([0]));
  network.run(20);
  assert.deepEqual(right.routes.get(OTHER), [A]);
  left.inject(right, update([7]));
  left.inject(right, update([7]));
  network.run(20);
  assert.equal(right.routes.has(OTHER), false);
  assert.equal(right.state("a"), "Established");
  const events = right.events.filter((event) => event.name === "malformed-update");
  assert.equal(events.length, 1, "one line for many of a kind");
  assert.equal(events[0].fields?.treatment, "treat-as-withdraw");
});

test("the last route of a set of attributes goes to another one in the UPDATE that has the set again", () => {
  const { network, left, right } = withoutMartians();
  const origin = [0x40, 1, 1, 0];
  // MP_REACH_NLRI for IPv4, with the next hop 192.0.2.1 and 198.19.0.0/16.
  const reach = [0x80, 14, 12, 0, 1, 1, 4, 192, 0, 2, 1, 0, 16, 198, 19];
  left.inject(right, update([0]));
  network.run(20);
  left.inject(right, message([...origin, ...AS_PATH, ...nextHop(7), ...reach], [16, 198, 18]));
  network.run(20);
  assert.equal(right.state("a"), "Established");
  assert.deepEqual([...right.routes.keys()].sort(), [OTHER, "198.19.0.0/16"]);
});

test("a family that an UPDATE disables has no route of that UPDATE", () => {
  const { network, left, right } = withoutMartians();
  const origin = [0x40, 1, 1, 0];
  const hop = [0x20, 1, 0xd, 0xb8, ...Array<number>(11).fill(0), 1];
  const reach = [0x80, 14, 26, 0, 2, 1, 16, ...hop, 0, 32, 0x20, 1, 0xd, 0xb8];
  const broken = [0x80, 15, 4, 0, 2, 1, 200]; // a prefix of 200 bits
  left.inject(right, message([...origin, ...AS_PATH, ...reach, ...broken], []));
  network.run(20);
  assert.equal(right.state("a"), "Established");
  assert.deepEqual(
    right.events
      .filter(({ name }) => name === "malformed-update")
      .map(({ fields }) => fields?.treatment),
    ["afi-safi-disable"],
  );
  assert.deepEqual([...right.routes.keys()], []);
});

test("a prefix that cannot be read resets the session, and what follows is not looked at", () => {
  const { network, left, right } = withoutMartians();
  const bad = update([0], [33, 198, 18, 0, 0, 0]);
  left.inject(right, Uint8Array.from([...bad, ...update([0])]));
  network.run(20);
  assert.equal(right.routes.size, 0);
  assert.equal(right.neighbour("a").lastError?.text.includes("UPDATE"), true);
  const [down] = left.events.filter((event) => event.name === "session-down");
  assert.deepEqual([down.fields?.code, down.fields?.subcode], [3, 10]);
});

test("what a neighbour was sent is counted by family, each time, and what was withdrawn", () => {
  const { network, left, right } = external();
  const sent = () =>
    left
      .neighbour("b")
      .families.map((family) => [family?.updatesSent, family?.withdrawalsSent].join("+"));
  left.originate(...PODS, "fd00:1::/64");
  network.run(50);
  assert.deepEqual(sent(), ["2+0", "1+0"]);
  left.withdraw(PODS[0]);
  network.run(50);
  assert.deepEqual(sent(), ["2+1", "1+0"]);
  right.inject(left, encodeRouteRefresh({ afi: 1, safi: 1, subtype: 0 }));
  network.run(50);
  assert.equal(right.neighbour("a").families[0]?.updatesReceived, 3);
  assert.equal(left.neighbour("b").families[0]?.updatesSent, 3);
});

test("the prefix limit ends the session with a Cease (RFC 4486)", () => {
  const { network, left, right } = external({}, { maxPrefixes: { received: 2 } });
  left.originate(...PODS);
  network.run(50);
  assert.equal(right.routes.size, 2);
  left.originate("172.16.3.0/24");
  network.run(50);
  assert.equal(right.routes.size, 0);
  const [down] = left.events.filter((event) => event.name === "session-down");
  assert.deepEqual([down.fields?.code, down.fields?.subcode], [6, 1]);
});

test("ROUTE-REFRESH brings everything once more", () => {
  const { network, left, right } = external();
  left.originate(...PODS);
  network.run(50);
  const before = right.neighbour("a").families[0]?.updatesReceived;
  right.inject(left, encodeRouteRefresh({ afi: 1, safi: 1, subtype: 0 }));
  network.run(50);
  assert.equal(before, 2);
  assert.equal(right.neighbour("a").families[0]?.updatesReceived, 4);
  assert.equal(right.routes.size, 2);
});

test("a refresh that begins twice takes nothing away before its end (RFC 7313)", () => {
  const { network, left, right } = external();
  left.originate(...PODS);
  network.run(50);
  const mark = (subtype: number) => encodeRouteRefresh({ afi: 1, safi: 1, subtype });
  left.inject(right, mark(1));
  left.inject(right, mark(1));
  network.run(50);
  assert.deepEqual([...right.routes.keys()].sort(), PODS);
  left.inject(right, mark(2));
  network.run(50);
  assert.equal(right.routes.size, 0, "none was announced again");
});

test("a neighbour whose socket is full hears the latest state when it drains", () => {
  const { network, left, right } = external();
  const connection = 1;
  left.originate(...PODS);
  network.run(50);
  for (const id of [connection, 2]) left.speaker.blocked(id);
  left.withdraw(PODS[0]);
  left.originate("172.16.3.0/24");
  left.withdraw("172.16.3.0/24");
  network.run(50);
  assert.equal(right.routes.size, 2, "nothing was written meanwhile");
  assert.equal(left.neighbour("b").groupState, "blocked");
  for (const id of [connection, 2]) left.speaker.drained(id);
  network.run(50);
  assert.deepEqual([...right.routes.keys()], [PODS[1]]);
  assert.equal(left.neighbour("b").groupState, "in step");
});

test("when everything is withdrawn and the neighbour is gone, the tables are empty", () => {
  const { network, left, right } = external();
  left.originate(...PODS, "fd00:1::/64");
  network.run(50);
  left.withdraw(...PODS, "fd00:1::/64");
  network.run(50);
  right.reconfigure({ neighbours: [] });
  left.reconfigure({ neighbours: [] });
  network.run(50);
  for (const node of [left, right]) {
    assert.equal(node.prefixes[0].size + node.prefixes[1].size, 0, node.name);
    assert.equal(node.attributes.size, 1, "only the set of the own routes");
    assert.equal(node.nextHops.size, 0);
  }
});

test("a neighbour that is away leaves nothing behind but its session", () => {
  const { network, left, right } = external();
  left.originate(...PODS, "fd00:1::/64");
  network.run(50);
  right.speaker.disable("a", network.now);
  network.run(50);
  assert.notEqual(left.state("b"), "Established");
  assert.equal(left.nextHops.size, 0, "the policies that its session had are forgotten");
  assert.equal(right.nextHops.size, 0);
  right.speaker.enable("a", network.now);
  network.run(30_000);
  assert.deepEqual([...right.routes.keys()].sort(), [...PODS, "fd00:1::/64"].sort());
});

test("an export policy that changes while the socket is full: nothing stale stays behind", () => {
  const { network, left, right } = external();
  left.originate(...PODS);
  network.run(50);
  for (const id of [1, 2]) left.speaker.blocked(id);
  left.withdraw(PODS[0]);
  const filters = [{ name: "none", rules: [] }];
  left.reconfigure({ filters });
  left.change("b", { export: "none" });
  network.run(50);
  assert.equal(right.routes.size, 2);
  for (const id of [1, 2]) left.speaker.drained(id);
  network.run(50);
  assert.equal(right.routes.size, 0);
  assert.equal(right.state("a"), "Established");
});

function endsOfLeft(ipv6?: string) {
  return {
    local: address(A),
    remote: address(B),
    localPort: 179,
    remotePort: 40000,
    interface: 2,
    nextHopSelf: [address(A), ipv6 === undefined ? undefined : address(ipv6)] as const,
  };
}

test("an address that comes after the session: its family's routes are announced then", () => {
  const { network, left, right } = external();
  left.originate(...PODS, "fd00:1::/64");
  const told = (ipv6?: string) => {
    for (const id of [1, 2]) left.speaker.endpointsChanged(id, endsOfLeft(ipv6), network.now);
    network.run(50);
    return right.routes.get("fd00:1::/64");
  };
  assert.equal(told(), undefined);
  assert.equal(right.routes.size, 2, "IPv4 stays");
  assert.deepEqual(told("fd00::77"), ["fd00::77"]);
  assert.deepEqual(told("fd00::78"), ["fd00::78"], "a new next hop takes the old one's place");
  assert.equal(right.eventNames().filter((name) => name === "session-up").length, 1);
});

test("an own address is missing only where there are routes to announce with it, and once", () => {
  const { network, left } = external();
  const missing = () => left.eventNames().filter((name) => name === "next-hop-missing").length;
  const move = (ipv6?: string): void => {
    for (const id of [1, 2]) left.speaker.endpointsChanged(id, endsOfLeft(ipv6), network.now);
    network.run(50);
  };
  left.originate(...PODS);
  move();
  assert.equal(missing(), 0, "no IPv6 is there");
  left.originate("fd00:1::/64", "fd00:2::/64");
  network.run(50);
  assert.equal(missing(), 1);
  left.originate("fd00:3::/64");
  network.run(50);
  assert.equal(missing(), 1, "it is known");
  move("fd00::77");
  assert.equal(missing(), 1);
  move();
  assert.equal(missing(), 2, "it is gone again");
  left.withdraw("fd00:1::/64", "fd00:2::/64", "fd00:3::/64");
  network.run(50);
  move("fd00::77");
  move();
  assert.equal(missing(), 2, "and so are the routes");
});

test("an own address is not missing for a neighbour that does not speak of the family", () => {
  const network = new Network();
  const neighbours = [peer("b", B, 65002), peer("c", C, 65003, { families: [true, false] })];
  const left = speaker(network, A, 65001, neighbours);
  speaker(network, B, 65002, [peer("a", A, 65001)]);
  speaker(network, C, 65003, [peer("a", A, 65001)]);
  network.run(500);
  for (const name of ["b", "c"]) assert.equal(left.state(name), "Established");
  left.originate("fd00:1::/64");
  for (let id = 1; id <= 6; id++) left.speaker.endpointsChanged(id, endsOfLeft(), network.now);
  network.run(50);
  const missing = left.events.filter(({ name }) => name === "next-hop-missing");
  assert.deepEqual(
    missing.map(({ neighbour }) => neighbour),
    ["b"],
  );
});

test("an address that comes between the connection and the session is announced with", () => {
  const network = new Network();
  const left = speaker(network, A, 65001, [peer("b", B, 65002)]);
  const right = speaker(network, B, 65002, [peer("a", A, 65001)]);
  left.originate("fd00:1::/64");
  while (left.state("b") !== "OpenSent") network.run(1);
  for (const id of [1, 2]) left.speaker.endpointsChanged(id, endsOfLeft("fd00::77"), network.now);
  network.run(500);
  assert.equal(left.state("b"), "Established");
  assert.deepEqual(right.routes.get("fd00:1::/64"), ["fd00::77"]);
});
