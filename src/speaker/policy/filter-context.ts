// A filter for one neighbour and one direction: conditions about those are answered before the filter is
// compiled. Neighbours for which the answers are the same share what comes out, and so a policy.

import type { FilterMatch, FilterRule, FilterSpec } from "./filter-spec.ts";

/** What a filter works for. */
export interface FilterContext {
  readonly direction: "import" | "export";
  readonly external: boolean;
  /** The neighbour's own, and its range's. */
  readonly names: readonly string[];
  readonly group: string | undefined;
}

/** The names and groups that rules of a filter ask for: for it, neighbours differ by no others. */
export interface Asked {
  readonly names: ReadonlySet<string>;
  readonly groups: ReadonlySet<string>;
}

export function askedBy(spec: FilterSpec): Asked {
  const rules = [spec, ...(spec.others ?? [])].flatMap((filter) => filter.rules);
  return {
    names: new Set(
      rules.flatMap(({ match }) => [...(match?.neighbour ?? []), ...(match?.fromNeighbour ?? [])]),
    ),
    groups: new Set(
      rules.flatMap(({ match }) => [...(match?.group ?? []), ...(match?.fromGroup ?? [])]),
    ),
  };
}

export function filterFor(spec: FilterSpec, context: FilterContext): FilterSpec {
  return {
    name: spec.name,
    rules: spec.rules.map((rule) => ruleFor(rule, context)),
    others: spec.others?.map((other) => filterFor(other, context)),
  };
}

function ruleFor(rule: FilterRule, context: FilterContext): FilterRule {
  if (rule.match === undefined) return rule;
  const { neighbour, group, peerType, direction, ...others } = rule.match;
  const { fromNeighbour, fromGroup, ...rest } = others;
  const type = context.external ? "ebgp" : "ibgp";
  // What comes in was learnt from the neighbour that the filter works for.
  const isImport = context.direction === "import";
  const match = isImport ? rest : others;
  const fits =
    isOneOf(context.names, neighbour) &&
    isOneOf(context.group, group) &&
    (!isImport || (isOneOf(context.names, fromNeighbour) && isOneOf(context.group, fromGroup))) &&
    (peerType === undefined || peerType === type) &&
    (direction === undefined || direction === context.direction);
  // The rule keeps its place, and so the others their numbers.
  return { ...rule, match: fits ? match : NOTHING };
}

/** `wanted` undefined: nothing is asked. */
function isOneOf(
  present: readonly string[] | string | undefined,
  wanted: readonly string[] | undefined,
): boolean {
  if (wanted === undefined) return true;
  return [present ?? []].flat().some((name) => wanted.includes(name));
}

const NOTHING: FilterMatch = { source: [] };
