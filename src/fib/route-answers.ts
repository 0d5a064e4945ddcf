/** What the kernel's answers make of routes that were asked for: assumed until then, undone if refused. */
import type { Family } from "../route/index.ts";
import { ERRNO, isAbsence, isShortage, isUnreachable } from "./errno.ts";
import type { FibEvent } from "./events.ts";
import type { Flight } from "./flight.ts";
import type { BatchError } from "./operations.ts";
import { protocolName } from "./protocol-names.ts";
import { refFamily, refPrefix } from "./ref-queue.ts";
import { BLACKHOLE, FLAG, OTHER, type RouteColumns, UNKNOWN } from "./route-columns.ts";
import type { Routes } from "./routes.ts";

/** Failures told one by one between two takes of the events; the others are only counted. */
const TOLD_FAILURES = 16;

export class RouteAnswers {
  readonly #routes: Routes;
  readonly #events: FibEvent[];
  #told = 0;
  #untold = 0;

  constructor(routes: Routes, events: FibEvent[]) {
    this.#routes = routes;
    this.#events = events;
  }

  /** The answer for the route at `i`; false: the kernel is short of memory. */
  take(flight: Flight, i: number, error: BatchError | undefined, now: number): boolean {
    const isAbsent = error !== undefined && isAbsence(error.errno);
    if (flight.dropped[i] !== 0) this.#dropped(flight, i, isAbsent ? undefined : error, now);
    else if (error === undefined || (flight.after[i] === 0 && isAbsent)) this.#done(flight, i);
    else this.#failed(flight, i, error, now);
    return error === undefined || !isShortage(error.errno);
  }

  /** A new round of telling failures one by one; answers how many were left out of the last. */
  newRound(): number {
    const left = this.#untold;
    this.#told = 0;
    this.#untold = 0;
    return left;
  }

  #done(flight: Flight, i: number): void {
    const routes = this.#routes;
    const ref = flight.refs[i];
    const family = refFamily(ref);
    const id = refPrefix(ref);
    const columns = routes.columns[family];
    routes.count(flight.before[i], -1);
    const flags = columns.flags[id];
    columns.flags[id] = flags & ~(FLAG.FLYING | FLAG.DISTURBED | FLAG.QUEUED);
    if ((flags & FLAG.DISTURBED) !== 0) {
      routes.doubt(columns, id);
      routes.enqueue(columns, id, ref);
      return;
    }
    if (routes.failures.size > 0) routes.failures.clear(ref);
    const isGone = flight.after[i] === 0;
    const isWanted = columns.desired[id] !== 0 || (flags & FLAG.BLOCK) !== 0;
    const isElsewhere = isWanted && columns.place[id] !== routes.wantedPlace(family, id);
    const isMore = (flags & FLAG.QUEUED) !== 0 || columns.extra[id] !== 0;
    if (isMore || isElsewhere || (isGone && isWanted)) routes.enqueue(columns, id, ref);
    else if (isGone) routes.settle(family, id);
  }

  /** The other route of the prefix has gone, or is still there. */
  #dropped(flight: Flight, i: number, error: BatchError | undefined, now: number): void {
    const routes = this.#routes;
    const ref = flight.refs[i];
    const id = refPrefix(ref);
    const columns = routes.columns[refFamily(ref)];
    routes.count(flight.before[i], -1);
    const flags = columns.flags[id];
    columns.flags[id] = flags & ~(FLAG.FLYING | FLAG.DISTURBED | FLAG.QUEUED);
    routes.setExtra(columns, id, error === undefined ? 0 : flight.dropped[i]);
    if ((flags & FLAG.DISTURBED) !== 0 && (flags & FLAG.UNSURE) === 0) routes.doubt(columns, id);
    const isFinal = error !== undefined && !isShortage(error.errno);
    if (isFinal && (flags & (FLAG.QUEUED | FLAG.DISTURBED)) === 0) {
      columns.flags[id] |= FLAG.FAILED;
      if (routes.failures.add(ref, error.errno, now)) this.#tell(ref, error, undefined);
    } else {
      routes.enqueue(columns, id, ref);
    }
  }

  #failed(flight: Flight, i: number, error: BatchError, now: number): void {
    const routes = this.#routes;
    const ref = flight.refs[i];
    const after = flight.after[i];
    const family = refFamily(ref);
    const id = refPrefix(ref);
    const columns = routes.columns[family];
    const flags = columns.flags[id];
    const tried = columns.place[id];
    columns.flags[id] = flags & ~(FLAG.FLYING | FLAG.DISTURBED | FLAG.QUEUED);
    this.#restore(flight, i, columns, id, (flags & FLAG.DISTURBED) !== 0);
    // What was refused may be no more than what it was to be when it was asked for.
    if (isShortage(error.errno) || (flags & (FLAG.QUEUED | FLAG.DISTURBED)) !== 0) {
      routes.enqueue(columns, id, ref);
      return;
    }
    const isTaken = error.errno === ERRNO.EEXIST;
    const rival = isTaken ? routes.rival(family, id, tried) : undefined;
    // What was doubted was this very place.
    if (isTaken && columns.place[id] === tried) routes.resolveDoubt(columns, id);
    if (isTaken && rival === undefined && this.#isOurs(columns, id, tried, after)) {
      routes.enqueue(columns, id, ref);
      return;
    }
    this.#blameObject(after, error, now);
    columns.flags[id] |= FLAG.FAILED;
    if (!routes.failures.add(ref, error.errno, now)) return;
    this.#tell(ref, error, rival === undefined ? undefined : protocolName(rival.protocol));
  }

  /**
   * The kernel's answer comes after all that it said before, and it has told of nobody else in the place:
   * the route there is ours. False: it is known that none of ours is there.
   */
  #isOurs(columns: RouteColumns, id: number, place: number, after: number): boolean {
    const routes = this.#routes;
    if (columns.place[id] !== place) {
      routes.setExtra(columns, id, place);
      return true;
    }
    if (columns.actual[id] !== 0) return false;
    columns.actual[id] = after === BLACKHOLE ? BLACKHOLE : OTHER;
    routes.count(columns.actual[id], 1);
    return true;
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

  /** Takes back what was assumed. */
  #restore(flight: Flight, i: number, columns: RouteColumns, id: number, disturbed: boolean): void {
    const routes = this.#routes;
    const before = this.#leftOf(flight.before[i], flight.began);
    if (flight.left[i] !== 0) {
      columns.place[id] = flight.left[i];
      routes.setExtra(columns, id, 0);
    }
    routes.count(flight.after[i], -1);
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

  #tell(ref: number, error: BatchError, owner: string | undefined): void {
    if (this.#told === TOLD_FAILURES) {
      this.#untold++;
      return;
    }
    this.#told++;
    const family: Family = refFamily(ref);
    const prefix = this.#routes.prefixes[family].format(refPrefix(ref));
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
