// Two sessions that talk to each other over a wire that delays, fragments, cuts and swallows,
// under a virtual clock; and one session under any sequence of events and bytes.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  CEASE,
  encodeKeepalive,
  encodeNotification,
  encodeOpen,
  encodeRouteRefresh,
  type Capability,
} from "bgp-ts";
import fc from "fast-check";
import type { SessionAction } from "./actions.ts";
import { Session } from "./session.ts";
import { DEFAULT_SETTINGS, type SessionSettings } from "./settings.ts";

/** A repeatable random source (a linear congruential generator), uniform in [0, 1). */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

class World {
  now = 0;
  readonly random: () => number;
  /** A wire that swallows everything, without a word to either end. */
  severed = false;
  #queue: { readonly at: number; readonly order: number; readonly run: () => void }[] = [];
  #order = 0;
  #connections = 0;

  constructor(seed: number) {
    this.random = randomFrom(seed);
  }

  nextConnection(): number {
    return ++this.#connections;
  }

  /** Milliseconds that a packet is under way. */
  latency(): number {
    return 1 + this.random() * 4;
  }

  at(time: number, run: () => void): void {
    this.#queue.push({ at: time, order: this.#order++, run });
    this.#queue.sort((a, b) => a.at - b.at || a.order - b.order);
  }

