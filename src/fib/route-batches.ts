/**
 * Routes on their way: what the queue becomes in a batch. What the answers make of it: route-answers.ts.
 *
 * A route is in one batch at a time. What a batch asks for is taken as done (`actual`) and undone by
 * the answers that say otherwise; objects stay counted as used by the route until the answer, so
 * none is deleted under a route that has not moved yet.
 *
 * A route that is to be in another table, or to have another metric, is to the kernel another route:
 * it is added, and when that is done the old one is deleted.
 */
import type { Family } from "../route/index.ts";
import type { BatchBuilder } from "./batch-builder.ts";
import { ERRNO, isShortage } from "./errno.ts";
import { Flight, Hangar } from "./flight.ts";
import { sameForwarding } from "./forwarding.ts";
import { WAITING } from "./nexthop-objects.ts";
import { type BatchError, ROUTE_KIND, ROUTE_TYPE, ROUTE_WORDS, packRoute } from "./operations.ts";
import { refFamily, refPrefix } from "./ref-queue.ts";
import type { RouteAnswers } from "./route-answers.ts";
import { BLACKHOLE, FLAG, OTHER, type RouteColumns, UNKNOWN } from "./route-columns.ts";
import type { Routes } from "./routes.ts";
import { OBJECT_BASE } from "./object-ids.ts";

/** A stray: a route that no prefix id stands for. */
const NO_REF = 0xffffffff;

/**
 * Routes that a batch looks at, at most: after next hops that died and live again, all those that were still
 * to be taken out need nothing (measured: a million at once hold the event loop for 60 ms).
 */
const MOST_LOOKS = 1 << 14;

/** EAGAIN: not the kernel's word but ours, for a route that waits for its nexthop object. */
const WAITS = 11;

export class RouteBatches {
  readonly #routes: Routes;
  readonly #answers: RouteAnswers;
  readonly #hangar = new Hangar();
  readonly #none = new Flight(0);
  /** Routes in batches that have no answer yet. */
  flying = 0;
  /** The kernel is short of memory: no routes before this time. */
  pausedUntil = 0;
  #shortages = 0;

  constructor(routes: Routes, answers: RouteAnswers) {
    this.#routes = routes;
    this.#answers = answers;
  }

  /** At most `limit` routes that differ from the kernel's; the operations they need go to `batch`. */
  take(limit: number, batch: BatchBuilder): Flight {
    const { queue, strays, sweeping } = this.#routes;
    const paused = batch.now < this.pausedUntil;
    if (!paused) this.pausedUntil = 0;
    const waiting = queue.size + (sweeping ? strays.length / ROUTE_WORDS : 0);
    if (paused || waiting === 0) return this.#none;
    const flight = this.#hangar.take(Math.min(limit, waiting));
    flight.began = this.#routes.slots.changes;
    for (let left = MOST_LOOKS; left > 0 && flight.count < limit && queue.size > 0; left--) {
      this.#decide(queue.shift(), flight, batch);
    }
    if (sweeping) this.#takeStrays(limit, flight);
    if (flight.count === 0) {
      this.#hangar.giveBack(flight);
      return this.#none;
    }
    this.flying += flight.count;
    return flight;
  }

