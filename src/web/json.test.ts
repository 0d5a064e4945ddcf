import assert from "node:assert/strict";
import { test } from "node:test";
import { Rows, objectPieces } from "./json.ts";

const joined = (pieces: Iterable<string | undefined>): string =>
  [...pieces].filter((piece) => piece !== undefined).join("");

test("members of every kind, lists and objects among them, with and without rows", () => {
  const pauses = [undefined, { a: 1 }, undefined, undefined, { a: "x\n\u2028" }, undefined];
  const text = joined(
    objectPieces({
      plain: ["a", 1, true, null, { b: [] }],
      list: Rows.list(pauses, (row) => row),
      'emp"ty': Rows.list([undefined], (row) => row),
      nothing: Rows.object([] as string[], (row) => [row, row]),
      object: Rows.object(["__proto__", undefined, 'q"'], (row) => [row, { of: row }]),
    }),
  );
  assert.deepEqual(JSON.parse(text), {
    plain: ["a", 1, true, null, { b: [] }],
    list: [{ a: 1 }, { a: "x\n\u2028" }],
    'emp"ty': [],
    nothing: {},
    object: { ["__proto__"]: { of: "__proto__" }, 'q"': { of: 'q"' } },
  });
});

test("every pause among the rows is one in the pieces", () => {
  const rows = Rows.list([undefined, 1, undefined, 2], (row) => row);
  const pieces = [...objectPieces({ rows })];
  assert.equal(pieces.filter((piece) => piece === undefined).length, 2);
});
