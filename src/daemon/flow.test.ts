import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as immediate } from "node:timers/promises";
import type { FibBatch, FibEvent } from "../fib/index.ts";
import { PrefixTable } from "../route/index.ts";
import { prefix } from "./fixture.test.ts";
import { Flow, type FlowRooms } from "./flow.ts";

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

const BATCH: FibBatch = {
  id: 1,
  before: [],
  routes: new Uint32Array(new SharedArrayBuffer(0)),
  count: 0,
  after: [],
};

/** Rooms that write down what they are asked, with as much work as they are given. */
class Rooms {
  readonly log: string[] = [];
  readonly prefixes = [new PrefixTable(0), new PrefixTable(1)] as const;
  now = 0;
  /** Slices of decisions, Loc-RIB changes, batches, events that there still are. */
  decisions = 0;
  changes = 0;
  batches = 0;
  events: FibEvent[] = [];
  wanted: number[] = [];
  unwanted: number[] = [];
  losses: { nextHop: number; lost: boolean }[] = [];
  deadline = Infinity;
  idle = true;
  readonly fib: Writable<FlowRooms["fib"]> = {
    idle: true,
    isLooking: false,
    isPrepared: false,
    nextDeadline: () => this.deadline,
    expire: (now) => {
      this.log.push(`expire ${now >= this.deadline}`);
      this.deadline = Infinity;
    },
    takeEvents: () => this.events.splice(0),
    trackNextHop: (id) => {
      this.log.push(`track ${id}`);
      const state = { reachable: true, metric: 0, connected: true };
      this.events.push({ kind: "next-hop", id, state, interface: 1, reason: "" });
    },
    untrackNextHop: (id) => this.log.push(`untrack ${id}`),
    setAbandoned: (id, lost) => this.log.push(`${lost ? "lost" : "back"} ${id}`),
    setRoute: (family, id, best, backup) => {
      this.routes++;
      this.lastRoute = `${family} ${id} via ${best.join()} else ${backup}`;
    },
    takeBatch: () => {
      if (this.batches === 0) return undefined;
      this.batches--;
      return BATCH;
    },
  };
  readonly flow = new Flow({
    prefixes: this.prefixes,
    clock: () => this.now++,
    onFibEvent: ({ kind }) => this.log.push(`said ${kind}`),
    kernel: {
      submit: () => this.log.push("submit"),
      dump: (what) => this.log.push(`dump ${what?.join()}`),
    },
    speaker: {
      work: () => {
        if (this.decisions === 0) return false;
        this.decisions--;
        return this.decisions > 0;
      },
      takeRouteChanges: (sink, limit) => {
        const taken = Math.min(limit, this.changes);
        if (taken > 0) this.log.push("route 0");
        for (let i = 0; i < taken; i++) sink(0, i, [i + 1], 0, 0, 0);
        this.changes -= taken;
        return taken;
      },
      takeNextHopInterest: () => {
        const asked = { wanted: this.wanted, unwanted: this.unwanted };
        this.wanted = [];
        this.unwanted = [];
        return asked;
      },
      takeNextHopLosses: () => this.losses.splice(0),
      setNextHop: (id, { reachable }) => this.log.push(`next hop ${id} ${reachable}`),
      originate: (family, id, origin) => this.log.push(`originate ${family} ${id} ${origin}`),
      ownRoutesKnown: () => this.log.push("own routes known"),
      withdrawOwn: (family, id) => this.log.push(`withdraw ${family} ${id}`),
    },
    fib: this.fib,
  });
  routes = 0;
  lastRoute = "";
}

test("route changes reach the Fib, all of them in one call when there is time", () => {
  const rooms = new Rooms();
  rooms.changes = 5000;
  assert.equal(rooms.flow.slice(Infinity), false);
  assert.equal(rooms.routes, 5000);
  assert.equal(rooms.lastRoute, "0 999 via 1000 else 0");
  assert.ok(rooms.flow.caughtUp);
});

test("a lost next hop is out of the kernel's groups before a route is looked at", () => {
  const rooms = new Rooms();
  rooms.changes = 10;
  rooms.batches = 1;
  rooms.losses = [{ nextHop: 7, lost: true }];
  rooms.flow.slice(Infinity);
  assert.deepEqual(rooms.log.slice(0, 3), ["lost 7", "submit", "route 0"]);
  rooms.losses = [{ nextHop: 7, lost: false }];
  rooms.flow.slice(Infinity);
  assert.ok(rooms.log.includes("back 7"));
});