  runUntil(end: number, hosts: readonly Host[]): void {
    for (;;) {
      const timer = Math.min(...hosts.map((host) => host.session.nextDeadline()));
      const next = Math.min(this.#queue[0]?.at ?? Infinity, timer);
      if (next > end) break;
      this.now = Math.max(this.now, next);
      if ((this.#queue[0]?.at ?? Infinity) <= this.now) this.#queue.shift()?.run();
      else for (const host of hosts) host.step((session) => session.expire(this.now));
    }
    this.now = end;
  }
}

/** One end of a TCP connection. */
interface End {
  readonly host: Host;
  readonly id: number;
  other: End | undefined;
  open: boolean;
  /** Closed, but not gone: what still arrives is swallowed, not answered with a reset. */
  lingering: boolean;
  /** When the last octet sent arrives; nothing overtakes. */
  lastArrival: number;
}

class Host {
  session: Session;
  peer: Host | undefined;
  listening = true;
  readonly seen: SessionAction[] = [];
  readonly updates: number[] = [];
  readonly #world: World;
  readonly #settings: SessionSettings;
  #ends = new Map<number, End>();
  #attempt: { cancelled: boolean } | undefined;

  constructor(world: World, settings: SessionSettings) {
    this.#world = world;
    this.#settings = settings;
    this.session = new Session(settings, world.random);
  }

  get now(): number {
    return this.#world.now;
  }

  get openConnections(): number {
    return this.#ends.size;
  }

  step(input: (session: Session) => void): void {
    input(this.session);
    for (const action of this.session.take()) this.#act(action);
  }

  /** Power cut: everything is forgotten, nobody is told. */
  crash(): void {
    for (const end of this.#ends.values()) end.open = false;
    this.#ends = new Map();
    if (this.#attempt !== undefined) this.#attempt.cancelled = true;
    this.session = new Session(this.#settings, this.#world.random);
  }

  /** The network resets the connections. */
  cut(): void {
    for (const end of [...this.#ends.values()]) {
      if (end.other !== undefined) this.#world.at(this.#world.now, () => reset(end.other));
      this.#world.at(this.#world.now, () => reset(end));
    }
  }

  sendUpdates(count: number): void {
    const { connection } = this.session;
    const end = connection === undefined ? undefined : this.#ends.get(connection);
    assert.ok(end !== undefined);
    for (let i = 0; i < count; i++) this.#transmit(end, updateNumber(i));
  }

  forget(end: End): void {
    this.#ends.delete(end.id);
  }

  #act(action: SessionAction): void {
    this.seen.push(action);
    switch (action.kind) {
      case "connect":
        this.#connect();
        break;
      case "cancel-connect":
        if (this.#attempt !== undefined) this.#attempt.cancelled = true;
        break;
      case "send": {
        const end = this.#ends.get(action.connection);
        assert.ok(end !== undefined, "sends on a connection that it has");
        this.#transmit(end, action.bytes);
        break;
      }
      case "close":
        this.#close(action.connection, action.linger);
        break;
      case "update":
        this.updates.push((action.bytes[action.start] << 8) | action.bytes[action.end - 1]);
        break;
      case "established":
      case "down":
      case "failed":
      case "route-refresh":
      case "state":
        break;
    }
  }

  #connect(): void {
    const world = this.#world;
    const { peer } = this;
    assert.ok(peer !== undefined);
    const attempt = { cancelled: false };
    this.#attempt = attempt;
    if (world.severed) return;
    const answered = world.now + world.latency() + world.latency();
    world.at(answered, () => {
      if (attempt.cancelled || world.severed) return;
      if (!peer.listening) {
        this.step((session) => session.connectFailed(world.now, "connect ECONNREFUSED"));
        return;
      }
      const mine = this.#newEnd();
      const theirs = peer.#newEnd();
      mine.other = theirs;
      theirs.other = mine;
      // The last acknowledgement travels ahead of the first data.
      mine.lastArrival = world.now + world.latency();
      theirs.lastArrival = mine.lastArrival;
      world.at(mine.lastArrival, () =>
        peer.step((session) => session.connected(theirs.id, world.now, { incoming: true })),
      );
      this.step((session) => session.connected(mine.id, world.now, { incoming: false }));
    });
  }

  #newEnd(): End {
    const id = this.#world.nextConnection();
    const end: End = {
      host: this,
      id,
      other: undefined,
      open: true,
      lingering: false,
      lastArrival: 0,
    };
    this.#ends.set(id, end);
    return end;
  }

  #transmit(end: End, bytes: Uint8Array): void {
    const world = this.#world;
    let at = 0;
    while (at < bytes.length) {
      const size = 1 + Math.floor(world.random() * bytes.length);
      const piece = bytes.slice(at, at + size);
      at += piece.length;
      end.lastArrival = Math.max(end.lastArrival, world.now + world.latency());
      world.at(end.lastArrival, () => arrive(world, end, piece));
    }
  }

  #close(connection: number, linger: boolean): void {
    const end = this.#ends.get(connection);
    if (end === undefined) return;
    const world = this.#world;
    end.open = false;
    end.lingering = linger;
    this.#ends.delete(connection);
    end.lastArrival = Math.max(end.lastArrival, world.now + world.latency());
    world.at(end.lastArrival, () => {
      if (!world.severed) reset(end.other);
    });
  }
}

function arrive(world: World, from: End, piece: Uint8Array): void {
  const to = from.other;
  if (world.severed || to === undefined) return;
  if (to.open) {
    to.host.step((session) => session.receive(to.id, piece, 0, piece.length, world.now));
    piece.fill(0);
  } else if (from.open && !to.lingering) {
    world.at(world.now + world.latency(), () => reset(from));
  }
}

/** The end hears that its connection is no more. */
function reset(end: End | undefined): void {
  if (end?.open !== true) return;
  end.open = false;
  end.host.forget(end);
  end.host.step((session) => session.disconnected(end.id, end.host.now, "ECONNRESET"));
}

/** An UPDATE whose withdrawn routes field is its number, as if it were prefixes. */
function updateNumber(number: number): Uint8Array {
  const message = new Uint8Array(25);
  message.fill(0xff, 0, 16);
  message.set([0, 25, 2, number >> 8, 0, 0, 0, 0, number & 255], 16);
  return message;
}

function settingsOf(asn: number, peerAsn: number, routerId: number): SessionSettings {
  return { ...DEFAULT_SETTINGS, localAsn: asn, peerAsn, routerId };
}

/** Two hosts that know each other. */
function pair(
  seed: number,
  change: { readonly a?: Partial<SessionSettings>; readonly b?: Partial<SessionSettings> } = {},
): { world: World; a: Host; b: Host; hosts: readonly Host[] } {
  const world = new World(seed);
  const a = new Host(world, { ...settingsOf(64512, 64600, 2), ...change.a });
  const b = new Host(world, { ...settingsOf(64600, 64512, 1), ...change.b });
  a.peer = b;
  b.peer = a;
  return { world, a, b, hosts: [a, b] };
}

function assertOneSession(hosts: readonly Host[]): void {
  for (const host of hosts) {
    assert.equal(host.session.state, "Established");
    assert.equal(host.openConnections, 1, "one connection is left");
  }
}

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
    for (const host of hosts) host.step((session) => session.start(0));
    for (let round = 1; round <= 20; round++) {
      world.runUntil(round * 10_000, hosts);
      assertOneSession(hosts);
      a.cut();
    }
    assert.equal(a.session.lastError?.cause.kind, "closed");
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
    { weight: 2, arbitrary: fc.constantFrom("failed", "lost", "blocked", "drained") },
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

    constructor(settings: SessionSettings, seed: number) {
      this.session = new Session(settings, randomFrom(seed));
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
        case "blocked":
          return session.blocked(last ?? 0, now);
        case "drained":
          return session.drained(last ?? 0);
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
          startSpread: fc.constantFrom(0, 5),
        }),
        fc.nat(),
        (inputs, change, seed) => {
          const driver = new Driver({ ...settingsOf(64512, 64600, 2), ...change }, seed);
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
