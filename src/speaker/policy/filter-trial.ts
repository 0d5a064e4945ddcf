// What a filter would do to one route, for somebody who asks: the filter alone, without the rules that
// stand before and behind it.

import { type PathAttributes, firstAs, prependAs } from "bgp-ts";
import { type AttributeTable, type Handling, PLAIN, type PrefixTable } from "../../route/index.ts";
import { applyChanges } from "./change.ts";
import { Filter } from "./filter.ts";
import type { FilterSpec } from "./filter-spec.ts";
import { SOURCE, type Source, type Teacher } from "./source.ts";

export interface FilterTrial {
  readonly then: "accept" | "reject" | "default";
  /** The rule that decided, in words. */
  readonly rule: string;
  readonly before: PathAttributes;
  /** undefined: rejected. */
  readonly after: PathAttributes | undefined;
  /** How the route is handled here, as far as the filter says. Import alone. */
  readonly handling: Handling;
}

export interface TrialRoute {
  readonly id: number;
  readonly source: Source;
  readonly prefix: number;
  /** Who it was learnt from; undefined: nobody, or nobody knows. */
  readonly teacher?: Teacher | undefined;
}

/** Export: `localAsn`; it is put in front as often as the filter says, once more left out. */
export interface TrialPlace {
  readonly direction: "import" | "export";
  readonly external: boolean;
  readonly localAsn: number;
}

/** Throws where the filter cannot be compiled. */
export function tryFilter(
  spec: FilterSpec,
  attributes: AttributeTable,
  prefixes: PrefixTable,
  { id, source, prefix, teacher }: TrialRoute,
  { direction, external, localAsn }: TrialPlace,
): FilterTrial {
  const filter = new Filter(spec, attributes, { teacher: () => teacher });
  const decision = filter.decide(id, source, prefixes, prefix);
  const { then, changes, prepend, nextHop, handling } = filter.outcome(decision);
  const before = attributes.get(id);
  const rule = filter.describe(decision);
  if (then === "reject") return { then, rule, before, after: undefined, handling: PLAIN };
  const isImport = direction === "import";
  const changed = applyChanges(before, changes, isImport || external);
  const front = isImport ? firstAs(before.asPath) : localAsn;
  const prepends = external && front !== 0 && prepend > 0;
  const after = {
    ...changed,
    asPath: prepends ? prependAs(changed.asPath, front, prepend) : changed.asPath,
    nextHop: nextHop ?? changed.nextHop,
  };
  return { then, rule, before, after, handling: isImport ? handling : PLAIN };
}

/** The kinds of sources, by a rule's words. */
export const TRIAL_SOURCES: Readonly<Record<string, Source>> = {
  "own-pods": SOURCE.OWN_POD,
  "own-blocks": SOURCE.OWN_BLOCK,
  static: SOURCE.OWN_STATIC,
  ebgp: SOURCE.EXTERNAL,
  ibgp: SOURCE.INTERNAL,
};
