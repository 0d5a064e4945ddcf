// Neighbours that are known by their interface alone (unnumbered peering): who is to be looked for, and
// what it means that one was found, has moved or is gone. Finding is the transport's affair, by router
// advertisements (RFC 4861); a connection that comes in tells the address too.

import { CEASE } from "bgp-ts";
import { addressesEqual, formatAddress } from "../route/index.ts";
import type { Address } from "../route/index.ts";
import type { Configurator } from "./configurator.ts";
import { NOWHERE } from "./neighbour.ts";
import type { Neighbour } from "./neighbour.ts";
import type { Outbox } from "./outbox.ts";
import type { Roster } from "./roster.ts";
import type { Sessions } from "./sessions.ts";

/** A neighbour that has a new address ends the session with its old one. */
const MOVED = { subcode: CEASE.OTHER_CONFIGURATION_CHANGE };

export interface UnnumberedRooms {
  readonly outbox: Outbox;
  readonly roster: Roster;
  readonly sessions: Sessions;
  readonly configurator: Configurator;
}

export class Unnumbered {
  readonly #rooms: UnnumberedRooms;
  /** Interfaces that are looked at, by neighbour. */
  readonly #asked = new Map<string, string>();

  constructor(rooms: UnnumberedRooms) {
    this.#rooms = rooms;
  }

  /** Configuration or operators changed something: asks for what is wanted now. */
  review(): void {
    const { roster, outbox } = this.#rooms;
    const wanted = new Map<string, string>();
    for (const { name, enabled, isUnnumbered, config } of roster.neighbours()) {
      if (!enabled || !isUnnumbered || config.interface === undefined) continue;
      wanted.set(name, config.interface);
    }
    for (const [neighbour, link] of this.#asked) {
      if (wanted.get(neighbour) === link) continue;
      this.#asked.delete(neighbour);
      outbox.push({ kind: "discover", neighbour, interface: undefined });
    }
    for (const [neighbour, link] of wanted) {
      if (this.#asked.has(neighbour)) continue;
      this.#asked.set(neighbour, link);
      outbox.push({ kind: "discover", neighbour, interface: link });
    }
  }

  /** `previous`: where the neighbour was until it fell silent there; a session with that one ends. */
  found(name: string, address: Address, previous: Address | undefined, now: number): void {
    const neighbour = this.#named(name);
    if (neighbour === undefined || addressesEqual(neighbour.address, address)) return;
    // A neighbour that is configured by this address is another one.
    if (this.#rooms.roster.at(address, neighbour.config.interface) !== neighbour) return;
    const hasMoved = previous !== undefined && addressesEqual(previous, neighbour.address);
    if (neighbour.up !== undefined && !hasMoved) return;
    this.#move(neighbour, address, now);
  }

  /** The neighbour is silent, or (`why`) cannot be there, as its interface is down or gone. */
  lost(name: string, why: string | undefined, now: number): void {
    const neighbour = this.#named(name);
    if (neighbour?.isFound !== true) return;
    const { session } = neighbour;
    if (session.connection !== undefined) {
      if (why === undefined) return;
      session.lost(now, why);
      // While it still is who it was: its end is told to others.
      this.#rooms.sessions.drive(neighbour, now);
    }
    neighbour.address = NOWHERE;
    session.configure(this.#rooms.configurator.settingsOf(neighbour), now);
    this.#rooms.sessions.drive(neighbour, now);
    this.#event(neighbour, "neighbour-lost", why ?? "no router advertisements any more");
  }

  /** A connection from `remote` has come to the neighbour's interface. Text: why it is refused. */
  meet(neighbour: Neighbour, remote: Address, now: number): string | undefined {
    const { isUnnumbered, address, up, name } = neighbour;
    if (!isUnnumbered || addressesEqual(address, remote)) return undefined;
    if (up !== undefined) return `neighbour ${name} has a session from ${formatAddress(address)}`;
    this.#move(neighbour, remote, now);
    return undefined;
  }

  #move(neighbour: Neighbour, address: Address, now: number): void {
    const { sessions, configurator } = this.#rooms;
    sessions.stop(neighbour, now, MOVED);
    neighbour.address = address;
    neighbour.session.configure(configurator.settingsOf(neighbour), now);
    const text = `at ${formatAddress(address)} on ${neighbour.config.interface}`;
    this.#event(neighbour, "neighbour-found", text);
    if (neighbour.enabled) sessions.start(neighbour, now);
  }

  #named(name: string): Neighbour | undefined {
    const neighbour = this.#rooms.roster.named(name);
    return neighbour?.isUnnumbered === true ? neighbour : undefined;
  }

  #event({ name }: Neighbour, event: string, text: string): void {
    this.#rooms.outbox.event("info", event, text, { neighbour: name });
  }
}
