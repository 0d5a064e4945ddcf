// Who is on the way out of service, or out of it: this node, single neighbours, ranges of them.

import type { Neighbour } from "./neighbour.ts";

/**
 * What is told of routes: as the policies have it; the same with GRACEFUL_SHUTDOWN, for whoever has
 * another way (RFC 8326); nothing.
 */
export type Announcement = "usual" | "leaving" | "nothing";

const ORDER: readonly Announcement[] = ["usual", "leaving", "nothing"];

/** What that means for one neighbour. */
export interface Departure {
  /** What it is told. */
  readonly announcement: Announcement;
  /** The neighbour itself is to be avoided: what it tells is the last choice (RFC 8326 §4.3). */
  readonly isAvoided: boolean;
  /** For whose sake nothing is told; undefined: something is. */
  readonly withheld: "node" | "neighbour" | undefined;
}

export class Departures {
  #node: Announcement = "usual";
  /** By name of a neighbour or a range; "usual" is not in it. */
  readonly #single = new Map<string, Announcement>();

  /** `name` undefined: all neighbours, those to come included. */
  set(name: string | undefined, announcement: Announcement): void {
    if (name === undefined) this.#node = announcement;
    else if (announcement === "usual") this.#single.delete(name);
    else this.#single.set(name, announcement);
  }

  /** The same with another word for all; itself where it is the same word. */
  withAll(announcement: Announcement): Departures {
    if (announcement === this.#node) return this;
    const other = new Departures();
    other.set(undefined, announcement);
    for (const [name, single] of this.#single) other.set(name, single);
    return other;
  }

  of(neighbour: Neighbour): Departure {
    const own = farther(this.#of(neighbour.name), this.#of(neighbour.range?.config.name));
    const announcement = farther(this.#node, own);
    const withheld = this.#node === "nothing" ? "node" : "neighbour";
    return {
      announcement,
      isAvoided: own !== "usual",
      withheld: announcement === "nothing" ? withheld : undefined,
    };
  }

  #of(name: string | undefined): Announcement {
    return (name === undefined ? undefined : this.#single.get(name)) ?? "usual";
  }
}

/** Whether a neighbour goes by a name: its own, or its range's. undefined: everybody does. */
export function isCalled({ name, range }: Neighbour, called: string | undefined): boolean {
  return called === undefined || name === called || range?.config.name === called;
}

function farther(a: Announcement, b: Announcement): Announcement {
  return ORDER.indexOf(a) > ORDER.indexOf(b) ? a : b;
}
