import assert from "node:assert/strict";
import { test } from "node:test";
import { pathAttributes } from "bgp-ts";
import { AttributeTable, IPV4, IPV6, NextHopTable, PrefixTable } from "../route/index.ts";
import type { PathView } from "../speaker/index.ts";
import { type DumpCount, tableDump } from "./table-dump.ts";

const NETWORKS = 64;

/** The dump of so many networks with so many paths of this node each: what was counted, and the pauses. */
function dumped(pathsEach: number): DumpCount & { readonly pauses: number } {
  const attributes = new AttributeTable(new NextHopTable());
  const prefixes = [new PrefixTable(IPV4), new PrefixTable(IPV6)] as const;
  for (let i = 0; i < NETWORKS; i++) prefixes[IPV4].intern(0x0a000000 + i, 0, 0, 0, 32);
  const set = attributes.intern(pathAttributes({ med: 7 }));
  const path: Partial<PathView> = { kind: "block", attributes: set, accepted: true, receivedAt: 0 };
  const survey = { neighbours: () => [], paths: () => new Array<object>(pathsEach).fill(path) };
  const rooms = { attributes, prefixes, survey: survey as never, clock: () => 0 };
  const count = { networks: 0, routes: 0 };
  const records = tableDump({ ...rooms, asn: 1, routerId: 1 }, [IPV4], count);
  const pauses = [...records].filter((record) => record === undefined).length;
  return { ...count, pauses };
}

test("a dump pauses by what it looks at: paths, and networks without any", () => {
  assert.deepEqual(dumped(100), { networks: 64, routes: 6400, pauses: 64 });
  assert.deepEqual(dumped(16), { networks: 64, routes: 1024, pauses: 16 });
  assert.deepEqual(dumped(1), { networks: 64, routes: 64, pauses: 1 });
  assert.deepEqual(dumped(0), { networks: 0, routes: 0, pauses: 1 });
});
