/**
 * Routes on their way: what the queue becomes in a batch, and what the kernel's answers make of it.
 *
 * A route is in one batch at a time. What a batch asks for is taken as done (`actual`) and undone by
 * the answers that say otherwise; objects stay counted as used by the route until the answer, so
 * none is deleted under a route that has not moved yet.
 */
import type { Family } from "../route/index.ts";
import type { BatchBuilder } from "./batch-builder.ts";
import { ERRNO, isAbsence, isShortage, isUnreachable } from "./errno.ts";
import type { FibEvent } from "./events.ts";
import { Flight, Hangar } from "./flight.ts";
import { sameForwarding } from "./forwarding.ts";
import { WAITING } from "./nexthop-objects.ts";
import { type BatchError, ROUTE_KIND, ROUTE_TYPE, ROUTE_WORDS, packRoute } from "./operations.ts";
import { protocolName } from "./protocol-names.ts";
import { refFamily, refPrefix } from "./ref-queue.ts";
import { BLACKHOLE, FLAG, OTHER, type RouteColumns, UNKNOWN } from "./route-columns.ts";
import type { Routes } from "./routes.ts";
import { OBJECT_BASE } from "./object-ids.ts";

/** A stray: a route that no prefix id stands for. */
const NO_REF = 0xffffffff;

/** EAGAIN: not the kernel's word but ours, for a route that waits for its nexthop object. */
const WAITS = 11;

/** Failures told one by one between two takes of the events; the others are only counted. */
const TOLD_FAILURES = 16;

export class RouteBatches {
  readonly #routes: Routes;
  readonly #events: FibEvent[];
  readonly #hangar = new Hangar();
  readonly #none = new Flight(0);
  /** Routes in batches that have no answer yet. */
  flying = 0;
  /** The kernel is short of memory: no routes before this time. */
  pausedUntil = 0;
  #shortages = 0;
  #told = 0;
  untold = 0;

  constructor(routes: Routes, events: FibEvent[]) {
    this.#routes = routes;
    this.#events = events;
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
    while (flight.count < limit && queue.size > 0) this.#decide(queue.shift(), flight, batch);
    if (sweeping) this.#takeStrays(limit, flight);
    if (flight.count === 0) {
      this.#hangar.giveBack(flight, flight.packed);
      return this.#none;
    }
    this.flying += flight.count;
    return flight;
  }

