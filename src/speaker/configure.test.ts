// configure() as a difference, neighbours out of ranges, commands.

import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePrefixRange } from "../route/index.ts";
import type { NeighbourConfig, SpeakerConfig } from "./config.ts";
import type { FilterSpec } from "./policy/index.ts";
import { address, Network, prefix } from "./simulation.test.ts";
import type { Node } from "./simulation.test.ts";
import { NO_TRAFFIC } from "./traffic.ts";

const A = "192.0.2.1";
const B = "192.0.2.2";
const PODS = ["172.16.1.0/24", "172.16.9.9/32", "172.16.95.0/24"];

/** Accepts what lies in the range, with what `then` adds. */
function filter(name: string, text: string): FilterSpec {
  const range = parsePrefixRange(text);
  assert.ok(range);
  return { name, rules: [{ match: { prefix: [range] }, then: "accept" }] };
}

const ALL = filter("all", "0.0.0.0/0 le 32");
const BLOCKS = filter("blocks", "172.16.0.0/16 le 24");
const NINETY = filter("ninety", "172.16.95.0/24");

function neighbour(name: string, at: string, asn: number): NeighbourConfig {
  return { name, address: address(at), asn };
}

function pair(more: Partial<SpeakerConfig> = {}): { network: Network; left: Node; right: Node } {
  const network = new Network();
  const left = network.node(A, {
    asn: 65001,
    routerId: 1,
    neighbours: [neighbour("b", B, 65002)],
    filters: [ALL, BLOCKS, NINETY],
    ...more,
  });
  const right = network.node(B, {
    asn: 65002,
    routerId: 2,
    neighbours: [neighbour("a", A, 65001)],
    filters: [ALL, BLOCKS, NINETY],
  });
  network.run(500);
  left.originate(...PODS);
  network.run(50);
  assert.deepEqual([...right.routes.keys()].sort(), PODS);
  return { network, left, right };
}

function sessionsUp(node: Node): number {
  return node.eventNames().filter((name) => name === "session-up").length;
}

function ceases(node: Node): unknown[] {
  const downs = node.events.filter((event) => event.name === "session-down");
  return downs.map(({ fields }) => `${fields?.code}/${fields?.subcode}`);
}

test("the same configuration again keeps everything", () => {
  const { network, left, right } = pair();
  const result = left.reconfigure({ neighbours: [neighbour("b", B, 65002)] });
  assert.deepEqual(result, { added: [], removed: [], kept: ["b"], changed: [], reset: [] });
  network.run(5000);
  assert.equal(sessionsUp(right), 1);
});

test("an import filter is changed without a reset and without a new UPDATE", () => {
  const { network, right } = pair();
  const before = right.neighbour("a").families[0]?.updatesReceived;
  const result = right.change("a", { import: "blocks" });
  assert.deepEqual(result.changed, [{ name: "a", what: "import filter" }]);
  network.run(10);
  assert.deepEqual([...right.routes.keys()].sort(), [PODS[0], PODS[2]]);
  assert.match(
    right.speaker.survey.paths(0, right.id(PODS[1]))[0].reason,
    /^filter blocks: no rule/,
  );
  right.reconfigure({ filters: [ALL, filter("blocks", "172.16.9.0/24 le 32")] });
  network.run(10);
  assert.deepEqual([...right.routes.keys()], [PODS[1]], "a filter's content counts, not its name");
  right.change("a", { import: undefined });
  network.run(10);
  assert.equal(right.routes.size, 3);
  assert.equal(right.neighbour("a").families[0]?.updatesReceived, before);
  assert.equal(sessionsUp(right), 1);
});

test("an export filter is changed without a reset; what both allow is never withdrawn", () => {
  const { network, left, right } = pair();
  const change = (name: string | undefined) => {
    left.change("b", { export: name });
    network.run(50);
    return [...right.routes.keys()].sort();
  };
  assert.deepEqual(change("blocks"), [PODS[0], PODS[2]]);
  assert.equal(right.neighbour("a").families[0]?.withdrawalsReceived, 1);
  assert.deepEqual(change("ninety"), [PODS[2]]);
  assert.equal(right.neighbour("a").families[0]?.withdrawalsReceived, 2);
  assert.deepEqual(change(undefined), PODS);
  assert.equal(right.neighbour("a").families[0]?.withdrawalsReceived, 2);
  assert.equal(sessionsUp(right), 1);
});