  /** A finished flight may be used again. */
  land(flight: Flight): void {
    if (flight !== this.#none) this.#hangar.giveBack(flight);
  }

  /** `errors`: by index in the flight. */
  finish(flight: Flight, errors: ReadonlyMap<number, BatchError>, now: number): void {
    this.flying -= flight.count;
    let short = false;
    for (let i = 0; i < flight.count; i++) {
      const ref = flight.refs[i];
      const error = errors.size === 0 ? undefined : errors.get(i);
      if (ref === NO_REF) {
        this.#routes.slots.limbo--;
        // Any other refusal of a stray would be the same again; the next dump finds it.
        if (error === undefined || !isShortage(error.errno)) continue;
        short = true;
        this.#routes.addStray(flight.packed, i * ROUTE_WORDS);
        continue;
      }
      if (!this.#answers.take(flight, i, error, now)) short = true;
    }
    if (!short) {
      this.#shortages = 0;
      return;
    }
    this.pausedUntil = now + Math.min(10_000, 100 * 2 ** this.#shortages);
    this.#shortages = Math.min(this.#shortages + 1, 8);
  }

  /** What kernel route a prefix should have: a slot, BLACKHOLE, 0 for none, or WAITING. */
  #target(family: Family, id: number, columns: RouteColumns, batch: BatchBuilder): number {
    if ((columns.flags[id] & FLAG.BLOCK) !== 0) return BLACKHOLE;
    const list = columns.desired[id];
    if (list === 0) return 0;
    const { objects, paths } = this.#routes;
    const { ready } = this.#routes.book;
    let slot = list < ready.length ? ready[list] : 0;
    if (family === 1 && paths.at(list).hasIPv4) return 0;
    if (slot === 0) {
      slot = objects.prepare(paths.at(list), batch);
      if (slot <= 0) return slot;
    }
    return this.#routes.overruling(family, id, paths.at(list).place) ? 0 : slot;
  }

  #decide(ref: number, flight: Flight, batch: BatchBuilder): void {
    const { columns: both, failures } = this.#routes;
    const family = refFamily(ref);
    const id = refPrefix(ref);
    const columns = both[family];
    columns.flags[id] &= ~(FLAG.QUEUED | FLAG.FAILED);
    const target = this.#target(family, id, columns, batch);
    if (target === 0) {
      this.#takeOut(ref, flight);
    } else if (target === WAITING) {
      columns.flags[id] |= FLAG.FAILED;
      failures.add(ref, WAITS, batch.now);
    } else {
      this.#promote(columns, id);
      this.#place(ref, target, flight);
    }
  }

  /** Nothing shall be in the kernel. */
  #takeOut(ref: number, flight: Flight): void {
    const { columns: both, failures } = this.#routes;
    const family = refFamily(ref);
    const id = refPrefix(ref);
    const columns = both[family];
    if ((columns.flags[id] & FLAG.ADOPTED) !== 0) return;
    const isUnsure = (columns.flags[id] & FLAG.UNSURE) !== 0;
    // Where somebody else's route was in the way, ours may be in the kernel beside it.
    const isBlocked = failures.errno(ref) === ERRNO.EEXIST;
    if (columns.actual[id] !== 0 || isUnsure || isBlocked) {
      this.#emit(ROUTE_KIND.DELETE, ref, 0, columns.place[id], flight);
    } else if (columns.extra[id] !== 0) {
      this.#drop(ref, flight);
    } else {
      this.#routes.settle(family, id);
    }
  }

