// What neighbours are told: all that there is when their sessions come up, End-of-RIB, and every change;
// after a restart of this node not before it is complete (deferral.ts).

import type { SpeakerConfig } from "./config.ts";
import type { Configurator } from "./configurator.ts";
import { Deferral } from "./deferral.ts";
import { type Announcement, isCalled } from "./departures.ts";
import { Gathering } from "./gathering.ts";
import type { Neighbour } from "./neighbour.ts";
import type { Outbox } from "./outbox.ts";
import type { Reports } from "./reports.ts";
import type { Roster } from "./roster.ts";
import type { Routes } from "./routes.ts";
import type { Traces } from "./trace.ts";

export interface TellingRooms {
  readonly outbox: Outbox;
  readonly reports: Reports;
  readonly traces: Pick<Traces, "sent">;
  readonly roster: Roster;
  readonly routes: Routes;
  readonly configurator: Pick<Configurator, "config" | "isLeaving">;
}

export class Telling {
  readonly deferral = new Deferral();
  readonly #rooms: TellingRooms;
  /** Sessions that still send what was there before them. */
  readonly #catchingUp = new Set<Neighbour>();
  readonly #gathering = new Gathering();
  /** Rib.lacks when it was last looked at. */
  #lacks = 0;
  /** The last slice has left nothing to tell. */
  #isThrough = false;

  constructor(rooms: TellingRooms) {
    this.#rooms = rooms;
  }

  up(neighbour: Neighbour, now: number): void {
    if (!this.deferral.holds(neighbour, now)) this.#rooms.routes.tell(neighbour);
    this.#catchingUp.add(neighbour);
  }

  down(neighbour: Neighbour): void {
    this.deferral.forget(neighbour);
    this.#catchingUp.delete(neighbour);
    this.#gathering.forget(neighbour);
  }

  /** A slice of queued work, about `units` prefixes; true: there is more to do. */
  work(config: SpeakerConfig, units: number, now: number): boolean {
    this.#release(config, now);
    const more = this.#rooms.routes.work(units, now, (members, bytes) =>
      this.#gathering.add(members, bytes, now),
    );
    if (!more || this.#gathering.isDue(now)) {
      this.#gathering.take((members, bytes) => this.#write(members, bytes, now));
    }
    for (const neighbour of this.#catchingUp) this.#noteCaughtUp(neighbour);
    this.#noteLacks();
    this.#isThrough = !more;
    return more || this.deferral.isHeldUp;
  }

  /** What neighbours of this name (undefined: all) are told from now on. */
  depart(name: string | undefined, announcement: Announcement): void {
    const { routes, roster, configurator } = this.#rooms;
    const { config } = configurator;
    routes.departures.set(name, announcement);
    this.#isThrough = false;
    for (const neighbour of roster.neighbours()) {
      if (!isCalled(neighbour, name)) continue;
      // Filters of those who stay only for a while may be gone by now: all or nothing is what they hear.
      if (!configurator.isLeaving(neighbour)) routes.refreshPolicies(neighbour, config);
      else if (announcement === "nothing") routes.refreshExport(neighbour, config);
    }
  }

  /** Whether they have been told all there is to tell, and the kernel has taken it from us. */
  hasToldAll(name: string | undefined): boolean {
    if (!this.#isThrough) return false;
    const { routes, roster } = this.#rooms;
    for (const neighbour of roster.neighbours()) {
      if (neighbour.up === undefined || !isCalled(neighbour, name)) continue;
      if (!routes.isUpToDate(neighbour) || neighbour.session.isStalled) return false;
    }
    return true;
  }

  #release(config: SpeakerConfig, now: number): void {
    if (!this.deferral.isWaiting) return;
    const { routes, roster } = this.#rooms;
    const { isDecided } = routes.rib;
    for (const neighbour of this.deferral.release(config, roster.neighbours(), isDecided, now)) {
      routes.tell(neighbour);
    }
  }

  #noteCaughtUp(neighbour: Neighbour): void {
    const { routes, reports } = this.#rooms;
    if (routes.rib.member(neighbour.source)?.endOfRib.every(Boolean) !== true) return;
    this.#catchingUp.delete(neighbour);
    reports.endOfRibSent(neighbour);
    // Another may have been told by the same policy before.
    reports.nextHops(neighbour, routes.rib);
  }

  #noteLacks(): void {
    const { routes, reports, roster } = this.#rooms;
    const { rib } = routes;
    if (rib.lacks === this.#lacks) return;
    this.#lacks = rib.lacks;
    for (const neighbour of roster.neighbours()) reports.nextHops(neighbour, rib);
  }

  #write(members: readonly Neighbour[], bytes: Uint8Array, now: number): void {
    const messages = countMessages(bytes);
    const connections: number[] = [];
    for (const neighbour of members) {
      const { session, up } = neighbour;
      if (up === undefined) continue;
      connections.push(up.connection);
      session.sentUpdates(messages, now);
      this.#rooms.traces.sent(neighbour, bytes, messages);
    }
    if (connections.length > 0) this.#rooms.outbox.push({ kind: "write", connections, bytes });
  }
}

/** Whole BGP messages, one behind another: the length is in octets 16 and 17 (RFC 4271 §4.1). */
function countMessages(bytes: Uint8Array): number {
  let count = 0;
  for (let at = 0; at + 18 < bytes.length; count++) at += (bytes[at + 16] << 8) | bytes[at + 17];
  return count;
}