test("a changed password, AS or hold time resets with Cease 6, and says why", () => {
  const { network, left, right } = pair();
  const first = left.change("b", { key: new Uint8Array([1]) });
  assert.deepEqual(first.reset, [{ name: "b", why: "password changed" }]);
  assert.deepEqual(left.speaker.listenKeys(), [
    { peers: prefix(`${B}/32`), interface: undefined, key: new Uint8Array([1]) },
  ]);
  network.run(30_000);
  assert.equal(right.routes.size, 3);
  const second = left.change("b", { holdTime: 30 });
  assert.match(second.reset[0].why, /hold time/);
  network.run(30_000);
  assert.equal(left.neighbour("b").negotiated?.holdTime, 30);
  assert.deepEqual(ceases(right), ["6/6", "6/6"]);
});

test("a neighbour taken out is told so; its routes go in slices", () => {
  const { network, left, right } = pair();
  const result = right.reconfigure({ neighbours: [] });
  assert.deepEqual(result.removed, ["a"]);
  network.run(50);
  assert.equal(right.routes.size, 0);
  assert.deepEqual(ceases(left), ["6/3"]);
  right.reconfigure({ neighbours: [neighbour("again", A, 65001)] });
  network.run(60_000);
  assert.equal(right.routes.size, 3);
});

test("disable, enable and restart by name", () => {
  const { network, left, right } = pair();
  assert.equal(right.speaker.disable("a", network.now, "moving racks"), "done");
  assert.equal(right.speaker.disable("a", network.now), "already");
  assert.equal(right.speaker.disable("nobody", network.now), "unknown");
  network.run(60_000);
  assert.deepEqual(ceases(left), ["6/2"]);
  assert.match(left.events.find((e) => e.name === "session-down")?.text ?? "", /moving racks/);
  assert.equal(right.state("a"), "Idle");
  const disabled = right.neighbour("a");
  assert.equal(disabled.message, "moving racks");
  assert.deepEqual([disabled.wanted, disabled.families[0]], [[true, true], undefined]);
  assert.equal(right.reconfigure({}).kept[0], "a", "a reload does not switch it on again");
  network.run(1000);
  assert.deepEqual(right.neighbour("a"), disabled, "nothing has changed, the time least of all");
  right.speaker.enable("a", network.now);
  assert.equal(right.neighbour("a").message, undefined);
  network.run(150_000);
  assert.equal(right.routes.size, 3);
  right.speaker.restart("a", network.now, "new cable");
  network.run(60_000);
  assert.deepEqual(ceases(left), ["6/2", "6/4"]);
  assert.match(left.events.findLast((e) => e.name === "session-down")?.text ?? "", /new cable/);
  assert.equal(right.neighbour("a").message, "new cable");
  assert.equal(right.routes.size, 3);
});

test("a range that is disabled shows since when, and why, until it is enabled", () => {
  const network = new Network();
  const hub = ranged(network, "192.0.2.99", {});
  const view = () => [...hub.speaker.survey.ranges()][0];
  const created = view().since;
  network.run(1000);
  assert.equal(view().since, created);
  const at = network.now;
  hub.speaker.disable("nodes", at, "moving racks");
  network.run(1000);
  hub.reconfigure({});
  assert.deepEqual([view().since, view().message], [at, "moving racks"]);
  hub.speaker.enable("nodes", network.now);
  assert.deepEqual([view().since, view().message], [network.now, undefined]);
});

test("disabled by the configuration, and enabled again", () => {
  const { network, left, right } = pair();
  right.change("a", { enabled: false });
  network.run(1000);
  assert.deepEqual(ceases(left), ["6/2"]);
  right.change("a", { enabled: true });
  network.run(150_000);
  assert.equal(right.routes.size, 3);
});

function ranged(network: Network, at: string, range: Partial<NeighbourConfig>): Node {
  const template = { name: "nodes", range: prefix("192.0.2.0/24"), asn: 65001, ...range };
  return network.node(at, { asn: 65001, routerId: 99, neighbours: [template] });
}

function dialler(network: Network, at: string, to: string, routerId: number): Node {
  return network.node(at, { asn: 65001, routerId, neighbours: [neighbour("up", to, 65001)] });
}

test("a range: neighbours appear, are limited, and are forgotten when idle", () => {
  const network = new Network();
  const hub = ranged(network, "192.0.2.99", { max: 2, idleTimeout: 60_000 });
  const nodes = [1, 2, 3].map((i) => dialler(network, `192.0.2.${i}`, "192.0.2.99", i));
  network.run(3000);
  assert.equal(hub.state("nodes-192.0.2.1"), "Established");
  assert.equal(hub.state("nodes-192.0.2.2"), "Established");
  assert.notEqual(nodes[2].state("up"), "Established");
  assert.match(hub.events.find((e) => e.name === "connection-refused")?.text ?? "", /has 2/);
  assert.equal([...hub.speaker.survey.ranges()][0].count, 2);
  nodes[0].reconfigure({ neighbours: [] });
  network.run(150_000);
  assert.equal(hub.eventNames("nodes-192.0.2.1").at(-1), "neighbour-removed");
  network.run(120_000);
  assert.equal(hub.state("nodes-192.0.2.3"), "Established", "the place is free");
});

