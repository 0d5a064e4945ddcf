// What a plan says is what happens: of any small network, the other configuration is applied after it was
// planned, and what neighbours hold, what is accepted and where packets go is compared with before.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatAddress } from "../route/index.ts";
import type { ConfigureResult, NeighbourConfig, SpeakerConfig } from "./config.ts";
import type { PeerPlan, PlanItem } from "./plan-views.ts";
import { config, describe, feed, FEEDERS, NAMES, PODS, whole, World } from "./reload-world.test.ts";
import type { Name } from "./reload-world.test.ts";
import { prefix } from "./simulation.test.ts";
import type { Node } from "./simulation.test.ts";

const RUNS = Number(process.env["PLAN_RUNS"] ?? 40);
/** Of its own each time where many are run by hand. */
const SEED = process.env["PLAN_RUNS"] === undefined ? 11 : Date.now() & 0x7fffffff;

/** Past what holds a leaving neighbour, restart times and stale times. */
const LONG = 400_000;

/** What makes neighbours come, go and begin anew. */
const fates = fc.record({
  absent: fc.subarray([...NAMES], { maxLength: 2 }),
  disabled: fc.subarray([...NAMES], { maxLength: 1 }),
  patient: fc.subarray([...NAMES], { maxLength: 2 }),
  limited: fc.subarray([...FEEDERS], { maxLength: 1 }),
});

type Fates = typeof fates extends fc.Arbitrary<infer T> ? T : never;

function peopled(speaker: SpeakerConfig, change: Fates): SpeakerConfig {
  const neighbours = speaker.neighbours
    .filter(({ name }) => !change.absent.some((each) => each === name))
    .map((neighbour): NeighbourConfig => {
      const { name } = neighbour;
      const has = (list: readonly string[]) => list.includes(name);
      return {
        ...neighbour,
        enabled: !has(change.disabled),
        holdTime: has(change.patient) ? 30 : 90,
        maxPrefixes: has(change.limited) ? { received: 1 } : undefined,
      };
    });
  return { ...speaker, neighbours };
}

type Snapshot = ReadonlyMap<string, readonly string[]>;

/** By what and whom it is about, and the prefix: what is there. */
function snapshot(world: World): Snapshot {
  const all = new Map<string, string[]>();
  const add = (key: string, text: string) => all.set(key, [...(all.get(key) ?? []), text]);
  const { here } = world;
  for (const [name, node] of world.others) {
    eachPath(node, (text, { source, received }) => {
      if (source === "here") add(`announced ${name} ${text}`, describe(node, received));
    });
  }
  eachPath(here, (text, { source, kind, accepted, attributes }) => {
    if (kind === "neighbour" && accepted) {
      add(`accepted ${source} ${text}`, describe(here, attributes));
    }
  });
  for (const [text, hops] of here.routes) {
    const way = [...hops, here.backups.get(text), ...(here.places.get(text) ?? [])];
    add(`kernel  ${text}`, way.join(" "));
  }
  for (const texts of all.values()) texts.sort();
  return all;
}

type Path = ReturnType<Node["speaker"]["survey"]["paths"]>[number];

function eachPath(node: Node, visit: (prefix: string, path: Path) => void): void {
  for (const family of [0, 1] as const) {
    const table = node.prefixes[family];
    for (const id of table.sorted()) {
      for (const path of node.speaker.survey.paths(family, id)) visit(table.format(id), path);
    }
  }
}

/** One line a difference, about those alone that are asked for. */
function differences(
  before: Snapshot,
  after: Snapshot,
  isAsked: (key: string) => boolean,
): string[] {
  const keys = new Set([...before.keys(), ...after.keys()]);
  return [...keys]
    .filter(isAsked)
    .flatMap((key) => {
      const [was, is] = [before.get(key), after.get(key)];
      if (was === undefined) return [`${key} appear`];
      if (is === undefined) return [`${key} vanish`];
      return was.join("\n") === is.join("\n") ? [] : [`${key} change`];
    })
    .sort();
}

function lineOf({ what, change, peer = "", prefix: text }: PlanItem): string {
  return `${what} ${peer} ${text} ${change}`;
}

interface Foreseen {
  readonly items: readonly PlanItem[];
  readonly peers: readonly PeerPlan[];
}

