import assert from "node:assert/strict";
import { test } from "node:test";
import { DISCARD, NextHopTable } from "../route/index.ts";
import { ForeignRoutes } from "./foreign-routes.ts";
import { LinkTable } from "./links.ts";
import { NextHops } from "./next-hops.ts";
import { PathLists } from "./path-lists.ts";
import { USUAL } from "./places.ts";
import { Resolver } from "./resolver.ts";

test("beyond the bound a prefix goes by its best next hop alone, and as before once there is room", () => {
  const table = new NextHopTable();
  const links = new LinkTable();
  const hops = new NextHops(table, new Resolver(links, new ForeignRoutes(links, 254), []));
  const ids = [1, 2, 3, 4].map((last) =>
    table.intern({ family: 0, w0: 0x0a000000 + last, w1: 0, w2: 0, w3: 0 }, 0),
  );
  const [a, b, c, d] = ids;
  const paths = new PathLists(hops, 2);
  const described = (id: number): string => {
    const { best, backup } = paths.at(id);
    return `${best.map((hop) => hop.id).join()} / ${backup?.id ?? "none"}`;
  };
  const first = paths.intern([b, a], 8, c, 1);
  paths.intern([a], 8, b, 1);
  assert.equal(paths.size, 2);
  assert.equal(paths.at(first).place, 1);
  assert.equal(paths.intern([a, b], 8, c, 1), first, "what is there is still found");

  const single = paths.intern([d, a, b], 8, c, 1);
  assert.equal(described(single), `${d} / none`, "the best one is the first that is named");
  assert.equal(paths.intern([d, c], 8, 0, 1), single, "all of that best next hop share one");
  for (const hop of ids) paths.intern([hop], 8, 0, 1);
  assert.equal(paths.size, 2 + ids.length, "no more than there are next hops are beyond");

  for (const list of [...paths.all()]) if (list.id !== first) paths.remove(list);
  assert.equal(described(paths.intern([d, a], 8, c, 1)), `${a},${d} / ${c}`);
});

test("the list of one next hop alone is one for each place, and is made anew once it is gone", () => {
  const table = new NextHopTable();
  const links = new LinkTable();
  const hops = new NextHops(table, new Resolver(links, new ForeignRoutes(links, 254), []));
  const hop = table.intern({ family: 0, w0: 0x0a000001, w1: 0, w2: 0, w3: 0 }, 0);
  const paths = new PathLists(hops);
  const usual = paths.intern([hop], 1, 0, USUAL);
  const elsewhere = paths.intern([hop], 1, 0, USUAL + 1);
  const discard = paths.intern([DISCARD], 1, 0, USUAL);
  assert.equal(new Set([usual, elsewhere, discard]).size, 3);
  assert.equal(paths.intern([hop], 1, 0, USUAL), usual);
  assert.equal(paths.intern([hop], 1, hop, USUAL), usual, "it is no backup of itself");
  assert.equal(paths.intern([hop], 1, 0, USUAL + 1), elsewhere);
  assert.equal(paths.intern([DISCARD], 1, 0, USUAL), discard);

  paths.remove(paths.at(usual));
  const pair = paths.intern([hop], 1, DISCARD, USUAL);
  assert.equal(pair, usual, "its id is another list's");
  const again = paths.intern([hop], 1, 0, USUAL);
  assert.notEqual(again, pair);
  assert.equal(paths.at(again).backup, undefined);
});
