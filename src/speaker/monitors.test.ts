// Those who watch a speaker: what they are told is what is in its tables, whatever happened, and
// however slow they are.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { frameMessage, NlriCursor, UpdateReader } from "bgp-ts";
import { formatAddress, formatWords, parsePrefixRange } from "../route/index.ts";
import type { NeighbourConfig, SpeakerConfig } from "./config.ts";
import type { Monitor, MonitoredPeer, MonitorSink, MonitorTable } from "./monitors.ts";
import { address, Network, type Node } from "./simulation.test.ts";

const ALL: readonly MonitorTable[] = [
  "adj-rib-in-pre",
  "adj-rib-in-post",
  "adj-rib-out-post",
  "loc-rib",
];
const A = "192.0.2.1";
const B = "192.0.2.2";
const C = "192.0.2.3";

/** Reads what it is told, as a station does. */
class Station implements MonitorSink {
  /** What happened, in order: "up b", "down b", "adj-rib-in-pre b end-of-rib 0". */
  readonly events: string[] = [];
  /** Prefixes and the first AS of their paths, by table and peer. */
  readonly tables = new Map<string, Map<string, string>>();
  readonly peers = new Set<string>();
  /** Prefixes announced or withdrawn. */
  heard = 0;
  isLost = false;

  up(peer: MonitoredPeer): void {
    assert.ok(!this.peers.has(peer.name), `${peer.name} is up twice`);
    for (const open of [peer.opens.sent, peer.opens.received]) assert.equal(open[18], 1, "an OPEN");
    this.peers.add(peer.name);
    this.events.push(`up ${peer.name}`);
  }

  down(peer: MonitoredPeer): void {
    assert.ok(this.peers.delete(peer.name), `${peer.name} was not up`);
    this.events.push(`down ${peer.name}`);
    for (const key of this.tables.keys())
      if (key.endsWith(` ${peer.name}`)) this.tables.delete(key);
  }

  lost(): void {
    this.isLost = true;
  }

  updates(table: MonitorTable, peer: MonitoredPeer | undefined, bytes: Uint8Array): void {
    const name = peer?.name ?? "-";
    assert.ok(peer === undefined || this.peers.has(name), `${name} is not up`);
    const reader = new UpdateReader();
    for (let at = 0; at < bytes.length;) {
      const frame = frameMessage(bytes, at, bytes.length, 65535);
      assert.ok(frame.kind === "message" && frame.type === 2);
      const context = {
        fourOctetAs: true,
        external: false,
        addPath: [false, false] as const,
        families: [true, true] as const,
        extendedNextHop: true,
      };
      assert.equal(reader.read(bytes, frame.start, frame.end, context), undefined);
      this.#take(`${table} ${name}`, reader);
      at += frame.total;
    }
  }

  /** "prefix > first AS", sorted; undefined: nothing was told of the table. */
  table(table: MonitorTable, name = "-"): string[] {
    const routes = this.tables.get(`${table} ${name}`) ?? new Map<string, string>();
    return [...routes].map(([text, from]) => `${text} > ${from}`).sort();
  }

  #take(key: string, reader: UpdateReader): void {
    if (reader.endOfRib !== -1) this.events.push(`${key} end-of-rib ${reader.endOfRib}`);
    const routes = this.tables.get(key) ?? new Map<string, string>();
    this.tables.set(key, routes);
    const { withdrawn, announced, mpReach, mpUnreach } = reader;
    const read = (family: 0 | 1, { start, end }: { start: number; end: number }): string[] => {
      const texts: string[] = [];
      const cursor = new NlriCursor();
      cursor.reset(reader.bytes, start, end, family, false);
      while (cursor.next()) {
        const { w0, w1, w2, w3, length } = cursor;
        texts.push(`${formatWords(family, w0, w1, w2, w3)}/${length}`);
      }
      this.heard += texts.length;
      return texts;
    };
    for (const text of read(0, withdrawn)) routes.delete(text);
    if (mpUnreach !== undefined) {
      for (const text of read(mpUnreach.family, mpUnreach.nlri)) routes.delete(text);
    }
    const from = (section: "base" | "mp"): string => {
      const { attributes } = reader.decodeAttributes(section);
      return String(attributes.asPath.flatMap((segment) => segment.asns).at(0) ?? "own");
    };
    for (const text of read(0, announced)) routes.set(text, from("base"));
    if (mpReach === undefined) return;
    for (const text of read(mpReach.family, mpReach.nlri)) routes.set(text, from("mp"));
  }
}

