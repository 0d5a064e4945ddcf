import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { DIAGNOSTIC, STATE, stateName } from "./codes.ts";
import { type End, Link, SETTINGS, seeded, sha1 } from "./harness.test.ts";
import { type ControlPacket, decodePacket } from "./packet.ts";
import { Session } from "./session.ts";

const states = ({ states: list }: End): string[] => list.map(({ state }) => stateName(state));

function packets({ sent }: End): ControlPacket[] {
  return sent.map(({ bytes }) => {
    const packet = decodePacket(bytes, bytes.length);
    assert.equal(packet.kind, "packet");
    return packet;
  });
}

/** Times between the packets of an end that are no answers to a poll, from `from` on. */
function gaps({ sent }: End, from: number): number[] {
  const times = sent
    .filter(({ at, bytes }) => at >= from && (bytes[1] & 0x10) === 0)
    .map(({ at }) => at);
  return times.slice(1).map((time, i) => time - times[i]);
}

describe("a session comes up", () => {
  test("by the handshake of three, and by a Poll Sequence at the wanted speed", () => {
    const { a, b } = new Link().start().pass(2500);
    for (const end of [a, b]) {
      assert.equal(end.session.state, STATE.UP);
      assert.deepEqual(states(end).at(-1), "Up");
      assert.equal(end.session.detectionTime, 150);
      assert.equal(end.session.transmitInterval, 50);
    }
    // While it is not Up, a packet a second and no faster.
    const slow = packets(a).filter(({ state }) => state !== STATE.UP);
    assert.ok(slow.every(({ desiredMinTx }) => desiredMinTx === 1_000_000));
    assert.ok(packets(a).some(({ poll, state }) => poll && state === STATE.UP));
    assert.ok(packets(b).some(({ final }) => final));
    assert.ok(!packets(a).some(({ poll, final }) => poll && final));
    assert.equal(packets(a).at(-1)?.poll, false, "the Poll Sequence has ended");
  });

  test("with the slower one's interval, and 75 to 100 percent of it", () => {
    const link = new Link({ desiredMinTx: 20 }, { requiredMinRx: 100 }).start().pass(6000);
    const between = gaps(link.a, 3000);
    assert.ok(between.length >= 29 && between.length <= 41, `${between.length} packets`);
    assert.ok(between.every((gap) => gap >= 75 && gap <= 100));
    assert.ok(new Set(between).size > 10, "there is jitter");
  });

  test("with a multiplier of 1 and at most 90 percent of the interval", () => {
    const link = new Link({ detectMultiplier: 1 }).start().pass(6000);
    assert.ok(gaps(link.a, 3000).every((gap) => gap >= 37 && gap <= 45));
    assert.equal(link.b.session.state, STATE.UP);
    assert.equal(states(link.b).filter((state) => state === "Down").length, 0);
  });

  test("a passive end says nothing first, and two of them nothing at all", () => {
    const silent = new Link({ passive: true }, { passive: true }).start().pass(5000);
    assert.equal(silent.a.sent.length + silent.b.sent.length, 0);
    const one = new Link({ passive: true }).start().pass(3000);
    assert.equal(one.a.session.state, STATE.UP);
    assert.ok(one.a.sent[0].at > one.b.sent[0].at);
  });
});

