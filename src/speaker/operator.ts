// What an operator does to neighbours by name (RFC 4486 gives each its subcode).

import { CEASE } from "bgp-ts";
import type { Configurator } from "./configurator.ts";
import type { Neighbour } from "./neighbour.ts";
import type { ReloadOutcome } from "./refresh.ts";
import type { Range } from "./range.ts";
import type { Roster } from "./roster.ts";
import type { CeaseRequest } from "./session/index.ts";
import type { Sessions } from "./sessions.ts";
import type { Traced } from "./trace.ts";

/** Answer to a command about a neighbour or a range. */
export type CommandResult = "done" | "already" | "unknown";

/** The same to `reload`; a range's is the best of its neighbours'. */
export type ReloadResult = ReloadOutcome | "already" | "unknown";

const SHUTDOWN: CeaseRequest = { subcode: CEASE.ADMINISTRATIVE_SHUTDOWN };
const RESET: CeaseRequest = { subcode: CEASE.ADMINISTRATIVE_RESET };

export class Operator {
  readonly #roster: Roster;
  readonly #sessions: Sessions;
  readonly #configurator: Configurator;

  constructor(roster: Roster, sessions: Sessions, configurator: Configurator) {
    this.#roster = roster;
    this.#sessions = sessions;
    this.#configurator = configurator;
  }

  enable(name: string, now: number, message?: string): CommandResult {
    const target = this.#target(name);
    if (target === undefined) return "unknown";
    if (target.enabled) return "already";
    target.switch(true, now, message);
    const neighbour = this.#roster.named(name);
    if (neighbour !== undefined) this.#sessions.start(neighbour, now);
    return "done";
  }

  disable(name: string, now: number, message?: string): CommandResult {
    const target = this.#target(name);
    if (target === undefined) return "unknown";
    if (!target.enabled) return "already";
    target.switch(false, now, message);
    const cease = { ...SHUTDOWN, message };
    const neighbour = this.#roster.named(name);
    if (neighbour !== undefined) this.#sessions.stop(neighbour, now, cease);
    for (const each of this.#outOf(name)) this.#configurator.remove(each, now, cease);
    return "done";
  }

  restart(name: string, now: number, message?: string): CommandResult {
    const target = this.#target(name);
    if (target === undefined) return "unknown";
    if (!target.enabled) return "already";
    target.message = message;
    for (const each of this.#all(name)) this.#sessions.restart(each, now, { ...RESET, message });
    return "done";
  }

  /** What is logged of them step by step from now on. */
  trace(name: string, traced: Traced): "done" | "unknown" {
    const target = this.#target(name);
    if (target === undefined) return "unknown";
    target.traced = traced;
    for (const each of this.#outOf(name)) each.traced = traced;
    return "done";
  }

  /** `reload`: for one neighbour. */
  reload(name: string, now: number, reload: (each: Neighbour) => ReloadOutcome): ReloadResult {
    const target = this.#target(name);
    if (target === undefined) return "unknown";
    if (!target.enabled) return "already";
    const outcomes = new Set<ReloadOutcome>();
    for (const each of this.#all(name)) {
      outcomes.add(reload(each));
      this.#sessions.drive(each, now);
    }
    if (outcomes.has("done")) return "done";
    return outcomes.has("unable") ? "unable" : "down";
  }

  /**
   * Who is about to come back says so: Administrative Reset (RFC 4486 §3) is tried again soon, while
   * Administrative Shutdown tells the neighbour that a person wants it so, and to wait for one.
   */
  stop(now: number, why: "shutdown" | "restart"): void {
    for (const neighbour of this.#roster.neighbours()) {
      const isKept = why === "restart" && neighbour.up?.negotiated.keepsOurRoutes === true;
      const cease = why === "restart" ? RESET : SHUTDOWN;
      this.#sessions.stop(neighbour, now, isKept ? undefined : cease);
    }
  }

  #target(name: string): Range | Neighbour | undefined {
    return this.#roster.range(name) ?? this.#roster.named(name);
  }

  /** The neighbour of this name, or those of the range. */
  #all(name: string): Neighbour[] {
    const neighbour = this.#roster.named(name);
    return neighbour === undefined ? this.#outOf(name) : [neighbour];
  }

  /** The neighbours that a range has now; none where `name` is no range. */
  #outOf(name: string): Neighbour[] {
    const range = this.#roster.range(name);
    if (range === undefined) return [];
    return [...this.#roster.neighbours()].filter((neighbour) => neighbour.range === range);
  }
}
