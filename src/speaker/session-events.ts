// What it means for everybody else that a session has come up, has ended, or has said all that it had to.

import type { Family } from "../route/index.ts";
import type { Ceilings } from "./ceilings.ts";
import type { Configurator } from "./configurator.ts";
import type { Liveness } from "./liveness.ts";
import type { Monitors } from "./monitors.ts";
import type { Neighbour } from "./neighbour.ts";
import type { Reports } from "./reports.ts";
import type { Retention } from "./retention.ts";
import { NO_ROOM, type Routes } from "./routes.ts";
import type { DownCause, Ending, Negotiated } from "./session/index.ts";
import type { Link } from "./session-sink.ts";
import type { Telling } from "./telling.ts";

export interface SessionEventRooms {
  readonly configurator: Pick<Configurator, "config">;
  readonly reports: Reports;
  readonly ceilings: Ceilings;
  readonly routes: Routes;
  readonly retention: Retention;
  readonly liveness: Liveness;
  readonly telling: Telling;
  readonly monitors: Monitors;
}

export class SessionEvents {
  readonly #rooms: SessionEventRooms;

  constructor(rooms: SessionEventRooms) {
    this.#rooms = rooms;
  }

  established(neighbour: Neighbour, link: Link, negotiated: Negotiated, now: number): void {
    const { configurator, reports, ceilings, routes } = this.#rooms;
    const { retention, liveness, telling, monitors } = this.#rooms;
    const { config } = configurator;
    if (!routes.hasRoomFor(neighbour)) {
      ceilings.exhausted(neighbour, NO_ROOM, now);
      return;
    }
    retention.up(neighbour, negotiated, config, now);
    routes.up(neighbour, link, negotiated, config);
    monitors.up(neighbour);
    telling.up(neighbour, now);
    reports.sessionUp(neighbour, link, negotiated);
    liveness.established(neighbour, link.endpoints);
  }

  down(neighbour: Neighbour, cause: DownCause, ending: Ending, now: number): void {
    const { reports, routes, retention, telling, monitors } = this.#rooms;
    const { up } = neighbour;
    if (up === undefined) {
      reports.sessionDown(neighbour, cause); // There was no room for it.
      return;
    }
    telling.down(neighbour);
    routes.down(neighbour);
    monitors.down(neighbour, cause, ending);
    reports.sessionDown(neighbour, cause);
    retention.down(neighbour, up, cause, now);
  }

  endOfRib(neighbour: Neighbour, family: Family): void {
    const { reports, retention, monitors } = this.#rooms;
    reports.endOfRibReceived(neighbour, family);
    retention.endOfRib(neighbour, family);
    monitors.endOfRib(neighbour, family);
  }
}
