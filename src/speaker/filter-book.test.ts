import { equal, notEqual } from "node:assert/strict";
import { test } from "node:test";
import type { NeighbourConfig } from "./config.ts";
import { FilterBook, peerOf } from "./filter-book.ts";
import type { FilterSpec } from "./policy/index.ts";

const A: NeighbourConfig = { name: "a", asn: 65001 };
const B: NeighbourConfig = { name: "b", asn: 65001, group: "tors" };
const C: NeighbourConfig = { name: "c", asn: 65001, group: "others" };

const ASKS: FilterSpec = {
  name: "asks",
  rules: [{ match: { neighbour: ["a"] }, then: "accept" }, { then: { goto: "inner" } }],
};
const inner = (then: "accept" | "reject"): FilterSpec => ({
  name: "inner",
  rules: [{ match: { group: ["tors"] }, then }],
});
const PLAIN: FilterSpec = { name: "plain", rules: [{ then: "accept" }] };

function key(book: FilterBook, neighbour: NeighbourConfig, name = "asks"): string | undefined {
  return book.for(name, "import", neighbour, true)?.key;
}

test("neighbours share a filter unless a rule makes a difference between them", () => {
  const book = new FilterBook();
  book.set([ASKS, inner("accept"), PLAIN]);
  equal(book.for("plain", "import", A, true), book.for("plain", "import", B, true));
  notEqual(key(book, A), key(book, B));
  notEqual(key(book, B), key(book, C));
  equal(key(book, C), key(book, { name: "d", asn: 65001 }));
  // Of a range: its own name counts, and the range's.
  const address = { family: 0, w0: 0xc0000201, w1: 0, w2: 0, w3: 0 } as const;
  equal(key(book, { name: "a-192.0.2.1", asn: 65001, address }), key(book, A));
  const dynamicNames = "underscore" as const;
  equal(key(book, { name: "a_192_0_2_1", asn: 65001, address, dynamicNames }), key(book, A));
  equal(peerOf({ name: "a_192_0_2_1", asn: 65001, address, dynamicNames }), "a");
});

test("a filter is known again after reloads that do not change it, or those it leads to", () => {
  const book = new FilterBook();
  book.set([ASKS, inner("accept"), PLAIN]);
  const keys = [key(book, A), key(book, B), key(book, A, "plain")];
  for (let reload = 0; reload < 3; reload++) {
    book.set([{ ...PLAIN }, ASKS, inner("accept")]);
    equal([key(book, A), key(book, B), key(book, A, "plain")].join(), keys.join());
  }
  book.set([ASKS, inner("reject"), PLAIN]);
  notEqual(key(book, B), keys[1]);
  equal(key(book, A, "plain"), keys[2]);
});

test("direction and kind of neighbour count only where a rule asks for them", () => {
  const book = new FilterBook();
  book.set([PLAIN, { name: "kinds", rules: [{ match: { peerType: "ebgp" }, then: "accept" }] }]);
  const of = (name: string, external: boolean) => book.for(name, "export", A, external)?.key;
  equal(of("plain", true), of("plain", false));
  notEqual(of("kinds", true), of("kinds", false));
  equal(of("plain", true), book.for("plain", "import", A, true)?.key);
});
