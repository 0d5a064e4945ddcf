import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import type { z } from "zod";
import { configSchema, formatProblem, parseConfig } from "./index.ts";

const FOLDER = join(import.meta.dirname, "../../config");
const EXAMPLES = [
  "dual-tor-ecmp.yaml",
  "dual-tor-unnumbered.yaml",
  "filters.yaml",
  "full-mesh-range.yaml",
  "ipv6.yaml",
  "l2-flat.yaml",
  "node-and-tor.yaml",
  "reference.yaml",
  "reflector-client.yaml",
  "reflector.yaml",
];

test("the examples are those that are tested here", () => {
  assert.deepEqual(
    readdirSync(FOLDER)
      .filter((name) => name.endsWith(".yaml"))
      .sort(),
    EXAMPLES,
  );
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
    const open = text.replaceAll(
      /^( +)# (?=(password: \{|- \{ name:|listen: 1|users: \[|targets: \[))/gm,
      "$1",
    );
    const result = parseConfig(open, { file, hostname: "h" });
    assert.deepEqual(result.ok ? [] : result.problems.map(formatProblem), []);
  }
});

type Definition =
  | z.core.$ZodOptionalDef
  | z.core.$ZodObjectDef
  | z.core.$ZodArrayDef
  | z.core.$ZodRecordDef
  | z.core.$ZodPipeDef
  | z.core.$ZodUnionDef
  | { readonly type: "transform" };

/** Every key, as `kernel.metric`; names and indexes are left out. */
function* keysOf(type: z.core.$ZodType, path = ""): Generator<string> {
  const definition = type._zod.def as Definition;
  switch (definition.type) {
    case "optional":
      yield* keysOf(definition.innerType, path);
      break;
    case "array":
      yield* keysOf(definition.element, path);
      break;
    case "record":
      yield* keysOf(definition.valueType, path);
      break;
    case "object":
      for (const [key, inner] of Object.entries(definition.shape)) {
        yield `${path}${key}`;
        yield* keysOf(inner, `${path}${key}.`);
      }
      break;
    case "pipe":
      yield* keysOf(definition.out, path);
      break;
    case "union":
      for (const option of definition.options) yield* keysOf(option, path);
      break;
    case "transform":
  }
}

const NAMED = ["groups", "filters"];

/** The same of what stands in a file. `named`: the keys at hand are names. */
function* keysIn(value: unknown, path = "", named = false): Generator<string> {
  if (Array.isArray(value)) for (const inner of value) yield* keysIn(inner, path);
  else if (typeof value === "object" && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      if (!named) yield `${path}${key}`;
      yield* keysIn(inner, named ? path : `${path}${key}.`, NAMED.includes(`${path}${key}`));
    }
  }
}

test("config/reference.yaml has every key that there is", () => {
  const text = readFileSync(join(FOLDER, "reference.yaml"), "utf8");
  const shown = new Set(
    keysIn(
      parse(
        text.replaceAll(
          /# (?=(?:password: {|auth: {|from-calico: {|listen: 1|users: \[|targets: \[))/g,
          "",
        ),
      ),
    ),
  );
  // A group has the keys of a neighbour: it is enough to show them once.
  const once = (key: string): string => key.replace(/^groups\./, "peers.");
  const all = new Set([...shown].map(once));
  const missing = [...keysOf(configSchema)].map(once).filter((key) => !all.has(key));
  assert.deepEqual(missing, []);
  assert.ok(all.has("peers.password.file") && all.has("filters.match.source"));
});
