// One session against scripted bytes: what each fault is answered with, what each timer does.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  encodeKeepalive,
  encodeNotification,
  encodeOpen,
  encodeRouteRefresh,
  frameMessage,
  type Capability,
} from "bgp-ts";
import type { SessionAction } from "./actions.ts";
import { describeDownCause } from "./cause.ts";
import { Session } from "./session.ts";
import { DEFAULT_SETTINGS, type SessionSettings } from "./settings.ts";

const SETTINGS: SessionSettings = {
  ...DEFAULT_SETTINGS,
  localAsn: 64512,
  peerAsn: 64600,
  routerId: 0xc0a80165, // 192.168.1.101
};
const PEER_ID = 0xc0a80101; // 192.168.1.1
const IPV4_UNICAST: Capability = { kind: "multiprotocol", afi: 1, safi: 1 };
const KEEPALIVE = encodeKeepalive();
const OURS = 1;
const THEIRS = 2;

type PeerOpen = Parameters<typeof encodeOpen>[0];
function peerOpen(change: Partial<PeerOpen> = {}): Uint8Array {
  const capabilities: Capability[] = [
    IPV4_UNICAST,
    { kind: "route-refresh" },
    { kind: "four-octet-as", asn: change.asn ?? 64600 },
  ];
  return encodeOpen({ asn: 64600, holdTime: 90, routerId: PEER_ID, capabilities, ...change });
}

/** An UPDATE of 23 octets: nothing withdrawn, no attributes (End-of-RIB, RFC 4724 §2). */
// prettier-ignore
const END_OF_RIB = Uint8Array.of(
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, // marker
  0, 23, // length
  2, // UPDATE
  0, 0, // withdrawn routes length
  0, 0, // path attributes length
);

class Script {
  readonly session: Session;
  now = 0;

  constructor(change: Partial<SessionSettings> = {}, random = 1) {
    this.session = new Session({ ...SETTINGS, ...change }, () => random);
  }

  /** Up to OpenSent on our own connection. */
  openSent(): this {
    this.session.start(this.now);
    this.session.connected(OURS, this.now, { incoming: false });
    return this;
  }

  /** Up to Established. The actions so far are gone. */
  established(open = peerOpen()): this {
    this.openSent().receive(open, KEEPALIVE);
    assert.equal(this.session.state, "Established");
    this.session.take();
    return this;
  }

  receive(...messages: Uint8Array[]): this {
    for (const message of messages) {
      this.session.receive(OURS, message, 0, message.length, this.now);
    }
    return this;
  }

  /** Lets time pass, deadline by deadline. */
  pass(seconds: number): this {
    const end = this.now + seconds * 1000;
    while (this.session.nextDeadline() <= end) {
      this.now = Math.max(this.now, this.session.nextDeadline());
      this.session.expire(this.now);
    }
    this.now = end;
    return this;
  }

  take(): SessionAction[] {
    return this.session.take();
  }

  /** Messages sent since the last look, in short: "OPEN", "NOTIFICATION 2/2 data". */
  sent(connection = OURS): string[] {
    return this.take().flatMap((action) =>
      action.kind === "send" && action.connection === connection ? [inShort(action.bytes)] : [],
    );
  }
}

function inShort(bytes: Uint8Array): string {
  const frame = frameMessage(bytes, 0, bytes.length, 65535);
  assert.equal(frame.kind, "message");
  if (frame.kind !== "message") return "";
  assert.equal(frame.total, bytes.length, "one message");
  if (frame.type !== 3) return ["", "OPEN", "UPDATE", "", "KEEPALIVE", "ROUTE-REFRESH"][frame.type];
  const [code, subcode, ...data] = bytes.subarray(frame.start, frame.end);
  return ["NOTIFICATION", `${code}/${subcode}`, ...data].join(" ");
}