function foresee(world: World, next: SpeakerConfig, pods: readonly string[]): Foreseen {
  const { here, network } = world;
  const plan = here.speaker.survey.plan(
    next,
    {
      multipath: here.multipath,
      announcement: "usual",
      own: pods.map((pod) => ({ prefix: prefix(pod), origin: "pod" })),
      nextHop: () => ({ reachable: true, metric: 0 }),
      endpoints: ({ address: at }) => {
        const name = at === undefined ? "" : formatAddress(at);
        const other = [...world.others.values()].find((node) => node.name === name);
        return here.endpointsWith(other ?? assert.fail(name));
      },
      pool: [],
      most: Infinity,
    },
    network.now,
  );
  try {
    const items = [...plan.walk()].filter((item) => item !== undefined);
    assert.deepEqual(plan.disturbed, []);
    return { items, peers: plan.peers };
  } finally {
    Array.from(plan.close());
  }
}

/** The plan's words for sessions, as configure() has them. */
function resultOf(peers: readonly PeerPlan[]): ConfigureResult {
  const named = (kind: PeerPlan["kind"]) => peers.filter((peer) => peer.kind === kind);
  const names = (kind: PeerPlan["kind"]) => named(kind).map(({ name }) => name);
  return {
    added: names("added"),
    removed: names("removed"),
    kept: names("kept"),
    changed: named("changed").map(({ name, what }) => ({ name, what })),
    reset: named("reset").map(({ name, what }) => ({ name, why: what })),
  };
}

test("what a plan says is what happens", () => {
  fc.assert(
    fc.property(
      fc.tuple(config, fates),
      fc.tuple(config, fates),
      fc.record({ one: feed, two: feed, inside: feed }),
      fc.subarray(PODS),
      fc.subarray([...NAMES], { maxLength: 1 }),
      ([first, before], [second, after], feeds, pods, drained) => {
        // Who is down for a limit sends, and counts, once that is gone.
        const now = peopled(whole(first), { ...before, limited: [] });
        const next = peopled(whole(second), after);
        const world = new World(first);
        world.here.reconfigure(now);
        // What somebody new sends nobody can know.
        const isNew = (name: Name) => before.absent.includes(name) && !after.absent.includes(name);
        const isBack = (name: Name) =>
          before.disabled.includes(name) && !after.disabled.includes(name);
        for (const name of FEEDERS) {
          if (!isNew(name) && !isBack(name)) world.feed(name, feeds[name]);
        }
        for (const pod of pods) world.pod(pod, true);
        for (const name of drained) world.here.speaker.depart(name, "nothing", world.network.now);
        world.network.run(LONG);
        const there = snapshot(world);
        const held = room(world.here);
        const { items, peers } = foresee(world, next, pods);
        assert.deepEqual(snapshot(world), there, "a plan changes nothing");
        assert.deepEqual(room(world.here), held, "and holds nothing when it is over");
        const result = world.here.reconfigure({ ...EMPTY, ...next });
        checkSessions(peers, result);
        world.network.run(LONG);
        // Of those who have no session in the end nothing is said of what they are told.
        const isUp = (name: string) => world.here.state(name) === "Established";
        const wasUp = (name: string) => !before.absent.some((each) => each === name);
        const ups = new Set(next.neighbours.map(({ name }) => name).filter(isUp));
        const isAsked = (key: string): boolean => {
          const [what, name] = key.split(" ");
          return what !== "announced" || (ups.has(name) && (wasUp(name) || isNew(name as Name)));
        };
        const foreseen = items.map(lineOf).filter(isAsked).sort();
        assert.deepEqual(foreseen, differences(there, snapshot(world), isAsked));
      },
    ),
    { numRuns: RUNS, seed: SEED },
  );
});

const EMPTY = {
  ...{ clusterId: undefined, blocks: undefined, statics: undefined },
  ...{ aggregates: undefined, decision: undefined },
};

function room(node: Node): unknown {
  node.settle();
  node.attributes.sweep();
  return [node.attributes.size, node.nextHops.size, node.prefixes.map(({ size }) => size)];
}

function checkSessions(peers: readonly PeerPlan[], result: ConfigureResult): void {
  const sorted = (names: readonly string[]) => names.toSorted();
  const foreseen = resultOf(peers);
  const ended = new Set(peers.filter(({ kind }) => kind === "ended").map(({ name }) => name));
  const others = <T extends { readonly name: string }>(list: readonly T[]) =>
    list.filter(({ name }) => !ended.has(name)).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  assert.deepEqual(sorted(foreseen.added), sorted(result.added));
  assert.deepEqual(sorted(foreseen.removed), sorted(result.removed));
  assert.deepEqual(sorted(foreseen.kept), sorted(result.kept.filter((name) => !ended.has(name))));
  assert.deepEqual(others(foreseen.changed), others(result.changed));
  assert.deepEqual(others(foreseen.reset), others(result.reset));
}