describe("a session fails", () => {
  test("when nothing came for the detection time, with that diagnostic", () => {
    const link = new Link().start().pass(3000);
    link.works.b = false;
    const last = link.b.sent.at(-1)?.at ?? 0;
    link.pass(1000);
    const down = link.a.states.find(({ state }) => state === STATE.DOWN);
    assert.equal(down?.diagnostic, DIAGNOSTIC.DETECTION_TIME_EXPIRED);
    const { since } = link.a.session.view();
    assert.ok(since - last <= 151 + 1 && since - last > 100, `${since - last} ms`);
    // The other hears Down and says why it is Down.
    const other = link.b.states.find(({ state }) => state === STATE.DOWN);
    assert.equal(other?.diagnostic, DIAGNOSTIC.NEIGHBOUR_SIGNALED_DOWN);
    assert.equal(link.a.session.view().failures, 1);
    assert.equal(link.a.session.view().remoteDiscriminator, 0);
  });

  test("and comes back when the way does", () => {
    const link = new Link().start().pass(3000);
    link.works.a = false;
    link.works.b = false;
    link.pass(1000);
    assert.equal(link.a.session.state, STATE.DOWN);
    link.works.a = true;
    link.works.b = true;
    link.pass(3000);
    assert.equal(link.a.session.state, STATE.UP);
    assert.equal(link.b.session.state, STATE.UP);
  });

  test("not by one or two lost packets", () => {
    const link = new Link().start().pass(3000);
    for (let i = 0; i < 20; i++) {
      link.works.b = false;
      link.pass(60);
      link.works.b = true;
      link.pass(90);
    }
    assert.equal(states(link.a).filter((state) => state === "Down").length, 0);
  });

  test("an administrator's end is told as such, for a detection time", () => {
    const link = new Link().start().pass(3000);
    link.a.session.stop(link.now);
    link.works.b = false;
    link.pass(10);
    const down = link.b.states.at(-1);
    assert.equal(down?.state, STATE.DOWN);
    assert.equal(down?.remoteAdminDown, true);
    assert.equal(down?.diagnostic, DIAGNOSTIC.NEIGHBOUR_SIGNALED_DOWN);
    assert.equal(link.a.isOver, false);
    link.pass(5000);
    assert.equal(link.a.isOver, true);
    assert.equal(link.a.session.nextDeadline(), Infinity);
    const goodbyes = packets(link.a).filter(({ state }) => state === STATE.ADMIN_DOWN);
    assert.ok(goodbyes.length >= 3, "one may be lost");
    assert.ok(goodbyes.every(({ diagnostic }) => diagnostic === 7));
    assert.equal(link.b.session.state, STATE.DOWN, "it waits for a new session");
  });
});

describe("intervals change while Up", () => {
  test("slower: the old speed is kept until the neighbour has agreed", () => {
    const link = new Link().start().pass(3000);
    const slower = { ...SETTINGS, desiredMinTx: 400, requiredMinRx: 50 };
    link.works.a = false;
    link.a.session.configure(slower, link.now);
    assert.equal(link.a.session.transmitInterval, 50);
    link.pass(60);
    assert.equal(link.a.session.transmitInterval, 50);
    link.works.a = true;
    link.pass(200);
    assert.equal(link.a.session.transmitInterval, 400);
    assert.equal(link.b.session.detectionTime, 1200);
    link.pass(5000);
    assert.equal(states(link.b).filter((state) => state === "Down").length, 0);
  });

  test("faster reception: the old detection time is kept until the neighbour has agreed", () => {
    const link = new Link({ requiredMinRx: 500 }).start().pass(5000);
    assert.equal(link.a.session.detectionTime, 1500);
    link.a.session.configure({ ...SETTINGS, requiredMinRx: 50 }, link.now);
    assert.equal(link.a.session.detectionTime, 1500);
    link.pass(1500);
    assert.equal(link.a.session.detectionTime, 150);
    assert.equal(states(link.a).filter((state) => state === "Down").length, 0);
  });

  test("again during the Poll Sequence: the last word counts", () => {
    const link = new Link().start().pass(3000);
    link.a.session.configure({ ...SETTINGS, desiredMinTx: 400 }, link.now);
    link.a.session.configure({ ...SETTINGS, desiredMinTx: 200 }, link.now);
    link.pass(1000);
    assert.equal(link.a.session.transmitInterval, 200);
    assert.equal(packets(link.a).at(-1)?.desiredMinTx, 200_000);
    assert.equal(packets(link.a).at(-1)?.poll, false);
  });
});

describe("intervals change while Up and packets are lost", () => {
  const downs = (end: End): number => states(end).filter((state) => state === "Down").length;

  test("what was never agreed to is no speed to fall back to", () => {
    const link = new Link().start().pass(3000);
    link.works.a = false;
    link.a.session.configure({ ...SETTINGS, desiredMinTx: 400 }, link.now);
    link.pass(10);
    link.a.session.configure({ ...SETTINGS, desiredMinTx: 200 }, link.now);
    assert.equal(link.a.session.transmitInterval, 50);
    link.pass(80);
    link.works.a = true;
    link.pass(3000);
    assert.equal(link.a.session.transmitInterval, 200);
    assert.equal(downs(link.b), 0);
  });

  test("nor is it a detection time to wait for", () => {
    const link = new Link({ requiredMinRx: 500 }).start().pass(5000);
    link.works.a = false;
    link.a.session.configure({ ...SETTINGS, requiredMinRx: 50 }, link.now);
    link.a.session.configure({ ...SETTINGS, requiredMinRx: 100 }, link.now);
    assert.equal(link.a.session.detectionTime, 1500);
    link.pass(60);
    link.works.a = true;
    link.pass(3000);
    assert.equal(link.a.session.detectionTime, 300);
    assert.equal(downs(link.a), 0);
  });

  test("slower reception counts at once: the answer to the poll may be the packet that is lost", () => {
    const link = new Link().start().pass(3000);
    link.works.b = false;
    link.a.session.configure({ ...SETTINGS, requiredMinRx: 400 }, link.now);
    link.pass(60);
    link.works.b = true;
    assert.equal(link.b.session.transmitInterval, 400);
    link.pass(3000);
    assert.equal(downs(link.a), 0);
    assert.equal(link.a.session.detectionTime, 1200);
  });

  test("a Poll Sequence takes the packets that are due anyway (RFC 5880 §6.5)", () => {
    const link = new Link().start().pass(3000);
    link.a.session.configure({ ...SETTINGS, desiredMinTx: 400 }, link.now);
    assert.deepEqual(link.a.session.take(), []);
    link.pass(60);
    assert.ok(packets(link.a).some(({ poll, desiredMinTx }) => poll && desiredMinTx === 400_000));
  });
});

