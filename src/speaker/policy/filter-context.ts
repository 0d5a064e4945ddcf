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
    names: new Set(rules.flatMap(({ match }) => match?.neighbour ?? [])),
    groups: new Set(rules.flatMap(({ match }) => match?.group ?? [])),
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
  const { neighbour, group, peerType, direction, ...match } = rule.match;
  const type = context.external ? "ebgp" : "ibgp";
  const fits =
    (neighbour === undefined || context.names.some((name) => neighbour.includes(name))) &&
    (group === undefined || (context.group !== undefined && group.includes(context.group))) &&
    (peerType === undefined || peerType === type) &&
    (direction === undefined || direction === context.direction);
  // The rule keeps its place, and so the others their numbers.
  return { ...rule, match: fits ? match : NOTHING };
}

const NOTHING: FilterMatch = { source: [] };