function node(
  network: Network,
  own: string,
  asn: number,
  neighbours: readonly NeighbourConfig[],
  more: Partial<SpeakerConfig> = {},
): Node {
  const routerId = address(own).w0;
  return network.node(own, { asn, routerId, neighbours, ...more });
}

const peer = (name: string, at: string, asn: number, more: Partial<NeighbourConfig> = {}) => ({
  name,
  address: address(at),
  asn,
  ...more,
});

/** B between A and C, three ASes; A announces four routes, of which B's filter rejects one. */
function line(more: Partial<NeighbourConfig> = {}) {
  const network = new Network();
  const range = parsePrefixRange("10.1.9.0/24");
  assert.ok(range);
  const all = { match: {}, then: "accept" as const };
  const filters = [
    { name: "some", rules: [{ match: { prefix: [range] }, then: "reject" as const }, all] },
    { name: "all", rules: [all] },
  ];
  const a = node(network, A, 65001, [peer("b", B, 65002)]);
  const b = node(
    network,
    B,
    65002,
    [
      peer("a", A, 65001, { import: "some", ...more }),
      peer("c", C, 65003, { import: "all", export: "all" }),
    ],
    { filters },
  );
  const c = node(network, C, 65003, [peer("b", B, 65002)]);
  network.run(500);
  a.originate("10.1.1.0/24", "10.1.2.0/24", "10.1.9.0/24", "fd00:1::/64");
  b.originate("10.2.0.0/24");
  network.run(50);
  return { network, a, b, c };
}

const MINE = ["10.1.1.0/24 > 65001", "10.1.2.0/24 > 65001", "fd00:1::/64 > 65001"];

