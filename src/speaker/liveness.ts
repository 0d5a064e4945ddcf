// BFD and BGP (RFC 5882): which neighbours are to be watched, and what it means when one is lost.
//
// A session's first Established tells both ends' addresses; from then on the way to the neighbour is
// watched until the configuration, or an operator, says otherwise. A BGP session that ends does not
// end the watch, so that the next one is protected from its first moment. Nor does BGP wait for BFD:
// a neighbour that speaks none is a neighbour all the same (RFC 5882 §4.4).

import { CEASE } from "bgp-ts";
import { formatAddress } from "../route/index.ts";
import type { BfdSettings } from "./config.ts";
import type { Endpoints, LivenessRequest, PathChange } from "./effects.ts";
import type { Neighbour } from "./neighbour.ts";
import type { Outbox } from "./outbox.ts";
import { isRetained } from "./retention.ts";
import type { Roster } from "./roster.ts";

/** What is known of the way to one neighbour. */
interface Watch {
  readonly neighbour: Neighbour;
  endpoints: Endpoints;
  /** Of the request that is out; undefined: none is. */
  asked: BfdSettings | undefined;
  isUp: boolean;
}

export class Liveness {
  readonly #outbox: Outbox;
  readonly #roster: Roster;
  /** By the neighbour's name. */
  readonly #watches = new Map<string, Watch>();

  constructor(outbox: Outbox, roster: Roster) {
    this.#outbox = outbox;
    this.#roster = roster;
  }

  established(neighbour: Neighbour, endpoints: Endpoints): void {
    const known = this.#watches.get(neighbour.name);
    if (known === undefined) {
      if (neighbour.config.bfd === undefined) return;
      this.#watch(neighbour, endpoints);
    } else if (!sameWay(known.endpoints, endpoints)) {
      known.endpoints = endpoints;
      known.asked = undefined;
      known.isUp = false;
      this.#ask(known);
    }
    // Packets pass, whatever was found before: its next hops may be used again.
    this.#outbox.push({ kind: "path-proved", neighbour: neighbour.name });
  }

  /** Configuration or operators changed something: asks for what is wanted now. */
  review(): void {
    for (const watch of this.#watches.values()) this.#ask(watch);
    for (const neighbour of this.#roster.neighbours()) {
      // BFD was switched on while the session is up.
      const { up, config, name } = neighbour;
      if (up === undefined || config.bfd === undefined || this.#watches.has(name)) continue;
      this.#watch(neighbour, up.endpoints);
    }
  }

  /** What a change means: nothing, that the neighbour is lost, or that it may be restarting. */
  changed(name: string, change: PathChange): Verdict {
    const watch = this.#watches.get(name);
    const neighbour = this.#roster.named(name);
    if (watch?.asked === undefined || neighbour === undefined) return "nothing";
    if (change.isUp) {
      if (!watch.isUp) this.#outbox.event("info", "bfd-up", "BFD is up", { neighbour: name });
      watch.isUp = true;
      return "nothing";
    }
    if (!watch.isUp) return "nothing";
    watch.isUp = false;
    const fields = { diagnostic: change.diagnostic, remoteAdminDown: change.remoteAdminDown };
    const text = `BFD is down: ${change.diagnostic}`;
    this.#outbox.event("warn", "bfd-down", text, { neighbour: name, fields });
    // RFC 5882 §4.2: somebody switched BFD off over there, which says nothing about the way.
    if (change.remoteAdminDown) return "nothing";
    const isGraceful = watch.asked.onDown === "graceful" && !change.controlPlaneIndependent;
    return isGraceful && keepsRoutes(neighbour) ? "restarting" : "lost";
  }

  #watch(neighbour: Neighbour, endpoints: Endpoints): void {
    const watch: Watch = { neighbour, endpoints, asked: undefined, isUp: false };
    this.#watches.set(neighbour.name, watch);
    this.#ask(watch);
  }

  #ask(watch: Watch): void {
    const { name, enabled, config } = watch.neighbour;
    // Its name may be another one's by now, whose address is found out anew.
    const isThere = this.#roster.named(name) === watch.neighbour;
    if (!isThere) this.#watches.delete(name);
    const bfd = isThere && enabled ? config.bfd : undefined;
    if (bfd === watch.asked) return;
    watch.asked = bfd;
    const wanted = bfd && request(watch.endpoints, bfd);
    this.#outbox.push({ kind: "liveness", neighbour: name, wanted });
    if (bfd === undefined) watch.isUp = false;
  }
}

/** RFC 5882 §4.3. */
export type Verdict = "nothing" | "lost" | "restarting";

/** Whether its routes are kept already, or will be when its session ends without a word. */
function keepsRoutes(neighbour: Neighbour): boolean {
  const { up } = neighbour;
  if (up === undefined) return isRetained(neighbour);
  const { gracefulRestart: terms } = up.negotiated;
  return terms !== undefined && (terms.families.includes(true) || Math.max(...terms.staleTime) > 0);
}

/** Why a session ends whose neighbour BFD has lost (RFC 9384). */
export const BFD_CEASE = CEASE.BFD_DOWN;

function request(endpoints: Endpoints, bfd: BfdSettings): LivenessRequest {
  const { local, remote, interface: index } = endpoints;
  return { local, remote, interface: index, bfd };
}

function sameWay(a: Endpoints, b: Endpoints): boolean {
  return (
    formatAddress(a.local) === formatAddress(b.local) &&
    formatAddress(a.remote) === formatAddress(b.remote) &&
    a.interface === b.interface
  );
}
