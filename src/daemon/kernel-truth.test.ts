// Neighbours come, go and come back, BFD and links fail, the kernel refuses, delays and loses, and
// the configuration changes, in whatever order: in the end the kernel holds what the RIB's paths come
// to, and at no time does it send packets to a router that is known to be gone.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { HANDLINGS, HOPS, LINKS, PREFIXES, SOURCES, World } from "./kernel-truth-world.test.ts";

const RUNS = Number(process.env["FIB_RUNS"] ?? 150);
/** Of its own each time where many are run by hand. */
const SEED = process.env["FIB_RUNS"] === undefined ? 7 : Date.now() & 0x7fffffff;

const source = fc.constantFrom(...SOURCES);
const prefix = fc.constantFrom(...PREFIXES);
const hop = fc.constantFrom(...HOPS);
const link = fc.constantFrom(...LINKS);

type Step = (world: World) => void;

/** A step, shown by its arguments. */
function step<T>(name: string, from: fc.Arbitrary<T>, run: (world: World, value: T) => void) {
  return from.map((value): Step => {
    const text = `${name} ${JSON.stringify(value)}`;
    return Object.assign((world: World) => run(world, value), { toString: () => text });
  });
}

function simple(name: string, run: Step) {
  return step(name, fc.constant(null), run);
}

const announced = fc.record({
  from: source,
  prefix,
  pathId: fc.nat(1),
  hop,
  localPref: fc.constantFrom(100, 100, 200),
  handling: fc.constantFrom(...HANDLINGS),
});

const anything = fc.oneof(
  {
    weight: 14,
    arbitrary: step("announce", announced, (world, route) => {
      const { from, prefix, pathId, hop, localPref, handling } = route;
      // The kernel has no IPv6 routes over IPv4 gateways.
      const fits = !prefix.includes(":") || hop.includes(":");
      if (fits) world.announce(from, prefix, pathId, hop, localPref, handling);
    }),
  },
  {
    weight: 3,
    arbitrary: step("withdraw", announced, (world, { from, prefix, pathId }) =>
      world.withdraw(from, prefix, pathId),
    ),
  },
  {
    weight: 3,
    arbitrary: step("down", fc.tuple(source, fc.boolean()), (world, [from, keeps]) => {
      world.down(from, keeps);
      world.slice();
    }),
  },
  {
    weight: 2,
    arbitrary: step("sweep", fc.tuple(source, fc.boolean()), (world, [from, isGone]) => {
      world.sweep(from, isGone);
      world.slice();
    }),
  },
  {
    weight: 3,
    arbitrary: step("lost", fc.tuple(hop, fc.boolean()), (world, [which, lost]) =>
      world.setLost(which, lost),
    ),
  },
  {
    weight: 3,
    arbitrary: step("link", fc.tuple(link, fc.nat(3)), (world, [which, state]) =>
      world.kernel.setLink(which, state !== 0, state > 1),
    ),
  },
  {
    weight: 1,
    arbitrary: step("address", fc.tuple(link, fc.boolean()), ({ kernel }, [which, isThere]) => {
      if (isThere) kernel.addAddress(which, `10.0.${which}.1`, 24);
      else kernel.removeAddress(which, `10.0.${which}.1`);
    }),
  },
  {
    weight: 1,
    arbitrary: step("static", fc.tuple(link, fc.boolean()), (world, [which, isThere]) =>
      world.setStatic(which, isThere),
    ),
  },
  {
    weight: 1,
    arbitrary: step("weight", fc.tuple(source, fc.nat(1)), (world, [from, weight]) =>
      world.setWeight(from, weight),
    ),
  },
  {
    weight: 1,
    arbitrary: step("multipath", fc.constantFrom(1, 2, 8), (world, most) =>
      world.setMultipath(most),
    ),
  },
  {
    weight: 1,
    arbitrary: step("own gone", prefix, ({ kernel }, which) => kernel.deleteOwnRoute(which)),
  },
  {
    weight: 1,
    arbitrary: step("nexthop gone", fc.nat(20), (world, pick) => {
      const ids = [...world.kernel.nexthops.keys()];
      if (ids.length === 0) return;
      world.kernel.deleteNexthop(ids[pick % ids.length]);
      world.isDisturbed = true; // A group that it was to be in is refused.
    }),
  },
  {
    weight: 1,
    arbitrary: step(
      "errors",
      fc.tuple(fc.constantFrom(12, 105, 22, 2, 100, 1), fc.integer({ min: 1, max: 3 })),
      (world, [errno, count]) => {
        let left = count;
        world.isDisturbed = true;
        world.kernel.inject = () => (left-- > 0 ? errno : 0);
      },
    ),
  },
  { weight: 8, arbitrary: simple("slice", (world) => void world.slice()) },
  { weight: 5, arbitrary: simple("work", (world) => void world.work()) },
  { weight: 5, arbitrary: simple("deliver", (world) => void world.deliver()) },
  { weight: 1, arbitrary: simple("overrun", (world) => world.overrun()) },
  { weight: 2, arbitrary: simple("drain", (world) => world.drain()) },
  {
    weight: 4,
    arbitrary: simple("calm", (world) => {
      world.calm();
      world.assertNoneToTheDead();
    }),
  },
);

/** Nexthop objects, resilient groups. */
const KERNELS = new Map([
  ["resilient groups", [true, true]],
  ["nexthop objects", [true, false]],
  ["plain routes", [false, false]],
]);

for (const [how, [nexthopObjects, resilientGroups]] of KERNELS) {
  test(`whatever happens, the kernel ends with what the RIB has (${how})`, () => {
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 120, size: "max" }), (steps) => {
        const world = new World({ nexthopObjects, resilientGroups });
        world.drain();
        for (const run of steps) run(world);
        world.kernel.inject = () => 0;
        world.drain();
        world.fib.startSweep();
        world.quiesce();
        world.assertTruth();
        for (const from of SOURCES) world.down(from, false);
        world.quiesce();
        world.assertEmpty();
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });
}

test("a route whose new next hop nobody has asked for before stays in the kernel all the while", () => {
  const world = new World({ nexthopObjects: true, resilientGroups: true });
  const prefix = PREFIXES[0];
  world.drain();
  world.announce(1, prefix, 0, "10.0.1.2", 100, {});
  world.quiesce();
  const before = world.kernel.ownRoute(prefix) ?? assert.fail("it is there");
  world.announce(1, prefix, 0, "10.0.2.2", 100, {});
  for (let i = 0; i < 100; i++) {
    world.slice();
    if (world.work()) assert(world.kernel.ownRoute(prefix) !== undefined, `after ${i} batches`);
    world.deliver();
  }
  const after = world.kernel.ownRoute(prefix) ?? assert.fail("it is there");
  assert.notDeepEqual(world.kernel.pathsOf(after), world.kernel.pathsOf(before));
});
