import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { source } from "./harness.test.ts";
import { Address, compareAddresses, IPV4 } from "../../route/index.ts";
import { MOST_NEIGHBOURS, Sources } from "./sources.ts";

const step = fc.record({
  what: fc.constantFrom("add", "add", "change", "remove"),
  pick: fc.nat(20),
  address: fc.nat(8),
});

test("neighbours are ranked by address, then by id, whoever comes, moves or goes", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const sources = new Sources(source("local", { address: new Address(IPV4, 0) }));
      const ids = [0];
      for (const { what, pick, address } of steps) {
        const each = source("n", { address: new Address(IPV4, address) });
        const id = ids[1 + (pick % Math.max(1, ids.length - 1))];
        if (what === "add") ids.push(sources.add(each));
        else if (id !== undefined && what === "change") sources.change(id, each);
        else if (id !== undefined) {
          sources.remove(id);
          ids.splice(ids.indexOf(id), 1);
        }
      }
      const of = (id: number): Address => sources.get(id)?.address ?? new Address(IPV4, 0);
      const expected = ids.toSorted((a, b) => compareAddresses(of(a), of(b)) || a - b);
      deepEqual(
        ids.toSorted((a, b) => sources.rank(a) - sources.rank(b)),
        expected,
      );
    }),
  );
});

test("there is an id for so many, and another when one has gone", () => {
  const each = source("n", { address: new Address(IPV4, 1) });
  const sources = new Sources(source("local", { address: new Address(IPV4, 0) }));
  for (let id = 1; id <= MOST_NEIGHBOURS; id++) {
    equal(sources.isFull, false);
    equal(sources.add(each), id);
  }
  equal(sources.isFull, true);
  sources.remove(7);
  equal(sources.isFull, false);
  equal(sources.add(each), 7);
});
