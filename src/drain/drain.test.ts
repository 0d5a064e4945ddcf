import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  type DrainEvent,
  type DrainSettings,
  type DrainState,
  announcementOf,
  inService,
  nextLook,
  questionOf,
  step,
} from "./index.ts";

const NODE: DrainSettings = { settle: 5000, traffic: { packetRate: 5, quiet: 3000 } };
const SESSION: DrainSettings = { settle: 5000, traffic: undefined };

/** Packets that have gone out by one link until a moment. */
type Traffic = (now: number) => number;

interface Scene {
  readonly settings?: DrainSettings;
  /** From when on all have been told what there is. */
  readonly told?: (now: number, state: DrainState) => boolean;
  readonly packets?: Traffic;
  readonly until?: number;
}

/** Follows the deadlines as a daemon would, and says when which phase began. */
function drain({ settings = NODE, told = () => true, packets = () => 0, until = 1e6 }: Scene) {
  const phases: [string, number][] = [];
  let now = 1000;
  let state = step(inService(0), { kind: "begin" }, now, settings);
  let looks = 0;
  for (; now <= until; looks++) {
    assert.ok(looks < 20_000, `it looks for ever at ${state.phase}`);
    if (phases.at(-1)?.[0] !== state.phase) phases.push([state.phase, now]);
    const next = nextLook(state, now, settings);
    if (next === Infinity) break;
    assert.ok(next >= now, "never in the past");
    now = next;
    const question = questionOf(state, settings);
    const event: DrainEvent =
      question === "counted"
        ? { kind: "counted", links: [{ index: 7, packets: packets(now) }] }
        : { kind: "told", all: question === "told" && told(now, state) };
    state = step(state, event, now, settings);
  }
  return { phases, state, looks };
}

test("a node: some seconds after all are told it withdraws, and is drained after silence", () => {
  const { phases } = drain({});
  assert.deepEqual(phases, [
    ["announcing", 1000],
    ["withdrawing", 6050],
    ["emptying", 6100],
    ["drained", 9100],
  ]);
});

test("the seconds begin when the last neighbour has been told", () => {
  const { phases } = drain({ told: (now) => now >= 8000 });
  assert.deepEqual(phases.slice(0, 3), [
    ["announcing", 1000],
    ["withdrawing", 13_000],
    ["emptying", 13_050],
  ]);
});

test("a neighbour that takes nothing holds up neither phase for more than half a minute", () => {
  const { phases } = drain({ told: () => false });
  assert.deepEqual(phases.slice(0, 3), [
    ["announcing", 1000],
    ["withdrawing", 36_000],
    ["emptying", 66_000],
  ]);
});

test("what comes keeps it from being drained, and a pause that is too short does not count", () => {
  // 100 packets a second until 20 s, two seconds of nothing, then again until 30 s.
  const packets: Traffic = (now) => {
    const first = Math.min(now, 20_000) / 10;
    return first + Math.max(0, Math.min(now, 30_000) - 22_000) / 10;
  };
  const { phases, state } = drain({ packets });
  const [last, at] = phases.at(-1) ?? [];
  assert.equal(last, "drained");
  assert.ok(at !== undefined && at >= 33_000 && at < 36_000, `drained at ${at}`);
  assert.equal(state.phase, "drained");
});

test("traffic for ever is waited for, and the rate says how much it is", () => {
  const { state } = drain({ packets: (now) => now / 100, until: 60_000 });
  assert.ok(state.phase === "emptying");
  assert.deepEqual(state.busiest, { index: 7, rate: 10 });
  assert.equal(drain({ packets: (now) => now / 250, until: 60_000 }).state.phase, "drained");
});

test("links that come, go and count from 0 again are no traffic; a kernel that does not say, no silence", () => {
  let state = step(inService(0), { kind: "begin" }, 0, NODE);
  const after = (event: DrainEvent, now: number): DrainState =>
    (state = step(state, event, now, NODE));
  const counts = (now: number, ...links: (readonly [number, number])[]): DrainState =>
    after({ kind: "counted", links: links.map(([index, packets]) => ({ index, packets })) }, now);
  after({ kind: "told", all: true }, 0);
  after({ kind: "told", all: true }, 5000);
  after({ kind: "told", all: true }, 5000);
  assert.equal(state.phase, "emptying");
  counts(6000, [1, 1_000_000], [2, 50]);
  counts(7000, [1, 0], [3, 1_000_000]);
  counts(8000, [3, 1_000_000]);
  after({ kind: "counted", links: undefined }, 8500);
  counts(9500, [3, 1_000_000]);
  counts(12_000, [3, 1_000_000]);
  assert.equal(state.phase, "emptying", "the failed count has begun the silence anew");
  assert.equal(counts(12_500, [3, 1_000_000]).phase, "drained");
});

test("a session, whose traffic cannot be told from others', has some seconds instead", () => {
  const { phases } = drain({ settings: SESSION, packets: (now) => now });
  assert.deepEqual(phases, [
    ["announcing", 1000],
    ["withdrawing", 6050],
    ["emptying", 6100],
    ["drained", 11_100],
  ]);
});

test("what neighbours are told, phase by phase; the end, and a beginning without routes", () => {
  let state: DrainState = inService(0);
  assert.equal(announcementOf(state), "usual");
  state = step(state, { kind: "begin" }, 10, NODE);
  assert.equal(announcementOf(state), "leaving");
  assert.equal(step(state, { kind: "begin" }, 20, NODE), state, "it is under way already");
  assert.deepEqual(step(state, { kind: "end" }, 20, NODE), inService(20));
  state = step(state, { kind: "told", all: true }, 10, NODE);
  state = step(state, { kind: "told", all: false }, 5010, NODE);
  assert.deepEqual([state.phase, announcementOf(state)], ["withdrawing", "nothing"]);
  const held = step(inService(0), { kind: "begin withheld" }, 10, NODE);
  assert.deepEqual([held.phase, announcementOf(held)], ["drained", "nothing"]);
  assert.equal(step(held, { kind: "begin" }, 20, NODE), held);
  assert.deepEqual(step(held, { kind: "end" }, 30, NODE), inService(30));
});

test("any events in any order: phases go forward only, but for the end", () => {
  const ORDER = ["in service", "announcing", "withdrawing", "emptying", "drained"];
  const event = fc.oneof(
    fc.constantFrom<DrainEvent>(
      { kind: "begin" },
      { kind: "begin withheld" },
      { kind: "end" },
      { kind: "told", all: true },
      { kind: "told", all: false },
      { kind: "counted", links: undefined },
    ),
    fc.nat(1e6).map((packets): DrainEvent => ({
      kind: "counted",
      links: [{ index: 1, packets }],
    })),
  );
  fc.assert(
    fc.property(
      fc.array(fc.tuple(event, fc.nat(40_000))),
      fc.constantFrom(NODE, SESSION),
      (events, settings) => {
        let [state, now] = [inService(0), 0];
        for (const [each, elapsed] of events) {
          now += elapsed;
          const next = step(state, each, now, settings);
          const isForward = ORDER.indexOf(next.phase) >= ORDER.indexOf(state.phase);
          assert.ok(isForward || each.kind === "end", `${state.phase} -> ${next.phase}`);
          assert.ok(next.since <= now && nextLook(next, now, settings) >= now);
          state = next;
        }
      },
    ),
  );
});
