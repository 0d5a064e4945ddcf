// Who is at the other end of one interface: the timers and choices of router discovery between two
// routers (RFC 4861 §6), without a socket or a clock.
//
// Both ends advertise themselves and solicit at the start, so each knows the other within a second.
// One neighbour is chosen. Should another one appear, the chosen one is asked for: if it does not
// answer, the neighbour has moved (its link-local address is another one now); if it does, there are
// two on the link, which is no place for an unnumbered peer: the first stays, and it is said.

import { formatAddress } from "../speaker/index.ts";
import type { Address } from "../speaker/index.ts";
import type { RouterMessage } from "./router-messages.ts";

/** RFC 4861 §10; milliseconds. */
const MAX_RA_DELAY_TIME = 500;
const MIN_DELAY_BETWEEN_RAS = 3000;
const MAX_INITIAL_ADVERTISEMENTS = 3;
const MAX_SOLICITATIONS = 3;
const SOLICITATION_INTERVAL = 4000;
/** MaxRtrAdvInterval and MinRtrAdvInterval (§6.2.1), which is 0.75 times that. */
const MAX_INTERVAL = 10_000;
const MIN_INTERVAL = 7500;
/** A neighbour that was not heard for so long is asked whether it is there. */
const SILENCE = 45_000;
/** Solicitations until silence counts: an answer takes half a second, or three where others ask. */
const QUESTIONS = 2;
/** Routers remembered on one link; who is more than that is not heard. */
const MOST_ROUTERS = 16;
const RETRY = 1000;

export type LinkAction =
  | { readonly kind: "send"; readonly message: RouterMessage }
  /** A router is there. `previous`: it takes the place of that one, which is silent. */
  | { readonly kind: "found"; readonly address: Address; readonly previous: Address | undefined }
  | { readonly kind: "lost" }
  /** Both are there; `address` stays the neighbour. */
  | { readonly kind: "crowded"; readonly address: Address; readonly other: Address };

interface Router {
  readonly address: Address;
  heardAt: number;
  /** Weighed against the chosen one already. */
  isKnown: boolean;
}

export class LinkDiscovery {
  readonly #random: () => number;
  readonly #routers = new Map<string, Router>();
  #chosen: Router | undefined;
  #actions: LinkAction[] = [];
  #advertiseAt: number;
  #advertisedAt = -Infinity;
  #advertisements = 0;
  #solicitAt: number;
  #solicitations = MAX_SOLICITATIONS;
  /** The chosen one is being asked for, since and until then. */
  #askedAt = Infinity;
  #verdictAt = Infinity;

  /** Begins at once. `random`: uniform in [0, 1). */
  constructor(now: number, random: () => number) {
    this.#random = random;
    this.#advertiseAt = now + random() * MAX_RA_DELAY_TIME;
    this.#solicitAt = now + random() * MAX_RA_DELAY_TIME;
  }

  /** What is to be done, in order. */
  take(): LinkAction[] {
    const actions = this.#actions;
    this.#actions = [];
    return actions;
  }

  nextDeadline(): number {
    const silentAt = this.#askedAt === Infinity ? this.#silentAt() : Infinity;
    return Math.min(this.#advertiseAt, this.#solicitAt, this.#verdictAt, silentAt);
  }

  expire(now: number): void {
    if (this.#advertiseAt <= now) this.#advertise(now);
    if (this.#solicitAt <= now) this.#solicit(now);
    if (this.#verdictAt <= now) this.#decide(now);
    if (this.#askedAt === Infinity && this.#silentAt() <= now) this.#ask(now);
  }

  /** It could not be sent: the interface's address may not be ready yet. */
  unsent(message: RouterMessage, now: number): void {
    if (message === "advertisement") this.#advertiseAt = now + RETRY;
    else this.#solicitAt = now + RETRY;
  }

  heard(message: RouterMessage, sender: Address, now: number): void {
    if (message === "advertisement") this.#heardRouter(sender, now);
    else this.#answer(now);
  }

  /** §6.2.6: not at once, that not all answer together; nor more often than every three seconds. */
  #answer(now: number): void {
    const soon = now + this.#random() * MAX_RA_DELAY_TIME;
    const allowed = Math.max(soon, this.#advertisedAt + MIN_DELAY_BETWEEN_RAS);
    this.#advertiseAt = Math.min(this.#advertiseAt, allowed);
  }

  #heardRouter(address: Address, now: number): void {
    const key = formatAddress(address);
    let router = this.#routers.get(key);
    if (router === undefined) {
      if (this.#routers.size >= MOST_ROUTERS) this.#forgetSilent(now);
      if (this.#routers.size >= MOST_ROUTERS) return;
      router = { address, heardAt: now, isKnown: false };
      this.#routers.set(key, router);
    }
    router.heardAt = now;
    this.#chosen ??= router;
    if (router === this.#chosen) {
      this.#solicitations = 0;
      this.#solicitAt = Infinity;
      this.#tell(router);
      if (this.#askedAt < now) this.#decide(now);
    } else if (!router.isKnown) {
      router.isKnown = true;
      this.#tell(router);
      if (this.#askedAt === Infinity) this.#ask(now);
    }
  }

  #advertise(now: number): void {
    this.#actions.push({ kind: "send", message: "advertisement" });
    this.#advertisedAt = now;
    this.#advertisements++;
    const isInitial = this.#advertisements < MAX_INITIAL_ADVERTISEMENTS;
    const [least, most] = isInitial
      ? [MIN_DELAY_BETWEEN_RAS, MIN_DELAY_BETWEEN_RAS + MAX_RA_DELAY_TIME]
      : [MIN_INTERVAL, MAX_INTERVAL];
    this.#advertiseAt = now + least + this.#random() * (most - least);
  }

  #solicit(now: number): void {
    this.#actions.push({ kind: "send", message: "solicitation" });
    this.#solicitations--;
    this.#solicitAt = this.#solicitations > 0 ? now + SOLICITATION_INTERVAL : Infinity;
  }

  #silentAt(): number {
    return this.#chosen === undefined ? Infinity : this.#chosen.heardAt + SILENCE;
  }

  /** Asks whether the chosen one is still there. */
  #ask(now: number): void {
    this.#askedAt = now;
    this.#verdictAt = now + QUESTIONS * SOLICITATION_INTERVAL;
    this.#solicitations = QUESTIONS;
    this.#solicitAt = now;
  }

  /** The chosen one has answered, or had its time. */
  #decide(now: number): void {
    const chosen = this.#chosen;
    const askedAt = this.#askedAt;
    this.#askedAt = this.#verdictAt = Infinity;
    if (chosen === undefined) return;
    if (chosen.heardAt > askedAt) {
      for (const other of this.#routers.values()) {
        if (other === chosen || other.heardAt < askedAt) continue;
        const { address } = chosen;
        this.#actions.push({ kind: "crowded", address, other: other.address });
      }
      return;
    }
    this.#routers.delete(formatAddress(chosen.address));
    this.#forgetSilent(now);
    const [next] = [...this.#routers.values()].sort((a, b) => b.heardAt - a.heardAt);
    this.#chosen = next;
    if (next === undefined) this.#actions.push({ kind: "lost" });
    else this.#tell(next, chosen.address);
  }

  #forgetSilent(now: number): void {
    for (const [key, router] of this.#routers) {
      if (router !== this.#chosen && router.heardAt + SILENCE <= now) this.#routers.delete(key);
    }
  }

  #tell({ address }: Router, previous?: Address): void {
    this.#actions.push({ kind: "found", address, previous });
  }
}
