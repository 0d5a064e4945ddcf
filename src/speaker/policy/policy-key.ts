import type { ExportSpec } from "./export-policy.ts";
import type { ImportSpec } from "./import-policy.ts";

/**
 * A text that two specifications share exactly when they say the same, in whatever order their keys
 * were written: the key by which policies, and update groups, are shared.
 */
export function policyKey(spec: ImportSpec | ExportSpec): string {
  return JSON.stringify(spec, (_key, value: unknown) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
