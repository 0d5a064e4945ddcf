// The BFD thread's life on sockets that the test makes, under a clock that they turn.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Bfd } from "../bfd/index.ts";
import { ERRNO } from "../sysdep/index.ts";
import { BfdLoop } from "./bfd-loop.ts";
import type { BfdSession, FromBfd, ToBfd } from "./bfd-messages.ts";
import type { BfdSocket, BfdSystem } from "./bfd-sockets.ts";

const INTERVAL = 50;
const SESSION: BfdSession = {
  multihop: false,
  local: Uint8Array.of(10, 0, 0, 1),
  remote: Uint8Array.of(10, 0, 0, 2),
  scope: 0,
  settings: {
    desiredMinTx: INTERVAL,
    requiredMinRx: INTERVAL,
    detectMultiplier: 3,
    passive: false,
  },
};
/** Milliseconds that a packet takes to be read, in a flood. */
const READING = 0.01;
const NONSENSE = new Uint8Array(24);
const STRANGER = { address: Uint8Array.of(10, 0, 0, 66), port: 3784, scope: 0 };

class World {
  now = 0;
  readonly sentAt: number[] = [];
  readonly posted: FromBfd[] = [];
  readonly open = new Set<number>();
  readonly orders: ToBfd[] = [];
  /** Milliseconds that reading a packet of the flood takes; undefined: there is none. */
  flood: number | undefined;
  /** Called when the loop waits. */
  onWait = (): void => {};
  #nextDescriptor = 10;

  run(): void {
    const system: BfdSystem = {
      openReceiver: () => this.#socket(),
      openSender: () => this.#socket(),
      poller: (descriptors) => ({ wait: (timeout) => this.#wait(descriptors, timeout) }),
      clearEvent: () => {},
    };
    new BfdLoop({
      system,
      wake: 1,
      clock: () => this.now,
      origin: 0,
      random: () => 0.5,
      sha1: (bytes) => bytes,
      next: () => this.orders.shift(),
      post: (message) => this.posted.push(message),
    }).run();
  }

  /** The first descriptor is the event's; of the others the flood makes all ready. */
  #wait(descriptors: readonly number[], timeout: number): number {
    this.onWait();
    if (this.orders.length > 0) return 1;
    if (this.flood !== undefined && descriptors.length > 1) return 2;
    assert.ok(timeout >= 0, "somebody has something to do");
    this.now += timeout;
    return 0;
  }

  #socket(): BfdSocket {
    const fd = this.#nextDescriptor++;
    this.open.add(fd);
    return {
      fd,
      close: () => void this.open.delete(fd),
      send: (bytes) => {
        this.sentAt.push(this.now);
        return bytes.length;
      },
      receive: () => {
        if (this.flood === undefined) return -ERRNO.EAGAIN;
        this.now += this.flood;
        assert.ok(this.now < 60_000, "it reads for ever");
        return 24;
      },
      sender: () => STRANGER,
    };
  }
}

test("a flood that never ends stops no packet of ours, nor the order to end", () => {
  const world = new World();
  world.orders.push({ kind: "set", name: "a", session: SESSION });
  world.onWait = () => {
    if (world.sentAt.length === 3) world.flood = 0.01;
    if (world.sentAt.length === 10) world.orders.push({ kind: "close" });
  };
  world.run();
  const gaps = world.sentAt.slice(4, 10).map((at, i) => at - world.sentAt[i + 3]);
  // Not Up, it sends once a second (RFC 5880 §6.8.3); a burst of reading may come before.
  for (const gap of gaps) assert.ok(gap <= 1000 + 25, `${gap} ms between two packets`);
  assert.equal(world.open.size, 0, "all sockets are closed");
});

test("a mistake that ends the thread leaves no socket behind: the next one wants the ports", () => {
  const world = new World();
  world.orders.push({ kind: "set", name: "a", session: SESSION });
  world.onWait = () => {
    if (world.sentAt.length < 2) return;
    assert.equal(world.open.size, 2);
    throw new Error("a mistake");
  };
  assert.throws(() => world.run(), /a mistake/);
  assert.equal(world.open.size, 0);
});

/** Numbers in [0, 1), the same in every run (a linear congruence, modulo 2^32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Neighbours that live, each a session of its own, and what comes from them. */
class Neighbours {
  readonly sessions: BfdSession[] = [];
  readonly #bfd = new Bfd({ random: seeded(1), sha1: (bytes) => bytes });
  /** What they have said and nobody has read. */
  readonly said: { readonly from: Uint8Array; readonly bytes: Uint8Array; readonly at: number }[] =
    [];
  isSilent = false;
  /** Packets of a stranger in a millisecond, and when the next one comes. */
  readonly #flood: number;
  #nextOfFlood: number;

  constructor(count: number, interval: number, flood: number) {
    this.#flood = flood;
    this.#nextOfFlood = flood > 0 ? 0 : Infinity;
    const settings = { ...SESSION.settings, desiredMinTx: interval, requiredMinRx: interval };
    for (let i = 1; i <= count; i++) {
      const remote = Uint8Array.of(10, 0, 1, i);
      this.sessions.push({ ...SESSION, remote, settings });
      this.#bfd.add(remote.join("."), settings, 0);
    }
  }

  hear(remote: Uint8Array, bytes: Uint8Array, now: number): void {
    this.#bfd.receive(remote.join("."), bytes, bytes.length, now);
    this.speak(now);
  }

