// `aggregates:`: one route in the place of many. Schema, type and default in one place.

import type { Prefix } from "../route/index.ts";
import { present, required } from "./present.ts";
import type { Loose } from "./schema.ts";
import { community, flag, list, prefix, section } from "./schema-kinds.ts";

export interface AggregateConfig {
  readonly prefix: Prefix;
  /** Other ASes are told nothing of what lies in it. */
  readonly summaryOnly: boolean;
  readonly communities: readonly number[];
}

export const AGGREGATES = list(
  section(
    {
      prefix: prefix(
        "What is announced, as long as there is a route to a part of it. Must be there.",
      ),
      summaryOnly: flag(
        "true: external neighbours are not told of routes to parts of it. Default: false.",
      ),
      communities: list(community("A community."), "Communities of the route."),
    },
    "An aggregate.",
  ),
  "Routes that stand for all routes to parts of them (RFC 4271 §9.2.2.2). Each is backed by a blackhole route.",
);

export function buildAggregates(aggregates: Loose["aggregates"]): AggregateConfig[] {
  return present(aggregates).map(({ prefix: whole, summaryOnly = false, communities }) => ({
    prefix: required(whole),
    summaryOnly,
    communities: present(communities),
  }));
}
