/**
 * What must be dumped again because the kernel changed it without a word:
 * - "nexthops": a link lost its carrier or went, and the nexthop objects on it went with it;
 * - "routes": somebody's nexthop object changed under routes that have been told with its hops.
 *
 * The routes may be a million of ours beside that one: another daemon that changes its objects all
 * the time must not keep the worker busy with dumps. So after one it rests for as long as it took.
 */
import type { DumpKind } from "../fib/index.ts";

type StaleKind = Extract<DumpKind, "nexthops" | "routes">;

export class Stale {
  #nexthops = false;
  #routes = false;
  #restUntil = 0;

  add(kind: StaleKind): void {
    if (kind === "nexthops") this.#nexthops = true;
    else this.#routes = true;
  }

  /** What is to be dumped now; it is stale no longer. */
  take(now: number): readonly StaleKind[] {
    const due: StaleKind[] = [];
    if (this.#nexthops) due.push("nexthops");
    this.#nexthops = false;
    if (!this.#routes || now < this.#restUntil) return due;
    this.#routes = false;
    return [...due, "routes"];
  }

  dumped(what: readonly StaleKind[], began: number, ended: number): void {
    if (what.includes("routes")) this.#restUntil = ended + (ended - began);
  }

  /** Whole milliseconds until something has to be dumped; -1: nothing. */
  wait(now: number): number {
    if (this.#nexthops) return 0;
    return this.#routes ? Math.max(0, Math.ceil(this.#restUntil - now)) : -1;
  }
}
