// Adj-RIB-In of one family, with its Loc-RIB (loc-rib.ts). The paths of a prefix are a chain that begins
// with the best one, if there is a best one.
//
// announce() and withdraw() only note the change and queue the prefix; the decision comes later, once,
// for however many changes the prefix saw. A withdrawn path stays in its chain as a dead one until
// then, so that the decision knows that the best path is gone.

import type { AttributeTable, Family, PrefixTable } from "../../route/index.ts";
import { Bitset } from "./bitset.ts";
import { Chains } from "./chains.ts";
import { Decision } from "./decision.ts";
import type { RouteListener, FamilyParts } from "./family-parts.ts";
import type { NextHopStates } from "./next-hop-states.ts";
import { PathIds } from "./path-ids.ts";
import { LocRib } from "./loc-rib.ts";
import { FLAG, PathStore } from "./path-store.ts";
import { PathWalks } from "./path-walks.ts";
import { PrefixQueue } from "./prefix-queue.ts";
import { PrefixReferences } from "./prefix-references.ts";
import type { SourceState } from "./sources.ts";
import type { ImportJudge } from "./types.ts";

/**
 * Paths of one prefix that one source may have (RFC 7911). A chain is walked for every change of it: a
 * neighbour must not make one of millions.
 */
export const MAXIMUM_PATHS = 256;

export class FamilyRib {
  readonly family: Family;
  readonly prefixes: PrefixTable;
  readonly references: PrefixReferences;
  readonly paths = new PathStore();
  readonly decision: Decision;
  /** Prefixes whose next hops the FIB has to hear of. */
  readonly fib: PrefixQueue;
  readonly #attributes: AttributeTable;
  readonly #states: NextHopStates;
  readonly #state: SourceState;
  readonly #chains = new Chains(this.paths);
  readonly #locRib: LocRib;
  #networks = 0;
  #networkChanges = 0;
  /** Prefixes that wait for a decision. */
  readonly #touched: PrefixQueue;
  /** Of these: nothing happened to them but that paths were added. */
  readonly #grown = new Bitset();
  readonly #walks: PathWalks;
  readonly #pathIds = new PathIds(this.paths);

