// A whole configuration with values of it mixed up: whatever comes out, it is answered.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { diffConfig, parseConfig } from "./index.ts";

const REFERENCE = readFileSync(join(import.meta.dirname, "../../config/reference.yaml"), "utf8")
  .split("\n")
  .filter((line) => !/^\s*(#|$)/.test(line));
const VALUES = REFERENCE.flatMap((line) => /: (.+)$/.exec(line)?.[1] ?? []);
const ODD = ["", "0", "-1", "1e9", "4294967296", "[]", "{}", "null", "::/0", "0.0.0.0/0", '""'];

const change = fc.record({
  line: fc.nat(REFERENCE.length - 1),
  how: fc.oneof(
    fc.constant("remove" as const),
    fc.constantFrom(...VALUES, ...ODD).map((value) => ({ value })),
  ),
});

function changed(changes: readonly (typeof change extends fc.Arbitrary<infer T> ? T : never)[]) {
  const lines: (string | undefined)[] = [...REFERENCE];
  for (const { line, how } of changes) {
    const key = /^(\s*(?:- )?[A-Za-z]+:)/.exec(REFERENCE[line])?.[1];
    lines[line] = how === "remove" || key === undefined ? undefined : `${key} ${how.value}`;
  }
  return parseConfig(lines.filter((line) => line !== undefined).join("\n"), {
    file: "x.yaml",
    hostname: "node1",
  });
}

test("the reference with lines gone and values of other keys, and what differs from it", () => {
  const reference = changed([]);
  assert(reference.ok);
  assert.deepEqual(diffConfig(reference.config, reference.config), []);
  let accepted = 0;
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      const result = changed(changes);
      if (!result.ok) {
        assert.notEqual(result.problems.length, 0);
        return;
      }
      accepted++;
      const [there, back] = [
        diffConfig(reference.config, result.config),
        diffConfig(result.config, reference.config),
      ];
      assert.equal(there.length, back.length, "what differs one way differs the other way");
      assert.deepEqual(diffConfig(result.config, result.config), []);
    }),
    { numRuns: 300, seed: 1 },
  );
  assert(accepted > 20, "some of them are configurations");
});
