// What the RIB of one family is made of, and who listens to it.

import type { AttributeTable, PrefixTable } from "../../route/index.ts";
import type { NextHopStates } from "./next-hop-states.ts";
import type { Sources } from "./sources.ts";
import type { DecisionSettings } from "./types.ts";

/**
 * Who wants to hear that the best path of a prefix is another one, or has other attributes; or, as it
 * was asked for, that any of its paths may have changed.
 */
export interface RouteListener {
  routeChanged(prefix: number): void;
}

export interface FamilyParts {
  readonly prefixes: PrefixTable;
  readonly attributes: AttributeTable;
  readonly states: NextHopStates;
  readonly sources: Sources;
  readonly settings: DecisionSettings;
}
