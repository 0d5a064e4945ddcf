// Where dynamic neighbours come from.

import type { Prefix } from "../route/index.ts";
import type { NeighbourConfig } from "./config.ts";
import { Switchable } from "./switchable.ts";
import { NO_TRAFFIC } from "./traffic.ts";

/** A template for the neighbours out of one range. */
export class Range extends Switchable {
  readonly prefix: Prefix;
  config: NeighbourConfig;
  count = 0;
  /** Of those who came out of it and are forgotten: what is counted of a range never falls. */
  past = NO_TRAFFIC;

  constructor(config: NeighbourConfig, prefix: Prefix, now: number) {
    super(config.enabled ?? true, now);
    this.config = config;
    this.prefix = prefix;
  }
}
