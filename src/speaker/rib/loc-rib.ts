// Loc-RIB of one family: which path of each prefix is the best, and who hears of it. It needs no table of
// its own: the best path is the first of its prefix's chain.

import type { Chains } from "./chains.ts";
import type { Decision } from "./decision.ts";
import type { RouteListener } from "./family-parts.ts";
import { FLAG, type PathStore } from "./path-store.ts";
import type { PrefixQueue } from "./prefix-queue.ts";
import type { SourceState } from "./sources.ts";

export interface LocRibParts {
  readonly paths: PathStore;
  readonly chains: Chains;
  readonly decision: Decision;
  readonly state: SourceState;
  /** Prefixes whose next hops the FIB has to hear of; undefined: nobody installs routes. */
  readonly fib: PrefixQueue | undefined;
}

export class LocRib {
  readonly #paths: PathStore;
  readonly #chains: Chains;
  readonly #decision: Decision;
  readonly #state: SourceState;
  readonly #fib: PrefixQueue | undefined;
  #listeners: readonly RouteListener[] = [];
  #allPathsListeners: readonly RouteListener[] = [];

  constructor({ paths, chains, decision, state, fib }: LocRibParts) {
    this.#paths = paths;
    this.#chains = chains;
    this.#decision = decision;
    this.#state = state;
    this.#fib = fib;
  }

  listen(listener: RouteListener): void {
    this.#listeners = [...this.#listeners, listener];
  }

  listenToAllPaths(listener: RouteListener): void {
    this.#allPathsListeners = [...this.#allPathsListeners, listener];
  }

  unlisten(listener: RouteListener): void {
    this.#listeners = this.#listeners.filter((other) => other !== listener);
    this.#allPathsListeners = this.#allPathsListeners.filter((other) => other !== listener);
  }

  /** Looks at all paths of a prefix, of which there is one, or was. False: none is left. */
  decide(prefix: number): boolean {
    const { flags, next } = this.#paths;
    const first = this.#chains.first(prefix);
    const old = this.#chains.best(prefix);
    const hasAltered = old !== 0 && (flags[old] & (FLAG.CHANGED | FLAG.DEAD)) !== 0;
    if (old !== 0) this.#unmarkBest(old);
    const hadSeveral = next[first] !== 0;
    this.#chains.tidy(prefix);
    const best = this.#choose(prefix);
    if (best !== 0) this.#markBest(prefix, best);
    this.#tell(prefix, best !== old || hasAltered, hadSeveral);
    return this.#chains.first(prefix) !== 0;
  }

  /**
   * Paths were added beside the best one: each is compared with that alone, where the whole chain would
   * be looked through for each (measured: `many`, 4 us a path). False: that is not enough.
   */
  decideGrown(prefix: number): boolean {
    const { flags, next } = this.#paths;
    const old = this.#chains.best(prefix);
    if (old === 0) return false;
    let best = old;
    // They stand behind the first one. No path is 0, and has no flags.
    for (let path = next[old]; (flags[path] & FLAG.CHANGED) !== 0; path = next[path]) {
      const order = this.#decision.challenge(path, best);
      if (order === 0) return false;
      if (order < 0) best = path;
    }
    for (let path = next[old]; (flags[path] & FLAG.CHANGED) !== 0; path = next[path]) {
      flags[path] &= ~FLAG.CHANGED;
    }
    if (best !== old) {
      this.#unmarkBest(old);
      this.#markBest(prefix, best);
    }
    this.#tell(prefix, best !== old, true);
    return true;
  }

  /** Whether the best path is another one or has changed, and whether there were or are others. */
  #tell(prefix: number, isOther: boolean, hasSeveral: boolean): void {
    if (isOther) for (const listener of this.#listeners) listener.routeChanged(prefix);
    for (const listener of this.#allPathsListeners) listener.routeChanged(prefix);
    // Also where the best path is the same, those beside it may not be.
    if (isOther || hasSeveral) this.#fib?.push(prefix);
  }

  #choose(prefix: number): number {
    const first = this.#chains.first(prefix);
    if (first === 0) return 0;
    if (this.#paths.next[first] !== 0) return this.#decision.choose(first);
    return this.#decision.isEligible(first) ? first : 0;
  }

  #markBest(prefix: number, best: number): void {
    const paths = this.#paths;
    paths.flags[best] |= FLAG.BEST;
    this.#state.best[paths.source[best]]++;
    this.#chains.moveToFront(prefix, best);
  }

  #unmarkBest(path: number): void {
    this.#paths.flags[path] &= ~FLAG.BEST;
    this.#state.best[this.#paths.source[path]]--;
  }
}
