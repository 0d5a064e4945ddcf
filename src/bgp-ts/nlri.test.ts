import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { annotated } from "./annotated.test.ts";
import { u32 } from "./arbitraries.test.ts";
import type { Family } from "./family.ts";
import { findNlriDefect, NlriCursor, prefixSize, writePrefix } from "./nlri.ts";

type Row = [w0: number, w1: number, w2: number, w3: number, length: number, pathId: number];

function read(bytes: Uint8Array, family: Family, addPath: boolean): Row[] {
  const cursor = new NlriCursor();
  cursor.reset(bytes, 0, bytes.length, family, addPath);
  const rows: Row[] = [];
  while (cursor.next()) {
    const { w0, w1, w2, w3, length, pathId } = cursor;
    rows.push([w0, w1, w2, w3, length, pathId]);
  }
  return rows;
}

function write(rows: readonly Row[], addPath: boolean): Uint8Array {
  const bytes = new Uint8Array(rows.length * 21 + 21);
  let at = 0;
  for (const [w0, w1, w2, w3, length, pathId] of rows) {
    const next = writePrefix(bytes, at, w0, w1, w2, w3, length, pathId, addPath);
    assert.equal(next - at, prefixSize(length, addPath));
    at = next;
  }
  return bytes.slice(0, at);
}

test("IPv4, both ways", () => {
  const bytes = annotated(`
    00            // 0.0.0.0/0
    08 0a         // 10.0.0.0/8
    0c ac10       // 172.16.0.0/12
    18 c0a801     // 192.168.1.0/24
    20 ac100307   // 172.16.3.7/32
    01 80         // 128.0.0.0/1
  `);
  const rows: Row[] = [
    [0, 0, 0, 0, 0, 0],
    [0x0a000000, 0, 0, 0, 8, 0],
    [0xac100000, 0, 0, 0, 12, 0],
    [0xc0a80100, 0, 0, 0, 24, 0],
    [0xac100307, 0, 0, 0, 32, 0],
    [0x80000000, 0, 0, 0, 1, 0],
  ];
  assert.deepEqual(read(bytes, 0, false), rows);
  assert.deepEqual(write(rows, false), bytes);
  assert.equal(findNlriDefect(bytes, 0, bytes.length, 0, false), -1);
});

test("IPv6 with path identifiers, both ways", () => {
  const bytes = annotated(`
    00000001 40 20010db8 00010002                   // 2001:db8:1:2::/64
    ffffffff 80 20010db8 00000000 00000000 00000001 // 2001:db8::1/128
    00000000 00                                     // ::/0
    00000002 2f 20010db8 0002                       // 2001:db8:2::/47
  `);
  const rows: Row[] = [
    [0x20010db8, 0x00010002, 0, 0, 64, 1],
    [0x20010db8, 0, 0, 1, 128, 0xffffffff],
    [0, 0, 0, 0, 0, 0],
    [0x20010db8, 0x00020000, 0, 0, 47, 2],
  ];
  assert.deepEqual(read(bytes, 1, true), rows);
  assert.deepEqual(write(rows, true), bytes);
  assert.equal(findNlriDefect(bytes, 0, bytes.length, 1, true), -1);
});

test("host bits are cleared (RFC 4271 §4.3: their value is irrelevant)", () => {
  assert.deepEqual(read(annotated("0c acff"), 0, false), [[0xacf00000, 0, 0, 0, 12, 0]]);
  const wide = read(annotated("21 20010db8 ff"), 1, false);
  assert.deepEqual(wide, [[0x20010db8, 0x80000000, 0, 0, 33, 0]]);
});

test("what is not a prefix is found where it is, and ends the cursor", () => {
  const cases: [string, Family, boolean, number][] = [
    ["08 0a  21 0102030405", 0, false, 2], // 33 bits
    ["08 0a  81 00", 1, false, 2], // 129 bits
    ["08 0a  18 0a01", 0, false, 2], // overruns
    ["00000001 08 0a  00000001 18 0a01", 0, true, 10],
    ["00000001 08 0a  000000", 0, true, 6], // half a path identifier
    ["00000001 08 0a  00000001", 0, true, 6], // no length
  ];
  for (const [octets, family, addPath, at] of cases) {
    const bytes = annotated(octets);
    assert.equal(findNlriDefect(bytes, 0, bytes.length, family, addPath), at, octets);
    assert.equal(read(bytes, family, addPath).length, 1, octets);
  }
});

test("a cursor that is used again keeps nothing of its past", () => {
  const cursor = new NlriCursor();
  const wide = annotated("00000007 80 20010db8 00000001 00000002 00000003");
  cursor.reset(wide, 0, wide.length, 1, true);
  assert.ok(cursor.next());
  const narrow = annotated("08 0a");
  cursor.reset(narrow, 0, 2, 0, false);
  assert.ok(cursor.next());
  assert.deepEqual([cursor.w0, cursor.w1, cursor.w2, cursor.w3], [0x0a000000, 0, 0, 0]);
  assert.deepEqual([cursor.length, cursor.pathId], [8, 0]);
  assert.ok(!cursor.next() && !cursor.next());
});

const masked = (word: number, bits: number) =>
  bits <= 0 ? 0 : bits >= 32 ? word : (word & (-1 << (32 - bits))) >>> 0;

function row(family: Family): fc.Arbitrary<Row> {
  const length = fc.integer({ min: 0, max: family === 0 ? 32 : 128 });
  return fc
    .tuple(u32, u32, u32, u32, length, u32)
    .map(([a, b, c, d, bits, pathId]) => [
      masked(a, bits),
      masked(b, bits - 32),
      masked(c, bits - 64),
      masked(d, bits - 96),
      bits,
      pathId,
    ]);
}

test("read(write(x)) is x", () => {
  for (const family of [0, 1] as const) {
    fc.assert(
      fc.property(fc.array(row(family)), (rows) => {
        assert.deepEqual(read(write(rows, true), family, true), rows);
      }),
    );
  }
});

test("the check and the cursor agree on any octets", () => {
  const octets = fc.uint8Array({ maxLength: 40, max: 40 });
  fc.assert(
    fc.property(octets, fc.boolean(), fc.boolean(), (bytes, wide, addPath) => {
      const family = wide ? 1 : 0;
      const rows = read(bytes, family, addPath);
      const used = rows.reduce((sum, [, , , , length]) => sum + prefixSize(length, addPath), 0);
      const defect = findNlriDefect(bytes, 0, bytes.length, family, addPath);
      assert.equal(defect === -1, used === bytes.length);
    }),
    { numRuns: 1000 },
  );
});