test("what a neighbour out of a range has done counts for the range when it is forgotten", () => {
  const network = new Network();
  const hub = ranged(network, "192.0.2.99", { idleTimeout: 60_000 });
  const nodes = [1, 2].map((i) => dialler(network, `192.0.2.${i}`, "192.0.2.99", i));
  nodes[0].originate(...PODS);
  network.run(3000);
  const of = (i: number) => hub.neighbour(`nodes-192.0.2.${i}`);
  assert.deepEqual(of(1).lastNotification, [0, 0]);
  assert.ok(of(1).updateAt !== undefined && of(1).updateAt! > 0);
  assert.equal(of(1).hasSaidAll, true);
  assert.deepEqual([of(1).traffic.established, of(1).traffic.lost], [1, 0]);
  assert.deepEqual([...hub.speaker.survey.ranges()][0].past, NO_TRAFFIC);
  for (const node of nodes) node.reconfigure({ neighbours: [] });
  network.run(1000);
  const before = [of(1).traffic, of(2).traffic];
  assert.deepEqual(of(1).lastNotification, [6, 3], "Cease/Peer De-configured");
  assert.equal(of(1).hasSaidAll, false);
  network.run(150_000);
  const [{ past, count }] = [...hub.speaker.survey.ranges()];
  assert.equal(count, 0);
  assert.deepEqual([past.established, past.lost], [2, 2]);
  assert.deepEqual(
    [past.received.update, past.sent.keepalive, past.octetsReceived],
    [
      before[0].received.update + before[1].received.update,
      before[0].sent.keepalive + before[1].sent.keepalive,
      before[0].octetsReceived + before[1].octetsReceived,
    ],
  );
  assert.ok(past.received.update > 0);
});

test("a neighbour out of a range that an operator has disabled stays so, however idle", () => {
  const network = new Network();
  const hub = ranged(network, "192.0.2.99", { idleTimeout: 60_000 });
  const node = dialler(network, A, "192.0.2.99", 1);
  network.run(3000);
  hub.speaker.disable("nodes-192.0.2.1", network.now);
  network.run(600_000);
  assert.equal(hub.neighbour("nodes-192.0.2.1").enabled, false);
  assert.notEqual(node.state("up"), "Established");
  hub.speaker.enable("nodes-192.0.2.1", network.now);
  network.run(150_000);
  assert.equal(node.state("up"), "Established");
  node.reconfigure({ neighbours: [] });
  network.run(120_000);
  assert.equal(hub.eventNames("nodes-192.0.2.1").at(-1), "neighbour-removed");
});

test("a neighbour out of a range that brought too much is not forgotten while it is to rest", () => {
  const network = new Network();
  const maxPrefixes = { received: 1, after: 600_000 };
  const hub = ranged(network, "192.0.2.99", { idleTimeout: 60_000, maxPrefixes });
  const node = dialler(network, A, "192.0.2.99", 1);
  network.run(3000);
  node.originate(...PODS);
  network.run(590_000);
  assert.equal(hub.eventNames().filter((name) => name === "session-up").length, 1);
  node.withdraw(...PODS.slice(1));
  network.run(300_000);
  assert.equal(node.state("up"), "Established");
});

test("who is in no range is refused, with one line in the log", () => {
  const network = new Network();
  const hub = ranged(network, "192.0.2.99", { range: prefix("198.51.100.0/24") });
  const node = dialler(network, A, "192.0.2.99", 1);
  network.run(20_000);
  assert.equal(node.state("up") === "Established", false);
  const refusals = hub.events.filter((event) => event.name === "connection-refused");
  assert.equal(refusals.length, 1);
  assert.equal(refusals[0].text, "connection from 192.0.2.1: no neighbour has this address");
});

test("a stranger does not hide another one in the log", () => {
  const network = new Network();
  const hub = ranged(network, "192.0.2.99", { range: prefix("198.51.100.0/24") });
  for (const remote of ["192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.1"]) {
    const ends = {
      local: address("192.0.2.99"),
      remote: address(remote),
      localPort: 179,
      remotePort: 40000,
      interface: 2,
      nextHopSelf: [undefined, undefined] as const,
    };
    assert.equal(hub.speaker.accept(ends, network.now).kind, "refused");
  }
  hub.settle();
  const refusals = hub.events.filter((event) => event.name === "connection-refused");
  assert.deepEqual(
    refusals.map(({ fields }) => fields?.["remote"]),
    ["192.0.2.1", "192.0.2.2"],
  );
});

