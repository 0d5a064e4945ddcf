// Graceful restart between whole speakers, under the virtual clock.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CEASE, encodeNotification, UpdateWriter } from "bgp-ts";
import type { NeighbourConfig, SpeakerConfig } from "./config.ts";
import { address, Network, prefix, type Node } from "./simulation.test.ts";

const A = "10.0.0.1";
const B = "10.0.0.2";
const TIMES = { time: 60, staleTime: 30_000, deferral: 10_000 };

function peer(at: string, asn: number, more: Partial<NeighbourConfig> = {}): NeighbourConfig {
  const gracefulRestart = "full" as const;
  return { name: `to-${at}`, address: address(at), asn, holdTime: 9, gracefulRestart, ...more };
}

/** Of an IPv4 /24. */
function withdrawal(network: number): Uint8Array {
  const writer = new UpdateWriter(4096);
  writer.withdraw(0, false);
  writer.add(network, 0, 0, 0, 24, 0);
  return writer.take();
}

/** Two nodes in two ASes; `a` is the one that restarts, `b` the one that helps. */
class Pair {
  readonly network = new Network();
  a: Node;
  readonly b: Node;

  constructor(ofA: Partial<NeighbourConfig> = {}, ofB: Partial<NeighbourConfig> = {}) {
    const config = { asn: 64512, routerId: 1, restart: TIMES };
    this.a = this.network.node(A, { ...config, neighbours: [peer(B, 64600, ofA)] });
    this.b = this.network.node(B, {
      ...{ ...config, asn: 64600, routerId: 2 },
      neighbours: [peer(A, 64512, ofB)],
    });
    this.network.run(5000);
    this.a.originate("172.16.1.0/24", "172.16.2.0/24");
    this.network.run(1000);
    assert.deepEqual(this.routes, ["172.16.1.0/24", "172.16.2.0/24"]);
  }

  /** Of b: what it learnt from a; stale ones with a star. */
  get routes(): string[] {
    return [...this.b.routes.keys()].sort().map((text) => {
      const [path] = this.b.speaker.survey.paths(prefix(text).family, this.b.id(text));
      return path.stale ? `${text}*` : text;
    });
  }

  restart(how: "killed" | "lost" = "killed"): void {
    this.a = this.network.restart(this.a, how);
  }

  /** As the daemon does it. */
  recover(...own: string[]): void {
    this.a.speaker.takeOver(true, [true, true], this.network.now);
    this.a.originate(...own);
    this.a.speaker.ownRoutesKnown();
  }

  /** The kept ones, without a chance for the neighbour to return. */
  cutOff(): void {
    this.network.cut(this.a, this.b);
  }
}