function kinds(actions: readonly SessionAction[]): string[] {
  return actions.map((action) => action.kind);
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

  test("the first connect waits a random part of the spread", () => {
    const script = new Script({ startSpread: 20 }, 0.5);
    script.session.start(0);
    assert.equal(script.session.nextDeadline(), 10_000);
    assert.deepEqual(script.take(), []);
    assert.deepEqual(kinds(script.pass(10).take()), ["connect", "state"]);
  });

  test("a neighbour that connects during the spread is not kept waiting", () => {
    const script = new Script({ startSpread: 20 });
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

  test("an attempt without an answer is made again after ConnectRetryTime", () => {
    const script = new Script({ connectRetry: 30 });
    script.session.start(0);
    script.take();
    assert.deepEqual(kinds(script.pass(29).take()), []);
    assert.deepEqual(kinds(script.pass(1).take()), ["cancel-connect", "connect"]);
    assert.deepEqual(kinds(script.pass(30).take()), ["cancel-connect", "connect"]);
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
    assert.deepEqual(session.timers(0), { hold: 9000, keepalive: 3000 });
  });
  test("a set KEEPALIVE interval is kept, never under a second", () => {
    const { session } = new Script({ keepalive: 20 }).established();
    assert.deepEqual(session.timers(0), { hold: 90_000, keepalive: 20_000 });
    const fast = new Script({ holdTime: 3 }, 0).established();
    assert.deepEqual(fast.session.timers(0), { hold: 3000, keepalive: 1000 });
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
  });
  test("send hold timer: 8 minutes without progress (RFC 9687)", () => {
    const script = new Script({ holdTime: 0 }).established();
    script.session.blocked(OURS, 0);
    script.pass(400).session.progressed(OURS, script.now);
    assert.deepEqual(script.pass(479).take(), []);
    const actions = script.pass(1).take();
    assert.deepEqual(kinds(actions), ["down", "close", "state"]);
    assert.ok(actions[1].kind === "close" && !actions[1].linger);
  });
  test("send hold timer: drained in time", () => {
    const script = new Script({ holdTime: 0 }).established();
    script.session.blocked(OURS, 0);
    script.session.drained(OURS);
    assert.equal(script.session.nextDeadline(), Infinity);
  });
});

describe("the receive buffer", () => {
  test("whole UPDATEs are handed on where they lie", () => {
    const script = new Script().established();
    const chunk = Uint8Array.of(...END_OF_RIB, ...END_OF_RIB);
    const updates = script.receive(chunk).take();
    assert.deepEqual(kinds(updates), ["update", "update"]);
    assert.deepEqual(
      updates.map((action) => action.kind === "update" && [action.start, action.end]),
      [
        [19, 23],
        [42, 46],
      ],
    );
    for (const action of updates) assert.ok(action.kind === "update" && action.bytes === chunk);
  });
  test("a stream cut at every octet is the same stream", () => {
    const stream = Uint8Array.of(...peerOpen(), ...KEEPALIVE, ...END_OF_RIB, ...END_OF_RIB);
    for (let cut = 0; cut <= stream.length; cut++) {
      const script = new Script().openSent();
      let updates = 0;
      for (const [start, end] of [
        [0, cut],
        [cut, stream.length],
      ]) {
        // The transport's buffer is its own again after the call.
        const chunk = stream.slice(start, end);
        script.session.receive(OURS, chunk, 0, chunk.length, 0);
        for (const action of script.take()) {
          if (action.kind !== "update") continue;
          updates++;
          assert.deepEqual([...action.bytes.subarray(action.start, action.end)], [0, 0, 0, 0]);
        }
        chunk.fill(0);
      }
      assert.equal(updates, 2, `cut at ${cut}`);
    }
  });
  test("messages over 4096 octets when our capability allows them (RFC 8654)", () => {
    const long = new Uint8Array(5000);
    long.set(END_OF_RIB);
    long.set([5000 >> 8, 5000 & 255], 16);
    const allowed = new Script().established();
    assert.deepEqual(kinds(allowed.receive(long).take()), ["update"]);
    assert.equal(allowed.session.negotiated?.maximumSend, 4096, "the neighbour did not say so");
    const forbidden = new Script({ extendedMessages: false }).established();
    assert.deepEqual(forbidden.receive(long).sent(), ["NOTIFICATION 1/2 19 136"]);
  });
});

describe("ending", () => {
  test("shutdown with a communication (RFC 9003)", () => {
    const script = new Script().established();
    script.session.stop(0, { subcode: 2, message: "bye" });
    assert.deepEqual(script.sent(), ["NOTIFICATION 6/2 3 98 121 101"]);
    assert.equal(script.session.enabled, false);
    assert.equal(script.session.nextDeadline(), Infinity);
    assert.equal(script.session.lastError, undefined, "no error");
  });
  test("stopped for a restart: no Cease", () => {
    const script = new Script().established();
    script.session.stop(0);
    assert.deepEqual(kinds(script.take()), ["down", "close", "state"]);
  });
  test("the text of a neighbour's shutdown is kept", () => {
    const script = new Script().established();
    const data = Uint8Array.of(3, 98, 121, 101);
    script.receive(encodeNotification({ code: 6, subcode: 2, data }));
    const cause = script.session.lastError?.cause;
    assert.ok(cause !== undefined);
    assert.equal(describeDownCause(cause), "neighbour says: Cease/Administrative Shutdown: bye");
  });
  test("a faulty UPDATE resets", () => {
    const script = new Script().established();
    script.session.updateFault(
      {
        kind: "fault",
        code: 3,
        subcode: 1,
        data: Uint8Array.of(7),
        offset: 23,
        treatment: "session-reset",
        reason: "attributes overrun",
        family: undefined,
      },
      0,
    );
    assert.deepEqual(script.sent(), ["NOTIFICATION 3/1 7"]);
  });
  test("a prefix limit rests and grows, an operator's restart begins at once", () => {
    const script = new Script().established();
    script.session.reset(0, { subcode: 1 });
    assert.deepEqual(script.sent(), ["NOTIFICATION 6/1"]);
    assert.equal(script.session.nextDeadline(), 5000);
    script.session.restart(0, { subcode: 4 });
    assert.equal(script.session.state, "Connect");
  });
});

describe("rest by cause", () => {
  const pauses: readonly [string, number, Partial<SessionSettings>][] = [
    ["connection refused (ECONNREFUSED)", 2, {}],
    ["EHOSTUNREACH", 2, {}],
    ["ETIMEDOUT", 2, {}],
    ["ETIMEDOUT", 5, { authenticated: true }],
    ["something else", 2, {}],
  ];
  for (const [error, seconds, change] of pauses) {
    test(`${error}${change.authenticated === true ? " with a password" : ""}: ${seconds} s`, () => {
      const script = new Script(change);
      script.session.start(0);
      script.session.connectFailed(0, error);
      assert.equal(script.session.nextDeadline(), seconds * 1000);
      script.take();
      assert.deepEqual(kinds(script.pass(seconds).take()), ["connect", "state"]);
    });
  }

  /** A session that fails with a wrong AS each time it comes up; seconds between attempts. */
  function pausesOf(script: Script, times: number): number[] {
    return Array.from({ length: times }, () => {
      script.openSent();
      script.session.receive(
        OURS,
        peerOpen({ asn: 1 }),
        0,
        peerOpen({ asn: 1 }).length,
        script.now,
      );
      const pause = script.session.nextDeadline() - script.now;
      script.pass(pause / 1000);
      return pause / 1000;
    });
  }

  test("a wrong AS: doubling to two minutes, forgotten when the settings change", () => {
    const script = new Script();
    assert.deepEqual(pausesOf(script, 7), [5, 10, 20, 40, 80, 120, 120]);
    script.session.configure({ ...script.session.settings, startSpread: 1 }, script.now);
    assert.deepEqual(pausesOf(script, 2), [5, 10]);
  });

  test("forgotten after a session that lasted", () => {
    const script = new Script();
    pausesOf(script, 3);
    script.openSent().receive(peerOpen(), KEEPALIVE).pass(60);
    script.session.disconnected(OURS, script.now);
    script.pass(2);
    assert.deepEqual(pausesOf(script, 1), [5]);
  });

  test("none after a collision", () => {
    const script = new Script({}, 0).established();
    script.receive(encodeNotification({ code: 6, subcode: 7 }));
    assert.equal(script.session.nextDeadline(), 0);
  });

  test("closed before the OPEN: listens, and tries again after the back-off", () => {
    const script = new Script().openSent();
    script.session.disconnected(OURS, 0);
    assert.equal(script.session.state, "Active");
    assert.equal(script.session.nextDeadline(), 5000);
  });

  test("a neighbour's connection ends a rest, after a moment when a person has to mend", () => {
    const script = new Script().openSent().receive(peerOpen({ asn: 1 }));
    script.take();
    script.session.connected(THEIRS, script.now, { incoming: true });
    assert.deepEqual(script.sent(THEIRS), ["NOTIFICATION 6/5"]);
    const flat = new Script().established();
    flat.session.disconnected(OURS, 0);
    flat.take();
    flat.session.connected(THEIRS, 0, { incoming: true });
    assert.deepEqual(flat.sent(THEIRS), ["OPEN"]);
  });
});

describe("two connections", () => {
  /** Both connections in OpenSent. */
  function both(change: Partial<SessionSettings> = {}): Script {
    const script = new Script(change).openSent();
    script.session.connected(THEIRS, 0, { incoming: true });
    script.take();
    return script;
  }
  function receiveOn(script: Script, connection: number, message: Uint8Array): SessionAction[] {
    script.session.receive(connection, message, 0, message.length, script.now);
    return script.take();
  }
  function closed(actions: readonly SessionAction[]): number[] {
    return actions.flatMap((action) => (action.kind === "close" ? [action.connection] : []));
  }

  test("our identifier is higher: ours stays", () => {
    for (const [first, second] of [
      [OURS, THEIRS],
      [THEIRS, OURS],
    ]) {
      const script = both();
      assert.deepEqual(closed(receiveOn(script, first, peerOpen())), []);
      const actions = receiveOn(script, second, peerOpen());
      assert.deepEqual(closed(actions), [THEIRS]);
      const cease = actions.find(
        (action) => action.kind === "send" && action.connection === THEIRS,
      );
      assert.ok(cease?.kind === "send");
      assert.equal(inShort(cease.bytes), "NOTIFICATION 6/7");
      receiveOn(script, OURS, KEEPALIVE);
      assert.equal(script.session.state, "Established");
      assert.equal(script.session.connection, OURS);
    }
  });
  test("the neighbour's is higher: its own stays", () => {
    const script = both({ routerId: 1 });
    receiveOn(script, OURS, peerOpen());
    assert.deepEqual(closed(receiveOn(script, THEIRS, peerOpen())), [OURS]);
    receiveOn(script, THEIRS, KEEPALIVE);
    assert.equal(script.session.connection, THEIRS);
  });
  test("equal identifiers: the higher AS number decides (RFC 6286 §2.3)", () => {
    const script = both();
    const open = peerOpen({ routerId: SETTINGS.routerId });
    receiveOn(script, OURS, open);
    assert.deepEqual(closed(receiveOn(script, THEIRS, open)), [OURS]);
  });
  test("one is Established before the better one's OPEN: it waits, and takes over or goes", () => {
    const waiting = both();
    receiveOn(waiting, THEIRS, peerOpen());
    assert.deepEqual(closed(receiveOn(waiting, THEIRS, KEEPALIVE)), []);
    assert.deepEqual(closed(waiting.pass(2).take()), [OURS]);
    assert.equal(waiting.session.connection, THEIRS);

    const takenOver = both();
    receiveOn(takenOver, THEIRS, peerOpen());
    receiveOn(takenOver, THEIRS, KEEPALIVE);
    receiveOn(takenOver, OURS, peerOpen());
    const actions = receiveOn(takenOver, THEIRS, encodeNotification({ code: 6, subcode: 7 }));
    assert.deepEqual(kinds(actions), ["down", "close", "send", "state"]);
    receiveOn(takenOver, OURS, KEEPALIVE);
    assert.equal(takenOver.session.connection, OURS);
    assert.equal(takenOver.session.state, "Established");
  });
  test("our attempt is given up when the neighbour's connection is Established", () => {
    const script = new Script();
    const { session } = script;
    session.start(0);
    session.connected(THEIRS, 0, { incoming: true });
    script.take();
    receiveOn(script, THEIRS, peerOpen());
    assert.ok(kinds(receiveOn(script, THEIRS, KEEPALIVE)).includes("cancel-connect"));
    // It stood already: closed as soon as we hear of it.
    session.connected(OURS, 0, { incoming: false });
    assert.deepEqual(session.take(), [{ kind: "close", connection: OURS, linger: false }]);
  });
  test("a second connection while Established is refused, once the first has proved alive", () => {
    const script = new Script().established();
    script.session.connected(THEIRS, 0, { incoming: true });
    assert.deepEqual(script.sent(OURS), ["KEEPALIVE"], "is anybody there?");
    receiveOn(script, THEIRS, peerOpen());
    const actions = script.pass(2).take();
    assert.deepEqual(closed(actions), [THEIRS]);
    assert.equal(script.session.connection, OURS);
  });
  test("a neighbour that has restarted is Established again one round trip later", () => {
    const script = new Script().established();
    script.session.connected(THEIRS, 0, { incoming: true });
    receiveOn(script, THEIRS, peerOpen());
    script.session.disconnected(OURS, 10, "ECONNRESET");
    receiveOn(script, THEIRS, KEEPALIVE);
    assert.equal(script.session.state, "Established");
    assert.equal(script.session.connection, THEIRS);
  });
  test("a newer connection of the neighbour replaces its older one", () => {
    const script = both();
    script.session.connected(3, 0, { incoming: true });
    assert.deepEqual(closed(script.take()), [THEIRS]);
  });
  test("none is taken when stopped", () => {
    const { session } = new Script();
    session.connected(THEIRS, 0, { incoming: true });
    const actions = session.take();
    assert.deepEqual(kinds(actions), ["send", "close"]);
    assert.ok(actions[0].kind === "send");
    assert.equal(inShort(actions[0].bytes), "NOTIFICATION 6/5");
  });
});

describe("settings while running", () => {
  test("a new hold time resets with Cease/Other Configuration Change and begins again", () => {
    const script = new Script().established();
    const why = script.session.configure({ ...SETTINGS, holdTime: 9 }, 0);
    assert.equal(why, "hold time changed");
    assert.deepEqual(script.sent(), ["NOTIFICATION 6/6"]);
    assert.equal(script.session.state, "Connect");
  });
  test("a new KEEPALIVE interval counts at once", () => {
    const script = new Script().established();
    assert.equal(script.session.configure({ ...SETTINGS, keepalive: 7 }, 0), undefined);
    assert.deepEqual(script.take(), []);
    assert.equal(script.session.nextDeadline(), 7000);
    assert.equal(script.session.negotiated?.keepalive, 7);
  });
  test("the same settings change nothing", () => {
    const script = new Script().openSent();
    script.session.disconnected(OURS, 0);
    script.take();
    assert.equal(script.session.configure({ ...SETTINGS }, 0), undefined);
    assert.equal(script.session.nextDeadline(), 5000);
  });
  test("a session at rest tries again at once", () => {
    const script = new Script().openSent().receive(peerOpen({ asn: 1 }));
    script.take();
    assert.equal(script.session.configure({ ...SETTINGS, peerAsn: 1 }, 0), undefined);
    assert.equal(script.session.state, "Connect");
  });
});
