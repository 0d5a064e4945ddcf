import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Prefix, PrefixTable, bitsOf, prefixContains } from "../../route/index.ts";
import { RangeSet } from "./range-set.ts";

/** From a small space, so that prefixes contain each other often. */
const prefix = fc
  .tuple(
    fc.constantFrom(0, 1),
    fc.constantFrom(0, 0x0a000000, 0x0a800000, 0x0b000000, 0x80000000, 0xffffffff),
    fc.constantFrom(0, 0xffffffff),
    fc.constantFrom(0, 1, 4, 7, 8, 9, 16, 24, 32, 33, 64, 128),
  )
  .map(([family, w0, w1, length]) =>
    family === 0
      ? new Prefix(0, w0, 0, 0, 0, Math.min(length, 32))
      : new Prefix(1, w0, w1, 0, 0, length),
  );

const range = fc.tuple(prefix, fc.nat(4), fc.nat(128)).map(([outer, more, reach]) => {
  const bits = bitsOf(outer.family);
  const minimum = Math.min(outer.length + more, bits);
  return { prefix: outer, minimum, maximum: Math.min(minimum + reach, bits) };
});

test("finds the first range that a plain search finds", () => {
  fc.assert(
    fc.property(fc.array(range, { maxLength: 20 }), fc.array(prefix), (ranges, probes) => {
      const set = new RangeSet(ranges);
      for (const probe of probes) {
        const table = new PrefixTable(probe.family, 4);
        const expected = ranges.findIndex(
          ({ prefix: outer, minimum, maximum }) =>
            prefixContains(outer, probe) && probe.length >= minimum && probe.length <= maximum,
        );
        assert.equal(set.match(table, table.internPrefix(probe)), expected);
      }
    }),
    { numRuns: 300 },
  );
});