describe("helper", () => {
  test("routes stay, stale, over the restart, and go at End-of-RIB unless announced again", () => {
    const pair = new Pair();
    pair.restart();
    pair.a.speaker.takeOver(true, [true, true], pair.network.now);
    pair.network.run(100);
    assert.deepEqual(pair.routes, ["172.16.1.0/24*", "172.16.2.0/24*"]);
    assert.ok(pair.b.eventNames().includes("routes-kept"));
    pair.recover("172.16.1.0/24");
    pair.network.run(5000);
    assert.equal(pair.b.state("to-10.0.0.1"), "Established");
    assert.deepEqual(pair.routes, ["172.16.1.0/24"]);
  });

  test("they go when the neighbour says that it has not kept its forwarding (F bit)", () => {
    const pair = new Pair();
    pair.restart();
    pair.network.run(10);
    pair.a.originate("172.16.1.0/24");
    const { b } = pair;
    pair.network.run(5000);
    assert.deepEqual(pair.routes, ["172.16.1.0/24"]);
    const restart = b.neighbour("to-10.0.0.1").negotiated?.gracefulRestart;
    assert.deepEqual([restart?.restarting, restart?.forwarding], [false, [false, false]]);
  });

  test("they go when the neighbour is not back in its restart time", () => {
    const pair = new Pair();
    pair.cutOff();
    pair.a.breakWith(pair.b);
    pair.network.run(59_000);
    assert.deepEqual(pair.routes, ["172.16.1.0/24*", "172.16.2.0/24*"]);
    pair.network.run(2000);
    assert.deepEqual(pair.routes, []);
    assert.ok(pair.b.eventNames().includes("stale-routes-removed"));
  });

  test("they go when the neighbour is back and never says that it has announced all", () => {
    const pair = new Pair();
    pair.restart();
    pair.a.speaker.takeOver(true, [true, true], pair.network.now);
    // It never learns its own routes; only the limits of both sides end the wait.
    pair.a.reconfigure({ restart: { ...TIMES, deferral: 300_000 } });
    pair.network.run(29_000);
    assert.equal(pair.b.state("to-10.0.0.1"), "Established");
    assert.equal(pair.routes.length, 2);
    pair.network.run(6000);
    assert.deepEqual(pair.routes, []);
  });

  test("a second restart during the first: what was stale then goes (RFC 4724 §4.2)", () => {
    const pair = new Pair();
    pair.restart();
    pair.a.speaker.takeOver(true, [true, true], pair.network.now);
    pair.a.originate("172.16.1.0/24");
    pair.a.reconfigure({ restart: { ...TIMES, deferral: 2000 } });
    // Routes are announced, and then no End-of-RIB comes before it falls again.
    pair.network.run(2500);
    pair.restart();
    pair.recover("172.16.1.0/24", "172.16.2.0/24");
    pair.network.run(8000);
    assert.deepEqual(pair.routes, ["172.16.1.0/24", "172.16.2.0/24"]);
  });

  test("a neighbour that vanishes: by its hold timer, with the N bit (RFC 8538)", () => {
    const pair = new Pair();
    pair.cutOff();
    pair.network.run(12_000);
    assert.notEqual(pair.b.state("to-10.0.0.1"), "Established");
    assert.deepEqual(pair.routes, ["172.16.1.0/24*", "172.16.2.0/24*"]);
    pair.network.mend();
    pair.network.run(20_000);
    assert.deepEqual(pair.routes, ["172.16.1.0/24", "172.16.2.0/24"]);
  });

  test("what has come before the NOTIFICATION counts, though it is read together with it", () => {
    const pair = new Pair();
    const administrativeReset = encodeNotification({
      code: 6,
      subcode: CEASE.ADMINISTRATIVE_RESET,
    });
    // Long enough for the cut between two reads to be before those that count.
    const others = Array.from({ length: 50 }, (_, i) => withdrawal(0xac110000 + i * 256));
    const withdrawals = [...others, withdrawal(0xac100100), withdrawal(0xac100200)];
    pair.a.inject(pair.b, Buffer.concat([...withdrawals, administrativeReset]));
    pair.network.run(5);
    assert.notEqual(pair.b.state("to-10.0.0.1"), "Established");
    assert.deepEqual(pair.routes, []);
  });

  test("without graceful restart on either side they go at once", () => {
    for (const pair of [
      new Pair({ gracefulRestart: "off" }),
      new Pair({}, { gracefulRestart: "off" }),
    ]) {
      pair.restart();
      pair.network.run(100);
      assert.deepEqual(pair.routes, []);
    }
    // A helper asks for nothing, and so gets nothing.
    const pair = new Pair({ gracefulRestart: "helper" });
    pair.restart();
    pair.network.run(100);
    assert.deepEqual(pair.routes, []);
  });

  test("a reset by a reload is no reason to lose routes, with the N bit (RFC 8538 §4)", () => {
    const pair = new Pair();
    pair.b.change("to-10.0.0.1", { holdTime: 12 });
    pair.b.settle();
    assert.notEqual(pair.b.state("to-10.0.0.1"), "Established");
    assert.deepEqual(pair.routes, ["172.16.1.0/24*", "172.16.2.0/24*"]);
    pair.network.run(10_000);
    assert.equal(pair.b.state("to-10.0.0.1"), "Established");
    assert.deepEqual(pair.routes, ["172.16.1.0/24", "172.16.2.0/24"]);
    pair.b.change("to-10.0.0.1", { gracefulRestart: "off" });
    pair.b.settle();
    assert.deepEqual(pair.routes, []);
  });

  test("who is disabled, or taken out, leaves nothing", () => {
    for (const end of [
      (b: Node) => b.speaker.disable("to-10.0.0.1", b.network.now),
      (b: Node) => b.reconfigure({ neighbours: [] }),
      (b: Node) => b.change("to-10.0.0.1", { gracefulRestart: "off" }),
    ]) {
      const pair = new Pair();
      pair.cutOff();
      pair.a.breakWith(pair.b);
      pair.network.run(10);
      assert.equal(pair.routes.length, 2);
      end(pair.b);
      pair.network.run(10);
      assert.deepEqual(pair.routes, []);
    }
  });
});