test("an end that is passive no longer speaks first", () => {
  const link = new Link({ passive: true }, { passive: true }).start().pass(1000);
  link.a.session.configure(SETTINGS, link.now);
  link.pass(3000);
  assert.equal(link.a.session.state, STATE.UP);
});

describe("what a neighbour asks for", () => {
  const up = (): { session: Session; hear: (what: Partial<ControlPacket>) => void } => {
    const session = new Session(SETTINGS, 0x0a, { random: seeded(3), sha1 });
    const hear = (what: Partial<ControlPacket>): void => {
      const packet: ControlPacket = {
        kind: "packet",
        diagnostic: 0,
        state: STATE.UP,
        poll: false,
        final: false,
        controlPlaneIndependent: false,
        demand: false,
        detectMultiplier: 3,
        myDiscriminator: 0x0b,
        yourDiscriminator: 0x0a,
        desiredMinTx: 50_000,
        requiredMinRx: 50_000,
        requiredMinEchoRx: 0,
        authentication: undefined,
        ...what,
      };
      session.receive(packet, new Uint8Array(24), 0);
    };
    session.start(0);
    hear({ state: STATE.DOWN });
    hear({ state: STATE.UP, final: true });
    assert.equal(session.state, STATE.UP);
    session.take();
    return { session, hear };
  };

  test("a required interval of 0: nothing periodic; answers to its polls go on", () => {
    const { session, hear } = up();
    hear({ requiredMinRx: 0 });
    session.expire(100);
    assert.deepEqual(session.take(), []);
    hear({ requiredMinRx: 0, poll: true });
    assert.deepEqual(
      session.take().map(({ kind }) => kind),
      ["send"],
    );
    hear({ requiredMinRx: 0, state: STATE.DOWN });
    assert.deepEqual(
      session.take().map(({ kind }) => kind),
      ["state", "send"],
      "a change of state is news, and told",
    );
  });

  test("a session that says goodbye answers no poll (RFC 5880 §6.8.6)", () => {
    const { session, hear } = up();
    session.stop(0);
    session.take();
    assert.ok(session.nextDeadline() <= 1000, "but it repeats what it says");
    hear({ poll: true });
    assert.deepEqual(session.take(), []);
  });

  test("Demand mode: nothing periodic while both are Up", () => {
    const { session, hear } = up();
    hear({ final: true });
    hear({ demand: true });
    session.take();
    session.expire(100);
    assert.deepEqual(session.take(), []);
  });

  test("the C bit is reported when it changes", () => {
    const { session, hear } = up();
    hear({ controlPlaneIndependent: true });
    hear({ controlPlaneIndependent: true });
    const reports = session.take().filter((action) => action.kind === "state");
    assert.deepEqual(
      reports.map(({ controlPlaneIndependent }) => controlPlaneIndependent),
      [true],
    );
  });
});

