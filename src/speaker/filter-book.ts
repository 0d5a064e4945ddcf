// The filters of the configuration by name, each as a policy of one neighbour is to have it.
//
// A filter may be long, and neighbours thousands: what comes out for one is made once for all for whom
// it is the same, and has a number in the place of its text, by which policies know it again. A filter
// that a reload did not change keeps its number, and so the neighbours their policies and groups.

import type { NeighbourConfig } from "./config.ts";
import { askedBy, filterFor, filterText } from "./policy/index.ts";
import type { Asked, FilterContext, FilterSpec } from "./policy/index.ts";
import { dynamicTail } from "./range.ts";

/** A filter with those that it leads to, and what it asks of a neighbour. */
interface Whole {
  readonly spec: FilterSpec;
  readonly asked: Asked;
}

export class FilterBook {
  readonly #filters = new Map<string, FilterSpec>();
  readonly #wholes = new Map<string, Whole>();
  /** By filter and by what counts of the neighbour. */
  readonly #made = new Map<string, FilterSpec>();
  /** The number of each text, of this configuration and of the one before. */
  #numbers = new Map<string, number>();
  #oldNumbers: ReadonlyMap<string, number> = new Map();
  #next = 1;

  /** What is the same there has the same number here. For a book that is new. */
  follow(other: FilterBook): void {
    this.#numbers = new Map([...other.#oldNumbers, ...other.#numbers]);
    this.#next = other.#next;
  }

  set(filters: readonly FilterSpec[]): void {
    this.#filters.clear();
    this.#wholes.clear();
    this.#made.clear();
    this.#oldNumbers = this.#numbers;
    this.#numbers = new Map();
    for (const filter of filters) this.#filters.set(filter.name, filter);
  }

  /** With those that its rules lead to. undefined: there is none of that name. */
  get(name: string): FilterSpec | undefined {
    const filter = this.#filters.get(name);
    if (filter === undefined) return undefined;
    const others = [...this.#reached(filter, new Set())].filter((other) => other !== filter);
    return others.length === 0 ? filter : { ...filter, others };
  }

  /** A filter that the configuration does not have (it is checked before) lets nothing pass. */
  for(
    name: string | undefined,
    direction: FilterContext["direction"],
    neighbour: NeighbourConfig,
    external: boolean,
  ): FilterSpec | undefined {
    if (name === undefined) return undefined;
    const { spec, asked } = this.#whole(name);
    const names = namesOf(neighbour).filter((each) => asked.names.has(each));
    const isAsked = neighbour.group !== undefined && asked.groups.has(neighbour.group);
    const group = isAsked ? neighbour.group : undefined;
    const key = JSON.stringify([name, direction, external, group, names]);
    let made = this.#made.get(key);
    if (made === undefined) {
      made = this.#numbered(filterFor(spec, { direction, external, names, group }));
      this.#made.set(key, made);
    }
    return made;
  }

  #whole(name: string): Whole {
    let whole = this.#wholes.get(name);
    if (whole === undefined) {
      const spec = this.get(name) ?? { name, rules: [] };
      whole = { spec, asked: askedBy(spec) };
      this.#wholes.set(name, whole);
    }
    return whole;
  }

  #numbered(filter: FilterSpec): FilterSpec {
    const text = filterText(filter);
    const number = this.#numbers.get(text) ?? this.#oldNumbers.get(text) ?? this.#next++;
    this.#numbers.set(text, number);
    return { ...filter, key: `${filter.name} ${number}` };
  }

  #reached(filter: FilterSpec, seen: Set<FilterSpec>): Set<FilterSpec> {
    if (seen.has(filter)) return seen;
    seen.add(filter);
    for (const { then } of filter.rules) {
      const next = typeof then === "object" ? this.#filters.get(then.goto) : undefined;
      if (next !== undefined) this.#reached(next, seen);
    }
    return seen;
  }
}

/** The name under which the configuration has it: that of its range, if it is out of one. */
export function peerOf(neighbour: NeighbourConfig): string {
  return namesOf(neighbour).at(-1) ?? neighbour.name;
}

/** Its own name, and that of the range it is out of: `nodes` for `nodes-192.0.2.7`. */
function namesOf(neighbour: NeighbourConfig): string[] {
  const { name, address } = neighbour;
  const tail = address === undefined ? "" : dynamicTail(neighbour, address);
  return tail !== "" && name.endsWith(tail) ? [name, name.slice(0, -tail.length)] : [name];
}