describe("leaving", () => {
  test("for a restart: without a word, so that routes are kept", () => {
    const pair = new Pair();
    pair.a.speaker.stop(pair.network.now, "restart");
    pair.network.run(100);
    assert.deepEqual(pair.routes, ["172.16.1.0/24*", "172.16.2.0/24*"]);
    pair.network.run(61_000);
    assert.deepEqual(pair.routes, [], "and dropped, when nobody comes");
  });

  test("for good: a Hard Reset around the Cease (RFC 8538 §3), so that they go at once", () => {
    const pair = new Pair();
    pair.a.written.length = 0;
    pair.a.speaker.stop(pair.network.now, "shutdown");
    pair.network.run(100);
    assert.deepEqual(pair.routes, []);
    assert.deepEqual(
      [...pair.a.written[0].subarray(18, 23)],
      [3, 6, CEASE.HARD_RESET, 6, CEASE.ADMINISTRATIVE_SHUTDOWN],
    );
    const { lastError } = pair.b.neighbour("to-10.0.0.1");
    assert.match(lastError?.text ?? "", /Hard Reset: Cease\/Administrative Shutdown/);
  });
});

describe("restarting", () => {
  const reflector = (...clients: string[]): SpeakerConfig => ({
    ...{ asn: 64512, routerId: 9, clusterId: 9, restart: TIMES },
    neighbours: clients.map((at) => peer(at, 64512, { client: true })),
  });
  const client = (id: number): SpeakerConfig => ({
    ...{ asn: 64512, routerId: id, restart: TIMES },
    neighbours: [peer("10.0.0.9", 64512)],
  });

  function star() {
    const network = new Network();
    const [one, two] = [network.node(A, client(1)), network.node(B, client(2))];
    const hub = network.node("10.0.0.9", reflector(A, B));
    network.run(6000);
    one.originate("172.16.1.0/24");
    two.originate("172.16.2.0/24");
    network.run(1000);
    assert.ok(one.routes.has("172.16.2.0/24") && two.routes.has("172.16.1.0/24"));
    return { network, one, two, hub };
  }

  test("a reflector tells nobody that it has told all before it has heard all", () => {
    const { network, one, two, hub } = star();
    const fresh = network.restart(hub, "killed");
    fresh.speaker.takeOver(false, [true, true], network.now);
    fresh.speaker.ownRoutesKnown();
    // One client is there long before the other.
    network.cut(two, fresh);
    network.run(500);
    network.mend();
    for (let i = 0; i < 40; i++) {
      network.run(250);
      assert.ok(one.routes.has("172.16.2.0/24"), `after ${i / 4} s`);
    }
    assert.ok(two.routes.has("172.16.1.0/24"));
    assert.equal(fresh.state(`to-${B}`), "Established");
  });

  test("a client that is absent is waited for by nobody beyond some seconds", () => {
    const { network, one, two, hub } = star();
    const fresh = network.restart(hub, "killed");
    fresh.speaker.takeOver(false, [true, true], network.now);
    fresh.speaker.ownRoutesKnown();
    network.cut(two, fresh);
    network.run(6000);
    assert.ok(
      one.eventNames(`to-10.0.0.9`).filter((name) => name === "end-of-rib-received").length >= 4,
    );
    assert.ok(!one.routes.has("172.16.2.0/24"));
  });

  test("own routes are waited for, so that none is missing at End-of-RIB", () => {
    const pair = new Pair();
    pair.restart();
    pair.a.speaker.takeOver(true, [true, true], pair.network.now);
    pair.network.run(4000);
    assert.equal(pair.b.state("to-10.0.0.1"), "Established");
    assert.deepEqual(pair.routes, ["172.16.1.0/24*", "172.16.2.0/24*"]);
    pair.a.originate("172.16.1.0/24", "172.16.2.0/24");
    pair.a.speaker.ownRoutesKnown();
    pair.network.run(100);
    assert.deepEqual(pair.routes, ["172.16.1.0/24", "172.16.2.0/24"]);
    const restart = () => pair.b.neighbour("to-10.0.0.1").negotiated?.gracefulRestart;
    assert.deepEqual([restart()?.restarting, restart()?.forwarding], [true, [true, true]]);
    // Once it is over, it is not said again; the forwarding has gone on.
    pair.a.speaker.recovered();
    pair.a.speaker.restart("to-10.0.0.2", pair.network.now);
    pair.network.run(3000);
    assert.deepEqual([restart()?.restarting, restart()?.forwarding], [false, [true, true]]);
  });
});

