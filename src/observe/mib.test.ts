import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Mib, sortRows, type Table } from "./mib.ts";
import { compareOids, parseOid, type Oid } from "./oid.ts";

const TYPES = {
  types: {
    Integer: 2,
    OctetString: 4,
    OID: 6,
    IpAddress: 64,
    Counter: 65,
    Gauge: 66,
    TimeTicks: 67,
  },
  readOnly: { type: 1, maxAccess: 2 },
};

/** A table with two columns; the second has no cell in rows with an odd number. */
function tableOf(oid: Oid, indexes: readonly Oid[]): Table<unknown> {
  const table: Table<number> = {
    oid,
    columns: [
      { number: 2, type: "Integer", value: (row) => row },
      { number: 5, type: "Gauge", value: (row) => (row % 2 === 1 ? undefined : row) },
    ],
    rows: () => rows,
  };
  const rows = sortRows(indexes.map((index, row) => ({ index, row })));
  return table;
}

function walk(mib: Mib, from: string): [string, unknown][] {
  const found: [string, unknown][] = [];
  let at = mib.getTreeNode(from).getNextInstanceNode();
  for (; at !== null; at = at.getNextInstanceNode()) found.push([at.oid, at.value]);
  return found;
}

test("a walk, from any place, and single cells", () => {
  const mib = new Mib(
    [
      tableOf([1, 3, 9], [[10, 2], [1], [10, 0, 7]]),
      { oid: [1, 3, 4], type: "Integer", value: () => 44 },
      { oid: [1, 3, 12], type: "OctetString", value: () => "end" },
    ],
    TYPES,
  );
  const all: [string, unknown][] = [
    ["1.3.4.0", 44],
    ["1.3.9.2.1", 1],
    ["1.3.9.2.10.0.7", 2],
    ["1.3.9.2.10.2", 0],
    ["1.3.9.5.10.0.7", 2],
    ["1.3.9.5.10.2", 0],
    ["1.3.12.0", "end"],
  ];
  assert.deepEqual(walk(mib, "1.3"), all);
  assert.deepEqual(walk(mib, "1.3.4.0"), all.slice(1));
  assert.deepEqual(walk(mib, "1.3.9.2.10"), all.slice(2));
  assert.deepEqual(walk(mib, "1.3.9.3"), all.slice(4));
  assert.deepEqual(walk(mib, "1.3.9.9"), all.slice(6));
  assert.deepEqual(walk(mib, "1.3.12.0"), []);
  assert.deepEqual(walk(mib, "2"), []);
  for (const [oid, value] of all) assert.equal(mib.lookup(oid)?.value, value, oid);
  for (const oid of ["1.3.4", "1.3.4.1", "1.3.9.5.1", "1.3.9.2", "1.3.9.3.1", "1.3.9.2.10.0", ""]) {
    assert.equal(mib.lookup(oid), undefined, oid);
  }
  assert.equal(mib.lookup("1.3.9.5.10.2")?.valueType, TYPES.types.Gauge);
  assert.ok(mib.getAncestorProviderFromOid("1.3.9.7") !== null);
  assert.equal(mib.getAncestorProviderFromOid("1.3.8"), null);
});

test("nonsense for a name is nobody's", () => {
  const mib = new Mib([{ oid: [1, 3, 4], type: "Integer", value: () => 44 }], TYPES);
  for (const oid of ["x", "1.3.4.0x", "1.3.-4", "1..3", "1.3.99999999999"]) {
    assert.equal(mib.lookup(oid), undefined);
    assert.doesNotThrow(() => walk(mib, oid));
  }
});

test("whatever the indexes are, a walk has every cell once, in order, and each is found again", () => {
  const index = fc.array(fc.nat(3), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(
      fc.array(index, { maxLength: 12 }),
      fc.array(fc.nat(6), { maxLength: 6 }),
      (indexes, start) => {
        const mib = new Mib([tableOf([1, 3, 2], indexes), tableOf([1, 3, 4], indexes)], TYPES);
        const cells = walk(mib, "1.3");
        const oids = cells.map(([oid]) => parseOid(oid));
        for (let i = 1; i < oids.length; i++) assert.ok(compareOids(oids[i - 1], oids[i]) < 0);
        for (const [oid, value] of cells) assert.equal(mib.lookup(oid)?.value, value);
        const from = [1, 3, ...start];
        const behind = cells.filter((_, i) => compareOids(oids[i], from) > 0);
        assert.deepEqual(walk(mib, from.join(".")), behind);
      },
    ),
  );
});
