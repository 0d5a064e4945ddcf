// One session against scripted bytes: how it comes up, what each fault is answered with, timers.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { encodeNotification, encodeRouteRefresh } from "bgp-ts";
import { describeDownCause } from "./cause.ts";
import {
  END_OF_RIB,
  inShort,
  KEEPALIVE,
  kinds,
  OURS,
  PEER_ID,
  peerOpen,
  Script,
  SETTINGS,
  THEIRS,
} from "./script.test.ts";
import type { Session } from "./session.ts";
import type { SessionSettings } from "./settings.ts";

/** Why it ended last, or does not get on. */
function said(script: Script): string {
  const cause = script.session.lastError?.cause;
  return cause === undefined ? "" : describeDownCause(cause);
}

/** Milliseconds left at 0, of the timers that run. */
function left(session: Session): Record<string, number> {
  const timers = Object.entries(session.timers(0));
  return Object.fromEntries(timers.map(([name, { remaining }]) => [name, remaining]));
}

describe("coming up", () => {
  test("connect, OPEN, KEEPALIVE, Established", () => {
    const script = new Script();
    script.session.start(0);
    assert.deepEqual(script.take(), [
      { kind: "connect" },
      { kind: "state", from: "Idle", to: "Connect" },
    ]);
    script.session.connected(OURS, 0, { incoming: false });
    assert.deepEqual(script.sent(), ["OPEN"]);
    assert.equal(script.session.state, "OpenSent");
    script.receive(peerOpen());
    assert.deepEqual(script.sent(), ["KEEPALIVE"]);
    assert.equal(script.session.state, "OpenConfirm");
    script.receive(KEEPALIVE);
    const actions = script.take();
    assert.deepEqual(kinds(actions), ["established", "state"]);
    const { negotiated } = script.session;
    assert.deepEqual(
      [negotiated?.peerAsn, negotiated?.peerRouterId, negotiated?.external, negotiated?.families],
      [64600, PEER_ID, true, [true, false]],
    );
    assert.deepEqual([negotiated?.holdTime, negotiated?.keepalive], [90, 30]);
  });

  test("passive: listens for ever, takes the neighbour's connection", () => {
    const { session } = new Script({ passive: true });
    session.start(0);
    assert.deepEqual(kinds(session.take()), ["state"]);
    assert.equal(session.state, "Active");
    assert.equal(session.nextDeadline(), Infinity);
    session.connected(THEIRS, 0, { incoming: true });
    assert.equal(session.state, "OpenSent");
    assert.equal(session.incoming, true);
  });

  test("the first connect waits for its turn behind other neighbours", () => {
    const script = new Script({}, 0.5, 109);
    script.session.start(0);
    assert.equal(script.session.nextDeadline(), 1000);
    assert.deepEqual(script.take(), []);
    assert.deepEqual(kinds(script.pass(1).take()), ["connect", "state"]);
  });

  test("a neighbour that connects meanwhile is not kept waiting", () => {
    const script = new Script({}, 1, 109);
    script.session.start(0);
    script.session.connected(THEIRS, 0, { incoming: true });
    assert.deepEqual(script.sent(THEIRS), ["OPEN"]);
  });

  test("DelayOpen: the neighbour's OPEN first, ours in answer", () => {
    const script = new Script({ delayOpen: 5 }).openSent();
    assert.deepEqual(script.sent(), []);
    assert.equal(script.session.state, "Connect");
    script.receive(peerOpen());
    assert.deepEqual(script.sent(), ["OPEN", "KEEPALIVE"]);
    assert.equal(script.session.state, "OpenConfirm");
  });

  test("DelayOpen: the time passes, our OPEN goes first", () => {
    const script = new Script({ delayOpen: 5 }).openSent().pass(5);
    assert.deepEqual(script.sent(), ["OPEN"]);
  });

  test("with a password, attempts without an answer rest longer and longer, and say why", () => {
    const script = new Script({ connectRetry: 30, authenticated: true });
    script.session.start(0);
    script.take();
    for (const pause of [5, 10, 20, 40, 80, 120, 120]) {
      assert.deepEqual(kinds(script.pass(30).take()), ["cancel-connect", "failed", "state"]);
      assert.equal(script.session.state, "Idle");
      assert.equal(script.session.nextDeadline(), script.now + pause * 1000);
      assert.deepEqual(kinds(script.pass(pause).take()), ["connect", "state"]);
    }
    const cause = script.session.lastError?.cause;
    assert.ok(cause !== undefined);
    assert.match(describeDownCause(cause), /^no answer to the SYN: wrong password, a filter/);
    script.session.connected(THEIRS, script.now, { incoming: true });
    assert.deepEqual(
      script.sent(THEIRS),
      ["OPEN"],
      "the neighbour's connection is taken meanwhile",
    );
  });

  test("an attempt without an answer is made again after ConnectRetryTime", () => {
    const script = new Script({ connectRetry: 30 });
    script.session.start(0);
    script.take();
    assert.deepEqual(kinds(script.pass(29).take()), []);
    const again = ["failed", "cancel-connect", "connect"];
    assert.deepEqual(kinds(script.pass(1).take()), again);
    assert.deepEqual(kinds(script.pass(30).take()), again);
  });

  test("an attempt without an answer is no secret: it is the error that is shown", () => {
    const script = new Script({ connectRetry: 30 });
    script.session.start(0);
    assert.equal(said(script.pass(29)), "");
    assert.match(said(script.pass(1)), /^no answer to the SYN: a filter/);
    assert.equal(script.session.state, "Connect");
  });
});