describe("a monitor", () => {
  it("is told of sessions first, then of every table, then End-of-RIB", () => {
    const { network, b } = line();
    const station = new Station();
    b.speaker.monitor(ALL, station);
    assert.deepEqual(station.events, ["up a", "up c"], "before anything else");
    network.run(50);
    assert.deepEqual(station.table("adj-rib-in-pre", "a"), [
      "10.1.1.0/24 > 65001",
      "10.1.2.0/24 > 65001",
      "10.1.9.0/24 > 65001",
      "fd00:1::/64 > 65001",
    ]);
    assert.deepEqual(station.table("adj-rib-in-post", "a"), MINE);
    assert.deepEqual(station.table("loc-rib"), ["10.2.0.0/24 > own", ...MINE].sort());
    const told = ["10.1.1.0/24", "10.1.2.0/24", "10.2.0.0/24", "fd00:1::/64"];
    assert.deepEqual(
      station.table("adj-rib-out-post", "c"),
      told.map((text) => `${text} > 65002`),
    );
    assert.deepEqual(station.table("adj-rib-out-post", "a"), ["10.2.0.0/24 > 65002"]);
    for (const key of [
      "adj-rib-in-pre a",
      "adj-rib-in-post c",
      "adj-rib-out-post c",
      "loc-rib -",
    ]) {
      for (const family of [0, 1]) {
        const end = station.events.filter((event) => event === `${key} end-of-rib ${family}`);
        assert.equal(end.length, 1, `${key} ${family}`);
      }
    }
  });

  it("hears of changes, of a filter that is another one, and of the end of a session", () => {
    const { network, a, b } = line();
    const station = new Station();
    b.speaker.monitor(ALL, station);
    network.run(50);
    a.withdraw("10.1.1.0/24");
    network.run(50);
    const left = ["10.1.2.0/24 > 65001", "fd00:1::/64 > 65001"];
    assert.deepEqual(station.table("adj-rib-in-post", "a"), left);
    assert.equal(station.table("adj-rib-out-post", "c").length, 3);
    b.change("a", { import: "all" });
    network.run(50);
    assert.deepEqual(station.table("adj-rib-in-post", "a"), station.table("adj-rib-in-pre", "a"));
    assert.equal(station.table("adj-rib-in-post", "a").length, 3);
    b.change("c", { export: undefined });
    network.run(50);
    assert.deepEqual(station.table("adj-rib-out-post", "c"), ["10.2.0.0/24 > 65002"]);
    a.breakWith(b);
    network.run(50);
    assert.ok(station.events.includes("down a"));
    assert.equal(station.table("adj-rib-in-pre", "a").length, 0);
  });

  it("is told of kept routes again when their session is back, though nothing has changed", () => {
    const { network, a, b } = line({
      gracefulRestart: "full",
    });
    const station = new Station();
    b.speaker.monitor(ALL, station);
    network.run(50);
    const before = station.table("adj-rib-in-pre", "a");
    a.breakWith(b);
    network.run(60_000);
    assert.deepEqual(
      station.events.filter((event) => event.endsWith(" a") && !event.includes("rib")),
      ["up a", "down a", "up a"],
    );
    assert.deepEqual(station.table("adj-rib-in-pre", "a"), before);
  });

  it("that is slow hears of what is there when it has room, once", () => {
    const { network, a, b } = line();
    const station = new Station();
    const monitor = b.speaker.monitor(ALL, station);
    network.run(50);
    monitor.blocked();
    const heard = station.heard;
    for (let i = 0; i < 20; i++) {
      a.originate("10.1.3.0/24");
      network.run(20);
      a.withdraw("10.1.3.0/24");
      network.run(20);
    }
    a.originate("10.1.4.0/24");
    network.run(50);
    assert.equal(station.heard, heard, "nothing while it takes nothing");
    monitor.drained();
    network.run(50);
    assert.ok(station.heard - heard <= 8, `${station.heard - heard} prefixes`);
    assert.ok(station.table("adj-rib-in-pre", "a").includes("10.1.4.0/24 > 65001"));
    assert.ok(station.table("adj-rib-out-post", "c").includes("10.1.4.0/24 > 65002"));
    assert.ok(!station.table("loc-rib").some((text) => text.startsWith("10.1.3.0")));
  });

  it("that takes nothing while an export policy changes hears what came of it", () => {
    const { network, b } = line();
    const station = new Station();
    const monitor = b.speaker.monitor(ALL, station);
    network.run(50);
    b.change("c", { export: undefined });
    network.run(50);
    assert.equal(station.table("adj-rib-out-post", "c").length, 1);
    monitor.blocked();
    for (const filter of ["all", undefined, "all"]) {
      b.change("c", { export: filter });
      network.run(50);
    }
    monitor.drained();
    network.run(50);
    assert.equal(station.isLost, false);
    assert.equal(station.table("adj-rib-out-post", "c").length, 4);
  });

  it("that is closed holds nothing, and costs nothing", () => {
    const { network, a, b } = line();
    const monitors: Monitor[] = [];
    for (let i = 0; i < 3; i++) monitors.push(b.speaker.monitor(ALL, new Station()));
    network.run(50);
    for (const monitor of monitors) monitor.close();
    a.withdraw("10.1.1.0/24", "10.1.2.0/24", "10.1.9.0/24", "fd00:1::/64");
    b.withdraw("10.2.0.0/24");
    network.run(200);
    assert.equal(b.speaker.work(1000, network.now), false);
    for (const table of b.prefixes) assert.equal(table.size, 0, "no prefix is held");
  });
});

describe("a tap", () => {
  it("sees UPDATEs as they come, and every state", () => {
    const network = new Network();
    const a = node(network, A, 65001, [peer("b", B, 65002)]);
    const b = node(network, B, 65002, [peer("a", A, 65001)]);
    const states: string[] = [];
    const bodies: string[] = [];
    b.speaker.setTap({
      state: ({ name, asn }, from, to) => states.push(`${name} ${asn} ${from} ${to}`),
      update: ({ local, remote }, { fourOctetAs, addPath }, bytes, start, end) => {
        assert.ok(local !== undefined);
        assert.deepEqual([formatAddress(local), formatAddress(remote)], [B, A]);
        assert.deepEqual([fourOctetAs, addPath], [true, false]);
        bodies.push(Buffer.from(bytes.subarray(start, end)).toString("hex"));
      },
    });
    network.run(500);
    a.originate("10.1.1.0/24");
    network.run(50);
    assert.equal(states.at(-1), "a 65001 OpenConfirm Established");
    assert.ok(bodies.includes("00000000"), "End-of-RIB");
    assert.ok(bodies.some((body) => body.endsWith("180a0101")));
    b.speaker.setTap(undefined);
    const before = bodies.length;
    a.withdraw("10.1.1.0/24");
    network.run(50);
    assert.equal(bodies.length, before);
  });
});
