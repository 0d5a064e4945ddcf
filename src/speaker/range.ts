// Where dynamic neighbours come from.

import { formatAddress, type Address, type Prefix } from "../route/index.ts";
import type { NeighbourConfig } from "./config.ts";
import { Switchable } from "./switchable.ts";
import { NO_TRAFFIC } from "./traffic.ts";

/** What the name of a neighbour out of a range has behind the range's: `-192.0.2.7`, or `_192_0_2_7`. */
export function dynamicTail({ dynamicNames }: NeighbourConfig, address: Address): string {
  const text = formatAddress(address);
  return dynamicNames === "underscore" ? `_${text.replaceAll(/[.:]/g, "_")}` : `-${text}`;
}

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
