import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FLAG, RouteColumns } from "./route-columns.ts";
import { RouteLook } from "./route-look.ts";

/** Slices of so few routes that anything may happen between any two. */
const SHARE = 1 << 17;

interface Setup {
  readonly family: 0 | 1;
  readonly id: number;
  readonly list: number;
  readonly flags: number;
  readonly actual: number;
}

const setup: fc.Arbitrary<Setup> = fc.record({
  family: fc.constantFrom(0, 1),
  id: fc.nat(3000),
  list: fc.nat(4),
  flags: fc.constantFrom(0, FLAG.UNSURE, FLAG.ADOPTED, FLAG.UNSURE | FLAG.FAILED, FLAG.BLOCK),
  actual: fc.nat(1),
});

/** A list that something happens to, a number of slices, or a route that comes to be otherwise. */
const step = fc.oneof(
  fc.record({ touched: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ slices: fc.nat(2500) }),
  setup,
);

test("whatever is asked for, and when: each route that is meant is queued afterwards, and it ends", () => {
  fc.assert(
    fc.property(
      fc.array(setup, { maxLength: 20 }),
      fc.array(step, { maxLength: 12 }),
      (all, steps) => {
        const columns = [new RouteColumns(), new RouteColumns()] as const;
        /** Routes that were meant by a request, and have not been queued since. */
        const meant = new Set<string>();
        const look = new RouteLook(
          columns,
          (_, family, id) => meant.delete(`${family} ${id}`),
          SHARE,
        );
        const place = ({ family, id, list, flags, actual }: Setup): void => {
          columns[family].ensure(id);
          columns[family].desired[id] = list;
          columns[family].flags[id] = flags;
          columns[family].actual[id] = actual;
          meant.delete(`${family} ${id}`); // Whoever changes a route queues it.
        };
        const isMeant = (family: 0 | 1, id: number, list: number): boolean => {
          const { desired, flags, actual } = columns[family];
          if (desired[id] === list) return true;
          if ((flags[id] & FLAG.UNSURE) !== 0) return (flags[id] & FLAG.FAILED) === 0;
          return flags[id] === 0 && desired[id] === 0 && actual[id] !== 0;
        };
        for (const each of all) place(each);
        for (const each of steps) {
          if ("slices" in each) {
            for (let i = 0; i < each.slices; i++) look.work();
          } else if ("touched" in each) {
            look.request([{ id: each.touched }], 5);
            for (const family of [0, 1] as const) {
              for (let id = 0; id < columns[family].capacity; id++) {
                if (isMeant(family, id, each.touched)) meant.add(`${family} ${id}`);
              }
            }
          } else {
            place(each);
          }
        }
        for (let slices = 0; look.isActive; slices++) {
          assert.ok(slices < 20_000, "it has no end");
          look.work();
        }
        assert.deepEqual([...meant], []);
      },
    ),
    { numRuns: 200 },
  );
});
