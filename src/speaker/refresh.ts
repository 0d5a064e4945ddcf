// Route refresh (RFC 2918, RFC 7313): what neighbours ask for and say of it, and what an operator asks
// of them. The routes that a refresh may take away are retention's affair (retention.ts).

import { afiOf, familyOf, ROUTE_REFRESH, SAFI_UNICAST } from "bgp-ts";
import type { RouteRefresh } from "bgp-ts";
import type { Family } from "../route/index.ts";
import type { SpeakerConfig } from "./config.ts";
import type { Neighbour } from "./neighbour.ts";
import type { Reports } from "./reports.ts";
import type { Retention } from "./retention.ts";
import type { Rib } from "./rib/index.ts";

const FAMILIES: readonly Family[] = [0, 1];

/** "in": the neighbour is to announce everything again; "out": it is told everything again. */
export type ReloadDirection = "in" | "out" | "both";

/** "down": there is no session, and so nothing to do; "unable": the neighbour takes no ROUTE-REFRESH. */
export type ReloadOutcome = "done" | "down" | "unable";

export class Refreshes {
  readonly #rib: Rib;
  readonly #retention: Retention;
  readonly #reports: Reports;

  constructor(rib: Rib, retention: Retention, reports: Reports) {
    this.#rib = rib;
    this.#retention = retention;
    this.#reports = reports;
  }

  /** The neighbour asks, or marks the beginning or the end of what we asked for. */
  heard(neighbour: Neighbour, message: RouteRefresh, config: SpeakerConfig, now: number): void {
    const family = familyOf(message.afi, message.safi);
    const { up } = neighbour;
    if (family === undefined || up?.context.families[family] !== true) return;
    if (message.subtype === ROUTE_REFRESH.REQUEST) {
      this.#tellAgain(neighbour, family);
      return;
    }
    if (!up.negotiated.enhancedRouteRefresh) return; // RFC 7313 §5: nothing else was agreed on.
    if (message.subtype === ROUTE_REFRESH.END) this.#retention.endRefresh(neighbour, family);
    else this.#retention.beginRefresh(neighbour, family, config, now);
  }

  /** An operator wants it; nothing is done where a part of it cannot be. */
  reload(neighbour: Neighbour, direction: ReloadDirection): ReloadOutcome {
    const { up } = neighbour;
    if (up === undefined) return "down";
    if (direction !== "out" && !up.negotiated.routeRefresh) return "unable";
    for (const family of FAMILIES) {
      if (!up.context.families[family]) continue;
      if (direction !== "out") this.#ask(neighbour, family);
      if (direction !== "in") this.#tellAgain(neighbour, family);
    }
    return "done";
  }

  #ask(neighbour: Neighbour, family: Family): void {
    const subtype = ROUTE_REFRESH.REQUEST;
    neighbour.session.sendRouteRefresh({ afi: afiOf(family), safi: SAFI_UNICAST, subtype });
    this.#reports.refreshAsked(neighbour, family);
  }

  #tellAgain({ source, up }: Neighbour, family: Family): void {
    this.#rib.refresh(source, family, up?.negotiated.enhancedRouteRefresh === true);
  }
}