  /** A finished flight may be used again, with the array that went to the kernel's thread. */
  land(flight: Flight, packed: Uint32Array<ArrayBuffer>): void {
    if (flight !== this.#none) this.#hangar.giveBack(flight, packed);
  }

  /** `errors`: by index in the flight. `packed`: its routes, as they have come back. */
  finish(
    flight: Flight,
    errors: ReadonlyMap<number, BatchError>,
    now: number,
    packed: Uint32Array | undefined,
  ): void {
    this.flying -= flight.count;
    let short = false;
    for (let i = 0; i < flight.count; i++) {
      const ref = flight.refs[i];
      const error = errors.size === 0 ? undefined : errors.get(i);
      if (ref === NO_REF) {
        // Any other refusal of a stray would be the same again; the next dump finds it.
        if (error === undefined || !isShortage(error.errno) || packed === undefined) continue;
        short = true;
        const at = i * ROUTE_WORDS;
        this.#routes.strays.push(...packed.subarray(at, at + ROUTE_WORDS));
        continue;
      }
      const after = flight.after[i];
      if (error === undefined || (after === 0 && isAbsence(error.errno))) {
        this.#succeeded(ref, flight.before[i], after);
      } else {
        if (isShortage(error.errno)) short = true;
        const before = this.#leftOf(flight.before[i], flight.began);
        this.#failed(ref, before, after, error, now);
      }
    }
    if (!short) {
      this.#shortages = 0;
      return;
    }
    this.pausedUntil = now + Math.min(10_000, 100 * 2 ** this.#shortages);
    this.#shortages = Math.min(this.#shortages + 1, 8);
  }

  /** A new round of telling failures one by one; answers how many were left out of the last. */
  newRound(): number {
    const left = this.untold;
    this.#told = 0;
    this.untold = 0;
    return left;
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
    return this.isOverruled(family, id) ? 0 : slot;
  }

  isOverruled(family: Family, id: number): boolean {
    const prefixes = this.#routes.prefixes[family];
    return this.#routes.foreign.overruled(
      family,
      prefixes.word(id, 0),
      prefixes.word(id, 1),
      prefixes.word(id, 2),
      prefixes.word(id, 3),
      prefixes.lengthOf(id),
    );
  }

  #decide(ref: number, flight: Flight, batch: BatchBuilder): void {
    const routes = this.#routes;
    const family = refFamily(ref);
    const id = refPrefix(ref);
    const columns = routes.columns[family];
    columns.flags[id] &= ~(FLAG.QUEUED | FLAG.FAILED);
    const actual = columns.actual[id];
    const unsure = (columns.flags[id] & FLAG.UNSURE) !== 0;
    const target = this.#target(family, id, columns, batch);
    if (target === WAITING) {
      columns.flags[id] |= FLAG.FAILED;
      routes.failures.add(ref, WAITS, batch.now);
    } else if (target === 0) {
      if ((columns.flags[id] & FLAG.ADOPTED) !== 0) return;
      // Where somebody else's route was in the way, ours may be in the kernel beside it.
      const blocked = routes.failures.errno(ref) === ERRNO.EEXIST;
      if (actual === 0 && !unsure && !blocked) routes.settle(family, id);
      else this.#emit(ROUTE_KIND.DELETE, ref, actual, unsure, 0, flight);
    } else if (actual === target || this.#isAlike(actual, target)) {
      if (actual !== target) routes.move(columns, id, target);
      if (routes.failures.size > 0) routes.failures.clear(ref);
    } else if ((actual !== 0 || unsure) && this.#isBlocked(family, id, target)) {
      // Ours may lie behind a route that was put before it: replacing would hit that one.
      this.#emit(ROUTE_KIND.DELETE, ref, actual, unsure, 0, flight);
    } else if (actual === 0) {
      this.#emit(ROUTE_KIND.ADD, ref, actual, unsure, target, flight);
    } else if (this.#sameKey(family, actual, target)) {
      this.#emit(ROUTE_KIND.REPLACE, ref, actual, unsure, target, flight);
    } else {
      // The two differ in metric: to the kernel they are two routes. The answer queues the other.
      this.#emit(ROUTE_KIND.DELETE, ref, actual, unsure, 0, flight);
    }
  }

  /** Plain mode: the route in the kernel carries just what the other object stands for. */
  #isAlike(actual: number, target: number): boolean {
    if (!this.#routes.objectFacts.plain || actual >= UNKNOWN || target >= UNKNOWN) return false;
    const { slots } = this.#routes;
    if (actual === 0 || slots.stale[actual] !== 0 || slots.vanished[actual] !== 0) return false;
    const one = slots.get(actual);
    const other = slots.get(target);
    return one !== undefined && other !== undefined && sameForwarding(one, other);
  }

