// What is foreseen of other settings is what comes when they are taken over.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatPrefix } from "../route/index.ts";
import { Harness, settings } from "./harness.test.ts";
import type { FibForecast } from "./forecast.ts";
import type { FibSettings } from "./index.ts";
import { ROUTE_TYPE } from "./operations.ts";
import { KernelModel } from "./kernel-model.test.ts";

const model = new KernelModel();
const PODS = ["172.16.1.5/32", "172.16.1.6/32", "172.16.9.9/32", "10.9.9.9/32"];

const prefixes = (texts: string[]) =>
  fc.subarray(texts).map((some) => some.map((text) => model.prefix(text)));

const anySettings: fc.Arbitrary<FibSettings> = fc
  .record({
    pool: prefixes(["172.16.0.0/12", "10.9.0.0/16"]),
    blocks: prefixes(["172.16.1.0/24", "172.16.9.0/24"]),
    interfaces: fc.subarray(["veth*", "cali*"]),
    advertise: fc.constantFrom("block" as const, "hosts" as const, "both" as const),
    discards: prefixes(["172.16.0.0/16"]),
  })
  .map(({ discards, ...pods }) => settings({ discards, pods }));

function announced({ own }: Pick<FibForecast, "own">): string[] {
  return own.map(({ prefix, origin }) => `${formatPrefix(prefix)} ${origin}`).sort();
}

/** All that the speaker has been told, and still is true. */
function told(harness: Harness): string[] {
  const all = new Set<string>();
  for (const event of harness.events) {
    if (event.kind !== "own-route") continue;
    const text = `${formatPrefix(event.prefix)} ${event.origin}`;
    if (event.announce) all.add(text);
    else all.delete(text);
  }
  return [...all].sort();
}

test("own routes, blackholes and next hops are foreseen, and nothing is done", () => {
  fc.assert(
    fc.property(anySettings, anySettings, fc.subarray(PODS), (first, second, pods) => {
      const harness = new Harness(first);
      harness.kernel.addLink(1, "eth0", ["192.168.1.101/24"]);
      for (const [i, text] of pods.entries()) {
        const index = 10 + i;
        harness.kernel.addLink(index, i % 2 === 0 ? `veth${index}` : `cali${index}`, []);
        harness.kernel.addForeign(text, 0, [{ interface: index }], { protocol: 3, scope: 254 });
      }
      harness.kernel.dump();
      harness.drain();
      const before = told(harness);
      const same = harness.fib.forecast(first);
      assert.deepEqual(announced(same), before);
      assert.deepEqual(same.blackholes, { added: [], removed: [] });
      const next = harness.fib.forecast(second);
      harness.drain();
      assert.deepEqual(told(harness), before, "nothing is done");

      const gone = new Set(next.blackholes.removed.map(formatPrefix));
      const come = next.blackholes.added.map(formatPrefix);
      const wanted = [...blackholes(harness)].filter((text) => !gone.has(text));
      harness.fib.configure(second);
      harness.drain();
      assert.deepEqual(told(harness), announced(next));
      assert.deepEqual(blackholes(harness), [...wanted, ...come].sort());
    }),
    { numRuns: 60, seed: 3 },
  );
});

/** Ours in the kernel. */
function blackholes(harness: Harness): string[] {
  const ends = harness.kernel.ownRoutes().filter(({ type }) => type === ROUTE_TYPE.BLACKHOLE);
  return ends.map(({ prefix }) => formatPrefix(prefix)).sort();
}
