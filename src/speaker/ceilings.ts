// What happens to a neighbour that has brought more than it may.

import { CEASE } from "bgp-ts";
import type { Family } from "../route/index.ts";
import type { Neighbour } from "./neighbour.ts";
import type { Excess } from "./prefix-limits.ts";
import { familyName, type Reports } from "./reports.ts";
import { LIMIT_CEASE } from "./routes.ts";

export class Ceilings {
  readonly #reports: Reports;

  constructor(reports: Reports) {
    this.#reports = reports;
  }

  /** A configured limit, or the warning before it. */
  met(neighbour: Neighbour, family: Family, excess: Excess, now: number): void {
    const { action = "restart", after } = neighbour.config.maxPrefixes ?? {};
    if (!excess.isOver || action !== "restart") {
      this.#reports.limitMet(neighbour, family, excess, now);
      return;
    }
    const accepted = excess.what === "accepted" ? " accepted" : "";
    const message = `more than ${excess.limit} ${familyName(family)} prefixes${accepted}`;
    neighbour.session.reset(now, { subcode: LIMIT_CEASE, message }, after);
  }

  /** No limit is configured, and it is beyond what anybody has. */
  runsWild(neighbour: Neighbour, family: Family, limit: number, now: number): void {
    const message = `more than ${limit} ${familyName(family)} prefixes`;
    neighbour.session.reset(now, { subcode: LIMIT_CEASE, message });
  }

  /** RFC 4486 §4, subcode 8: this neighbour ends, so that the others go on. */
  exhausted(neighbour: Neighbour, what: string, now: number): void {
    neighbour.session.reset(now, { subcode: CEASE.OUT_OF_RESOURCES, message: what });
  }
}
