// All sessions of a node under any sequence of commands, datagrams and delays.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Bfd } from "./bfd.ts";
import { AUTHENTICATION, STATE, type State } from "./codes.ts";
import { seeded, sha1 } from "./harness.test.ts";
import { decodePacket, encodePacket } from "./packet.ts";
import type { SessionSettings } from "./session.ts";

const PATHS = ["left", "right", "far"] as const;
const STATES: readonly State[] = [STATE.ADMIN_DOWN, STATE.DOWN, STATE.INIT, STATE.UP];
const KEY = Uint8Array.of(1, 2, 3);
/** Turns of expire() in which one delay must come to an end. */
const MOST_TURNS = 100_000;

const interval = fc.constantFrom(10, 50, 300, 5000, 4_294_967);

const settings: fc.Arbitrary<SessionSettings> = fc.record({
  desiredMinTx: interval,
  requiredMinRx: interval,
  detectMultiplier: fc.constantFrom(1, 3, 255),
  passive: fc.boolean(),
  authentication: fc.option(
    fc.record({
      type: fc.constantFrom("sha1" as const, "meticulous-sha1" as const),
      keyId: fc.constantFrom(1, 2),
      key: fc.constant(KEY),
    }),
    { nil: undefined },
  ),
});

const microseconds = fc.constantFrom(0, 1, 1000, 50_000, 1_000_000, 0xffffffff);

const section = fc.record({
  type: fc.constantFrom(AUTHENTICATION.KEYED_SHA1, AUTHENTICATION.METICULOUS_KEYED_SHA1),
  keyId: fc.constantFrom(1, 2),
  sequence: fc.constantFrom(0, 1, 5, 0x7fffffff, 0xffffffff),
});

/** Packets that pass decodePacket(), with whose discriminator they name. */
const packet = fc.record({
  fields: fc.record({
    diagnostic: fc.nat(31),
    state: fc.constantFrom(...STATES),
    poll: fc.boolean(),
    final: fc.boolean(),
    controlPlaneIndependent: fc.boolean(),
    demand: fc.boolean(),
    detectMultiplier: fc.constantFrom(1, 3, 255),
    myDiscriminator: fc.constantFrom(1, 7, 0xffffffff),
    desiredMinTx: microseconds,
    requiredMinRx: microseconds,
    requiredMinEchoRx: microseconds,
    authentication: fc.option(section, { nil: undefined, freq: 2 }),
  }),
  names: fc.constantFrom("nobody" as const, "it" as const, "it" as const, "another" as const),
  signed: fc.boolean(),
});

const path = fc.constantFrom(...PATHS);
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("add" as const), path, settings }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("remove" as const), path }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant("packet" as const), path, packet }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("octets" as const),
      path,
      bytes: fc.uint8Array({ maxLength: 60 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("pass" as const),
      time: fc.constantFrom(0, 1, 40, 700, 3000),
    }),
  },
);

class Driver {
  readonly bfd = new Bfd({ random: seeded(5), sha1 });
  now = 0;

  apply(event: typeof step extends fc.Arbitrary<infer T> ? T : never): void {
    if (event.kind === "add") this.bfd.add(event.path, event.settings, this.now);
    else if (event.kind === "remove") this.bfd.remove(event.path, this.now);
    else if (event.kind === "pass") this.pass(event.time);
    else if (event.kind === "octets") {
      this.bfd.receive(event.path, event.bytes, event.bytes.length, this.now);
    } else this.#packet(event.path, event.packet);
    this.#check();
  }

  pass(time: number): void {
    const until = this.now + time;
    for (let turns = 0; this.bfd.nextDeadline() <= until; turns++) {
      assert.ok(turns < MOST_TURNS, "something is due without end");
      assert.ok(this.bfd.nextDeadline() >= this.now, "the next deadline is not behind");
      this.now = this.bfd.nextDeadline();
      this.bfd.expire(this.now);
      this.#check();
    }
    this.now = until;
  }

  #packet(to: string, what: typeof packet extends fc.Arbitrary<infer T> ? T : never): void {
    const named = what.names === "another" ? PATHS[0] : to;
    const discriminator = this.bfd.view(named)?.localDiscriminator ?? 9;
    const yourDiscriminator = what.names === "nobody" ? 0 : discriminator;
    const bytes = encodePacket({ ...what.fields, yourDiscriminator });
    if (what.fields.authentication !== undefined && what.signed) {
      bytes.set(
        Uint8Array.from({ length: 20 }, (_, i) => KEY[i] ?? 0),
        32,
      );
      bytes.set(sha1(bytes), 32);
    }
    this.bfd.receive(to, bytes, bytes.length, this.now);
  }

  /** What is sent can be read, and says nothing that RFC 5880 §6.8.6 would have it discarded for. */
  #check(): void {
    for (const effect of this.bfd.take()) {
      if (effect.kind !== "send") continue;
      const sent = decodePacket(effect.bytes, effect.bytes.length);
      assert.ok(sent.kind === "packet", sent.kind === "discard" ? sent.reason : "");
      assert.ok(!(sent.poll && sent.final), "never both (RFC 5880 §6.5)");
    }
    for (const [, view] of this.bfd.views()) {
      assert.ok(view.transmitInterval >= 0 && view.detectionTime >= 0);
    }
  }
}

test("no sequence throws, what is sent can be read, and when all are removed nothing is left", () => {
  let ups = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 80, size: "max" }), (steps) => {
      const driver = new Driver();
      for (const event of steps) {
        driver.apply(event);
        for (const [, { state }] of driver.bfd.views()) if (state === STATE.UP) ups++;
      }
      for (const name of PATHS) driver.bfd.remove(name, driver.now);
      // An interval of 4,294,967 s is the longest that there may be; goodbyes are said by the second.
      driver.pass(255_000 + 1);
      assert.ok(driver.bfd.isEmpty, "nothing is left");
      assert.equal(driver.bfd.nextDeadline(), Infinity);
    }),
    {
      numRuns: Number(process.env["FUZZ_RUNS"] ?? 200),
      seed: Number(process.env["FUZZ_SEED"] ?? 20261121),
    },
  );
  assert.ok(ups > 100, `${ups} times a session was Up`);
});
