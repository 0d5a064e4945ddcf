// A filter, compiled: rules from first to last, the first that matches decides, and what no rule matches
// is rejected. Which rules an attribute set can match at all is worked out once a set; only those of
// them that look at prefixes are asked a prefix.

import {
  type Address,
  type AttributeTable,
  type Family,
  type Handling,
  PLAIN,
  type PrefixTable,
} from "../../route/index.ts";
import { type Instruction, candidatesOf, compileFilter } from "./filter-program.ts";
import type { FilterChange, FilterSpec } from "./filter-spec.ts";
import { Memo, UNKNOWN } from "./memo.ts";
import type { Source, Teacher } from "./source.ts";

/** What becomes of a route. */
export interface Outcome {
  readonly then: "accept" | "reject" | "default";
  /** In the order in which they are made. */
  readonly changes: readonly FilterChange[];
  /** In all. */
  readonly prepend: number;
  /** MED is the filter's own, and no third party's. */
  readonly setsMed: boolean;
  /** The last one of the route's family. */
  readonly nextHop: Address | undefined;
  /** On import. */
  readonly handling: Handling;
  /** The filter has said whether packets end here. */
  readonly saysBlackhole: boolean;
}

/** Who routes are learnt from, by number; 0 and unknown numbers: nobody. */
export interface Teachers {
  teacher(number: number): Teacher | undefined;
}

const NO_TEACHERS: Teachers = { teacher: () => undefined };

/** Above the kind of source. */
const TEACHER_AT = 3;

/** What a route does where nothing changes it. */
export const ACCEPT: Outcome = {
  then: "accept",
  changes: [],
  prepend: 0,
  setsMed: false,
  nextHop: undefined,
  handling: PLAIN,
  saysBlackhole: false,
};

/** Distinct lists of candidate rules that a filter remembers before it starts afresh. */
const SIGNATURES = 4096;

/** A decision: the instruction below, the bits of rules that went before it, the family on top. */
const INSTRUCTION = 0xffff;
const BITS_AT = 16;
const FAMILY_AT = 28;
/** Every decision is below this, and no instruction is as far back as the last index. */
export const DECISION_LIMIT = 1 << 29;

export class Filter {
  readonly spec: FilterSpec;
  readonly #attributes: AttributeTable;
  readonly #program: readonly Instruction[];
  readonly #memo: Memo;
  /** The candidate lists by number, and the number of each. */
  #signatures: Uint16Array[] = [];
  readonly #numbers = new Map<string, number>();

  readonly #teachers: Teachers;
  /** Some rule asks who a route was learnt from. */
  readonly #asksTeacher: boolean;

  constructor(spec: FilterSpec, attributes: AttributeTable, teachers: Teachers = NO_TEACHERS) {
    this.spec = spec;
    this.#attributes = attributes;
    this.#teachers = teachers;
    this.#program = compileFilter(spec);
    this.#asksTeacher = this.#program.some((each) => each.attributes.asksTeacher);
    this.#memo = new Memo(attributes);
  }

  /**
   * A number for what is to become of a route, below {@link DECISION_LIMIT}. `teacher`: who it was
   * learnt from, by the number under which {@link Teachers} has it; 0: nobody.
   */
  decide(id: number, source: Source, prefixes: PrefixTable, prefixId: number, teacher = 0): number {
    const { family } = prefixes;
    const program = this.#program;
    // The number first: finding it may make the filter forget all lists, and begin others.
    const number = this.#signature(id, source, family, teacher);
    const candidates = this.#signatures[number];
    let bits = 0;
    let at = 0;
    for (;;) {
      const { prefix, then, bit } = program[candidates[at]];
      if (prefix !== undefined && !prefix.matches(prefixes, prefixId)) {
        at = candidates[at + 1];
        continue;
      }
      // A program ends with an instruction that matches everything.
      if (then !== "next" && then !== "goto") {
        return (family << FAMILY_AT) | (bits << BITS_AT) | candidates[at];
      }
      bits |= bit;
      at += 2;
    }
  }

  /** What a decision means. */
  outcome(decision: number): Outcome {
    const final = this.#program[decision & INSTRUCTION];
    const then = final.then === "accept" || final.then === "default" ? final.then : "reject";
    const changes: FilterChange[] = [];
    for (const { change } of [...this.#before(decision), final]) {
      if (change !== undefined) changes.push(change);
    }
    if (changes.length === 0) return { ...ACCEPT, then };
    const family = decision >>> FAMILY_AT;
    return {
      then,
      changes,
      prepend: changes.reduce((sum, change) => sum + (change.prepend ?? 0), 0),
      setsMed: changes.some((change) => change.med !== undefined),
      nextHop: changes.findLast(({ nextHop }) => nextHop?.family === family)?.nextHop,
      handling: changes.reduce(handledBy, PLAIN),
      saysBlackhole: changes.some((change) => change.blackhole !== undefined),
    };
  }

  /** The rules that made a decision, in words. */
  describe(decision: number): string {
    const before = this.#before(decision).map(({ text }) => text);
    const final = this.#program[decision & INSTRUCTION].text;
    return before.length === 0 ? final : `${final} (after ${before.join(", ")})`;
  }

  /** The rules with `next` that a route has passed. */
  #before(decision: number): Instruction[] {
    const bits = (decision >>> BITS_AT) & ((1 << (FAMILY_AT - BITS_AT)) - 1);
    return this.#program.filter(({ bit }) => (bits & bit) !== 0);
  }

  /** The number of the list of rules that routes with these attributes can match. */
  #signature(id: number, source: Source, family: Family, teacher: number): number {
    const asked = this.#asksTeacher ? teacher : 0;
    const variant = source | (asked << TEACHER_AT);
    const entry = this.#memo.find(id, variant, family);
    if (entry !== UNKNOWN) return this.#memo.value(entry);
    const who = this.#teachers.teacher(asked);
    const candidates = candidatesOf(this.#program, this.#attributes, id, source, family, who);
    const key = candidates.join();
    let number = this.#numbers.get(key);
    if (number === undefined) {
      if (this.#signatures.length === SIGNATURES) this.#forget();
      number = this.#signatures.length;
      this.#signatures.push(Uint16Array.from(candidates));
      this.#numbers.set(key, number);
    }
    this.#memo.store(id, variant, family, number, 0);
    return number;
  }

  /** A neighbour that varies its communities without end does not make us remember without end. */
  #forget(): void {
    this.#memo.clear();
    this.#numbers.clear();
    this.#signatures = [];
  }
}

function handledBy(before: Handling, change: FilterChange): Handling {
  return {
    weight: change.weight ?? before.weight,
    kernelMetric: change.kernelMetric ?? before.kernelMetric,
    kernelTable: change.kernelTable ?? before.kernelTable,
    blackhole: change.blackhole ?? before.blackhole,
  };
}
