// Neighbours by their places among the sources of the RIB: those that have, or have had, a session. The
// place of one that is gone for good is taken for another when the last of its paths is.

import { addressesEqual } from "../route/index.ts";
import { peerOf } from "./filter-book.ts";
import { type Neighbour, NO_SOURCE } from "./neighbour.ts";
import type { Origins } from "./origins.ts";
import { SOURCE } from "./policy/index.ts";
import type { Rib, Source } from "./rib/index.ts";
import type { Negotiated } from "./session/index.ts";

export class Places {
  readonly #rib: Rib;
  readonly #origins: Origins;
  readonly #neighbours = new Map<number, Neighbour>();
  /** Of neighbours that are gone for good, until their paths are. */
  #departing: number[] = [];

  /** `origins` is told what the routes of each count as. */
  constructor(rib: Rib, origins: Origins) {
    this.#rib = rib;
    this.#origins = origins;
  }

  all(): Iterable<Neighbour> {
    return this.#neighbours.values();
  }

  of(source: number): Neighbour | undefined {
    return this.#neighbours.get(source);
  }

  /** Those that are not known are left out. */
  named(sources: readonly number[]): Neighbour[] {
    return sources
      .map((source) => this.#neighbours.get(source))
      .filter((neighbour) => neighbour !== undefined);
  }

  /** Gives the neighbour its place, or brings it up to date: its session is up, or it is configured anew. */
  place(neighbour: Neighbour, negotiated: Negotiated): void {
    const { external, peerAsn, peerRouterId } = negotiated;
    const { name, address, config } = neighbour;
    const { group, weight = 0 } = config;
    const client = config.client === true && !external;
    const source: Source = {
      ...{ name, external, client, asn: peerAsn, routerId: peerRouterId },
      ...{ address, weight, group },
    };
    if (neighbour.source === NO_SOURCE) {
      neighbour.source = this.#rib.addSource(source);
      this.#neighbours.set(neighbour.source, neighbour);
    } else if (!sameSource(this.#rib.source(neighbour.source), source)) {
      this.#rib.changeSource(neighbour.source, source);
    }
    const kind = client ? SOURCE.CLIENT : SOURCE.INTERNAL;
    const teacher = { peer: peerOf(config), group };
    this.#origins.set(neighbour.source, external ? SOURCE.EXTERNAL : kind, peerRouterId, teacher);
  }

  /** Gives a neighbour without a session the place that it has, or had, there. */
  adopt(neighbour: Neighbour, there: Places, source: number): void {
    const known = there.#rib.source(source);
    if (known === undefined) return;
    neighbour.source = this.#rib.addSource(known);
    this.#neighbours.set(neighbour.source, neighbour);
    this.#origins.copy(neighbour.source, there.#origins, source);
  }

  /** The neighbour is gone for good. */
  remove(neighbour: Neighbour): void {
    const { source } = neighbour;
    if (source === NO_SOURCE) return;
    this.#rib.flushSource(source);
    neighbour.source = NO_SOURCE;
    this.#neighbours.delete(source);
    this.#departing.push(source);
  }

  /** Frees the places of those that are gone, as far as their paths are. */
  sweep(): void {
    if (this.#departing.length === 0) return;
    this.#departing = this.#departing.filter((source) => !this.#rib.removeSource(source));
  }
}

function sameSource(a: Source | undefined, b: Source): boolean {
  return (
    a !== undefined &&
    a.external === b.external &&
    a.client === b.client &&
    a.asn === b.asn &&
    a.routerId === b.routerId &&
    a.weight === b.weight &&
    a.group === b.group &&
    addressesEqual(a.address, b.address)
  );
}
