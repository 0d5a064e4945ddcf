import assert from "node:assert/strict";
import { test } from "node:test";
import { Source, documentsOf, readDocuments, readSource } from "./source.ts";

function problems(text: string) {
  const found = readSource(text, "f");
  return found instanceof Source ? [] : found;
}

test("what the parser would complain about at every sign is refused in one sentence", () => {
  const tooMany = /^found \d+ brackets, .*expected at most 300000/;
  const cases: readonly (readonly [string, RegExp])[] = [
    ["]".repeat(400_000), tooMany],
    ["}".repeat(400_000), tooMany],
    ["! ".repeat(400_000), tooMany],
    ['""'.repeat(200_001), tooMany],
    [`"a" 'b' `.repeat(200_001), tooMany],
    ["]".repeat(501), /^found more than 500 closing brackets without an opening one/],
    ["[}}".repeat(501), /^found more than 500 closing brackets without an opening one/],
  ];
  for (const [text, expected] of cases) {
    const found = problems(text);
    assert.equal(found.length, 1, text.slice(0, 8));
    assert.match(found[0].message, expected);
    assert.deepEqual([found[0].line, found[0].column], [1, 1]);
  }
});

test("no more than a hundred complaints of the parser are told", () => {
  assert.equal(problems("]".repeat(400)).length, 100);
  assert.equal(problems("]".repeat(3)).length, 3);
});

test("many quoted values are no reason to refuse a file", () => {
  assert.deepEqual(problems(`a: [${'"10.0.0.0/8", '.repeat(100_001)}]`), []);
});

test("documents behind each other: each without the lines before it, of which only the number is kept", () => {
  assert.deepEqual(documentsOf("---\na: 1\n--- # two\n\nb: 2\n---\n# none\n---\r\nc: 3\n---"), [
    { text: "a: 1", before: 1 },
    { text: "\nb: 2", before: 3 },
    { text: "c: 3", before: 8 },
  ]);
  const text = "a: 1\n---\n".repeat(900);
  const read = documentsOf(text).reduce((sum, each) => sum + each.text.length, 0);
  assert.ok(read < text.length);
});

test("documents behind each other: what is wrong with each has its place in the file", () => {
  const documents = readDocuments("a: [\n---\na: 1\n\tb: 2\n", "f", 3);
  const places = Array.from(documents, (found) =>
    found instanceof Source ? [] : found.map(({ line, column }) => `${line}:${column}`),
  );
  assert.deepEqual(places, [["1:5"], ["4:1"]]);
  const [first] = readDocuments("a: 1\n---\nb: 2\n", "f", 3);
  assert.ok(first instanceof Source);
  assert.equal(first.keyProblem(["a"], "").line, 1);
});

test("a text is measured as a whole, whatever its documents are", () => {
  const found = [...readDocuments(`${"{},".repeat(2000)}\n---\n`.repeat(60), "f", 100)];
  assert.equal(found.length, 1);
  assert.match(JSON.stringify(found), /expected at most 300000/);
});