describe("OPENs that are refused (RFC 4271 §6.2)", () => {
  const refused: readonly [string, Partial<SessionSettings>, Uint8Array, string][] = [
    ["another AS", {}, peerOpen({ asn: 64601 }), "2/2"],
    ["internal wanted", { peerAsn: "internal" }, peerOpen(), "2/2"],
    ["external wanted", { peerAsn: "external" }, peerOpen({ asn: 64512 }), "2/2"],
    ["identifier 0", {}, peerOpen({ routerId: 0 }), "2/3"],
    [
      "our identifier within the AS (RFC 6286 §2.2)",
      { peerAsn: "internal" },
      peerOpen({ asn: 64512, routerId: SETTINGS.routerId }),
      "2/3",
    ],
    ["hold time 1", {}, peerOpen({ holdTime: 1 }), "2/6"],
    ["hold time 2", {}, peerOpen({ holdTime: 2 }), "2/6"],
    ["hold time below ours", { minimumHoldTime: 9 }, peerOpen({ holdTime: 8 }), "2/6"],
    ["no hold time", { minimumHoldTime: 9 }, peerOpen({ holdTime: 0 }), "2/6"],
    [
      "no family in common: the capabilities missed (RFC 5492 §5)",
      { families: [true, true] },
      peerOpen({ capabilities: [{ kind: "multiprotocol", afi: 1, safi: 128 }] }),
      "2/7 1 4 0 1 0 1 1 4 0 2 0 1",
    ],
    [
      "IPv6 wanted, no capabilities",
      { families: [false, true] },
      peerOpen({ capabilities: [] }),
      "2/7 1 4 0 2 0 1",
    ],
    // Version 3 in octet 19, the first of the body; the answer names version 4.
    ["version 3", {}, peerOpen().with(19, 3), "2/1 0 4"],
  ];
  for (const [name, change, open, answer] of refused) {
    test(name, () => {
      const script = new Script(change).openSent();
      script.take();
      script.receive(open);
      const actions = script.take();
      assert.deepEqual(kinds(actions), ["send", "close", "failed", "state"]);
      assert.ok(actions[0].kind === "send");
      assert.equal(inShort(actions[0].bytes), `NOTIFICATION ${answer}`);
      assert.equal(script.session.state, "Idle");
      assert.equal(script.session.lastError?.cause.kind, "bad-open");
      assert.equal(script.session.nextDeadline(), 5000, "the first growing pause");
    });
  }

  test("an external neighbour may have our identifier (RFC 6286 §2.2)", () => {
    new Script().established(peerOpen({ routerId: SETTINGS.routerId }));
  });
  test("no capabilities at all: IPv4 unicast", () => {
    const { session } = new Script().established(peerOpen({ capabilities: [] }));
    assert.deepEqual(session.negotiated?.families, [true, false]);
    assert.equal(session.negotiated?.fourOctetAs, false);
  });
  test("an AS number of four octets comes from its capability (RFC 6793 §4.1)", () => {
    const { session } = new Script({ peerAsn: 4_200_000_000 }).established(
      peerOpen({ asn: 4_200_000_000 }),
    );
    assert.equal(session.negotiated?.peerAsn, 4_200_000_000);
  });
});

