// Neighbours known by their interface alone, as the speaker sees them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeKeepalive, encodeOpen, type Capability } from "bgp-ts";
import {
  AttributeTable,
  formatAddress,
  formatPrefix,
  NextHopTable,
  PrefixTable,
} from "../route/index.ts";
import type { NeighbourConfig } from "./config.ts";
import type { Endpoints, SpeakerEffect } from "./effects.ts";
import { Speaker } from "./speaker.ts";
import { address } from "./simulation.test.ts";

const A = "fe80::a";
const B = "fe80::b";
const PEER: NeighbourConfig = { name: "tor", interface: "eth0", asn: "external" };

function bench(...neighbours: NeighbourConfig[]) {
  const nextHops = new NextHopTable();
  const speaker = new Speaker({
    tables: {
      prefixes: [new PrefixTable(0), new PrefixTable(1)],
      attributes: new AttributeTable(nextHops),
      nextHops,
    },
    random: () => 0.5,
  });
  let now = 1000;
  const configure = (...list: NeighbourConfig[]): void => {
    speaker.configure({ asn: 64512, routerId: 1, neighbours: list }, now);
  };
  configure(...neighbours);
  /** What the speaker wants, with its timers run dry for a second. */
  const effects = (): SpeakerEffect[] => {
    const all = speaker.take();
    for (const end = now + 1000; now < end; now += 100) {
      speaker.expire(now);
      all.push(...speaker.take());
    }
    return all;
  };
  const connects = (): string[] =>
    effects().flatMap((effect) => {
      if (effect.kind !== "connect") return [];
      const { w3 } = effect.remote;
      return [`fe80::${w3.toString(16)}%${effect.interface ?? ""}`];
    });
  const found = (at: string, previous?: string): void =>
    speaker.found("tor", address(at), previous === undefined ? undefined : address(previous), now);
  const incoming = (from: string, link = "eth0") => speaker.accept(ends(from, link), now);
  const view = () => [...speaker.survey.neighbours(now)].find(({ name }) => name === "tor");
  const lost = (why?: string): void => speaker.notFound("tor", why, now);
  return { speaker, configure, effects, connects, found, lost, incoming, view };
}

function ends(from: string, link: string): Endpoints {
  return {
    local: address("fe80::1"),
    remote: address(from),
    localPort: 179,
    remotePort: 40000,
    interface: 2,
    interfaceName: link,
    nextHopSelf: [undefined, undefined],
    linkLocal: address("fe80::1"),
  };
}

const wanted = (all: readonly SpeakerEffect[]) =>
  all.flatMap((effect) => (effect.kind === "discover" ? [effect.interface ?? "nobody"] : []));

test("somebody is looked for on its interface, and nobody is connected to meanwhile", () => {
  const { effects, view } = bench(PEER);
  const all = effects();
  assert.deepEqual(wanted(all), ["eth0"]);
  assert.equal(
    all.some(({ kind }) => kind === "connect"),
    false,
  );
  assert.equal(view()?.state, "Active");
  assert.equal(view()?.address, undefined);
});

test("it is looked for as configuration and operators want it", () => {
  const { speaker, configure, effects } = bench(PEER);
  effects();
  speaker.disable("tor", 5000);
  assert.deepEqual(wanted(effects()), ["nobody"]);
  speaker.enable("tor", 5000);
  assert.deepEqual(wanted(effects()), ["eth0"]);
  configure({ ...PEER, interface: "eth1" });
  assert.deepEqual(wanted(effects()), ["nobody", "eth1"]);
  configure();
  assert.deepEqual(wanted(effects()), ["nobody"]);
});

test("who is found is connected to, and again where it has gone", () => {
  const { connects, found, view } = bench(PEER);
  connects();
  found(A);
  assert.deepEqual(connects(), [`${A}%eth0`]);
  found(A);
  assert.deepEqual(connects(), [], "it is being tried already");
  found(B);
  assert.deepEqual(connects(), [`${B}%eth0`]);
  assert.deepEqual(view()?.address, address(B));
});

test("one that waits for its neighbour does not connect, found or not", () => {
  const { connects, found } = bench({ ...PEER, passive: true });
  found(A);
  assert.deepEqual(connects(), []);
});

test("who is lost is not connected to any more", () => {
  const { connects, found, lost, view } = bench(PEER);
  found(A);
  connects();
  lost();
  assert.equal(view()?.address, undefined);
  assert.deepEqual(connects(), []);
  assert.equal(view()?.state, "Active");
});

