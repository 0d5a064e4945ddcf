import type { ExportSpec } from "./export-policy.ts";
import type { FilterSpec } from "./filter-spec.ts";
import type { ImportSpec } from "./import-policy.ts";

/**
 * A text that two specifications share exactly when they say the same, in whatever order their keys
 * were written: the key by which policies, and update groups, are shared. A filter that has a key of
 * its own stands in it by that.
 */
export function policyKey(spec: ImportSpec | ExportSpec): string {
  return textOf({ ...spec, filter: spec.filter?.key ?? spec.filter });
}

/** The same of a filter, in full. */
export function filterText(filter: FilterSpec): string {
  return textOf(filter);
}

function textOf(data: object): string {
  return JSON.stringify(data, (_key, value: unknown) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
