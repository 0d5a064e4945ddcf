import assert from "node:assert/strict";
import { test } from "node:test";
import { Listing, noneListed } from "./plan-listing.ts";

/** How many of `tries` are taken. */
function taken(listing: Listing, listed: ReturnType<typeof noneListed>, tries: number): number {
  let count = 0;
  for (let i = 0; i < tries; i++) if (listing.takes(listed, "appear")) count++;
  return count;
}

test("so many of a kind are listed, for each that is listed for", () => {
  const listing = new Listing(3, 100);
  const [one, other] = [noneListed(), noneListed()];
  listing.beginStep();
  assert.equal(taken(listing, one, 5), 3);
  assert.ok(listing.takes(one, "vanish"));
  assert.equal(taken(listing, other, 5), 3);
});

test("no more in a step than fit, none before the first, and so many in all", () => {
  const listing = new Listing(50_000, 4096);
  const listed = noneListed();
  const step = () => {
    listing.beginStep();
    return taken(listing, listed, 5000);
  };
  assert.equal(taken(listing, listed, 1), 0);
  assert.deepEqual([step(), step(), step(), step()], [4096, 4096, 1808, 0]);
});

test("where all are wanted there is no end", () => {
  const listing = new Listing(Infinity, 1);
  assert.equal(taken(listing, noneListed(), 20_000), 20_000);
});
