// However a configuration came about, by whatever reloads: what neighbours hold in the end is what they
// would hold if this node had begun with the last one.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { config, feed, FEEDERS, PODS, whole, World } from "./reload-world.test.ts";
import type { Configured, Feed, Name } from "./reload-world.test.ts";

const RUNS = Number(process.env["RELOAD_RUNS"] ?? 25);
/** Of its own each time where many are run by hand. */
const SEED = process.env["RELOAD_RUNS"] === undefined ? 7 : Date.now() & 0x7fffffff;

type Step =
  | { readonly kind: "config"; readonly config: Configured }
  | { readonly kind: "feed"; readonly who: (typeof FEEDERS)[number]; readonly feed: Feed }
  | { readonly kind: "pod"; readonly pod: string; readonly isThere: boolean }
  | { readonly kind: "run"; readonly time: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant("config" as const), config }),
  fc.record({ kind: fc.constant("feed" as const), who: fc.constantFrom(...FEEDERS), feed }),
  fc.record({
    kind: fc.constant("pod" as const),
    pod: fc.constantFrom(...PODS),
    isThere: fc.boolean(),
  }),
  fc.record({ kind: fc.constant("run" as const), time: fc.constantFrom(0, 1, 5, 200, 5000) }),
);

test("after any reloads all neighbours hold what they would if this node had begun so", () => {
  fc.assert(
    fc.property(config, fc.array(step, { maxLength: 14 }), (first, steps) => {
      const world = new World(first);
      let last = first;
      const feeds = new Map<Name, Feed>();
      const pods = new Set<string>();
      for (const each of steps) {
        if (each.kind === "config") {
          last = each.config;
          const empty = {
            ...{ clusterId: undefined, blocks: undefined, statics: undefined },
            ...{ aggregates: undefined, decision: undefined },
          };
          world.here.reconfigure({ ...empty, ...whole(last) });
        } else if (each.kind === "feed") {
          feeds.set(each.who, each.feed);
          world.feed(each.who, each.feed);
        } else if (each.kind === "pod") {
          if (each.isThere) pods.add(each.pod);
          else pods.delete(each.pod);
          world.pod(each.pod, each.isThere);
        } else world.network.run(each.time);
      }
      const fresh = new World(last);
      for (const [name, each] of feeds) fresh.feed(name, each);
      for (const pod of pods) fresh.pod(pod, true);
      assert.deepEqual(world.holdings(), fresh.holdings());
    }),
    { numRuns: RUNS, seed: SEED },
  );
});