describe("messages out of turn (RFC 6608 §3) and broken ones", () => {
  test("OpenSent", () => {
    for (const [message, type] of [
      [KEEPALIVE, 4],
      [END_OF_RIB, 2],
    ] as const) {
      const script = new Script().openSent();
      script.take();
      assert.deepEqual(script.receive(message).sent(), [`NOTIFICATION 5/1 ${type}`]);
    }
  });
  test("OpenConfirm", () => {
    for (const [message, type] of [
      [peerOpen(), 1],
      [END_OF_RIB, 2],
      [encodeRouteRefresh({ afi: 1, safi: 1, subtype: 0 }), 5],
    ] as const) {
      const script = new Script().openSent().receive(peerOpen());
      script.take();
      assert.deepEqual(script.receive(message).sent(), [`NOTIFICATION 5/2 ${type}`]);
    }
  });
  test("Established", () => {
    const script = new Script().established().receive(peerOpen());
    assert.deepEqual(script.sent(), ["NOTIFICATION 5/3 1"]);
  });
  test("a broken marker", () => {
    const script = new Script().established().receive(KEEPALIVE.with(3, 0));
    assert.deepEqual(script.sent(), ["NOTIFICATION 1/1"]);
  });
  test("nothing after a fault is read", () => {
    const script = new Script().established();
    const both = Uint8Array.of(...KEEPALIVE.with(3, 0), ...END_OF_RIB);
    assert.ok(!kinds(script.receive(both).take()).includes("update"));
  });
  test("a NOTIFICATION is not answered", () => {
    const script = new Script().openSent();
    script.take();
    script.receive(encodeNotification({ code: 2, subcode: 2 }));
    assert.deepEqual(kinds(script.take()), ["close", "failed", "state"]);
    const cause = script.session.lastError?.cause;
    assert.ok(cause !== undefined);
    assert.equal(describeDownCause(cause), "neighbour says: OPEN Message Error/Bad Peer AS");
  });
  test("ROUTE-REFRESH that we did not ask for is an unknown type", () => {
    const script = new Script({ routeRefresh: false, enhancedRouteRefresh: false }).established();
    script.receive(encodeRouteRefresh({ afi: 1, safi: 1, subtype: 0 }));
    assert.deepEqual(script.sent(), ["NOTIFICATION 1/3 5"]);
  });
  test("ROUTE-REFRESH of a family negotiated is handed on, of another ignored", () => {
    const script = new Script().established();
    script.receive(encodeRouteRefresh({ afi: 1, safi: 1, subtype: 0 }));
    assert.deepEqual(kinds(script.take()), ["route-refresh"]);
    script.receive(encodeRouteRefresh({ afi: 2, safi: 1, subtype: 0 }));
    script.receive(encodeRouteRefresh({ afi: 1, safi: 1, subtype: 1 }));
    assert.deepEqual(kinds(script.take()), [], "no IPv6, and not the enhanced kind either");
  });
});