test("when the time is over, it says that there is more; a little is always done", () => {
  const rooms = new Rooms();
  rooms.decisions = 3;
  assert.equal(rooms.flow.slice(0), true);
  assert.equal(rooms.decisions, 2);
  assert.ok(!rooms.flow.caughtUp);
  assert.equal(rooms.flow.slice(0), true);
  assert.equal(rooms.flow.slice(0), false);
  assert.ok(rooms.flow.caughtUp);
});

test("a next hop that is asked about is answered within the slice", () => {
  const rooms = new Rooms();
  rooms.wanted = [7];
  rooms.unwanted = [3];
  assert.equal(rooms.flow.slice(Infinity), false);
  assert.deepEqual(rooms.log, ["track 7", "untrack 3", "next hop 7 true", "said next-hop"]);
});

test("own routes are originated and withdrawn under the same id", () => {
  const rooms = new Rooms();
  const own = { kind: "own-route", prefix: prefix("fd00::1/128"), origin: "pod" } as const;
  rooms.events = [
    { ...own, announce: true },
    { ...own, announce: false },
  ];
  rooms.flow.slice(Infinity);
  const id = rooms.prefixes[1].findPrefix(prefix("fd00::1/128"));
  assert.ok(id >= 0);
  const said = "said own-route";
  assert.deepEqual(rooms.log, [`originate 1 ${id} pod`, said, `withdraw 1 ${id}`, said]);
});

test("the Fib's deadlines are kept, none before its time", () => {
  const rooms = new Rooms();
  rooms.deadline = 100;
  rooms.flow.slice(0);
  assert.deepEqual(rooms.log, []);
  rooms.now = 100;
  rooms.flow.slice(0);
  assert.deepEqual(rooms.log, ["expire true"]);
});

test("only so many batches are on their way to the kernel", () => {
  const rooms = new Rooms();
  rooms.batches = 20;
  rooms.flow.slice(Infinity);
  assert.equal(rooms.log.length, 8);
  assert.ok(!rooms.flow.settled);
  rooms.flow.slice(Infinity);
  assert.equal(rooms.log.length, 8);
  rooms.flow.answered();
  rooms.flow.answered();
  rooms.flow.slice(Infinity);
  assert.equal(rooms.log.length, 10);
  rooms.batches = 0;
  for (let i = 0; i < 8; i++) rooms.flow.answered();
  assert.ok(rooms.flow.settled);
});

test("batches end with the time of the slice too; the rest is handed over in the next ones", () => {
  const rooms = new Rooms();
  rooms.batches = 3;
  for (let handed = 1; handed <= 3; handed++) {
    assert.equal(rooms.flow.slice(0), true);
    assert.equal(rooms.log.length, handed);
  }
  assert.equal(rooms.flow.slice(0), false);
  // With the way full, nothing can be done at once.
  rooms.batches = 20;
  for (let slices = 0; slices < 4; slices++) assert.equal(rooms.flow.slice(0), true);
  assert.equal(rooms.flow.slice(0), false);
  assert.equal(rooms.log.length, 8);
});

test("a Fib that has not looked at all routes yet is asked again", () => {
  const rooms = new Rooms();
  rooms.fib.isLooking = true;
  assert.equal(rooms.flow.slice(0), true);
  // Who is in a hurry has what can be had at once, and does not wait for all of the look.
  rooms.batches = 1;
  rooms.flow.hurry();
  assert.deepEqual(rooms.log, ["submit"]);
  rooms.fib.isLooking = false;
  assert.equal(rooms.flow.slice(0), false);
});

test("own routes are known once the kernel has been read and that is worked off", () => {
  const rooms = new Rooms();
  rooms.flow.slice(Infinity);
  assert.deepEqual(rooms.log, [], "nothing has been read yet");
  rooms.flow.collectOwnRoutes();
  rooms.batches = 1;
  rooms.flow.slice(Infinity);
  assert.deepEqual(rooms.log, ["submit"], "a blackhole is on its way");
  rooms.batches = 0;
  rooms.flow.answered();
  rooms.flow.slice(Infinity);
  rooms.flow.slice(Infinity);
  assert.deepEqual(rooms.log, ["submit", "own routes known"]);
});

test("packets may come once the kernel is prepared, however much else there is to do", async () => {
  const rooms = new Rooms();
  let mayCome = false;
  void rooms.flow.prepared.then(() => (mayCome = true));
  rooms.flow.slice(0);
  await immediate();
  assert.equal(mayCome, false);
  rooms.fib.isPrepared = true;
  rooms.decisions = 9;
  rooms.flow.slice(0);
  await immediate();
  assert.equal(mayCome, true);
});