  speak(now: number): void {
    for (; this.#nextOfFlood <= now; this.#nextOfFlood += 1 / this.#flood) {
      this.said.push({ from: STRANGER.address, bytes: NONSENSE, at: this.#nextOfFlood });
    }
    this.#bfd.expire(now);
    for (const effect of this.#bfd.take()) {
      if (effect.kind !== "send" || this.isSilent) continue;
      const from = Uint8Array.from(effect.path.split(".").map(Number));
      this.said.push({ from, bytes: effect.bytes, at: now });
    }
  }

  nextDeadline(): number {
    return Math.min(this.#bfd.nextDeadline(), this.#nextOfFlood);
  }
}

interface Life {
  /** In five seconds in which all is well: packets that came, and times that the thread woke up. */
  readonly packets: number;
  readonly wakeUps: number;
  /** Milliseconds that a packet waited to be read, at most. */
  readonly longest: number;
  /** When a session was told to be up. */
  readonly upAt: readonly number[];
  /** Of the sessions that were lost: milliseconds after all neighbours had fallen silent. */
  readonly lostAfter: readonly number[];
}

/** `flood`: packets of a stranger in a millisecond. `moves`: the address goes to another interface. */
function lifeWith(count: number, interval = INTERVAL, flood = 0, moves = false): Life {
  const neighbours = new Neighbours(count, interval, flood);
  const asked = (scope: number): ToBfd[] =>
    neighbours.sessions.map((session, i) => {
      return { kind: "set", name: `n${i}`, session: { ...session, scope } };
    });
  const orders = asked(0);
  let hasMoved = !moves;
  const upAt: number[] = [];
  let [now, wakeUps, packets, longest, silentAt] = [0, 0, 0, 0, Infinity];
  const lostAt: number[] = [];
  let from: Uint8Array = STRANGER.address;
  const socket: BfdSocket = {
    fd: 9,
    close: () => {},
    send: (bytes, { address }) => {
      neighbours.hear(address, bytes, now);
      return bytes.length;
    },
    receive: (bytes) => {
      if (flood > 0) neighbours.speak((now += READING));
      const packet = neighbours.said.shift();
      if (packet === undefined) return -ERRNO.EAGAIN;
      bytes.set(packet.bytes);
      from = packet.from;
      if (now > 5000) packets++;
      longest = Math.max(longest, now - packet.at);
      return packet.bytes.length;
    },
    sender: () => ({ address: from, port: 49152, scope: 0 }),
  };
  const wait = (listens: boolean, timeout: number): number => {
    if (orders.length > 0) return 1;
    if (now > 5000) wakeUps++;
    const until = now + timeout;
    for (; now < until; now = Math.min(until, Math.max(now + 0.01, neighbours.nextDeadline()))) {
      neighbours.speak(now);
      if (listens && neighbours.said.length > 0) return 2;
    }
    if (now > 8000 && !hasMoved) {
      hasMoved = true;
      orders.push(...asked(5));
    }
    if (now > 10_000 && silentAt === Infinity) {
      neighbours.isSilent = true;
      silentAt = now;
    }
    if (now > 11_000) orders.push({ kind: "close" });
    return listens && neighbours.said.length > 0 ? 2 : 0;
  };
  new BfdLoop({
    system: {
      openReceiver: () => socket,
      openSender: () => socket,
      poller: (descriptors) => ({ wait: (timeout) => wait(descriptors.length > 1, timeout) }),
      clearEvent: () => {},
    },
    ...{ wake: 1, clock: () => now, origin: 0, random: seeded(2), sha1: (bytes) => bytes },
    next: () => orders.shift(),
    post: (message) => {
      if (message.kind !== "change") return;
      if (message.state === 3) upAt.push(now);
      if (message.state === 1) lostAt.push(now);
    },
  }).run();
  return { packets, wakeUps, longest, upAt, lostAfter: lostAt.map((at) => at - silentAt) };
}

function assertTimely({ longest, lostAfter }: Life, count: number): void {
  assert.ok(longest <= INTERVAL / 10 + 1.01, `one waited for ${longest} ms`);
  assert.equal(lostAfter.length, count, "nobody before they fell silent");
  for (const late of lostAfter) {
    assert.ok(late >= 100 && late <= 150 + INTERVAL / 10 + 2.01, `found after ${late} ms`);
  }
}

test("packets of many sessions gather and are read together, and silence is found in time", () => {
  const life = lifeWith(50);
  const { packets, wakeUps } = life;
  assert.ok(packets > 5000, `${packets} packets in five seconds`);
  assert.ok(wakeUps < packets / 4, `${wakeUps} wake-ups for ${packets} packets`);
  assertTimely(life, 50);
});

test("a session that goes on over another interface is told to be up again, and then its end", () => {
  const life = lifeWith(2, INTERVAL, 0, true);
  assert.equal(life.upAt.filter((at) => at > 8000).length, 2);
  assertTimely(life, 2);
});

test("those of few sessions are not waited for: that would be a wake-up more", () => {
  for (const [count, most] of [
    [3, 1.6],
    [5, 1.3],
  ] as const) {
    const life = lifeWith(count);
    const { packets, wakeUps } = life;
    assert.ok(wakeUps < most * packets, `${wakeUps} wake-ups for ${packets} packets`);
    assertTimely(life, count);
  }
});

test("in a flood too the neighbours are heard: while not all is read, nothing is let gather", () => {
  const { longest, lostAfter } = lifeWith(3, 1000, 20);
  assert.ok(longest < 200, `one waited for ${longest} ms`);
  assert.deepEqual(lostAfter, [], "nobody: three seconds of silence have not passed yet");
});
