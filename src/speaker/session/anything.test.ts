// One session under any sequence of events and bytes.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  encodeKeepalive,
  encodeNotification,
  encodeOpen,
  encodeRouteRefresh,
  type Capability,
} from "bgp-ts";
import fc from "fast-check";
import { Pace } from "./pace.ts";
import { Session } from "./session.ts";
import type { SessionSettings } from "./settings.ts";
import { randomFrom, settingsOf, updateNumber } from "./world.test.ts";

describe("anything at all", () => {
  const CAPABILITIES: readonly Capability[] = [
    { kind: "multiprotocol", afi: 1, safi: 1 },
    { kind: "four-octet-as", asn: 64600 },
    { kind: "route-refresh" },
  ];
  const open = (asn: number, holdTime: number, routerId: number) =>
    encodeOpen({ asn, holdTime, routerId, capabilities: asn === 64600 ? CAPABILITIES : [] });
  const message = fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(open(64600, 90, 1), open(64600, 0, 3)) },
    fc.constantFrom(open(1, 90, 1), open(64600, 1, 1)),
    { weight: 8, arbitrary: fc.constant(encodeKeepalive()) },
    fc.constantFrom(updateNumber(7), encodeRouteRefresh({ afi: 1, safi: 1, subtype: 0 })),
    fc
      .tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 11 }))
      .map(([code, subcode]) => encodeNotification({ code, subcode })),
    fc.uint8Array({ maxLength: 60 }),
  );
  const input = fc.oneof(
    fc.constantFrom("stop", "cease", "restart", "reset", "configure"),
    { weight: 2, arbitrary: fc.constantFrom("failed", "lost", "stalled", "flowing") },
    { weight: 8, arbitrary: fc.constantFrom("incoming", "outgoing", "start", "expire", "wait") },
    {
      weight: 14,
      arbitrary: fc.record({ message, first: fc.boolean(), cut: fc.integer({ min: 0, max: 80 }) }),
    },
  );

  /** Applies an input; returns the connections as the transport knows them afterwards. */
  class Driver {
    readonly session: Session;
    now = 0;
    connecting = false;
    connections: number[] = [];
    #next = 1;

    constructor(settings: SessionSettings, seed: number, waiting: number) {
      const pace = new Pace();
      for (let i = 0; i < waiting; i++) pace.turn(0);
      this.session = new Session(settings, randomFrom(seed), pace);
    }

    apply(what: typeof input extends fc.Arbitrary<infer T> ? T : never): void {
      const { session, now } = this;
      const last = this.connections.at(-1);
      if (typeof what !== "string") {
        const to = what.first ? this.connections[0] : last;
        if (to === undefined) return;
        const cut = Math.min(what.cut, what.message.length);
        session.receive(to, what.message, 0, cut, now);
        this.follow();
        session.receive(to, what.message, cut, what.message.length, now);
        return;
      }
      switch (what) {
        case "start":
          return session.start(now);
        case "stop":
          return session.stop(now);
        case "cease":
          return session.stop(now, { subcode: 2, message: "enough" });
        case "restart":
          return session.restart(now, { subcode: 4 });
        case "reset":
          return session.reset(now, { subcode: 1 });
        case "configure":
          session.configure({ ...session.settings, holdTime: 90 + (now % 7) }, now);
          return;
        case "incoming":
          this.connections.push(this.#next);
          return session.connected(this.#next++, now, { incoming: true });
        case "outgoing":
          if (!this.connecting) return;
          this.connecting = false;
          this.connections.push(this.#next);
          return session.connected(this.#next++, now, { incoming: false });
        case "failed":
          this.connecting = false;
          return session.connectFailed(now, "ECONNREFUSED");
        case "lost":
          if (last === undefined) return;
          this.connections.pop();
          return session.disconnected(last, now);
        case "stalled":
          return session.stalled(last ?? 0, now);
        case "flowing":
          return session.flowing(last ?? 0);
        case "expire":
          if (session.nextDeadline() !== Infinity) this.now = session.nextDeadline();
          return session.expire(this.now);
        case "wait":
          this.now += 700;
          return session.expire(this.now);
      }
    }

    /** Does as the actions say and checks that they make sense. */
    follow(): void {
      for (const action of this.session.take()) {
        if (action.kind === "connect") {
          assert.equal(this.connecting, false, "one attempt at a time");
          this.connecting = true;
        } else if (action.kind === "cancel-connect") {
          assert.equal(this.connecting, true);
          this.connecting = false;
        } else if (action.kind === "send") {
          assert.ok(this.connections.includes(action.connection), "sends on what is open");
        } else if (action.kind === "close") {
          assert.ok(this.connections.includes(action.connection), "closes what is open");
          this.connections = this.connections.filter((open) => open !== action.connection);
        }
      }
    }

    check(): void {
      const { session } = this;
      assert.ok(this.connections.length <= 2, "two connections at most");
      const alive = this.connections.length > 0 || this.connecting;
      assert.ok(session.enabled || !alive, "a stopped session holds nothing");
      if (!session.enabled || session.state === "Established") return;
      const listens = session.settings.passive && session.state === "Active";
      const moves = session.nextDeadline() !== Infinity;
      assert.ok(moves || listens, `${session.state} without a deadline`);
    }
  }

  test("never throws, never stands still, leaks no connection", () => {
    fc.assert(
      fc.property(
        fc.array(input, { minLength: 10, maxLength: 80, size: "max" }),
        fc.record({
          passive: fc.boolean(),
          delayOpen: fc.constantFrom(0, 0, 3),
          authenticated: fc.boolean(),
        }),
        fc.constantFrom(0, 500),
        fc.nat(),
        (inputs, change, waiting, seed) => {
          const settings = { ...settingsOf(64512, 64600, 2), ...change };
          const driver = new Driver(settings, seed, waiting);
          driver.session.start(0);
          driver.follow();
          for (const what of inputs) {
            driver.apply(what);
            driver.follow();
            driver.check();
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});
