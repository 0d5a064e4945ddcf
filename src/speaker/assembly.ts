// The parts of a speaker, put together: who knows whom, and who hears of what a session says, stand here
// and nowhere else.

import { Admission } from "./admission.ts";
import { Ceilings } from "./ceilings.ts";
import { Configurator } from "./configurator.ts";
import { Liveness } from "./liveness.ts";
import { Membership } from "./membership.ts";
import { Monitors } from "./monitors.ts";
import { Operator } from "./operator.ts";
import { Outbox } from "./outbox.ts";
import { Refreshes } from "./refresh.ts";
import { Reports } from "./reports.ts";
import { Retention } from "./retention.ts";
import { Roster } from "./roster.ts";
import { type RouteTables, Routes } from "./routes.ts";
import { SessionEvents } from "./session-events.ts";
import { Sessions } from "./sessions.ts";
import { socketSettings } from "./settings.ts";
import { Survey } from "./survey.ts";
import { tappedPeer } from "./tap.ts";
import { Telling } from "./telling.ts";
import { Traces } from "./trace.ts";
import { Unnumbered } from "./unnumbered.ts";

export interface SpeakerOptions {
  readonly tables: RouteTables;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Equal best paths handed to the FIB, 1 (off) and up; for good. Default 1. */
  readonly multipath?: number;
  /** false: nobody takes route changes, and there are none; for good. Default: true. */
  readonly hasFib?: boolean;
}

/** Sessions and what they mean for others know each other: what is named here is made further below. */
export function assemble({ tables, random, multipath = 1, hasFib = true }: SpeakerOptions) {
  /** When something last happened. */
  const time = { now: 0 };
  const outbox = new Outbox();
  const reports = new Reports(outbox);
  const traces = new Traces(outbox);
  const roster = new Roster();
  const liveness = new Liveness(outbox, roster);
  const ceilings = new Ceilings(reports);
  const sessions: Sessions = new Sessions(outbox, traces, {
    ownerOf: (endpoints, now) => admission.ownerOf(endpoints, now),
    socketOf: (neighbour) => socketSettings(configurator.config, neighbour.config),
    established: (...up) => events.established(...up),
    down: (...down) => events.down(...down),
    changed: (neighbour, from, to) => routes.tap?.state(tappedPeer(neighbour), from, to),
    update: (neighbour, body, now) => routes.update(neighbour, body, now),
    refresh: (neighbour, message, now) =>
      refreshes.heard(neighbour, message, configurator.config, now),
    idle: (neighbour, now) => membership.idle(neighbour, now),
  });
  const routes: Routes = new Routes(
    tables,
    { multipath, hasFib },
    {
      fault: (neighbour, fault) => reports.malformed(neighbour, fault, time.now),
      limitMet: (...met) => ceilings.met(...met, time.now),
      runsWild: (...wild) => ceilings.runsWild(...wild, time.now),
      endOfRib: (neighbour, family) => events.endOfRib(neighbour, family),
      exhausted: (neighbour, what) => ceilings.exhausted(neighbour, what, time.now),
    },
  );
  const configurator: Configurator = new Configurator(roster, sessions, routes, random);
  const rooms = { outbox, reports, traces, roster, sessions, configurator, routes };
  const unnumbered = new Unnumbered(rooms);
  const admission: Admission = new Admission({ ...rooms, unnumbered });
  const retention = new Retention(routes.rib, reports, { demoted: () => routes.judgeAgain() });
  const refreshes: Refreshes = new Refreshes(routes.rib, retention, reports);
  const telling = new Telling(rooms);
  const monitors = new Monitors(routes);
  const keepers = { retention, liveness, unnumbered };
  const membership: Membership = new Membership({ configurator, reports, ...keepers });
  const events: SessionEvents = new SessionEvents({
    ...{ configurator, reports, ceilings, routes, retention, liveness, telling, monitors },
  });
  return {
    ...{ time, outbox, roster, liveness, sessions, routes, configurator, unnumbered, retention },
    ...{ refreshes, telling, monitors, membership, reports },
    operator: new Operator(roster, sessions, configurator),
    survey: new Survey({ ...rooms, tables, now: () => time.now }),
  };
}

export type Parts = ReturnType<typeof assemble>;
