import assert from "node:assert/strict";
import { test } from "node:test";
import type { FilterRule } from "./filter-spec.ts";
import { Filter } from "./filter.ts";
import { only, World } from "./helpers.test.ts";
import { SOURCE } from "./source.ts";

/** One list of rules for each subset of so many communities: more than a filter remembers. */
const BITS = 13;

test("a neighbour with more kinds of routes than a filter remembers is judged by its own", () => {
  const world = new World();
  const rules: FilterRule[] = Array.from({ length: BITS }, (_, bit) => ({
    match: { communities: [only(bit)], prefix: [] },
    then: "accept",
  }));
  rules.push({ match: { communities: [only(99)] }, then: "accept" });
  const filter = new Filter({ name: "f", rules }, world.attributes);
  const [family, prefix] = world.route("172.16.1.0/24");
  const judge = (communities: readonly number[]): string => {
    const set = world.set({ communities });
    return filter.outcome(filter.decide(set, SOURCE.EXTERNAL, world.prefixes[family], prefix)).then;
  };
  // What is remembered first is what all are judged by if an old list is taken for a new one.
  assert.equal(judge([99]), "accept");
  for (let subset = 1; subset < 1 << BITS; subset++) {
    const communities = Array.from({ length: BITS }, (_, bit) => bit);
    const present = communities.filter((bit) => (subset & (1 << bit)) !== 0);
    assert.equal(judge(present), "reject", present.join());
  }
  assert.equal(judge([99]), "accept");
});