  constructor(family: Family, parts: FamilyParts) {
    const { prefixes, attributes, states, sources, settings } = parts;
    this.family = family;
    this.prefixes = prefixes;
    this.references = new PrefixReferences(prefixes);
    this.fib = new PrefixQueue(this.references);
    this.#touched = new PrefixQueue(this.references);
    this.#attributes = attributes;
    this.#states = states;
    this.#state = sources.families[family];
    this.decision = new Decision(this.paths, this.#state, sources, attributes, states, settings);
    const { paths, decision } = this;
    const fib = (settings.hasFib ?? true) ? this.fib : undefined;
    this.#locRib = new LocRib({ paths, chains: this.#chains, decision, state: this.#state, fib });
    this.#walks = new PathWalks(this.paths, this.decision, this.#state, attributes, {
      touch: (prefix) => this.#touch(prefix),
      kill: (path) => this.#kill(path),
    });
  }

  /** Prefixes that wait for a decision. */
  get undecided(): number {
    return this.#touched.length;
  }

  /** Prefixes that have a path, accepted or not. */
  get networks(): number {
    return this.#networks;
  }

  /** How often a prefix has got its first path, or lost its last one. */
  get networkChanges(): number {
    return this.#networkChanges;
  }

  get isIdle(): boolean {
    return this.#touched.length === 0 && this.#walks.isIdle;
  }

  /** Memory held, in bytes. */
  get bytes(): number {
    const tables = this.paths.bytes + this.#chains.bytes + this.references.bytes;
    return tables + this.fib.bytes + this.#touched.bytes + this.#pathIds.bytes;
  }

  listen(listener: RouteListener): void {
    this.#locRib.listen(listener);
  }

  listenToAllPaths(listener: RouteListener): void {
    this.#locRib.listenToAllPaths(listener);
  }

  unlisten(listener: RouteListener): void {
    this.#locRib.unlisten(listener);
  }

  /**
   * `accepted` 0: the import policy rejected the path. `now`: the caller's units. False: the source has
   * MAXIMUM_PATHS of the prefix, and this one more is not taken.
   */
  announce(
    source: number,
    prefix: number,
    pathId: number,
    received: number,
    accepted: number,
    now: number,
  ): boolean {
    const paths = this.paths;
    // A chain may be as long as there are neighbours (measured: `many`, 100,000 routes: a fifth of the
    // CPU time to look through them all for a path that is not there).
    const mayHave = this.#state.mayHave(source, prefix);
    let path = mayHave ? this.#chains.find(prefix, source, pathId) : 0;
    const isNew = path === 0;
    if (isNew) {
      const isMany = pathId !== 0 && this.#chains.countOf(prefix, source) >= MAXIMUM_PATHS;
      if (isMany) path = this.#appendToMany(source, prefix, pathId);
      else path = this.#append(source, prefix, pathId);
      if (path === 0) return false;
    }
    const known = paths.received[path] !== 0;
    this.decision.ties.now = now;
    if (known) this.#refresh(path, source, prefix, now);
    else this.#state.received[source]++;
    paths.setEpoch(path, this.#state.epoch(source));
    const isSame = paths.received[path] === received && paths.accepted[path] === accepted;
    if (known && isSame) {
      this.#states.revive(this.#attributes.nextHop(accepted));
      return true;
    }
    this.#setAttributes(path, received, accepted);
    paths.since[path] = now;
    paths.flags[path] = (paths.flags[path] & ~FLAG.DEAD) | FLAG.CHANGED;
    if (!isNew) this.#touch(prefix);
    else if (!this.#touched.has(prefix)) {
      this.#grown.add(prefix);
      this.#touched.push(prefix);
    }
    return true;
  }

  /**
   * Has the paths of a prefix judged again, but for those that are being swept. What is stale stays
   * so: it was not announced again. False: the prefix has no path.
   */
  rejudge(prefix: number, judge: ImportJudge, now: number): boolean {
    const paths = this.paths;
    let hasPath = false;
    for (let path = this.first(prefix); path !== 0; path = paths.next[path]) {
      if ((paths.flags[path] & FLAG.DEAD) !== 0) continue;
      hasPath = true;
      if (this.decision.isSwept(path)) continue;
      const received = paths.received[path];
      const old = paths.accepted[path];
      const isStale = this.decision.isStale(path);
      const accepted = judge(paths.source[path], received, old, this.family, prefix, isStale);
      if (accepted === old) continue;
      this.#setAttributes(path, received, accepted);
      this.decision.ties.now = now;
      paths.since[path] = now;
      paths.flags[path] |= FLAG.CHANGED;
      this.#touch(prefix);
    }
    return hasPath;
  }

  /** False: there was no such path. */
  withdraw(source: number, prefix: number, pathId: number): boolean {
    const path = this.#chains.find(prefix, source, pathId);
    if (path === 0 || (this.paths.flags[path] & FLAG.DEAD) !== 0) return false;
    this.#kill(path);
    return true;
  }

  /** Whether the source has announced such a path in its session. */
  hasPath(source: number, prefix: number, pathId: number): boolean {
    const path = this.#chains.find(prefix, source, pathId);
    if (path === 0 || (this.paths.flags[path] & FLAG.DEAD) !== 0) return false;
    return !this.decision.isStale(path);
  }

  /** The same of a path that was accepted. */
  isAccepted(source: number, prefix: number, pathId: number): boolean {
    if (!this.hasPath(source, prefix, pathId)) return false;
    return this.paths.accepted[this.#chains.find(prefix, source, pathId)] !== 0;
  }

  /** What the source announced so far is stale from now on. What was stale already goes, in slices. */
  markStale(source: number): void {
    if (this.#state.isSpent(source)) {
      this.#state.startSweep(source);
      this.#walks.sweepNow(source);
    }
    this.#state.nextEpoch(source);
  }

  /** All that the source has is stale from now on, but for what is on its way out. */
  markAllStale(source: number): void {
    if (this.#state.isSpent(source)) this.markStale(source);
    else this.#state.nextEpochOfAll(source);
  }

  /** Takes the stale paths of a source away, in slices. */
  sweepStale(source: number): void {
    this.#state.startSweep(source);
  }

  /** Decides again wherever a path leads to this next hop, in slices. */
  nextHopChanged(nextHop: number): void {
    this.#walks.scan.request(nextHop);
  }

  /** Decides again, in slices, wherever the source has a path. */
  sourceChanged(source: number): void {
    this.#walks.redecision.requestSource(source, this.paths.limit);
  }

  /** Decides again, in slices, wherever there is a choice; the FIB hears of it. */
  rulesChanged(): void {
    this.#walks.redecision.requestAll(this.paths.limit);
  }

  /**
   * Spends up to `units` (about one a prefix, more for many paths) on walks and decisions; the result
   * is what is left. A walk gets half of them, so that decisions begin before it has ended.
   */
  work(units: number): number {
    const half = (units + 1) >>> 1;
    let left = units - half + this.#walks.work(half);
    while (left > 0) {
      const prefix = this.#touched.shift();
      if (prefix < 0) break;
      this.#decide(prefix);
      this.references.drop(prefix);
      left -= this.decision.takeCost();
    }
    return Math.max(0, left);
  }

  /** Decides a prefix out of turn if it waits for that. The caller has a reference to it. */
  settle(prefix: number): void {
    if (!this.#touched.take(prefix)) return;
    this.#decide(prefix);
    this.references.drop(prefix);
  }

  /** The first path of a prefix's chain; 0: it has none. */
  first(prefix: number): number {
    return this.#chains.first(prefix);
  }

  /** The best path of a prefix as it was decided last; 0: none. */
  best(prefix: number): number {
    return this.#chains.best(prefix);
  }

  /** The path identifier by which a path of the prefix is announced (RFC 7911); 0: none is free. */
  pathIdFor(prefix: number, path: number): number {
    return this.#pathIds.of(prefix, this.first(prefix), path);
  }

  /** The same for what is announced without a path, and with nothing beside it. */
  pathIdForOwn(prefix: number): number {
    return this.#pathIds.forOwn(prefix);
  }

  /** Of those that a neighbour may hold of the prefix. */
  highestPathId(prefix: number): number {
    return this.#pathIds.highest(prefix);
  }

  /** A new path unless its source has too many that are not withdrawn; 0: it has. */
  #appendToMany(source: number, prefix: number, pathId: number): number {
    this.references.retain(prefix); // The decision may take the last path away.
    this.settle(prefix);
    const isFull = this.#chains.countOf(prefix, source) >= MAXIMUM_PATHS;
    const path = isFull ? 0 : this.#append(source, prefix, pathId);
    this.references.drop(prefix);
    return path;
  }

  #append(source: number, prefix: number, pathId: number): number {
    const path = this.paths.add(prefix, source, pathId);
    this.#state.noteHas(source, prefix);
    if (this.first(prefix) === 0) {
      this.#networks++;
      this.#networkChanges++;
      if (!this.references.has(prefix)) this.#pathIds.forget(prefix);
      this.references.retain(prefix);
    }
    this.#chains.add(prefix, path);
    return path;
  }

  /** A stale path is announced again; one that was being swept may be chosen again. */
  #refresh(path: number, source: number, prefix: number, now: number): void {
    if (!this.decision.isStale(path)) return;
    if (this.decision.isSwept(path)) {
      this.paths.since[path] = now; // It was as good as gone.
      this.#touch(prefix);
    }
    this.#state.noteFresh(source, this.paths.epoch(path));
  }

  /** Holds the new attribute sets before it lets go of the old: they may be the same. */
  #setAttributes(path: number, received: number, accepted: number): void {
    const paths = this.paths;
    const attributes = this.#attributes;
    const oldReceived = paths.received[path];
    const oldAccepted = paths.accepted[path];
    if (received !== 0) attributes.hold(received);
    if (accepted !== 0) this.#use(path, accepted);
    paths.received[path] = received;
    paths.accepted[path] = accepted;
    if (oldAccepted !== 0) this.#unuse(path, oldAccepted);
    if (oldReceived !== 0) attributes.release(oldReceived);
  }

  #use(path: number, accepted: number): void {
    this.#attributes.hold(accepted);
    this.#state.accepted[this.paths.source[path]]++;
    const nextHop = this.#attributes.nextHop(accepted);
    if (nextHop === 0) return;
    this.#states.use(nextHop, this.paths.source[path]);
    this.#walks.scan.add(nextHop, path);
  }

  #unuse(path: number, accepted: number): void {
    this.#state.accepted[this.paths.source[path]]--;
    const nextHop = this.#attributes.nextHop(accepted);
    if (nextHop !== 0) {
      this.#walks.scan.remove(nextHop, path);
      this.#states.unuse(nextHop);
    }
    this.#attributes.release(accepted);
  }

  /** Withdraws a path that is not dead yet. */
  #kill(path: number): void {
    const source = this.paths.source[path];
    if (this.decision.isStale(path)) this.#state.noteFresh(source, this.paths.epoch(path));
    this.#state.received[source]--;
    this.#setAttributes(path, 0, 0);
    this.paths.flags[path] |= FLAG.DEAD;
    this.#touch(this.paths.prefix[path]);
  }

  /** The prefix is to be decided anew. */
  #touch(prefix: number): void {
    this.#grown.delete(prefix);
    this.#touched.push(prefix);
  }

  #decide(prefix: number): void {
    if (this.#grown.delete(prefix) && this.#locRib.decideGrown(prefix)) return;
    if (this.first(prefix) === 0 || this.#locRib.decide(prefix)) return;
    this.#networks--;
    this.#networkChanges++;
    this.references.drop(prefix);
  }
}
