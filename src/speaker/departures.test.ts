import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCommunity } from "../route/index.ts";
import type { NeighbourConfig } from "./config.ts";
import { address, Network, prefix } from "./simulation.test.ts";
import type { Node } from "./simulation.test.ts";

const HERE = "192.0.2.1";
const OTHER = "192.0.2.2";
const SAME = "192.0.2.3";
const LATE = "192.0.2.4";
const BLOCK = "172.16.1.0/24";
const THEIRS = "10.2.0.0/16";
const DEFAULT = "0.0.0.0/0";
const LEAVING = parseCommunity("65535:0");

const PEERS: readonly NeighbourConfig[] = [
  { name: "other", address: address(OTHER), asn: 65002, defaultOriginate: true },
  { name: "same", address: address(SAME), asn: 65001 },
];

/** A node with a neighbour in another AS and one in its own, that know its block and have told theirs. */
function scene(more: readonly NeighbourConfig[] = []) {
  const network = new Network();
  const neighbours = [...PEERS, ...more];
  const here = network.node(HERE, { asn: 65001, routerId: 1, neighbours });
  const end = (own: string, asn: number): Node =>
    network.node(own, {
      ...{ asn, routerId: Number(own.at(-1)) },
      neighbours: [{ name: "here", address: address(HERE), asn: 65001 }],
    });
  const [other, same] = [end(OTHER, 65002), end(SAME, 65001)];
  network.run(500);
  here.originate(BLOCK);
  other.originate(THEIRS);
  network.run(50);
  assert.deepEqual(other.routes.get(BLOCK), [HERE]);
  const depart = (...words: Parameters<Node["speaker"]["depart"]>): void => {
    here.speaker.depart(...words);
    assert.equal(here.speaker.hasToldAll(words[0]), false, "nothing of it is written yet");
    network.run(50);
    assert.equal(here.speaker.hasToldAll(words[0]), true);
  };
  return { network, here, other, same, end, depart };
}

function pathOf(node: Node, text: string) {
  const [best] = node.speaker.survey.paths(prefix(text).family, node.id(text));
  return node.attributes.get(best.attributes);
}

/** `name telling: reason` for each neighbour. */
function told({ speaker, prefixes }: Node, text: string): string[] {
  const { neighbours } = speaker.survey.explain(0, prefixes[0].findPrefix(prefix(text)));
  return neighbours.map(({ name, telling, reason }) => `${name} ${telling}: ${reason}`);
}

test("the node: GRACEFUL_SHUTDOWN to all, within the AS LOCAL_PREF 0 too; then nothing, and all again", () => {
  const { network, here, other, same, depart } = scene();
  const before = pathOf(here, THEIRS);

  depart(undefined, "leaving", 1000);
  assert.deepEqual(pathOf(other, BLOCK).communities, [LEAVING]);
  assert.deepEqual(pathOf(other, DEFAULT).communities, [LEAVING]);
  assert.equal(pathOf(other, BLOCK).localPref, 0, "the neighbour obeys");
  assert.deepEqual(pathOf(same, BLOCK).communities, [LEAVING]);
  assert.equal(pathOf(same, BLOCK).localPref, 0);
  assert.deepEqual(pathOf(here, THEIRS), before, "what it has learnt is as it was");

  depart(undefined, "nothing", 2000);
  assert.deepEqual([...other.routes.keys()], []);
  assert.deepEqual([...same.routes.keys()], []);
  assert.deepEqual(here.routes.get(THEIRS), [OTHER], "others can still be reached from here");
  assert.deepEqual(told(here, BLOCK), [
    "other not told: withheld because the node is drained",
    "same not told: withheld because the node is drained",
  ]);
  here.originate("172.16.9.9/32");
  here.reconfigure({ restart: { time: 60 } });
  network.run(50);
  assert.deepEqual([...other.routes.keys()], [], "nor what comes, nor after a reload");
  assert.equal(here.neighbour("other").announcement, "nothing");

  depart(undefined, "usual", 3000);
  assert.deepEqual([...other.routes.keys()].sort(), [DEFAULT, BLOCK, "172.16.9.9/32", "::/0"]);
  assert.equal(pathOf(other, BLOCK).communities, undefined);
  assert.equal(pathOf(same, BLOCK).localPref, 100);
  assert.ok(!here.eventNames().includes("session-down"));
});

test("whoever comes up meanwhile hears End-of-RIB and no route", () => {
  const late = { name: "late", address: address(LATE), asn: 65004, defaultOriginate: true };
  const { network, here, end, depart } = scene([late]);
  depart(undefined, "nothing", 1000);
  const node = end(LATE, 65004);
  network.run(15_000);
  assert.equal(node.state("here"), "Established");
  assert.equal(node.eventNames().filter((name) => name === "end-of-rib-received").length, 2);
  assert.deepEqual([...node.routes.keys()], []);
  depart(undefined, "usual", 20_000);
  assert.deepEqual(node.routes.get(BLOCK), [HERE]);
  assert.equal(here.state("late"), "Established");
});

test("one neighbour alone: it is told less, its own routes are the last choice, others notice nothing", () => {
  const { here, other, same, depart } = scene();
  const heard = same.written.length;
  const before = pathOf(same, BLOCK);
  depart("other", "leaving", 1000);
  assert.deepEqual(pathOf(other, BLOCK).communities, [LEAVING]);
  assert.equal(pathOf(here, THEIRS).localPref, 0, "what it tells is the last choice");
  depart("other", "nothing", 2000);
  assert.deepEqual([...other.routes.keys()], []);
  assert.deepEqual(pathOf(same, BLOCK), before);
  assert.equal(same.written.length, heard);
  assert.deepEqual(told(here, BLOCK), [
    "other not told: withheld because this neighbour is drained",
    "same told: no filter: this node's own route",
  ]);
  depart(undefined, "nothing", 3000);
  depart("other", "usual", 4000);
  assert.deepEqual([...other.routes.keys()], [], "the node is still drained");
  assert.equal(pathOf(here, THEIRS).localPref, undefined);
});

test("a range, by its name: those who are there, and those who come", () => {
  const range = { name: "nodes", range: prefix("192.0.2.4/32"), asn: 65004, passive: true };
  const { network, here, end, depart } = scene([range]);
  depart("nodes", "nothing", 1000);
  const node = end(LATE, 65004);
  network.run(15_000);
  assert.equal(node.state("here"), "Established");
  assert.deepEqual([...node.routes.keys()], []);
  depart("nodes", "usual", 20_000);
  assert.deepEqual(node.routes.get(BLOCK), [HERE]);
  assert.equal(here.neighbour(`nodes-${LATE}`).announcement, "usual");
});

test("a neighbour whose connection takes nothing has not been told", () => {
  const { network, here, other } = scene();
  const connection = here.connectionWith(other);
  here.speaker.stalled(connection, 1000);
  here.speaker.depart(undefined, "leaving", 1000);
  network.run(50);
  assert.equal(here.speaker.hasToldAll(undefined), false);
  assert.equal(here.speaker.hasToldAll("same"), true);
  here.speaker.flowing(connection, 1100);
  assert.equal(here.speaker.hasToldAll(undefined), true);
  here.speaker.blocked(connection);
  here.speaker.depart(undefined, "nothing", 1200);
  network.run(50);
  assert.equal(here.speaker.hasToldAll(undefined), false, "withdrawals wait for it");
  assert.ok(other.routes.has(BLOCK));
  here.speaker.drained(connection);
  network.run(50);
  assert.equal(here.speaker.hasToldAll(undefined), true);
  assert.ok(!other.routes.has(BLOCK));
});
