import assert from "node:assert/strict";
import { test } from "node:test";
import { annotated } from "./annotated.test.ts";
import { AttributeCursor } from "./attribute-cursor.ts";

function walk(octets: string) {
  const bytes = annotated(octets);
  const cursor = new AttributeCursor();
  cursor.reset(bytes, 0, bytes.length);
  const found: number[][] = [];
  while (cursor.next()) {
    found.push([cursor.flags, cursor.type, cursor.at, cursor.start, cursor.end]);
  }
  return { found, broken: cursor.broken === undefined ? undefined : cursor.at };
}

test("lengths of one and of two octets", () => {
  const { found, broken } = walk(`
    40 01 01 00      // ORIGIN
    50 02 0002 0200  // AS_PATH with extended length
    40 06 00         // ATOMIC_AGGREGATE
  `);
  assert.deepEqual(found, [
    [0x40, 1, 0, 3, 4],
    [0x50, 2, 4, 8, 10],
    [0x40, 6, 10, 13, 13],
  ]);
  assert.equal(broken, undefined);
});

test("a list whose lengths contradict each other (RFC 7606 §4)", () => {
  for (const tail of ["40", "4005", "500500", "50050001", "400501", "50 05 ffff 00"]) {
    const { found, broken } = walk(`40 01 01 00 ${tail}`);
    assert.equal(found.length, 1, tail);
    assert.equal(broken, 4, tail);
  }
  assert.deepEqual(walk(""), { found: [], broken: undefined });
});