describe("BFD is down (RFC 5882 §4.3)", () => {
  const LOST = {
    isUp: false,
    diagnostic: "control detection time expired",
    remoteAdminDown: false,
    controlPlaneIndependent: false,
  };

  function watched(onDown?: "failover" | "graceful", more: Partial<NeighbourConfig> = {}): Pair {
    const pair = new Pair(more, { bfd: { interval: 100, multiplier: 3, onDown } });
    pair.b.speaker.pathChanged("to-10.0.0.1", { ...LOST, isUp: true }, pair.network.now);
    return pair;
  }
  /** Whether next hops are to leave the kernel. */
  function lose(pair: Pair, change = LOST): boolean {
    const isBroken = pair.b.speaker.pathChanged("to-10.0.0.1", change, pair.network.now);
    pair.network.run(10);
    return isBroken;
  }

  test("failover: the routes go at once, and the neighbour's idea of us with a Hard Reset", () => {
    const pair = watched();
    assert.equal(lose(pair), true);
    assert.deepEqual(pair.routes, []);
    assert.match(
      pair.a.neighbour("to-10.0.0.2").lastError?.text ?? "",
      /Hard Reset: Cease\/BFD Down/,
    );
  });

  test("failover: also those that are kept already", () => {
    const pair = watched();
    pair.cutOff();
    pair.a.breakWith(pair.b);
    pair.network.run(10);
    assert.equal(pair.routes.length, 2);
    assert.equal(lose(pair), true);
    assert.deepEqual(pair.routes, []);
  });

  test("graceful: the routes are kept as over a restart, and nothing is said", () => {
    const pair = watched("graceful");
    pair.cutOff();
    pair.b.written.length = 0;
    assert.equal(lose(pair), false);
    assert.equal(pair.b.written.length, 0);
    assert.deepEqual(pair.routes, ["172.16.1.0/24*", "172.16.2.0/24*"]);
    pair.network.run(61_000);
    assert.deepEqual(pair.routes, []);
  });

  test("graceful, but not where a restart cannot be it: C bit, or no graceful restart", () => {
    const independent = watched("graceful");
    assert.equal(lose(independent, { ...LOST, controlPlaneIndependent: true }), true);
    assert.deepEqual(independent.routes, []);
    const helper = watched("graceful", { gracefulRestart: "helper" });
    assert.equal(lose(helper), true);
    assert.deepEqual(helper.routes, []);
  });
});

