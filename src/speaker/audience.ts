// Neighbours as members of update groups: who is told, in which form and by which export policy. While
// a session lasts its policy may change; the move to another group waits for the move before it.

import type { Family } from "../route/index.ts";
import type { NeighbourConfig } from "./config.ts";
import type { Neighbour, Up } from "./neighbour.ts";
import type { Observers } from "./observers.ts";
import type { Policies, SharedExport, SharedImport } from "./policies.ts";
import type { GroupSettings, Rib } from "./rib/index.ts";
import type { Places } from "./places.ts";

export class Audience {
  readonly #rib: Rib;
  readonly #places: Places;
  readonly #observers: Observers;
  readonly #policies: Policies;
  /** Export policies to be changed when the change before is through. */
  readonly #waiting = new Map<Neighbour, SharedExport>();

  constructor(rib: Rib, places: Places, observers: Observers, policies: Policies) {
    this.#rib = rib;
    this.#places = places;
    this.#observers = observers;
    this.#policies = policies;
  }

  /** From now on the neighbour is told: all that there is, End-of-RIB, and every change. */
  join(neighbour: Neighbour): void {
    const { up, source, config } = neighbour;
    if (up === undefined || this.#isTold(neighbour)) return;
    this.#rib.join(source, groupSettings(up, config.addPath));
    this.#observers.join(neighbour);
  }

  /** How it is told; undefined: it is told nothing. */
  settingsOf(neighbour: Neighbour): GroupSettings | undefined {
    const { up, config } = neighbour;
    if (up === undefined || !this.#isTold(neighbour)) return undefined;
    return groupSettings(up, config.addPath);
  }

  /** Its Adj-RIB-Out is as its export policy of now has it, and is written out. */
  isUpToDate(neighbour: Neighbour): boolean {
    return !this.#waiting.has(neighbour) && this.#rib.member(neighbour.source)?.state === "in step";
  }

  /** Has a session told by a policy, at once or when it can be. */
  change(neighbour: Neighbour, up: Up, next: SharedExport): void {
    this.#waiting.delete(neighbour);
    if (next !== up.export) this.#move(neighbour, up, next);
  }

  /** Those that wait are tried again. */
  work(): void {
    for (const [neighbour, next] of this.#waiting) {
      if (neighbour.up !== undefined) this.#move(neighbour, neighbour.up, next);
    }
  }

  /** The session has ended. */
  leave(neighbour: Neighbour, ended: Up | undefined): void {
    const wasWaiting = this.#waiting.delete(neighbour);
    this.#rib.leave(neighbour.source);
    this.#observers.leave(neighbour);
    if (ended === undefined || wasWaiting || !this.#isShared(ended)) this.prune();
  }

  /** Forgets policies that nobody uses. */
  prune(): void {
    const imports = new Set<SharedImport>();
    const exports = new Set<SharedExport>(this.#waiting.values());
    for (const { up } of this.#places.all()) {
      if (up === undefined) continue;
      imports.add(up.import);
      exports.add(up.export);
    }
    this.#policies.keepOnly(imports, exports);
  }

  /** To the update group of its new policy. */
  #move(neighbour: Neighbour, up: Up, next: SharedExport): void {
    if (this.#isTold(neighbour) && !this.#rib.regroup(neighbour.source, next)) {
      this.#waiting.set(neighbour, next);
      return;
    }
    this.#waiting.delete(neighbour);
    this.#observers.regroup(neighbour, next);
    const old = up.export;
    up.export = next;
    for (const other of this.#places.all()) if (other.up?.export === old) return;
    this.prune(); // It has own next hops, which come and go.
  }

  /**
   * Whether others use both policies of a session that ended; mostly the first one that is asked does.
   * A neighbour that comes back with another AS number each time must not leave its policies here.
   */
  #isShared(ended: Up): boolean {
    for (const { up } of this.#places.all()) {
      if (up?.import === ended.import && up.export === ended.export) return true;
    }
    return false;
  }

  #isTold(neighbour: Neighbour): boolean {
    return this.#rib.member(neighbour.source) !== undefined;
  }
}

function groupSettings(up: Up, addPath: NeighbourConfig["addPath"]): GroupSettings {
  const { negotiated } = up;
  const { families, fourOctetAs, extendedNextHop, maximumSend, external } = negotiated;
  const most = (family: Family): number => {
    const send = negotiated.addPathSend[family] ? addPath?.[family].send : undefined;
    return send === "all" ? Infinity : (send ?? 0);
  };
  return {
    policy: up.export,
    families,
    fourOctetAs,
    extendedNextHop,
    maximumLength: maximumSend,
    paths: [most(0), most(1)],
    sendBack: !external,
  };
}