  /** Where only the other route is known, that is the one there is, with whatever content. */
  #promote(columns: RouteColumns, id: number): void {
    if (columns.extra[id] === 0 || columns.actual[id] !== 0) return;
    if ((columns.flags[id] & FLAG.UNSURE) !== 0) return;
    const place = columns.extra[id];
    this.#routes.setExtra(columns, id, 0);
    this.#routes.count(OTHER, 1);
    columns.actual[id] = OTHER;
    columns.place[id] = place;
  }

  /**
   * In its place, or on the way there: only what is known to be in the kernel is moved, so that no move
   * that fails leaves a doubt. The rest is put right where it is before.
   */
  #place(ref: number, target: number, flight: Flight): void {
    const routes = this.#routes;
    const family = refFamily(ref);
    const id = refPrefix(ref);
    const columns = routes.columns[family];
    const place = routes.wantedPlace(family, id);
    const isKnown = columns.actual[id] !== 0 && columns.actual[id] !== OTHER;
    const isThere = columns.actual[id] !== 0 || (columns.flags[id] & FLAG.UNSURE) !== 0;
    if (!isThere || columns.place[id] === place) this.#put(ref, target, place, flight);
    else if (isKnown) this.#move(ref, target, place, flight);
    else this.#put(ref, target, columns.place[id], flight);
  }

  /** To the kernel these are two routes: the new one is put in, and by its answer the old one goes. */
  #move(ref: number, target: number, place: number, flight: Flight): void {
    const routes = this.#routes;
    const id = refPrefix(ref);
    const columns = routes.columns[refFamily(ref)];
    if (columns.extra[id] === place) {
      // Ours is there as well, with whatever content: the two change their parts.
      routes.setExtra(columns, id, columns.place[id]);
      columns.place[id] = place;
      routes.doubt(columns, id);
      this.#put(ref, target, place, flight);
    } else if (columns.extra[id] !== 0) {
      this.#drop(ref, flight);
    } else {
      this.#emit(ROUTE_KIND.ADD, ref, target, place, flight);
    }
  }

  /** What is in the kernel, if anything, is in this place. */
  #put(ref: number, target: number, place: number, flight: Flight): void {
    const routes = this.#routes;
    const family = refFamily(ref);
    const id = refPrefix(ref);
    const columns = routes.columns[family];
    columns.place[id] = place;
    const actual = columns.actual[id];
    const isUnsure = (columns.flags[id] & FLAG.UNSURE) !== 0;
    if (actual === target || this.#isAlike(actual, target)) {
      if (actual !== target) routes.move(columns, id, target);
      if (routes.failures.size > 0) routes.failures.clear(ref);
      if (columns.extra[id] !== 0) this.#drop(ref, flight);
    } else if ((actual !== 0 || isUnsure) && routes.rival(family, id, place) !== undefined) {
      // Ours may lie behind a route that was put before it: replacing would hit that one.
      this.#emit(ROUTE_KIND.DELETE, ref, 0, place, flight);
    } else {
      this.#emit(actual === 0 ? ROUTE_KIND.ADD : ROUTE_KIND.REPLACE, ref, target, place, flight);
    }
  }

  /** Plain mode: the route in the kernel carries just what the other object stands for. */
  #isAlike(actual: number, target: number): boolean {
    if (!this.#routes.objectFacts.plain) return false;
    const { slots } = this.#routes;
    if (actual === BLACKHOLE) return slots.get(target)?.isBlackhole === true;
    if (target === BLACKHOLE) return slots.get(actual)?.isBlackhole === true;
    if (actual >= UNKNOWN || target >= UNKNOWN) return false;
    if (actual === 0 || slots.stale[actual] !== 0 || slots.vanished[actual] !== 0) return false;
    const one = slots.get(actual);
    const other = slots.get(target);
    return one !== undefined && other !== undefined && sameForwarding(one, other);
  }

  /** `place`: where; another than the route's own one is where it moves to. */
  #emit(kind: number, ref: number, target: number, place: number, flight: Flight): void {
    const routes = this.#routes;
    const family = refFamily(ref);
    const id = refPrefix(ref);
    const columns = routes.columns[family];
    const actual = columns.actual[id];
    const isUnsure = (columns.flags[id] & FLAG.UNSURE) !== 0;
    const i = flight.count++;
    flight.refs[i] = ref;
    flight.before[i] = isUnsure ? UNKNOWN : actual;
    flight.after[i] = target;
    flight.left[i] = 0;
    flight.dropped[i] = 0;
    if (columns.place[id] !== place) {
      flight.left[i] = columns.place[id];
      routes.setExtra(columns, id, columns.place[id]);
      columns.place[id] = place;
    }
    columns.actual[id] = target;
    if (isUnsure) routes.count(UNKNOWN, 1);
    routes.resolveDoubt(columns, id);
    columns.flags[id] |= FLAG.FLYING;
    routes.count(target, 1);
    this.#pack(flight, i, kind, ref, kind === ROUTE_KIND.DELETE ? 0 : target, place);
  }

  /** The other route of the prefix goes; nothing changes about the one that counts. */
  #drop(ref: number, flight: Flight): void {
    const routes = this.#routes;
    const id = refPrefix(ref);
    const columns = routes.columns[refFamily(ref)];
    const i = flight.count++;
    flight.refs[i] = ref;
    flight.before[i] = flight.after[i] = columns.actual[id];
    flight.left[i] = 0;
    flight.dropped[i] = columns.extra[id];
    routes.count(columns.actual[id], 1);
    columns.flags[id] |= FLAG.FLYING;
    this.#pack(flight, i, ROUTE_KIND.DELETE, ref, 0, columns.extra[id]);
  }

  #pack(flight: Flight, i: number, kind: number, ref: number, slot: number, place: number): void {
    const { places, prefixes: both } = this.#routes;
    const family = refFamily(ref);
    const id = refPrefix(ref);
    const prefixes = both[family];
    const isBlackhole = slot === BLACKHOLE;
    packRoute(
      flight.packed,
      i,
      kind,
      family,
      prefixes.lengthOf(id),
      isBlackhole ? ROUTE_TYPE.BLACKHOLE : ROUTE_TYPE.UNICAST,
      slot === 0 || isBlackhole ? 0 : OBJECT_BASE + slot,
      places.metricOf(place),
      places.tableOf(place),
    );
    const at = i * ROUTE_WORDS + 2;
    flight.packed[at] = prefixes.word(id, 0);
    flight.packed[at + 1] = prefixes.word(id, 1);
    flight.packed[at + 2] = prefixes.word(id, 2);
    flight.packed[at + 3] = prefixes.word(id, 3);
  }

  #takeStrays(limit: number, flight: Flight): void {
    const { strays } = this.#routes;
    while (flight.count < limit && strays.length > 0) {
      const i = flight.count++;
      const words = strays.splice(strays.length - ROUTE_WORDS, ROUTE_WORDS);
      flight.packed.set(words, i * ROUTE_WORDS);
      flight.packed[i * ROUTE_WORDS] = (words[0] & ~0xff) | ROUTE_KIND.DELETE;
      flight.packed[i * ROUTE_WORDS + 1] = 0;
      flight.refs[i] = NO_REF;
    }
  }
}
