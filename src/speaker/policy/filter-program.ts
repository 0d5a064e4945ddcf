// A filter as a program: its rules one behind the other, a `goto` followed by the rules of the filter
// that it leads to, and an end behind each. What is inside a `goto` never comes back, so every way
// through the program goes forward.

import type { AttributeTable, Family } from "../../route/index.ts";
import { AttributeMatch } from "./attribute-match.ts";
import type { FilterChange, FilterRule, FilterSpec, FilterVerdict } from "./filter-spec.ts";
import { PrefixMatch } from "./prefix-match.ts";
import type { Source, Teacher } from "./source.ts";

export interface Instruction {
  /** Filter and rule, in words. */
  readonly text: string;
  readonly then: FilterVerdict | "goto";
  readonly change: FilterChange | undefined;
  readonly attributes: AttributeMatch;
  /** undefined: any prefix. */
  readonly prefix: PrefixMatch | undefined;
  /** goto: where the program goes on when the rule does not match. */
  readonly skip: number;
  /** next: one bit, of its own. */
  readonly bit: number;
}

/** The bits of the rules that only change something: so many may be in a program. */
export const MOST_NEXT_RULES = 12;
/** Rules, those of filters that several rules lead to counted each time. */
export const MOST_RULES = 4096;

const EVERYTHING = new AttributeMatch({});

/** Throws where a filter is missing, leads back to itself, or is too large: that is checked before. */
export function compileFilter(spec: FilterSpec): Instruction[] {
  const byName = new Map([...(spec.others ?? []), spec].map((each) => [each.name, each]));
  const program: Instruction[] = [];
  let bits = 0;
  append(spec, []);
  return program;

  function append(filter: FilterSpec, above: readonly string[]): void {
    if (above.includes(filter.name)) throw new Error(`filter ${filter.name} leads to itself`);
    const way = [...above, filter.name];
    for (const [index, rule] of filter.rules.entries()) {
      const text = `filter ${filter.name}: rule ${rule.name ?? String(index + 1)}`;
      if (typeof rule.then === "object") appendGoto(rule, rule.then.goto, text, way);
      else program.push(instruction(rule, rule.then, text, 0));
      if (program.length > 2 * MOST_RULES) throw new Error(`filter ${spec.name} is too large`);
    }
    program.push(
      instruction({ then: "reject" }, "reject", `filter ${filter.name}: no rule matched`, 0),
    );
  }

  function appendGoto(rule: FilterRule, name: string, text: string, way: readonly string[]): void {
    const target = byName.get(name);
    if (target === undefined) throw new Error(`${text} leads to no filter: ${name}`);
    const at = program.length;
    program.push(instruction(rule, "goto", text, 0));
    append(target, way);
    program[at] = { ...program[at], skip: program.length };
  }

  function instruction(
    { match, set }: FilterRule,
    then: Instruction["then"],
    text: string,
    skip: number,
  ): Instruction {
    if (then === "next" && bits === MOST_NEXT_RULES) throw new Error(`${text} is one too many`);
    return {
      text,
      then,
      change: set,
      attributes: match === undefined ? EVERYTHING : new AttributeMatch(match),
      prefix: PrefixMatch.of(match),
      skip,
      bit: then === "next" ? 1 << bits++ : 0,
    };
  }
}

/**
 * What is left of a program for one set of attributes, in pairs: the index of an instruction, and
 * where in this list to go on when a prefix does not match it.
 */
export function candidatesOf(
  program: readonly Instruction[],
  table: AttributeTable,
  id: number,
  source: Source,
  family: Family,
  teacher: Teacher | undefined,
): number[] {
  const list: number[] = [];
  walk(0, program.length);
  return list;

  /** True: every prefix is decided about before `end`. */
  function walk(start: number, end: number): boolean {
    for (let at = start; at < end;) {
      const { attributes, then, prefix, skip } = program[at];
      const inside = then === "goto" ? skip : at + 1;
      if (attributes.matches(table, id, source, family, teacher)) {
        const place = list.push(at, 0) - 1;
        if (then === "goto") walk(at + 1, skip);
        list[place] = list.length;
        if (prefix === undefined && then !== "next") return true;
      }
      at = inside;
    }
    return false;
  }
}
