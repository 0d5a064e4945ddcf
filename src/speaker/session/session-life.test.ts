// One session against scripted bytes: the stream, the end, the rest after it, a second connection.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { encodeNotification } from "bgp-ts";
import type { SessionAction } from "./actions.ts";
import { describeDownCause } from "./cause.ts";
import {
  END_OF_RIB,
  inShort,
  KEEPALIVE,
  kinds,
  OURS,
  peerOpen,
  Script,
  SETTINGS,
  THEIRS,
} from "./script.test.ts";
import type { SessionSettings } from "./settings.ts";

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

describe("a reader that is late", () => {
  test("bytes that were not read yet keep the session, silence does not", () => {
    const script = new Script().established();
    script.session.expire(90_000, (connection) => connection === OURS);
    assert.equal(script.session.state, "Established");
    script.now = 90_500;
    script.receive(KEEPALIVE);
    assert.equal(script.session.timers(90_500).hold?.remaining, 90_000, "the KEEPALIVE counts");
    script.session.expire(180_500, (connection) => connection === THEIRS);
    assert.deepEqual(script.sent().at(-1), "NOTIFICATION 4/0");
  });
  test("what waits and is not a whole message proves nothing once it is read", () => {
    const script = new Script().established();
    script.session.expire(90_000, () => true);
    script.receive(KEEPALIVE.subarray(0, 5));
    script.session.expire(91_000);
    assert.deepEqual(script.sent().at(-1), "NOTIFICATION 4/0");
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
  test("the text stays while the neighbour is away for it, and goes with the next session", () => {
    const script = new Script().established();
    const said = () => script.session.lastError?.cause.kind;
    const data = Uint8Array.of(3, 98, 121, 101);
    script.receive(encodeNotification({ code: 6, subcode: 2, data }));
    script.pass(5).session.connectFailed(script.now, "ECONNREFUSED");
    assert.equal(said(), "notification-configuration");
    script.pass(2).session.connected(THEIRS, script.now, { incoming: false });
    script.session.disconnected(THEIRS, script.now);
    assert.equal(said(), "notification-configuration");
    script.session.restart(script.now);
    script.session.connectFailed(script.now, "EHOSTUNREACH");
    assert.equal(said(), "unreachable");
    script.session.restart(script.now);
    script.established();
    assert.equal(said(), undefined);
  });
  test("switched off and on again: nothing is wrong so far", () => {
    const script = new Script().established();
    script.receive(encodeNotification({ code: 6, subcode: 4, data: new Uint8Array(0) }));
    script.session.stop(script.now);
    assert.equal(script.session.lastError?.cause.kind, "notification");
    script.session.start(script.now);
    assert.equal(script.session.lastError, undefined);
  });
  test("what else a neighbour says gives way to what follows", () => {
    const script = new Script().established();
    script.receive(encodeNotification({ code: 6, subcode: 4, data: new Uint8Array(0) }));
    script.pass(2).session.connectFailed(script.now, "ECONNREFUSED");
    assert.equal(script.session.lastError?.cause.kind, "refused");
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
    script.session.configure({ ...script.session.settings, connectRetry: 1 }, script.now);
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
    assert.equal(script.session.nextDeadline(), 1000);
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

describe("a neighbour whose sessions last for moments only", () => {
  /** Establishes one on each connection that is taken, and closes it; how many that were. */
  function flap(script: Script, attempts: number, milliseconds: number): number {
    const before = script.session.counters.established;
    for (let i = 0; i < attempts; i++) {
      const connection = 100 + i;
      script.session.connected(connection, script.now, { incoming: true });
      for (const message of [peerOpen(), KEEPALIVE]) {
        script.session.receive(connection, message, 0, message.length, script.now);
      }
      script.session.disconnected(connection, script.now);
      script.take();
      script.pass(milliseconds / 1000);
    }
    return script.session.counters.established - before;
  }

  test("is taken back at once for some times, then every five seconds", () => {
    const script = new Script({ passive: true });
    script.session.start(0);
    assert.equal(flap(script, 1000, 1), 10);
    script.pass(5);
    assert.equal(flap(script, 1000, 1), 1);
    script.session.connected(THEIRS, script.now, { incoming: true });
    assert.ok(script.sent(THEIRS).includes("NOTIFICATION 6/5"));
  });

  test("nor is it taken by a second connection", () => {
    const script = new Script({ passive: true });
    script.session.start(0);
    flap(script, 9, 1);
    const open = (connection: number) => {
      script.session.connected(connection, script.now, { incoming: true });
      for (const message of [peerOpen(), KEEPALIVE]) {
        script.session.receive(connection, message, 0, message.length, script.now);
      }
    };
    open(1);
    for (let i = 1; i < 20; i++) {
      open(i + 1);
      script.session.disconnected(i, script.now);
    }
    assert.equal(script.session.counters.established, 11);
  });

  test("is forgiven after a session that lasted, or by whoever changes something", () => {
    const script = new Script({ passive: true });
    script.session.start(0);
    assert.equal(flap(script, 100, 1), 10);
    script.session.restart(script.now);
    assert.equal(flap(script, 100, 1), 10);
    script.pass(5);
    assert.equal(flap(script, 1, 0), 1);
    script.pass(5);
    script.session.connected(THEIRS, script.now, { incoming: true });
    script.session.receive(THEIRS, peerOpen(), 0, peerOpen().length, script.now);
    script.session.receive(THEIRS, KEEPALIVE, 0, KEEPALIVE.length, script.now);
    script.pass(60);
    script.session.disconnected(THEIRS, script.now);
    assert.equal(flap(script, 100, 1), 10);
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
    assert.equal(script.session.nextDeadline(), 1000);
  });
  test("a session at rest tries again at once", () => {
    const script = new Script().openSent().receive(peerOpen({ asn: 1 }));
    script.take();
    assert.equal(script.session.configure({ ...SETTINGS, peerAsn: 1 }, 0), undefined);
    assert.equal(script.session.state, "Connect");
  });
});
