import { equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { pathAttributes, UpdateWriter } from "bgp-ts";
import { attributes, Bench, source } from "./harness.test.ts";
import { BATCH_BYTES } from "./update-batch.ts";
import { UpdateSize } from "./update-size.ts";

/** Routes with attribute sets of about `size` octets, each of its own or one for all. */
function load(bench: Bench, from: number, routes: number, size: number, isShared: boolean): void {
  const communities = Array.from({ length: size >> 2 }, (_, i) => 0x10000 + i);
  for (let i = 0; i < routes; i++) {
    const med = isShared ? 0 : i;
    bench.announce(
      from,
      `10.${i >> 8}.${i & 255}.0/24`,
      attributes("10.1.0.1", [1], { communities, med }),
    );
  }
}

interface Case {
  readonly size: number;
  readonly maximumLength: number;
  readonly isShared: boolean;
}

const CASES: readonly Case[] = [
  { size: 3800, maximumLength: 4096, isShared: false },
  { size: 3980, maximumLength: 4096, isShared: true },
  { size: 32_000, maximumLength: 65535, isShared: false },
];

for (const { size, maximumLength, isShared } of CASES) {
  test(`attributes of ${size} octets make neither a large write nor a large slice`, () => {
    const bench = new Bench();
    const [from, member, late] = ["a", "b", "c"].map((name) => bench.rib.addSource(source(name)));
    const receivers = [bench.join(member, { maximumLength })];
    bench.settle();
    const routes = size > 10_000 ? 100 : 1000;
    load(bench, from, routes, size, isShared);
    const most = BATCH_BYTES + maximumLength;
    const slices = (): number => {
      let count = 0;
      for (let isBusy = true; isBusy; count++) {
        bench.resolve();
        isBusy = bench.rib.work(1000);
        let sum = 0;
        for (const { members, bytes } of bench.rib.take()) {
          ok(bytes.length <= most, `a write of ${bytes.length}`);
          sum += bytes.length;
          for (const id of members) receivers[id === member ? 0 : 1].receive(bytes);
        }
        ok(sum <= 2 * most, `a slice of ${sum}`);
      }
      return count;
    };
    ok(slices() >= (routes * size) / (2 * most) / (isShared ? 2 : 1));
    receivers.push(bench.join(late, { maximumLength }));
    slices();
    bench.rib.blocked(late);
    bench.rib.refresh(late, 0, false);
    bench.rib.drained(late);
    slices();
    for (const receiver of receivers) equal(receiver.routes.size, routes);
  });
}

test("what is counted is what is encoded, or little more", () => {
  const entry = fc.record({ set: fc.nat(4), prefix: fc.nat(999) });
  const sets = [0, 10, 200, 1500, 3900];
  const many = { minLength: 1, maxLength: 900, size: "max" } as const;
  fc.assert(
    fc.property(fc.array(entry, many), fc.boolean(), (entries, withPathIds) => {
      const bench = new Bench();
      const communities = (octets: number): number[] =>
        Array.from({ length: octets >> 2 }, (_, i) => i + 1);
      const nextHop = attributes("10.1.0.1").nextHop;
      const ids = sets.map((octets) =>
        bench.attributes.intern(pathAttributes({ nextHop, communities: communities(octets) })),
      );
      const size = new UpdateSize(bench.attributes);
      const writer = new UpdateWriter(4096);
      size.begin(4096, withPathIds);
      for (const set of [...ids.keys()]) {
        const own = entries.filter((each) => each.set === set);
        if (own.length === 0) continue;
        const view = bench.attributes.encoded(ids[set]);
        ok(writer.announce(0, view, new Uint8Array(4), withPathIds));
        for (const { prefix } of own) writer.add(prefix << 8, 0, 0, 0, 24, 0);
      }
      for (const { set } of entries) size.add(ids[set], 0, 24);
      const { length } = writer.take();
      ok(size.bytes >= length, `${size.bytes} for ${length}`);
      ok(size.bytes <= length * 2 + 1000);
    }),
    { numRuns: 50, seed: 1 },
  );
});
