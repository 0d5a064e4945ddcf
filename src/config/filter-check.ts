// The checks of filters: what a rule must have, what does not go together, and where `goto` leads.

import { type Checker, checkName, unknownName } from "./checker.ts";
import type { LooseRule } from "./filter-schema.ts";
import { type Path, quote } from "./problem.ts";

/** Rules with `next` and rules in all, those that `goto` leads to counted each time: what the policies take. */
const MOST_NEXT_RULES = 12;
const MOST_RULES = 4096;
/** Rules out of a file count as so many, and there are no more (bgp-filter.ts). */
export const MOST_RULES_IN_FILE = 1000;

export function checkFilters(check: Checker): void {
  for (const [name, filter] of Object.entries(check.loose.filters ?? {})) {
    const path: Path = ["filters", name];
    checkName(check, path, name);
    if (filter === undefined) check.missing(path, "found no rules, expected at least one");
    else if (!Array.isArray(filter)) {
      if (filter.file === undefined) {
        check.missing([...path, "file"], "found no file, expected rules or file: /...");
      }
    } else {
      if (filter.length === 0) check.problem(path, "found no rules, expected at least one");
      filter.forEach((rule, index) => {
        if (rule !== undefined) checkRule(check, rule, [...path, index]);
      });
    }
  }
  checkWays(check);
}

const LISTS = [
  "prefix",
  "notPrefix",
  "family",
  "source",
  "nextHop",
  "communities",
  "extendedCommunities",
  "largeCommunities",
  "origin",
  "neighbour",
  "group",
  "fromNeighbour",
  "fromGroup",
] as const;

function checkRule(check: Checker, rule: LooseRule, path: Path): void {
  const { then, goto, match, set } = rule;
  if (then === undefined && goto === undefined) {
    const expected = "expected then: accept, reject, default or next, or goto and a filter";
    check.missing([...path, "then"], `found no then, ${expected}`, [...path, "goto"]);
  }
  if (then !== undefined && goto !== undefined) {
    check.problem([...path, "goto"], "found then and goto, expected one of them");
  }
  for (const key of LISTS) {
    if (match?.[key]?.length === 0) {
      check.problem([...path, "match", key], "found an empty list, which nothing matches");
    }
  }
  for (const key of ["contains", "startsWith", "endsWith"] as const) {
    if (match?.asPath?.[key]?.length === 0) {
      check.problem([...path, "match", "asPath", key], "found an empty list, expected AS numbers");
    }
  }
  if (set !== undefined && (then === "reject" || goto !== undefined)) {
    const found = goto === undefined ? "then: reject" : "goto";
    const expected = goto === undefined ? "then: accept" : "a rule with then: next before it";
    check.problem([...path, "set"], `found set with ${found}, expected ${expected}`);
  }
  checkNames(check, rule, path);
}

function checkNames(check: Checker, { match }: LooseRule, path: Path): void {
  const peers = (check.loose.peers ?? []).flatMap((peer) => peer?.name ?? []);
  const groups = Object.keys(check.loose.groups ?? {});
  for (const key of ["neighbour", "fromNeighbour"] as const) {
    match?.[key]?.forEach((name, index) => {
      if (name === undefined || peers.includes(name)) return;
      unknownName(check, [...path, "match", key, index], "peer", name, peers);
    });
  }
  for (const key of ["group", "fromGroup"] as const) {
    match?.[key]?.forEach((name, index) => {
      if (name === undefined || groups.includes(name)) return;
      unknownName(check, [...path, "match", key, index], "group", name, groups);
    });
  }
}

interface Size {
  readonly rules: number;
  readonly nexts: number;
}

/** Filters that lead to themselves, and those that are too long when all ways are counted. */
function checkWays(check: Checker): void {
  const filters = check.loose.filters ?? {};
  const sizes = new Map<string, Size>();
  const open: string[] = [];
  for (const name of Object.keys(filters)) {
    const { rules, nexts } = size(name);
    if (rules > MOST_RULES) {
      const what = `found ${rules} rules in all ways through the filter`;
      check.keyProblem(["filters", name], `${what}, expected ${MOST_RULES} at most`);
    }
    if (nexts > MOST_NEXT_RULES) {
      const what = `found ${nexts} rules with then: next in all ways through the filter`;
      check.keyProblem(["filters", name], `${what}, expected ${MOST_NEXT_RULES} at most`);
    }
  }

  function size(name: string): Size {
    const known = sizes.get(name);
    if (known !== undefined) return known;
    const filter = Object.hasOwn(filters, name) ? filters[name] : undefined;
    if (!Array.isArray(filter)) return { rules: MOST_RULES_IN_FILE, nexts: 0 };
    open.push(name);
    let [rules, nexts] = [filter.length, 0];
    filter.forEach((rule, index) => {
      if (rule?.then === "next") nexts++;
      if (rule?.goto === undefined) return;
      const inner = follow(rule.goto, ["filters", name, index, "goto"]);
      rules += inner.rules;
      nexts += inner.nexts;
    });
    open.pop();
    const whole = { rules, nexts };
    sizes.set(name, whole);
    return whole;
  }

  function follow(name: string, path: Path): Size {
    if (!Object.hasOwn(filters, name)) {
      unknownName(check, path, "filter", name, Object.keys(filters));
    } else if (open.includes(name)) {
      const way = [...open.slice(open.indexOf(name)), name].map(quote).join(" to ");
      check.problem(path, `found a way that never ends, from ${way}: expected another filter`);
    } else return size(name);
    return { rules: 0, nexts: 0 };
  }
}
