// The BFD thread's life on sockets that the test makes, under a clock that they turn.

import assert from "node:assert/strict";
import { test } from "node:test";
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
