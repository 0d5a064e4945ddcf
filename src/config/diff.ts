import type { Config, ConfigChange } from "./types.ts";

/**
 * What is different in `b`: one entry for each section, peer and filter. Peers and filters are told
 * apart by name; where they stand in the file does not matter.
 */
export function diffConfig(a: Config, b: Config): ConfigChange[] {
  const changes: ConfigChange[] = [];
  for (const section of Object.keys(b) as (keyof Config)[]) {
    if (section === "peers" || section === "filters") {
      changes.push(...diffNamed(section, a[section], b[section]));
    } else {
      const change = diffSection(section, undefined, a[section], b[section]);
      if (change !== undefined) changes.push(change);
    }
  }
  return changes;
}

function diffNamed(
  section: "peers" | "filters",
  a: readonly { readonly name: string }[],
  b: readonly { readonly name: string }[],
): ConfigChange[] {
  const changes: ConfigChange[] = [];
  const old = new Map(a.map((item) => [item.name, item]));
  for (const item of b) {
    const change = diffSection(section, item.name, old.get(item.name), item);
    if (change !== undefined) changes.push(change);
    old.delete(item.name);
  }
  for (const name of old.keys()) changes.push({ section, name, change: "removed", keys: [] });
  return changes;
}

function diffSection(
  section: keyof Config,
  name: string | undefined,
  a: unknown,
  b: unknown,
): ConfigChange | undefined {
  if (same(a, b)) return undefined;
  if (a === undefined) return { section, name, change: "added", keys: [] };
  if (b === undefined) return { section, name, change: "removed", keys: [] };
  return { section, name, change: "changed", keys: differentKeys(a, b) };
}

function differentKeys(a: unknown, b: unknown): string[] {
  if (!isRecord(a) || !isRecord(b)) return [];
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].filter((key) => !same(a[key], b[key]));
}

/** Equal all the way down; addresses and prefixes are equal when their words are. */
function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (Array.isArray(a)) {
    return (
      Array.isArray(b) && a.length === b.length && a.every((inner, index) => same(inner, b[index]))
    );
  }
  return isRecord(a) && isRecord(b) && differentKeys(a, b).length === 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
