import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { formatProblem, parseConfig } from "./index.ts";

const FOLDER = join(import.meta.dirname, "../../config");
const EXAMPLES = [
  "dual-tor-ecmp.yaml",
  "full-mesh-range.yaml",
  "ipv6.yaml",
  "l2-flat.yaml",
  "node-and-tor.yaml",
  "reflector-client.yaml",
  "reflector.yaml",
];

test("the examples are those that are tested here", () => {
  assert.deepEqual(readdirSync(FOLDER).sort(), EXAMPLES);
});

for (const file of EXAMPLES) {
  test(`config/${file} is a good configuration`, () => {
    const result = parseConfig(readFileSync(join(FOLDER, file), "utf8"), { file, hostname: "h" });
    assert.deepEqual(result.ok ? [] : result.problems.map(formatProblem), []);
  });
}

test("what is commented out in the examples is good configuration too", () => {
  for (const file of EXAMPLES) {
    const text = readFileSync(join(FOLDER, file), "utf8");
    const open = text.replaceAll(/^( +)# (?=(password: \{|- \{ name:))/gm, "$1");
    const result = parseConfig(open, { file, hostname: "h" });
    assert.deepEqual(result.ok ? [] : result.problems.map(formatProblem), []);
  }
});