describe("timers", () => {
  test("hold time: nothing heard for 90 s", () => {
    const script = new Script().established().pass(89.9);
    assert.deepEqual(script.sent(), ["KEEPALIVE", "KEEPALIVE"]);
    const actions = script.pass(0.1).take();
    assert.deepEqual(kinds(actions).slice(-4), ["send", "down", "close", "state"]);
    const notification = actions.at(-4);
    assert.ok(notification?.kind === "send");
    assert.equal(inShort(notification.bytes), "NOTIFICATION 4/0");
    assert.equal(script.session.lastError?.cause.kind, "hold-timer");
    assert.equal(script.session.nextDeadline(), script.now + 2000, "a short pause");
  });
  test("what is heard starts it again", () => {
    const script = new Script().established();
    script.pass(80).receive(KEEPALIVE).pass(80).receive(END_OF_RIB).pass(80);
    assert.equal(script.session.state, "Established");
  });
  test("the smaller hold time counts, and a third of it", () => {
    const { session } = new Script({ keepalive: 20 }).established(peerOpen({ holdTime: 9 }));
    assert.deepEqual([session.negotiated?.holdTime, session.negotiated?.keepalive], [9, 3]);
    assert.deepEqual(left(session), { hold: 9000, keepalive: 3000 });
  });
  test("a set KEEPALIVE interval is kept, never under a second", () => {
    const { session } = new Script({ keepalive: 20 }).established();
    assert.deepEqual(left(session), { hold: 90_000, keepalive: 20_000 });
    const fast = new Script({ holdTime: 3 }, 0).established();
    assert.deepEqual(left(fast.session), { hold: 3000, keepalive: 1000 });
  });
  test("KEEPALIVEs of many sessions share their moments, and keep to the jitter of RFC 4271 §10", () => {
    const moments = new Set<number>();
    for (let i = 0; i < 200; i++) {
      const { session } = new Script({}, i / 200).established();
      const now = 1000 + i * 7.3;
      session.sentUpdates(1, now);
      const pause = (session.timers(now).keepalive?.remaining ?? 0) / 30_000;
      assert.ok(pause >= 0.75 && pause <= 1, `${pause}`);
      moments.add(Math.round(now + pause * 30_000));
    }
    // Sixteen an interval, and of those that would come too early a few by themselves.
    assert.ok(moments.size < 40, `${moments.size}`);
  });
  test("hold time 0: no timer, no KEEPALIVE", () => {
    const script = new Script().established(peerOpen({ holdTime: 0 }));
    assert.equal(script.session.nextDeadline(), Infinity);
    assert.deepEqual(script.pass(10_000).take(), []);
  });
  test("UPDATEs that went out stand for a KEEPALIVE", () => {
    const script = new Script().established().pass(29);
    script.session.sentUpdates(3, script.now);
    assert.deepEqual(script.pass(29).sent(), []);
    assert.equal(script.session.counters.sent.update, 3);
  });
  test("the neighbour's OPEN does not come: hold timer of 4 minutes", () => {
    const script = new Script().openSent();
    script.take();
    assert.deepEqual(script.pass(239).sent(), []);
    assert.deepEqual(script.pass(1).sent(), ["NOTIFICATION 4/0"]);
    assert.match(
      said(script),
      /^connected, but no OPEN came: Hold Timer Expired: in 240 s; .* want ttlSecurity/,
    );
  });
  test("the neighbour's OPEN is late: an operator is told long before, once", () => {
    const script = new Script({ ttlSecurity: true }).openSent();
    script.take();
    assert.deepEqual(kinds(script.pass(9.9).take()), []);
    assert.deepEqual(kinds(script.pass(0.1).take()), ["waiting"]);
    assert.match(said(script), /^connected, but no OPEN came: in 10 s; .* TTL 255/);
    assert.deepEqual(kinds(script.pass(200).take()), []);
    script.receive(peerOpen(), KEEPALIVE);
    assert.equal(script.session.lastError, undefined, "what is over is no error");
  });
  test("no notice once the session is up", () => {
    const script = new Script().openSent().receive(peerOpen(), KEEPALIVE);
    script.take();
    assert.ok(!kinds(script.pass(20).take()).includes("waiting"));
  });
  test("the neighbour's KEEPALIVE is late, with TTL security here: told which side, before the hold timer", () => {
    const script = new Script({ ttlSecurity: true }).openSent().receive(peerOpen());
    script.take();
    assert.deepEqual(kinds(script.pass(4.9).take()), []);
    assert.deepEqual(kinds(script.pass(0.1).take()), ["waiting"]);
    assert.match(said(script), /in 5 s since: ttlSecurity on this side only\? .* TTL 255/);
    assert.ok(!kinds(script.pass(84).take()).includes("waiting"));
    script.pass(1);
    assert.match(
      said(script),
      /Hold Timer Expired: .* in 90 s since: ttlSecurity on this side only/,
    );
  });
  test("a neighbour that comes anew before that, each time deaf to us: told at its next connection", () => {
    const script = new Script({ passive: true, ttlSecurity: true });
    script.session.start(0);
    script.session.connected(OURS, 0, { incoming: true });
    script.pass(0.5).session.connected(THEIRS, script.now, { incoming: true });
    assert.equal(script.session.lastError, undefined, "it may have thought better of it");
    script.pass(4).session.connected(OURS, script.now, { incoming: true });
    assert.match(said(script), /^connected, but no OPEN came: in 4 s; .* TTL 255/);
  });
  test("TCP gives a connection up without the neighbour's KEEPALIVE: the same", () => {
    const script = new Script({ ttlSecurity: true }).openSent().receive(peerOpen()).pass(30);
    script.session.disconnected(OURS, script.now, "connection timed out (ETIMEDOUT)");
    assert.match(
      said(script),
      /^nothing heard: its OPEN came, and nothing in 30 s since: ttlSecurity/,
    );
  });
  test("TCP gives a connection up without the neighbour's OPEN: that is silence too", () => {
    const script = new Script({ ttlSecurity: true }).openSent().pass(90);
    script.session.disconnected(OURS, script.now, "connection timed out (ETIMEDOUT)");
    assert.match(said(script), /^connected, but no OPEN came: in 90 s; .* TTL 255/);
  });
  test("the neighbour's OPEN comes, its KEEPALIVE does not", () => {
    const script = new Script().openSent().receive(peerOpen()).pass(90);
    assert.match(
      said(script),
      /^nothing heard: Hold Timer Expired: not even an answer to our OPEN/,
    );
  });
  test("send hold timer: 8 minutes without progress (RFC 9687)", () => {
    const script = new Script({ holdTime: 0 }).established();
    script.session.stalled(OURS, 0);
    script.pass(400).session.progressed(OURS, script.now);
    assert.deepEqual(script.pass(479).take(), []);
    const actions = script.pass(1).take();
    assert.deepEqual(kinds(actions), ["down", "close", "state"]);
    assert.ok(actions[1].kind === "close" && !actions[1].linger);
  });
  test("send hold timer: what waited has gone in time", () => {
    const script = new Script({ holdTime: 0 }).established();
    script.session.stalled(OURS, 0);
    script.session.flowing(OURS);
    assert.equal(script.session.nextDeadline(), Infinity);
  });
});
