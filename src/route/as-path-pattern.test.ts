import assert from "node:assert/strict";
import { test } from "node:test";
import type { AsPathSegment } from "bgp-ts";
import fc from "fast-check";
import { AsPathPattern } from "./as-path-pattern.ts";

function pattern(text: string): AsPathPattern {
  const read = AsPathPattern.parse(text);
  if (read.kind === "fault") assert.fail(`${text}: ${read.reason}`);
  return read;
}

function path(text: string): AsPathSegment[] {
  return text.split(/(?=[{(])|(?<=[})]) /).flatMap((part): AsPathSegment[] => {
    const asns = part.match(/[0-9]+/g)?.map(Number) ?? [];
    if (asns.length === 0) return [];
    return [{ type: part.startsWith("{") ? 1 : part.startsWith("(") ? 3 : 2, asns }];
  });
}

test("what matches, and what does not", () => {
  const cases: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ["^$", [""], ["1"]],
    ["", ["", "1 2"], []],
    ["^64600_", ["64600", "64600 1", "64600 {1}"], ["646001", "1 64600", ""]],
    ["_64512$", ["64512", "1 64512"], ["164512", "64512 1", "{64512 1}"]],
    ["_64512_", ["1 64512 2", "64512", "{1 64512}", "(64512)"], ["645120", "164512"]],
    ["^64600 (65001|65002)$", ["64600 65001", "64600 65002"], ["64600 65003", "64600 65001 1"]],
    ["^(64600 )*64600$", ["64600", "64600 64600"], ["64600 1", ""]],
    ["^[0-9]+$", ["7", "4294967294"], ["1 2", ""]],
    ["^\\d+ 645[1-3].$", ["1 64512", "23 64539"], ["1 64540", "64512"]],
    ["[^0-9]", ["1 2", "{1}"], ["12", ""]],
    ["\\{", ["{1 2}"], ["1 2"]],
    ["^1?2$", ["2", "12"], ["1", "112"]],
    ["a|1".slice(2), ["1"], ["2"]],
    ["((1*)*)+2", ["1112", "2"], ["111"]],
  ];
  for (const [text, yes, no] of cases) {
    const one = pattern(text);
    for (const each of yes) assert.equal(one.matches(path(each)), true, `${text} ~ ${each}`);
    for (const each of no) assert.equal(one.matches(path(each)), false, `${text} !~ ${each}`);
  }
});

test("what is no expression says where", () => {
  const faults: readonly (readonly [string, number, RegExp])[] = [
    ["^64(5", 5, /\( without/],
    ["64)5", 2, /\) without/],
    ["[0-9", 4, /\[ without/],
    ["*1", 0, /nothing before/],
    ["1**", 2, /two repetitions/],
    ["(?=1)", 1, /nothing before/],
    ["(1)\\1", 4, /back reference/],
    ["abc", 0, /never part/],
    ["[9-0]", 4, /range/],
    ["[]", 2, /nothing/],
    ["1\\", 2, /nothing behind/],
    ["1".repeat(257), 256, /characters/],
  ];
  for (const [text, at, reason] of faults) {
    const read = AsPathPattern.parse(text);
    assert.equal(read.kind, "fault", text);
    if (read.kind === "fault")
      assert.deepEqual([read.at, reason.test(read.reason)], [at, true], read.reason);
  }
});

test("a hostile path against a hostile expression is read once, whatever both are", () => {
  // Backtracking would need about 2^4000 steps for the first, and 4000^4 for the second.
  for (const text of [
    "^((1+)+)+$",
    "1*1*1*1*1*2",
    "(1|11|111)*2",
    "1(.|.)?(.|.)?(.|.)?(.|.)?(.|.)?(.|.)?(.|.)?2",
  ]) {
    const asns = new Array<number>(4000).fill(1111111111);
    assert.equal(pattern(text).matches([{ type: 2, asns }]), false, text);
  }
});

test("the automaton agrees with the engine's own expressions", () => {
  const atom = fc.constantFrom(
    "1",
    "2",
    ".",
    "[12]",
    "[^1]",
    " ",
    "(1|2 1)",
    "(12)*",
    "2+",
    "1?",
    "^",
    "$",
    "_",
  );
  const expression = fc.array(atom, { maxLength: 6 }).map((parts) => parts.join(""));
  const asns = fc.array(fc.constantFrom(1, 2, 12, 21, 112), { maxLength: 6 });
  fc.assert(
    fc.property(expression, asns, (text, numbers) => {
      // Ends and borders are characters to the automaton.
      const same = text.replaceAll("^", "<").replaceAll("[<1]", "[^1<>]").replaceAll("$", ">");
      const engine = new RegExp(same.replaceAll("_", "[ <>]").replaceAll(".", "[^<>]"));
      const read = pattern(text);
      const wanted = engine.test(`<${numbers.join(" ")}>`);
      assert.equal(read.matches([{ type: 2, asns: numbers }]), wanted, text);
    }),
    { numRuns: 2000 },
  );
});
