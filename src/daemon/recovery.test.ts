import assert from "node:assert/strict";
import { test } from "node:test";
import {
  NO_TRAFFIC,
  type FamilyCounters,
  type NeighbourView,
  type RangeView,
} from "../speaker/index.ts";
import { address, prefix } from "./fixture.test.ts";
import { Recovery } from "./recovery.ts";

type EndOfRib = boolean | undefined; // undefined: the family is not spoken

function family(endOfRibReceived: EndOfRib): FamilyCounters | undefined {
  if (endOfRibReceived === undefined) return undefined;
  const routes = { imported: 0, filtered: 0, preferred: 0, exported: 0 };
  const updates = { updatesReceived: 0, updatesFiltered: 0, updatesBlocked: 0 };
  const withdrawals = { withdrawalsReceived: 0, withdrawalsIgnored: 0 };
  const sent = { updatesSent: 0, withdrawalsSent: 0 };
  return { ...routes, ...updates, ...withdrawals, ...sent, endOfRibReceived, endOfRibSent: false };
}

function neighbour(
  state: NeighbourView["state"],
  ends: readonly [EndOfRib, EndOfRib],
  more: Partial<NeighbourView> = {},
): NeighbourView {
  return {
    name: "n",
    description: undefined,
    template: undefined,
    address: address("10.0.0.1"),
    interface: undefined,
    enabled: true,
    passive: false,
    client: false,
    peerAsn: 1,
    peerRouterId: undefined,
    localAsn: 1,
    external: false,
    multihop: false,
    state,
    since: 0,
    message: undefined,
    wanted: [true, true],
    lastError: undefined,
    negotiated: undefined,
    local: undefined,
    nextHops: [[], []],
    timers: {},
    connection: undefined,
    queued: 0,
    ports: undefined,
    traffic: NO_TRAFFIC,
    updateAt: undefined,
    establishedAt: undefined,
    lastNotification: [0, 0],
    notifications: { received: undefined, sent: undefined },
    configured: { holdTime: 90, keepalive: undefined, connectRetry: 10 },
    hasSaidAll: state === "Established" && !ends.includes(false),
    families: [family(ends[0]), family(ends[1])],
    kept: [undefined, undefined],
    group: undefined,
    groupState: undefined,
    announcement: "usual",
    importFilter: undefined,
    exportFilter: undefined,
    maxPrefixes: undefined,
    ...more,
  };
}

const RANGE: RangeView = {
  name: "r",
  description: undefined,
  range: prefix("10.0.0.0/24"),
  enabled: true,
  since: 0,
  message: undefined,
  max: 5,
  count: 0,
  past: NO_TRAFFIC,
};

function* each<Item>(items: readonly Item[]): Generator<Item> {
  yield* items;
}

/** A start that waits until 1000; everything of it can be changed while it does. */
class Start {
  neighbours: NeighbourView[] = [];
  ranges: RangeView[] = [];
  stale = 10;
  caughtUp = true;
  sweeps = 0;
  readonly recovery: Recovery;

  constructor(isRestart = true) {
    this.recovery = new Recovery({
      survey: { neighbours: () => each(this.neighbours), ranges: () => each(this.ranges) },
      fib: {
        startSweep: () => void this.sweeps++,
        hasStale: () => this.stale > 0,
      },
      caughtUp: () => this.caughtUp,
      gatheredAt: 100,
      until: 1000,
      isRestart,
    });
  }

  /** What is still waited for; 0: the removal has begun. */
  waits(now = 0): number {
    const ended = this.recovery.check(now);
    assert.equal(ended === undefined, this.sweeps === 0);
    return this.recovery.view(now)?.waitingFor ?? 0;
  }
}

test("every configured neighbour is waited for, and every family that it speaks", () => {
  const start = new Start();
  const silent = neighbour("Established", [true, undefined]);
  start.neighbours = [neighbour("Connect", [undefined, undefined]), silent];
  assert.equal(start.waits(), 1);
  start.neighbours = [neighbour("OpenConfirm", [undefined, undefined]), silent];
  assert.equal(start.waits(), 1);
  for (const ends of [
    [false, false],
    [true, false],
    [false, true],
  ] as const) {
    start.neighbours = [neighbour("Established", ends), silent];
    assert.equal(start.waits(), 1);
  }
  start.neighbours = [neighbour("Established", [false, undefined]), silent];
  assert.equal(start.waits(), 1);
  start.neighbours = [neighbour("Established", [true, true]), silent];
  assert.deepEqual(start.recovery.view(5), { waitingFor: 0, until: 1000 });
  assert.equal(start.recovery.check(5), "complete");
  assert.equal(start.recovery.view(5), undefined);
  assert.equal(start.recovery.check(6), undefined);
  assert.equal(start.recovery.check(2000), undefined);
  assert.equal(start.sweeps, 1);
});

test("nobody waits for a disabled neighbour, nor for one that came out of a range", () => {
  const start = new Start();
  start.neighbours = [
    neighbour("Idle", [undefined, undefined], { enabled: false }),
    neighbour("Active", [undefined, undefined], { template: "r" }),
  ];
  assert.equal(start.waits(), 0);
  assert.equal(start.sweeps, 1);
});

test("with a range, it is over when nothing of the earlier run is unclaimed", () => {
  const start = new Start();
  start.ranges = [RANGE];
  assert.equal(start.waits(100), 1);
  start.stale = 0;
  assert.equal(start.waits(100), 0);
  assert.equal(start.sweeps, 1);

  const disabled = new Start();
  disabled.ranges = [{ ...RANGE, enabled: false }];
  assert.equal(disabled.waits(), 0);
});

test("who is there of a range has some seconds to come back, though nothing was left in the kernel", () => {
  // As at a reflector: its clients keep its routes until it says that it is through.
  const start = new Start(false);
  start.stale = 0;
  start.ranges = [RANGE];
  assert.equal(start.recovery.check(99), undefined);
  assert.equal(start.recovery.check(100), "complete");
});

test("what has been heard and has not reached the Fib yet is not swept away", () => {
  const start = new Start();
  start.neighbours = [neighbour("Established", [true, true])];
  start.caughtUp = false;
  assert.equal(start.recovery.check(0), undefined);
  assert.equal(start.sweeps, 0);
  start.caughtUp = true;
  assert.equal(start.recovery.check(1), "complete");
});

test("after the stale time it is over, whoever is missing", () => {
  const start = new Start();
  start.neighbours = [neighbour("Active", [undefined, undefined])];
  start.ranges = [RANGE];
  assert.equal(start.waits(999), 2);
  assert.equal(start.recovery.check(1000), "timeout");
  assert.equal(start.recovery.check(1001), undefined);
  assert.equal(start.sweeps, 1);
});

test("where nothing was left there is nothing to recover, and nothing to be told of", () => {
  const start = new Start(false);
  start.neighbours = [neighbour("Active", [undefined, undefined])];
  assert.equal(start.recovery.view(0), undefined);
  assert.equal(start.recovery.check(999), undefined);
  assert.equal(start.recovery.check(1000), "timeout");
});
