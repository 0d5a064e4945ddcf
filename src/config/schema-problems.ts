import type * as z from "zod";
import { type Path, quote, suggestion } from "./problem.ts";
import { CONFIG, type Loose } from "./schema.ts";
import type { Plain, Source } from "./source.ts";
import type { Problem } from "./types.ts";

/**
 * Reads what every key says. What is wrong becomes problems and is left out of the result, so that
 * the checks across keys can go on with the rest.
 */
export function applySchema(source: Source): { loose: Loose; problems: Problem[] } {
  let value = withoutEmptySections(source.value);
  let result = CONFIG.safeParse(value);
  if (result.success) return { loose: result.data, problems: [] };
  const issues = result.error.issues.flatMap(insideUnions);
  const problems = issues.flatMap((issue) => describeIssue(issue, source));
  value = clone(value);
  for (const issue of issues) {
    if (issue.code !== "unrecognized_keys") remove(value, issue.path);
    else for (const key of issue.keys) remove(value, [...issue.path, key]);
  }
  result = CONFIG.safeParse(value);
  return { loose: result.data ?? {}, problems };
}

/** `peers:` with all its lines commented out is no peers, not an error. An empty file is no keys. */
function withoutEmptySections(value: Plain): unknown {
  if (value === null) return {};
  if (typeof value !== "object" || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, section]) => section !== null));
}

/** Where a list or a section may stand: what is wrong with the one that is there. */
function insideUnions(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== "invalid_union") return [issue];
  const meant = issue.errors.find((option) =>
    option.every(({ path, code }) => path.length > 0 || code === "unrecognized_keys"),
  );
  const issues = meant ?? issue.errors[0];
  return issues.flatMap((inner) =>
    insideUnions({ ...inner, path: [...issue.path, ...inner.path] }),
  );
}

function describeIssue(issue: z.core.$ZodIssue, source: Source): Problem[] {
  const path = issue.path.map((step) => (typeof step === "number" ? step : String(step)));
  if (issue.code !== "unrecognized_keys") return [source.problem(path, issue.message)];
  return issue.keys.map((key) => {
    const inner = [...path, key];
    const known = knownKeys(path);
    return source.keyProblem(
      inner,
      `found the unknown key ${quote(key)}, ${suggestion(key, known)}`,
    );
  });
}

/** The keys that the schema has at a path. */
function knownKeys(path: Path): string[] {
  let at: z.core.$ZodType | undefined = CONFIG;
  for (const step of path) {
    const type: Unwrapped = unwrap(at, typeof step === "number" ? "array" : "object");
    if (type.type === "object") at = type.shape[step];
    else at = type.type === "array" ? type.element : type.valueType;
    if (at === undefined) return [];
  }
  const type = unwrap(at, "object");
  return type.type === "object" ? Object.keys(type.shape) : [];
}

type Unwrapped = z.core.$ZodObjectDef | z.core.$ZodArrayDef | z.core.$ZodRecordDef;
type Wrapped = Unwrapped | z.core.$ZodOptionalDef | z.core.$ZodPipeDef | z.core.$ZodUnionDef;

/** `wanted`: which one to take where there is a choice. */
function unwrap(type: z.core.$ZodType, wanted: "array" | "object"): Unwrapped {
  const definition = type._zod.def as Wrapped;
  if (definition.type === "optional") return unwrap(definition.innerType, wanted);
  if (definition.type === "pipe") return unwrap(definition.out, wanted);
  if (definition.type !== "union") return definition;
  const options = definition.options.map((option) => unwrap(option, wanted));
  return options.find((option) => option.type === wanted) ?? options[0];
}

function clone(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(clone);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, clone(inner)]));
}

/** Puts nothing in the place of the value; list elements keep their indexes. */
function remove(value: unknown, path: readonly PropertyKey[]): void {
  let at = value as Record<PropertyKey, unknown>;
  for (const step of path.slice(0, -1)) {
    const inner = at[step];
    if (typeof inner !== "object" || inner === null) {
      delete at[step]; // A scalar that stands for a section, as in maxPrefixes: 1000.
      return;
    }
    at = inner as Record<PropertyKey, unknown>;
  }
  const key = path.at(-1);
  if (key === undefined) return;
  if (Array.isArray(at)) at[Number(key)] = undefined;
  else delete at[key];
}
