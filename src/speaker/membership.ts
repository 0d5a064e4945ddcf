// Who is a neighbour and who no longer: those who go by themselves, and the word to whoever keeps
// something for one.

import { CEASE } from "bgp-ts";
import type { Configurator } from "./configurator.ts";
import type { Liveness } from "./liveness.ts";
import type { Neighbour } from "./neighbour.ts";
import type { Reports } from "./reports.ts";
import type { Retention } from "./retention.ts";
import type { Unnumbered } from "./unnumbered.ts";

export interface MembershipRooms {
  readonly configurator: Configurator;
  readonly reports: Reports;
  readonly retention: Retention;
  readonly liveness: Liveness;
  readonly unnumbered: Unnumbered;
}

export class Membership {
  readonly #rooms: MembershipRooms;

  constructor(rooms: MembershipRooms) {
    this.#rooms = rooms;
  }

  /** Somebody was added, changed, switched or taken away: whoever keeps something for it is to look. */
  review(): void {
    const { retention, liveness, unnumbered } = this.#rooms;
    retention.review();
    liveness.review();
    unnumbered.review();
  }

  /** One out of a range has been idle for too long. */
  idle(neighbour: Neighbour, now: number): void {
    const { configurator, reports } = this.#rooms;
    configurator.remove(neighbour, now, { subcode: CEASE.PEER_DE_CONFIGURED });
    reports.removed(neighbour, "idle for too long");
    this.review();
  }

  /** Neighbours that a configuration took away may be gone by now. */
  sayFarewell(now: number): void {
    const { configurator, reports } = this.#rooms;
    const gone = configurator.sayFarewell(now);
    for (const neighbour of gone) reports.removed(neighbour, "no longer configured");
    if (gone.length > 0) this.review();
  }
}
