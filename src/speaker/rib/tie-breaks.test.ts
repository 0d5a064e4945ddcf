import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import type { PathAttributes } from "bgp-ts";
import { address, attributes, Bench, source } from "./harness.test.ts";
import type { DecisionSettings, Source } from "./index.ts";

const PREFIX = "192.0.2.0/24";

interface Side {
  readonly source?: Partial<Source>;
  readonly attributes?: PathAttributes;
  readonly metric?: number;
}

interface Case {
  readonly reason: string;
  readonly better: Side;
  readonly worse: Side;
  readonly settings?: Partial<DecisionSettings>;
}

const A = "10.0.0.1";
const B = "10.0.0.2";

// Each case differs in the tie-break of its name, and the later ones speak for the worse path.
const CASES: readonly Case[] = [
  {
    reason: "local preference",
    better: { attributes: attributes(A, [1, 2, 3], { localPref: 200 }) },
    worse: { attributes: attributes(B, [1], { localPref: 199 }) },
  },
  {
    reason: "local preference", // absent: 100
    better: { attributes: attributes(A, [1, 2, 3]) },
    worse: { attributes: attributes(B, [1], { localPref: 99 }) },
  },
  {
    reason: "AS path length",
    better: { attributes: attributes(A, [1, 2], { origin: 2 }) },
    worse: { attributes: attributes(B, [1, 2, 3], { origin: 0 }) },
  },
  {
    reason: "AS path length", // A set counts 1, whatever is in it (RFC 4271 §9.1.2.2 a).
    better: {
      attributes: attributes(A, [], {
        origin: 2,
        asPath: [
          { type: 2, asns: [1] },
          { type: 1, asns: [7, 8, 9] },
        ],
      }),
    },
    worse: { attributes: attributes(B, [1, 2, 3]) },
  },
  {
    reason: "origin",
    better: { attributes: attributes(A, [1], { origin: 1, med: 9 }) },
    worse: { attributes: attributes(B, [1], { origin: 2, med: 1 }) },
  },
  {
    reason: "MED",
    better: { attributes: attributes(A, [1], { med: 1 }), source: { external: false } },
    worse: { attributes: attributes(B, [1], { med: 2 }), source: { external: true } },
  },
  {
    reason: "MED", // absent: 0
    better: { attributes: attributes(A, [1]), source: { external: false } },
    worse: { attributes: attributes(B, [1], { med: 1 }), source: { external: true } },
  },
  {
    reason: "MED",
    settings: { alwaysCompareMed: true },
    better: { attributes: attributes(A, [1], { med: 1 }), source: { external: false } },
    worse: { attributes: attributes(B, [2], { med: 2 }), source: { external: true } },
  },
  {
    reason: "external over internal", // MED of another AS's path does not count.
    better: { attributes: attributes(A, [1], { med: 2 }), metric: 5 },
    worse: { attributes: attributes(B, [2], { med: 1 }), source: { external: false }, metric: 1 },
  },
  {
    reason: "IGP metric",
    better: { metric: 4, source: { routerId: 9 } },
    worse: { metric: 5, source: { routerId: 8 }, attributes: attributes(B) },
  },
  {
    reason: "router id",
    better: { source: { routerId: 0x80000001, address: address("10.0.0.9") } },
    worse: { source: { routerId: 0x80000002, address: address("10.0.0.8") } },
  },
  {
    reason: "router id", // ORIGINATOR_ID stands in its place (RFC 4456 §9).
    better: { source: { routerId: 7 }, attributes: attributes(A, [], { originatorId: 1 }) },
    worse: { source: { routerId: 2 }, attributes: attributes(A) },
  },
  {
    reason: "cluster list length",
    better: {
      source: { address: address("10.0.0.9") },
      attributes: attributes(A, [], { originatorId: 1, clusterList: [1] }),
    },
    worse: {
      source: { address: address("10.0.0.8") },
      attributes: attributes(A, [], { originatorId: 1, clusterList: [1, 2] }),
    },
  },
  {
    reason: "neighbour address", // By number, not as text.
    better: { source: { address: address("10.0.0.9") } },
    worse: { source: { address: address("10.0.0.10") } },
  },
  {
    reason: "neighbour address",
    better: { source: { address: address("10.0.0.9") } },
    worse: { source: { address: address("2001:db8::1") } },
  },
];

for (const [index, { reason, better, worse, settings }] of CASES.entries()) {
  for (const isBetterFirst of [true, false]) {
    test(`tie-break ${index}: ${reason}, the better path ${isBetterFirst ? "first" : "last"}`, () => {
      const bench = new Bench(settings);
      const announce = (name: string, side: Side): void => {
        const id = bench.rib.addSource(source(name, side.source));
        bench.announce(id, PREFIX, side.attributes ?? attributes(A));
        if (side.metric === undefined) return;
        const hop = (side.attributes ?? attributes(A)).nextHop?.w0 === 0x0a000002 ? B : A;
        bench.metrics.set(hop, side.metric);
      };
      if (isBetterFirst) announce("better", better);
      bench.settle();
      announce("worse", worse);
      bench.settle();
      if (!isBetterFirst) announce("better", better);
      bench.settle();
      deepEqual(bench.reasons(PREFIX), ["better: best", `worse: ${reason}`]);
    });
  }
}

test("tie-break 1: this node's own routes are first and are not for the FIB", () => {
  const bench = new Bench();
  const peer = bench.rib.addSource(source("peer"));
  bench.announce(peer, PREFIX, attributes(A, [], { localPref: 1000 }));
  bench.settle();
  deepEqual([...bench.fib.keys()], [PREFIX]);
  bench.announce(0, PREFIX, { ...attributes(A, [1, 2, 3]), nextHop: undefined });
  bench.settle();
  deepEqual(bench.reasons(PREFIX), ["local: best", "peer: local origin"]);
  equal(bench.fib.size, 0);
});

test("tie-break 11: of two paths from one neighbour the lower path identifier", () => {
  const bench = new Bench();
  const peer = bench.rib.addSource(source("peer"));
  bench.announce(peer, PREFIX, attributes(A), undefined, 7);
  bench.announce(peer, PREFIX, attributes(A), undefined, 3);
  bench.settle();
  const { family, id } = bench.prefix(PREFIX);
  const views = bench.rib.paths(family, id).map((view) => [view.pathId, view.reason]);
  deepEqual(views, [
    [3, "best"],
    [7, "path id"],
  ]);
});
