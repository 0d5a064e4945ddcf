// For the tests of two sessions: hosts, a wire that delays, fragments, cuts and swallows, and a
// virtual clock. No tests in here.

import assert from "node:assert/strict";
import type { SessionAction } from "./actions.ts";
import { Session } from "./session.ts";
import { DEFAULT_SETTINGS, type SessionSettings } from "./settings.ts";

/** A repeatable random source (a linear congruential generator), uniform in [0, 1). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

export class World {
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

export class Host {
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
      case "waiting":
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
export function updateNumber(number: number): Uint8Array {
  const message = new Uint8Array(25);
  message.fill(0xff, 0, 16);
  message.set([0, 25, 2, number >> 8, 0, 0, 0, 0, number & 255], 16);
  return message;
}

export function settingsOf(asn: number, peerAsn: number, routerId: number): SessionSettings {
  return { ...DEFAULT_SETTINGS, localAsn: asn, peerAsn, routerId };
}

/** Two hosts that know each other. */
export function pair(
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

export function assertOneSession(hosts: readonly Host[]): void {
  for (const host of hosts) {
    assert.equal(host.session.state, "Established");
    assert.equal(host.openConnections, 1, "one connection is left");
  }
}
