// What neighbours are told: all that there is when their sessions come up, End-of-RIB, and every change;
// after a restart of this node not before it is complete (deferral.ts).

import type { SpeakerConfig } from "./config.ts";
import { Deferral } from "./deferral.ts";
import { Gathering } from "./gathering.ts";
import type { Neighbour } from "./neighbour.ts";
import type { Outbox } from "./outbox.ts";
import type { Reports } from "./reports.ts";
import type { Roster } from "./roster.ts";
import type { Routes } from "./routes.ts";

export interface TellingRooms {
  readonly outbox: Outbox;
  readonly reports: Reports;
  readonly roster: Roster;
  readonly routes: Routes;
}

export class Telling {
  readonly deferral = new Deferral();
  readonly #rooms: TellingRooms;
  /** Sessions that still send what was there before them. */
  readonly #catchingUp = new Set<Neighbour>();
  readonly #gathering = new Gathering();

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
    return more || this.deferral.isHeldUp;
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
  }

  #write(members: readonly Neighbour[], bytes: Uint8Array, now: number): void {
    const messages = countMessages(bytes);
    const connections: number[] = [];
    for (const { session, up } of members) {
      if (up === undefined) continue;
      connections.push(up.connection);
      session.sentUpdates(messages, now);
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
