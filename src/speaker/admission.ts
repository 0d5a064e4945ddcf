// Whose a connection from outside is: a neighbour that is configured, or a new one out of a range.

import { formatAddress, isLinkLocal } from "../route/index.ts";
import type { Address } from "../route/index.ts";
import { dynamicConfig } from "./configurator.ts";
import type { Configurator } from "./configurator.ts";
import type { Endpoints } from "./effects.ts";
import { Neighbour } from "./neighbour.ts";
import type { Reports } from "./reports.ts";
import { MOST_NEIGHBOURS } from "./rib/index.ts";
import type { Roster } from "./roster.ts";
import type { Sessions } from "./sessions.ts";
import { maximumOf } from "./settings.ts";
import type { Unnumbered } from "./unnumbered.ts";

export interface AdmissionRooms {
  readonly roster: Roster;
  readonly sessions: Sessions;
  readonly configurator: Configurator;
  readonly unnumbered: Unnumbered;
  readonly reports: Reports;
}

export class Admission {
  readonly #rooms: AdmissionRooms;

  constructor(rooms: AdmissionRooms) {
    this.#rooms = rooms;
  }

  /** The neighbour, or in words why nobody may connect so. */
  ownerOf({ local, remote, interfaceName }: Endpoints, now: number): Neighbour | string {
    const { roster, unnumbered } = this.#rooms;
    const known = roster.at(remote, interfaceName) ?? this.#dynamic(remote, now);
    if (typeof known === "string") return known;
    if (!known.enabled) return `neighbour ${known.name} is disabled`;
    const { source } = known.config;
    if (source !== undefined && formatAddress(source) !== formatAddress(local)) {
      return `neighbour ${known.name} is to connect to ${formatAddress(source)}`;
    }
    return unnumbered.meet(known, remote, now) ?? known;
  }

  /** A new neighbour out of the most specific range. */
  #dynamic(remote: Address, now: number): Neighbour | string {
    const { roster, sessions, configurator, reports } = this.#rooms;
    const range = roster.rangeOf(remote);
    // A link-local address alone names nobody (RFC 4007 §6), though a range as wide as ::/0 has it.
    if (range === undefined || isLinkLocal(remote)) return "no neighbour has this address";
    if (!range.enabled) return `range ${range.config.name} is disabled`;
    if (range.count >= maximumOf(range.config)) {
      return `range ${range.config.name} has ${range.count} neighbours already`;
    }
    if (roster.size >= MOST_NEIGHBOURS) {
      return `there are ${roster.size} neighbours already, and no room for more`;
    }
    const config = dynamicConfig(range.config, remote);
    if (roster.named(config.name) !== undefined) {
      return `another neighbour is called ${config.name}`;
    }
    const session = configurator.newSession(config);
    const neighbour = new Neighbour(config, remote, range, session, now);
    roster.add(neighbour);
    sessions.add(neighbour, now);
    reports.added(neighbour, range.config.name);
    return neighbour;
  }
}