test("a link-local address is no neighbour of a range, however wide", () => {
  const network = new Network();
  const hub = ranged(network, "192.0.2.99", { range: prefix("::/0") });
  const ends = {
    local: address("fe80::99"),
    remote: address("fe80::1"),
    localPort: 179,
    remotePort: 40000,
    interface: 2,
    interfaceName: "eth0",
    nextHopSelf: [undefined, undefined] as const,
  };
  for (let i = 0; i < 3; i++) {
    assert.equal(hub.speaker.accept(ends, network.now).kind, "refused");
  }
  assert.equal([...hub.speaker.survey.ranges()][0].count, 0);
});

test("the most specific range wins, and its neighbours follow its changes", () => {
  const network = new Network();
  const hub = network.node("192.0.2.99", {
    asn: 65001,
    routerId: 99,
    filters: [ALL, BLOCKS],
    neighbours: [
      { name: "wide", range: prefix("192.0.0.0/16"), asn: 65009 },
      { name: "narrow", range: prefix("192.0.2.0/24"), asn: 65001 },
    ],
  });
  const node = dialler(network, A, "192.0.2.99", 1);
  network.run(3000);
  node.originate(...PODS);
  network.run(50);
  assert.equal(hub.state("narrow-192.0.2.1"), "Established");
  const result = hub.change("narrow", { import: "blocks" });
  network.run(50);
  assert.deepEqual(
    result.changed.map(({ name }) => name),
    ["narrow", "narrow-192.0.2.1"],
  );
  assert.equal(hub.routes.size, 2);
  assert.equal(sessionsUp(node), 1);
  const gone = hub.reconfigure({ neighbours: hub.config.neighbours.slice(0, 1) });
  assert.deepEqual(gone.removed, ["narrow"]);
  network.run(50);
  assert.deepEqual(ceases(node), ["6/3"]);
  assert.equal(hub.routes.size, 0);
});

test("an address of its own takes a neighbour out of its range", () => {
  const network = new Network();
  const hub = ranged(network, "192.0.2.99", {});
  const node = dialler(network, A, "192.0.2.99", 1);
  network.run(3000);
  hub.reconfigure({ neighbours: [...hub.config.neighbours, neighbour("one", A, 65001)] });
  network.run(150_000);
  assert.equal(hub.state("one"), "Established");
  assert.equal([...hub.speaker.survey.ranges()][0].count, 0);
  assert.deepEqual(ceases(node).slice(0, 1), ["6/3"]);
});

test("a neighbour out of a range does not take another one's name", () => {
  const network = new Network();
  const hub = ranged(network, "192.0.2.99", {});
  const node = dialler(network, A, "192.0.2.99", 1);
  network.run(3000);
  assert.equal(hub.state("nodes-192.0.2.1"), "Established");
  const namesake = neighbour("nodes-192.0.2.1", "198.51.100.7", 65001);
  hub.reconfigure({ neighbours: [...hub.config.neighbours, namesake] });
  network.run(60_000);
  assert.deepEqual(ceases(node).slice(0, 1), ["6/3"]);
  assert.equal(hub.neighbour("nodes-192.0.2.1").address, namesake.address);
  assert.equal([...hub.speaker.survey.ranges()][0].count, 0);
  assert.match(hub.events.find((e) => e.name === "connection-refused")?.text ?? "", /is called/);
  hub.reconfigure({ neighbours: hub.config.neighbours.slice(0, 1) });
  network.run(150_000);
  assert.equal(hub.state("nodes-192.0.2.1"), "Established");
});

test("five hundred neighbours do not begin at once", () => {
  const network = new Network();
  const many = Array.from({ length: 500 }, (_, i) => {
    return neighbour(`n${i}`, `198.51.${100 + (i >> 8)}.${i & 255}`, 65001);
  });
  const node = network.node(A, { asn: 65001, routerId: 1, neighbours: many });
  const count = () =>
    [...node.speaker.survey.neighbours(network.now)].filter(
      ({ state, lastError }) => state !== "Idle" || lastError !== undefined,
    ).length;
  const begun: number[] = [];
  for (let second = 0; second <= 5; second++) {
    begun.push(count());
    network.run(1000);
  }
  for (let i = 1; i < begun.length; i++) {
    const step = begun[i] - begun[i - 1];
    assert.ok(step > 50 && step < 150, `about 100 a second: ${begun.join(" ")}`);
  }
});

test("stop() tells neighbours, where graceful restart is not negotiated, whether we come back", () => {
  for (const [why, said] of [
    ["restart", "6/4"],
    ["shutdown", "6/2"],
  ] as const) {
    const { network, left, right } = pair();
    right.speaker.stop(network.now, why);
    network.run(50);
    assert.deepEqual(ceases(left), [said]);
  }
});