describe("authentication", () => {
  const key = new TextEncoder().encode("a key of ours");
  for (const type of ["sha1", "meticulous-sha1"] as const) {
    test(`${type}: both ends with the key come up and stay up`, () => {
      const authentication = { type, keyId: 9, key };
      const link = new Link({ authentication }, { authentication }).start().pass(60_000);
      assert.equal(link.a.session.state, STATE.UP);
      assert.equal(link.b.session.state, STATE.UP);
      assert.equal(link.a.session.view().refused, 0);
    });

    test(`${type}: another key, another number, none: refused`, () => {
      const authentication = { type, keyId: 9, key };
      const others = [
        { type, keyId: 9, key: new TextEncoder().encode("another") },
        { type, keyId: 8, key },
        undefined,
      ];
      for (const other of others) {
        const link = new Link({ authentication }, { authentication: other }).start().pass(5000);
        assert.notEqual(link.a.session.state, STATE.UP);
        assert.ok(link.a.session.view().refused > 0);
        assert.equal(link.a.session.view().received, 0);
      }
    });

    test(`${type}: a packet that was heard before is refused`, () => {
      const authentication = { type, keyId: 9, key };
      const link = new Link({ authentication }, { authentication }).start().pass(4000);
      const old = link.b.sent.at(-20)!.bytes;
      const packet = decodePacket(old, old.length) as ControlPacket;
      assert.equal(link.a.session.receive(packet, old, link.now), false);
    });
  }

  test("a changed octet is noticed", () => {
    const authentication = { type: "sha1", keyId: 9, key } as const;
    const link = new Link({ authentication }, { authentication }).start().pass(4000);
    link.works.b = false;
    link.pass(40);
    const bytes = link.b.sent.at(-1)!.bytes;
    for (let i = 4; i < bytes.length; i++) {
      const changed = bytes.slice();
      changed[i] ^= 1;
      const packet = decodePacket(changed, changed.length);
      if (packet.kind === "packet") {
        assert.equal(link.a.session.receive(packet, changed, link.now), false, `octet ${i}`);
      }
    }
  });

  test("as many packets may be lost as the neighbour's multiplier says", () => {
    const authentication = { type: "meticulous-sha1", keyId: 9, key } as const;
    const link = new Link({ authentication }, { authentication, detectMultiplier: 20 });
    link.start().pass(4000);
    link.works.b = false;
    link.pass(750);
    link.works.b = true;
    link.pass(3000);
    assert.equal(link.a.session.view().refused, 0);
    assert.equal(states(link.a).filter((state) => state === "Down").length, 0);
  });

  test("after twice the detection time of silence any sequence number may be the next", () => {
    const authentication = { type: "meticulous-sha1", keyId: 9, key } as const;
    const link = new Link({ authentication }, { authentication }).start().pass(4000);
    link.works.b = false;
    link.pass(20_000);
    link.works.b = true;
    link.pass(3000);
    assert.equal(link.a.session.state, STATE.UP);
  });
});

test("no sequence of packets, delays and commands throws, and the next deadline is never behind", () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("pass" as const), time: fc.integer({ min: 0, max: 2000 }) }),
    fc.record({ kind: fc.constant("packet" as const), bytes: fc.uint8Array({ maxLength: 30 }) }),
    fc.record({
      kind: fc.constant("fields" as const),
      head: fc.tuple(fc.nat(31), fc.nat(255), fc.integer({ min: 1, max: 255 })),
      intervals: fc.tuple(fc.nat(2 ** 32 - 1), fc.nat(2 ** 32 - 1)),
    }),
    fc.constant({ kind: "stop" as const }),
    fc.record({ kind: fc.constant("configure" as const), tx: fc.integer({ min: 1, max: 5000 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const session = new Session(SETTINGS, 0x0a, { random: seeded(7), sha1 });
      let now = 0;
      session.start(now);
      for (const event of steps) {
        if (event.kind === "pass") {
          const until = now + event.time;
          for (let i = 0; session.nextDeadline() <= until; i++) {
            assert.ok(i < 100_000, "it is due without end");
            assert.ok(session.nextDeadline() >= now);
            now = session.nextDeadline();
            session.expire(now);
            session.take();
          }
          now = until;
        } else if (event.kind === "packet") {
          const packet = decodePacket(event.bytes, event.bytes.length);
          if (packet.kind === "packet") session.receive(packet, event.bytes, now);
        } else if (event.kind === "fields") {
          const bytes = new Uint8Array(24);
          bytes.set([0x20 | event.head[0], event.head[1] & 0xfa, event.head[2], 24], 0);
          bytes.set([0, 0, 0, 0x0b, 0, 0, 0, 0x0a], 4);
          new DataView(bytes.buffer).setUint32(12, event.intervals[0]);
          new DataView(bytes.buffer).setUint32(16, event.intervals[1]);
          const packet = decodePacket(bytes, bytes.length);
          if (packet.kind === "packet") session.receive(packet, bytes, now);
        } else if (event.kind === "stop") {
          session.stop(now);
        } else {
          session.configure({ ...SETTINGS, desiredMinTx: event.tx }, now);
        }
      }
    }),
    { numRuns: 300 },
  );
});
