import assert from "node:assert/strict";
import { test } from "node:test";
import { MibAnswers } from "./mib-answers.ts";
import { Mib, sortRows, type Table } from "./mib.ts";
import { loadNetSnmp, mibTypes } from "./net-snmp.ts";

/** A table of two columns and two rows, the second row without the second column; and a scalar behind it. */
async function answers(): Promise<MibAnswers> {
  const library = await loadNetSnmp();
  const rows = sortRows([1, 2].map((row) => ({ index: [row], row })));
  const table: Table<number> = {
    oid: [1, 3, 6, 1, 1],
    columns: [
      { number: 1, type: "Integer", value: (row) => row },
      { number: 2, type: "Integer", value: (row) => (row === 1 ? 10 : undefined) },
    ],
    rows: () => rows,
  };
  const scalar = { oid: [1, 3, 6, 1, 2], type: "Integer", value: () => 7 } as const;
  return new MibAnswers(new Mib([table, scalar], mibTypes(library)), library.ObjectType);
}

const [INTEGER, NO_OBJECT, NO_INSTANCE, END] = [2, 128, 129, 130];

test("what is not there is no object, or no instance of one", async () => {
  const mib = await answers();
  const types = ["1.1.1.2", "1.1.2.2", "1.1.1.9", "1.1.9.1", "1.2.0", "1.2.1", "1.9", "9"].map(
    (oid) => mib.get(`1.3.6.1.${oid.slice(2)}`).type,
  );
  assert.deepEqual(types, [
    ...[INTEGER, NO_INSTANCE, NO_INSTANCE, NO_INSTANCE],
    ...[INTEGER, NO_INSTANCE, NO_OBJECT, NO_OBJECT],
  ]);
});

test("a walk ends at the end, wherever it has begun", async () => {
  const mib = await answers();
  assert.deepEqual(mib.next("1.3.6.1.1.1.2").value, 10);
  assert.deepEqual(mib.next("1.3.6.1.1.2.1"), { oid: "1.3.6.1.2.0", type: INTEGER, value: 7 });
  for (const oid of ["1.3.6.1.2.0", "1.3.6.1.2.0.5", "1.3.6.1.7", "2.1"]) {
    assert.deepEqual(mib.next(oid), { oid, type: END, value: null });
  }
  assert.equal(mib.next("1.3.6.1.1.2.1", "1.3.6.1.2").type, END);
});

test("GetBulk repeats all that is to be repeated, as often as there is room for", async () => {
  const mib = await answers();
  const names = (...words: Parameters<MibAnswers["bulk"]>): string[] =>
    mib.bulk(...words).map(({ oid, type }) => (type === END ? `${oid} end` : oid));
  const columns = ["1.3.6.1.1.1", "1.3.6.1.1.2"];
  assert.deepEqual(names(columns, 0, 1, 50), ["1.3.6.1.1.1.1", "1.3.6.1.1.2.1"]);
  assert.deepEqual(names(columns, 1, 2, 50), ["1.3.6.1.1.1.1", "1.3.6.1.1.2.1", "1.3.6.1.2.0"]);
  assert.deepEqual(names(columns, 0, 9, 50), [
    ...["1.3.6.1.1.1.1", "1.3.6.1.1.2.1", "1.3.6.1.1.1.2", "1.3.6.1.2.0"],
    ...["1.3.6.1.1.2.1", "1.3.6.1.2.0 end", "1.3.6.1.2.0", "1.3.6.1.2.0 end"],
    ...["1.3.6.1.2.0 end", "1.3.6.1.2.0 end"],
  ]);
  // There is always one repetition, and never a part of one.
  assert.equal(names(columns, 0, 9, 1).length, 2);
  assert.equal(names(columns, 0, 9, 5).length, 4);
  assert.deepEqual(names(columns, 5, 9, 50), ["1.3.6.1.1.1.1", "1.3.6.1.1.2.1"]);
  assert.deepEqual(names(columns, 0, 0, 50), []);
  assert.deepEqual(names([], 0, 9, 50), []);
});
