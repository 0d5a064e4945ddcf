// The filters of the configuration by name, each as a policy of one neighbour is to have it.

import { formatAddress } from "../route/index.ts";
import type { NeighbourConfig } from "./config.ts";
import { filterFor } from "./policy/index.ts";
import type { FilterContext, FilterSpec } from "./policy/index.ts";

export class FilterBook {
  readonly #filters = new Map<string, FilterSpec>();

  set(filters: readonly FilterSpec[]): void {
    this.#filters.clear();
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
    const { group } = neighbour;
    const context = { direction, external, names: namesOf(neighbour), group };
    return filterFor(this.get(name) ?? { name, rules: [] }, context);
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

/** Its own name, and that of the range it is out of: `nodes` for `nodes-192.0.2.7`. */
function namesOf({ name, address }: NeighbourConfig): string[] {
  const tail = address === undefined ? "" : `-${formatAddress(address)}`;
  return tail !== "" && name.endsWith(tail) ? [name, name.slice(0, -tail.length)] : [name];
}
