// Who there is: the neighbours by name and by remote address, and the ranges that new ones come from.

import { isLinkLocal } from "../route/index.ts";
import type { Address } from "../route/index.ts";
import { RangeList, remoteKey } from "./directory.ts";
import type { Neighbour } from "./neighbour.ts";
import type { Range } from "./range.ts";
import { sumOf, trafficOf } from "./traffic.ts";

export class Roster {
  readonly #byName = new Map<string, Neighbour>();
  readonly #byRemote = new Map<string, Neighbour>();
  readonly #ranges = new RangeList<Range>();

  neighbours(): IterableIterator<Neighbour> {
    return this.#byName.values();
  }

  /** How many neighbours there are. */
  get size(): number {
    return this.#byName.size;
  }

  get ranges(): Iterable<Range> {
    return this.#ranges;
  }

  setRanges(ranges: readonly Range[]): void {
    this.#ranges.replace(ranges);
  }

  named(name: string): Neighbour | undefined {
    return this.#byName.get(name);
  }

  range(name: string): Range | undefined {
    for (const range of this.#ranges) if (range.config.name === name) return range;
    return undefined;
  }

  rangeOf(remote: Address): Range | undefined {
    return this.#ranges.find(remote);
  }

  /** By its address; else, of a link-local one, whoever is known by the interface alone. */
  at(remote: Address, interfaceName: string | undefined): Neighbour | undefined {
    const known = this.#byRemote.get(remoteKey(remote, interfaceName));
    if (known !== undefined || interfaceName === undefined || !isOnLink(remote)) return known;
    return this.#byRemote.get(linkKey(interfaceName));
  }

  add(neighbour: Neighbour): void {
    this.#byName.set(neighbour.name, neighbour);
    this.#byRemote.set(keyOf(neighbour), neighbour);
    if (neighbour.range !== undefined) neighbour.range.count++;
  }

  remove(neighbour: Neighbour): void {
    this.#byName.delete(neighbour.name);
    const key = keyOf(neighbour);
    if (this.#byRemote.get(key) === neighbour) this.#byRemote.delete(key);
    const { range, session } = neighbour;
    if (range === undefined) return;
    range.count--;
    const { established } = session.counters;
    range.past = sumOf(range.past, { ...trafficOf(session), lost: established });
  }
}

/** IPv4's link-local addresses (169.254.0.0/16) are not told apart by interface here. */
function isOnLink(remote: Address): boolean {
  return remote.family === 1 && isLinkLocal(remote);
}

function linkKey(interfaceName: string): string {
  return `on ${interfaceName}`;
}

function keyOf(neighbour: Neighbour): string {
  const { interface: name } = neighbour.config;
  if (neighbour.isUnnumbered && name !== undefined) return linkKey(name);
  return remoteKey(neighbour.address, neighbour.config.interface);
}
