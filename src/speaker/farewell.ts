// Make before break: neighbours that a new configuration takes away, while it adds others, stay until
// those have told what they know (a node that goes from a mesh to reflectors, or back). Their sessions
// go on as they are. They go at once when they are down, when a configuration gives their name or
// address to somebody else, and all together
//   - SETTLE after every added neighbour has sent End-of-RIB and been sent ours (RFC 4724 §2), so that
//     what it told is decided and in the kernel, and what it was told is known beyond it;
//   - or PATIENCE after the last such configuration, come what may.
// It is a time of this node's. Of the other end nothing is known: whoever takes a session away on both
// ends has to let both have the new ones, within PATIENCE or before.

import type { Neighbour } from "./neighbour.ts";

/** Milliseconds. */
export const SETTLE = 2000;
export const PATIENCE = 30_000;

export class Farewell {
  readonly #leaving = new Set<Neighbour>();
  /** Names of the neighbours that are waited for. */
  #awaited: readonly string[] = [];
  #deadline = Infinity;
  /** Since when all of those have told everything. */
  #settledAt = Infinity;

  /** Whether a neighbour stays for now. */
  has(neighbour: Neighbour): boolean {
    return this.#leaving.has(neighbour);
  }

  /** `awaited`: names of those whose routes are to be there first. */
  begin(leaving: readonly Neighbour[], awaited: readonly string[], now: number): void {
    for (const neighbour of leaving) {
      this.#leaving.add(neighbour);
      neighbour.message = "no longer configured; stays until the added neighbours have sent all";
    }
    this.#awaited = [...this.#awaited, ...awaited];
    this.#deadline = now + PATIENCE;
    this.#settledAt = Infinity;
  }

  /** It is configured again, or gone. */
  forget(neighbour: Neighbour): void {
    if (!this.#leaving.delete(neighbour)) return;
    neighbour.message = undefined;
    if (this.#leaving.size > 0) return;
    this.#awaited = [];
    this.#deadline = Infinity;
    this.#settledAt = Infinity;
  }

  nextDeadline(): number {
    return Math.min(this.#deadline, this.#settledAt + SETTLE);
  }

  /** Those who go now. `hasTold`: whether a neighbour has sent all and been sent all, or is gone. */
  due(now: number, hasTold: (name: string) => boolean): Neighbour[] {
    if (this.#leaving.size === 0) return [];
    if (!this.#awaited.every(hasTold)) this.#settledAt = Infinity;
    else if (this.#settledAt === Infinity) this.#settledAt = now;
    const isOver = now >= this.nextDeadline();
    return [...this.#leaving].filter(({ up }) => isOver || up === undefined);
  }
}
