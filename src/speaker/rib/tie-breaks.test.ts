import { deepEqual, equal, ok } from "node:assert/strict";
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
    reason: "weight",
    better: { attributes: attributes(A, [1], { localPref: 1 }), source: { weight: 2 } },
    worse: { attributes: attributes(B, [1], { localPref: 2 }), source: { weight: 1 } },
  },
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
    reason: "AIGP", // before none (RFC 7311 §4.1)
    better: { attributes: attributes(A, [1, 2, 3], { aigp: 1000n }) },
    worse: { attributes: attributes(B, [1]) },
  },
  {
    reason: "AIGP", // with the way to the next hop
    better: { attributes: attributes(A, [1, 2, 3], { aigp: 100n }), metric: 10 },
    worse: { attributes: attributes(B, [1], { aigp: 101n }), metric: 10 },
  },
  {
    reason: "AIGP",
    better: { attributes: attributes(A, [1, 2, 3], { aigp: 101n }), metric: 8 },
    worse: { attributes: attributes(B, [1], { aigp: 100n }), metric: 10 },
  },
  {
    reason: "AIGP", // 64 bits, each of which counts
    better: { attributes: attributes(A, [1, 2, 3], { aigp: 0x7fffffff_ffffffffn }), metric: 1 },
    worse: { attributes: attributes(B, [1], { aigp: 0x80000000_00000001n }) },
  },
  {
    reason: "AS path length", // The sums are equal, also where one of them is carried ...
    better: { attributes: attributes(A, [1], { aigp: 0x1_ffffffffn }), metric: 1 },
    worse: { attributes: attributes(B, [1, 2], { aigp: 0x2_00000000n }) },
  },
  {
    reason: "AS path length", // ... or would be more than there are bits for.
    better: { attributes: attributes(A, [1], { aigp: 0xffffffff_ffffffffn }), metric: 7 },
    worse: { attributes: attributes(B, [1, 2], { aigp: 0xffffffff_fffffffen }), metric: 9 },
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
    reason: "MED", // absent: the worst
    settings: { missingMedAsWorst: true },
    better: { attributes: attributes(A, [1], { med: 7 }), source: { external: false } },
    worse: { attributes: attributes(B, [1]), source: { external: true } },
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
    test(`case ${index}: ${reason}, the better path ${isBetterFirst ? "first" : "last"}`, () => {
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

test("the older of two external paths is better where that is wanted, also when it comes to last", () => {
  for (const external of [true, false]) {
    const bench = new Bench({ preferOldest: true });
    const ids = [2, 1].map((routerId) => {
      const at = address(`10.0.0.${routerId}`);
      return bench.rib.addSource(source(`id ${routerId}`, { routerId, external, address: at }));
    });
    bench.now = 0xfffffff0; // Ages are right beyond the turn of the counter.
    for (const id of ids) {
      bench.announce(id, PREFIX, attributes(A));
      bench.now = (bench.now + 20) >>> 0;
    }
    bench.settle();
    deepEqual(
      bench.reasons(PREFIX),
      external ? ["id 2: best", "id 1: age"] : ["id 1: best", "id 2: router id"],
    );
  }
});

test("other rules count for what is there, and the FIB and members hear of it", () => {
  const bench = new Bench({ multipath: 4 });
  const [one, two, member] = [1, 2, 3].map((routerId) => {
    const at = address(`10.0.0.${routerId}`);
    return bench.rib.addSource(source(`n${routerId}`, { routerId, address: at }));
  });
  const receiver = bench.join(member);
  bench.announce(one, PREFIX, attributes(A, [1], { med: 9 }));
  bench.announce(two, PREFIX, attributes(B, [2], { med: 1 }));
  bench.settle();
  deepEqual(bench.fib.get(PREFIX)?.best, [A]);
  const rules = {
    alwaysCompareMed: false,
    missingMedAsWorst: false,
    multipathRelax: true,
    preferOldest: false,
  };
  bench.rib.setRules(rules);
  bench.settle();
  deepEqual(bench.fib.get(PREFIX)?.best, [A, B]);
  bench.rib.setRules({ ...rules, alwaysCompareMed: true });
  bench.settle();
  deepEqual(bench.reasons(PREFIX), ["n2: best", "n1: MED"]);
  deepEqual(bench.fib.get(PREFIX)?.best, [B]);
  equal(receiver.routes.get(PREFIX)?.med, 1);
});

test("a source that changed is decided again in slices", () => {
  const bench = new Bench();
  const ids = [1, 2].map((routerId) =>
    bench.rib.addSource(source(`n${routerId}`, { routerId, address: address("10.0.0.9") })),
  );
  const count = 5000;
  for (let i = 0; i < count; i++) {
    for (const id of ids) bench.announce(id, `198.18.${i >> 8}.${i & 255}/32`, attributes(A));
  }
  bench.settle();
  bench.rib.changeSource(ids[1], source("n2", { routerId: 0, address: address("10.0.0.9") }));
  const best = (): number => bench.rib.counters(ids[1], 0).best;
  equal(best(), 0);
  bench.rib.work(100);
  ok(best() < count, `${best()} at once`);
  bench.settle();
  equal(best(), count);
});

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

test("tie-break 13: of two paths from one neighbour the lower path identifier", () => {
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