  /** Somebody else's route is known to have the place. */
  #isBlocked(family: Family, id: number, target: number): boolean {
    return this.#routes.rival(family, id, target === BLACKHOLE) !== undefined;
  }

  #sameKey(family: Family, actual: number, target: number): boolean {
    const routes = this.#routes;
    return (
      routes.metricOf(family, actual === BLACKHOLE) ===
      routes.metricOf(family, target === BLACKHOLE)
    );
  }

  #emit(
    kind: number,
    ref: number,
    actual: number,
    unsure: boolean,
    target: number,
    flight: Flight,
  ): void {
    const routes = this.#routes;
    const family = refFamily(ref);
    const id = refPrefix(ref);
    const columns = routes.columns[family];
    const i = flight.count++;
    flight.refs[i] = ref;
    flight.before[i] = unsure ? UNKNOWN : actual;
    flight.after[i] = target;
    columns.actual[id] = target;
    if (unsure) routes.count(UNKNOWN, 1);
    routes.resolveDoubt(columns, id);
    columns.flags[id] |= FLAG.FLYING;
    routes.count(target, 1);
    const subject = kind === ROUTE_KIND.DELETE ? actual : target;
    const blackhole = subject === BLACKHOLE;
    const prefixes = routes.prefixes[family];
    packRoute(
      flight.packed,
      i,
      kind,
      family,
      prefixes.lengthOf(id),
      blackhole ? ROUTE_TYPE.BLACKHOLE : ROUTE_TYPE.UNICAST,
      target === 0 || blackhole ? 0 : OBJECT_BASE + target,
      routes.metricOf(family, blackhole),
      routes.table,
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

  #succeeded(ref: number, before: number, after: number): void {
    const routes = this.#routes;
    const family = refFamily(ref);
    const id = refPrefix(ref);
    const columns = routes.columns[family];
    routes.count(before, -1);
    const flags = columns.flags[id];
    columns.flags[id] = flags & ~(FLAG.FLYING | FLAG.DISTURBED | FLAG.QUEUED);
    if ((flags & FLAG.DISTURBED) !== 0) {
      routes.doubt(columns, id);
      routes.enqueue(columns, id, ref);
      return;
    }
    if (routes.failures.size > 0) routes.failures.clear(ref);
    const wanted = columns.desired[id] !== 0 || (flags & FLAG.BLOCK) !== 0;
    if ((flags & FLAG.QUEUED) !== 0 || (after === 0 && wanted)) routes.enqueue(columns, id, ref);
    else if (after === 0) routes.settle(family, id);
  }

  /** What a route had before, for one that was refused; it may have lost that under way. */
  #leftOf(before: number, began: number): number {
    if (before === 0 || before >= UNKNOWN) return before;
    const { slots } = this.#routes;
    if (slots.changedAt[before] <= began) return before;
    this.#routes.count(before, -1);
    this.#routes.count(UNKNOWN, 1);
    return UNKNOWN;
  }

  #failed(ref: number, before: number, after: number, error: BatchError, now: number): void {
    const routes = this.#routes;
    const family = refFamily(ref);
    const id = refPrefix(ref);
    const columns = routes.columns[family];
    const flags = columns.flags[id];
    columns.flags[id] = flags & ~(FLAG.FLYING | FLAG.DISTURBED | FLAG.QUEUED);
    this.#restore(columns, id, before, after, (flags & FLAG.DISTURBED) !== 0);
    // What was refused may be no more than what it was to be when it was asked for.
    if (isShortage(error.errno) || (flags & (FLAG.QUEUED | FLAG.DISTURBED)) !== 0) {
      routes.enqueue(columns, id, ref);
      return;
    }
    const rival =
      error.errno === ERRNO.EEXIST ? routes.rival(family, id, after === BLACKHOLE) : undefined;
    if (error.errno === ERRNO.EEXIST) {
      routes.resolveDoubt(columns, id);
      if (rival === undefined && columns.actual[id] === 0) {
        // The kernel's answer comes after all that it said before, and it has told of nobody else
        // in this place: the route there is ours.
        columns.actual[id] = after === BLACKHOLE ? BLACKHOLE : OTHER;
        routes.count(columns.actual[id], 1);
        routes.enqueue(columns, id, ref);
        return;
      }
    }
    this.#blameObject(after, error, now);
    columns.flags[id] |= FLAG.FAILED;
    if (!routes.failures.add(ref, error.errno, now)) return;
    this.#tell(family, id, error, rival === undefined ? undefined : protocolName(rival.protocol));
  }

  /** Takes back what `take` assumed. */
  #restore(
    columns: RouteColumns,
    id: number,
    before: number,
    after: number,
    disturbed: boolean,
  ): void {
    const routes = this.#routes;
    routes.count(after, -1);
    const object = before < UNKNOWN ? routes.slots.get(before) : undefined;
    const gone = object !== undefined && object.state !== "present";
    if (before !== UNKNOWN && !disturbed && !gone) {
      columns.actual[id] = before;
      return;
    }
    columns.actual[id] = before === UNKNOWN ? 0 : before;
    if (before === UNKNOWN) routes.count(UNKNOWN, -1);
    routes.doubt(columns, id);
  }

  #blameObject(slot: number, error: BatchError, now: number): void {
    if (slot === 0 || slot >= UNKNOWN) return;
    const { objects } = this.#routes;
    if (error.errno === ERRNO.ENOENT || error.errno === ERRNO.EINVAL) objects.suspect(slot);
    else if (isUnreachable(error.errno)) objects.unreachable(slot, error.message, now);
  }

  #tell(family: Family, id: number, error: BatchError, owner: string | undefined): void {
    if (this.#told === TOLD_FAILURES) {
      this.untold++;
      return;
    }
    this.#told++;
    const prefix = this.#routes.prefixes[family].format(id);
    const { errno, message } = error;
    this.#events.push({
      kind: "route-failed",
      prefix,
      errno,
      message,
      ...(owner === undefined ? {} : { owner }),
    });
  }
}
