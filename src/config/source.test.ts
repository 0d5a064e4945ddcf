import assert from "node:assert/strict";
import { test } from "node:test";
import { Source, readSource } from "./source.ts";

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
