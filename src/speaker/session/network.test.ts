// Two sessions that talk to each other over a bad wire.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CEASE } from "bgp-ts";
import fc from "fast-check";
import { assertOneSession, pair, settingsOf } from "./world.test.ts";

describe("two sessions", () => {
  test("one connects, one listens", () => {
    const { world, a, b, hosts } = pair(1, { b: { passive: true } });
    for (const host of hosts) host.step((session) => session.start(0));
    world.runUntil(100, hosts);
    assertOneSession(hosts);
    assert.deepEqual([a.session.incoming, b.session.incoming], [false, true]);
    assert.equal(a.session.negotiated?.peerAsn, 64600);
    assert.equal(a.session.negotiated?.extendedMessages, true);
    assert.equal(a.session.negotiated?.maximumSend, 65535);
    world.runUntil(3_600_000, hosts);
    assertOneSession(hosts);
    assert.equal(a.session.counters.established, 1, "an hour of KEEPALIVEs");
  });

  test("simultaneous open: one connection is left, on both sides the same, without a rest", () => {
    fc.assert(
      fc.property(fc.nat(), fc.double({ min: 0, max: 20, noNaN: true }), fc.boolean(), run),
      { numRuns: 400 },
    );
    function run(seed: number, lead: number, aIsHigher: boolean): void {
      const ids = aIsHigher ? [2, 1] : [1, 2];
      const { world, a, b, hosts } = pair(seed, {
        a: { routerId: ids[0] },
        b: { routerId: ids[1] },
      });
      a.step((session) => session.start(0));
      world.at(lead, () => b.step((session) => session.start(world.now)));
      world.runUntil(lead, hosts);
      world.runUntil(lead + 100, hosts);
      for (const { session } of hosts) assert.equal(session.state, "Established");
      world.runUntil(10_000, hosts);
      assertOneSession(hosts);
      assert.equal(a.session.incoming, !b.session.incoming);
      const rejected = 5; // Cease/Connection Rejected, by the one not started yet
      const flaps = hosts.flatMap((host) =>
        host.seen.filter(({ kind, ...rest }) => {
          return kind === "failed" && "cause" in rest && rest.cause.subcode !== rejected;
        }),
      );
      assert.deepEqual(flaps, [], "nobody took the collision for an error");
    }
  });

  test("every UPDATE arrives once, in order, however the wire cuts", () => {
    const { world, a, b, hosts } = pair(7);
    for (const host of hosts) host.step((session) => session.start(0));
    world.runUntil(5000, hosts);
    a.sendUpdates(500);
    world.runUntil(6000, hosts);
    assert.deepEqual(
      b.updates,
      Array.from({ length: 500 }, (_, index) => index),
    );
    assertOneSession(hosts);
  });

  test("connections that the network resets come back", () => {
    const { world, a, hosts } = pair(3);
    const lastError = () => a.session.lastError?.cause.kind;
    for (const host of hosts) host.step((session) => session.start(0));
    for (let round = 1; round <= 20; round++) {
      world.runUntil(round * 10_000, hosts);
      assertOneSession(hosts);
      assert.equal(lastError(), undefined);
      a.cut();
      world.runUntil(round * 10_000 + 100, hosts);
      assert.equal(lastError(), "closed");
    }
  });

  test("a neighbour that crashed and restarted is back at once, not after the hold time", () => {
    for (let seed = 0; seed < 50; seed++) {
      const { world, a, b, hosts } = pair(seed, { a: { passive: true } });
      for (const host of hosts) host.step((session) => session.start(0));
      world.runUntil(5000, hosts);
      b.crash();
      b.step((session) => session.start(world.now));
      world.runUntil(5100, hosts);
      assertOneSession(hosts);
      assert.equal(a.session.counters.established, 2);
    }
  });

  test("a wire that swallows everything: both fall after the hold time, and come back with it", () => {
    const { world, a, b, hosts } = pair(5, { a: { holdTime: 9 } });
    for (const host of hosts) host.step((session) => session.start(0));
    world.runUntil(5000, hosts);
    world.severed = true;
    world.runUntil(5000 + 9000, hosts);
    for (const { session } of [a, b]) {
      assert.notEqual(session.state, "Established");
      assert.equal(session.lastError?.cause.kind, "hold-timer");
    }
    world.severed = false;
    world.runUntil(5000 + 9000 + 35_000, hosts);
    assertOneSession(hosts);
  });

  test("refused until the neighbour listens", () => {
    const { world, a, b, hosts } = pair(9, { b: { passive: true } });
    b.listening = false;
    a.step((session) => session.start(0));
    world.runUntil(60_000, hosts);
    assert.equal(a.session.lastError?.cause.kind, "refused");
    b.listening = true;
    b.step((session) => session.start(world.now));
    world.runUntil(62_100, hosts);
    assertOneSession(hosts);
  });

  test("settings that do not match: few attempts, and all is well soon after they do", () => {
    const { world, a, b, hosts } = pair(11, { a: { peerAsn: 1 } });
    for (const host of hosts) host.step((session) => session.start(0));
    world.runUntil(600_000, hosts);
    const attempts = hosts.map((host) => host.seen.filter(({ kind }) => kind === "connect").length);
    assert.ok(attempts[0] + attempts[1] < 60, `${attempts.join(" + ")} in ten minutes`);
    a.step((session) => session.configure(settingsOf(64512, 64600, 2), world.now));
    world.runUntil(600_000 + 6000, hosts);
    assertOneSession([a, b]);
  });

  test("a shutdown is understood, and the next start is welcome", () => {
    const { world, a, b, hosts } = pair(13);
    for (const host of hosts) host.step((session) => session.start(0));
    world.runUntil(5000, hosts);
    const cease = { subcode: CEASE.ADMINISTRATIVE_SHUTDOWN, message: "moving racks" };
    a.step((session) => session.stop(world.now, cease));
    world.runUntil(20_000, hosts);
    const down = b.seen.find((action) => action.kind === "down");
    assert.equal(down?.cause.detail, "moving racks");
    assert.ok(b.session.state !== "Established");
    assert.equal(b.openConnections, 0);
    world.runUntil(200_000, hosts);
    a.step((session) => session.start(world.now));
    world.runUntil(206_000, hosts);
    assertOneSession(hosts);
  });
});