test("a connection from the link tells the address; from another link it is nobody's", () => {
  const { incoming, view } = bench(PEER);
  assert.equal(incoming(A).kind, "accepted");
  assert.deepEqual(view()?.address, address(A));
  assert.equal(incoming(A, "eth1").kind, "refused");
  assert.equal(incoming("2001:db8::1").kind, "refused");
});

test("a neighbour that is configured by its address is another one", () => {
  const fixed: NeighbourConfig = { name: "b", address: address(B), interface: "eth0", asn: 7 };
  const { incoming, found, view } = bench(PEER, fixed);
  const answer = incoming(B);
  assert.ok(answer.kind === "accepted" && answer.neighbour === "b");
  found(B);
  assert.equal(view()?.address, undefined);
});

test("a key for an unnumbered neighbour is for all link-local addresses", () => {
  const key = Uint8Array.of(1);
  const { speaker } = bench({ ...PEER, key });
  assert.deepEqual(
    speaker.listenKeys().map(({ peers }) => formatPrefix(peers)),
    ["fe80::/10"],
  );
});

/** The neighbour opens a session, whose routes are to be kept over restarts; the connection. */
function openFrom(at: string, { speaker, effects, incoming, view }: ReturnType<typeof bench>) {
  const answer = incoming(at);
  assert.ok(answer.kind === "accepted");
  const { connection } = answer;
  speaker.connected(connection, ends(at, "eth0"), 1000);
  const families = [1, 2].map((afi) => ({ kind: "multiprotocol" as const, afi, safi: 1 }));
  const restart: Capability = {
    ...{ kind: "graceful-restart", restarting: false, notification: true, time: 120 },
    families: [1, 2].map((afi) => ({ afi, safi: 1, forwarding: true })),
  };
  const capabilities = [...families, restart, { kind: "four-octet-as" as const, asn: 65001 }];
  const open = encodeOpen({ asn: 65001, holdTime: 90, routerId: 2, capabilities });
  for (const bytes of [open, encodeKeepalive()]) {
    speaker.receive(connection, bytes, 0, bytes.length, 1000);
  }
  assert.equal(view()?.state, "Established");
  effects();
  return connection;
}

/** A session that the neighbour has opened from A. */
function established() {
  const all = bench(PEER);
  return { ...all, connection: openFrom(A, all) };
}

test("a session stays with its neighbour, whoever else is heard on the link", () => {
  const { found, incoming, view, lost } = established();
  found(B);
  found(B, "fe80::c");
  lost();
  const answer = incoming(B);
  assert.ok(answer.kind === "refused");
  assert.match(answer.why, /has a session from fe80::a/);
  assert.deepEqual([view()?.state, view()?.address], ["Established", address(A)]);
});

test("a neighbour that has moved ends the session with its old address", () => {
  const { found, effects, connection, view } = established();
  found(B, A);
  const all = effects();
  assert.ok(all.some((effect) => effect.kind === "close" && effect.connection === connection));
  assert.ok(all.some((effect) => effect.kind === "connect" && effect.remote.w3 === 0xb));
  assert.notEqual(view()?.state, "Established");
});

test("its routes are kept for who comes back to its address, and not for who has another one", () => {
  for (const [at, kept] of [
    [A, ["back", "back"]],
    [B, [undefined, undefined]],
  ] as const) {
    const all = established();
    all.speaker.disconnected(all.connection, undefined, 1000);
    assert.equal(all.view()?.kept[0]?.stage, "away");
    all.found(at);
    openFrom(at, all);
    assert.deepEqual(
      all.view()?.kept.map((each) => each?.stage),
      kept,
    );
  }
});

test("a session ends with its interface", () => {
  const { speaker, lost, effects, view } = established();
  const told: string[] = [];
  speaker.setTap({
    state: ({ remote }, from) => told.push(`${formatAddress(remote)} ${from}`),
    update: () => {},
  });
  lost("interface eth0 is down");
  assert.equal(told[0], `${A} Established`, "the others are told who it was");
  const down = effects().find(
    (effect) => effect.kind === "event" && effect.name === "session-down",
  );
  assert.ok(down?.kind === "event");
  assert.match(down.text, /interface eth0 is down/);
  assert.deepEqual([view()?.state, view()?.address], ["Active", undefined]);
});