describe("long-lived stale routes (RFC 9494)", () => {
  const C = "10.0.0.3";
  const STALE = 0xffff0006;
  const NO_EXPORT = 0xffffff01;
  const LONG = { longLivedStaleTime: 3600 };
  const ALL = { name: "all", rules: [{ then: "accept" }] } as const;

  /** b learns from a, by way of c later on too, and passes all on to c. */
  function line(ofC: Partial<NeighbourConfig> = LONG) {
    const network = new Network();
    const speaker = (asn: number, neighbours: NeighbourConfig[]): SpeakerConfig => {
      return { asn, routerId: asn, restart: TIMES, filters: [ALL], neighbours };
    };
    const a = network.node(A, speaker(64512, [peer(B, 64600, LONG)]));
    const b = network.node(
      B,
      speaker(64600, [peer(A, 64512, LONG), peer(C, 64700, { ...LONG, export: "all" })]),
    );
    const c = network.node(C, speaker(64700, [peer(B, 64600, ofC)]));
    network.run(5000);
    a.originate("172.16.1.0/24");
    network.run(1000);
    assert.ok(c.routes.has("172.16.1.0/24"));
    network.cut(a, b);
    a.breakWith(b);
    network.run(61_000);
    return { network, a, b, c };
  }

  const communities = (node: Node) => {
    const [path] = node.speaker.survey.paths(0, node.id("172.16.1.0/24"));
    return node.attributes.get(path.attributes).communities ?? [];
  };

  test("they stay after the restart time, with LLGR_STALE, and go with the long time", () => {
    const { network, b, c } = line();
    assert.ok(b.eventNames().includes("routes-long-lived-stale"));
    assert.deepEqual(communities(b), [STALE]);
    assert.deepEqual(communities(c), [STALE], "and others are told");
    assert.equal(b.neighbour(`to-${A}`).kept[0]?.stage, "long-lived");
    network.run(3_600_000);
    assert.ok(!b.routes.has("172.16.1.0/24") && !c.routes.has("172.16.1.0/24"));
    assert.deepEqual([b.attributes.size <= 1, c.attributes.size <= 1], [true, true]);
  });

  test("a neighbour that does not know them is not told of them (§4.3)", () => {
    const { b, c } = line({ longLivedStaleTime: 0 });
    assert.ok(b.routes.has("172.16.1.0/24"));
    assert.ok(!c.routes.has("172.16.1.0/24"));
  });

  test("they are the last choice, and fresh again when the neighbour is back", () => {
    const { network, a, b, c } = line();
    assert.deepEqual(b.routes.get("172.16.1.0/24"), [A]);
    // It would lose by its router id.
    c.originate("172.16.1.0/24");
    network.run(1000);
    assert.deepEqual(b.routes.get("172.16.1.0/24"), [C]);
    const [, stale] = b.speaker.survey.paths(0, b.id("172.16.1.0/24"));
    assert.deepEqual([stale.stale, stale.reason], [true, "long-lived stale"]);
    c.withdraw("172.16.1.0/24");
    network.mend();
    network.run(130_000);
    assert.equal(b.state(`to-${A}`), "Established");
    assert.deepEqual(communities(b), []);
    assert.deepEqual([...b.routes], [...new Map([["172.16.1.0/24", [A]]])]);
    assert.equal(a.state(`to-${B}`), "Established");
  });

  test("a shorter time, or none, counts for those that are there", () => {
    const shorter = line();
    shorter.b.change(`to-${A}`, { longLivedStaleTime: 1800 });
    shorter.network.run(1_700_000);
    assert.ok(shorter.b.routes.has("172.16.1.0/24"));
    shorter.network.run(100_000);
    assert.ok(!shorter.b.routes.has("172.16.1.0/24"));
    const none = line();
    none.b.change(`to-${A}`, { longLivedStaleTime: 0 });
    none.network.run(10);
    assert.ok(!none.b.routes.has("172.16.1.0/24"));
  });

  test("partial deployment (§4.6): an internal neighbour that does not know them is told, others are not", () => {
    const network = new Network();
    const restart = { ...TIMES, longLivedPartial: true };
    const D = "10.0.0.4";
    const E = "10.0.0.5";
    const node = (own: string, asn: number, neighbours: NeighbourConfig[]): Node =>
      network.node(own, {
        ...{ asn, routerId: address(own).w0 & 0xff, restart, filters: [ALL], neighbours },
      });
    const a = node(A, 64512, [peer(B, 64600, LONG)]);
    const to = (own: string, asn: number, more = {}) => peer(own, asn, { export: "all", ...more });
    const others = [to(C, 64600), to(D, 64600, LONG), to(E, 64700)];
    const b = node(B, 64600, [peer(A, 64512, LONG), ...others]);
    const [c, d, e] = [
      node(C, 64600, [peer(B, 64600)]),
      node(D, 64600, [peer(B, 64600, LONG)]),
      node(E, 64700, [peer(B, 64600)]),
    ];
    network.run(5000);
    a.originate("172.16.1.0/24");
    network.run(1000);
    for (const each of [b, c, d, e]) assert.ok(each.routes.has("172.16.1.0/24"), each.name);
    network.cut(a, b);
    a.breakWith(b);
    network.run(61_000);
    const heard = (at: Node) => {
      const [path] = at.speaker.survey.paths(0, at.id("172.16.1.0/24"));
      const { localPref, communities } = at.attributes.get(path.attributes);
      return [localPref, communities];
    };
    assert.deepEqual(heard(b), [0, [STALE]]);
    assert.deepEqual(heard(c), [0, [STALE, NO_EXPORT]]);
    assert.deepEqual(heard(d), [0, [STALE]]);
    assert.ok(!e.routes.has("172.16.1.0/24"), "another AS is not told");
    b.reconfigure({ restart: TIMES });
    network.run(100);
    assert.ok(
      !c.routes.has("172.16.1.0/24"),
      "nor is anybody who does not know, without the option",
    );
    assert.ok(d.routes.has("172.16.1.0/24"));
    network.mend();
    network.run(130_000);
    assert.deepEqual(heard(c), [100, undefined]);
  });

  test("a filter's change, while they are stale, does not make them fresh", () => {
    const { network, b } = line();
    b.reconfigure({ blocks: [prefix("172.20.0.0/24")] });
    network.run(100);
    assert.deepEqual(communities(b), [STALE]);
  });

  test("NO_LLGR: they go with the restart time", () => {
    const network = new Network();
    const noLonger = {
      name: "no-longer",
      rules: [{ then: "accept", set: { addCommunities: [0xffff0007] } }],
    } as const;
    const config = { asn: 64512, routerId: 1, restart: TIMES };
    const a = network.node(A, {
      ...{ ...config, filters: [noLonger] },
      neighbours: [peer(B, 64600, { ...LONG, export: "no-longer" })],
    });
    const b = network.node(B, {
      ...{ ...config, asn: 64600, routerId: 2 },
      neighbours: [peer(A, 64512, LONG)],
    });
    network.run(5000);
    a.originate("172.16.1.0/24");
    network.run(1000);
    network.cut(a, b);
    a.breakWith(b);
    network.run(59_000);
    assert.ok(b.routes.has("172.16.1.0/24"));
    network.run(2000);
    assert.ok(!b.routes.has("172.16.1.0/24"));
  });
});

test("a neighbour that was taken out while its routes were kept is not looked after any more", () => {
  const pair = new Pair();
  pair.cutOff();
  pair.a.breakWith(pair.b);
  pair.network.run(10);
  pair.b.reconfigure({ neighbours: [] });
  pair.network.run(120_000);
  assert.deepEqual(pair.routes, []);
  assert.equal(pair.b.speaker.nextDeadline(), Infinity);
});
