/**
 * What the kernel says of routes of ours: dumps, the adoption of those that an earlier run has left, and
 * what somebody else has removed. Of one prefix there may be two, in two places: the second is noted as
 * the one that has to go, or is wanted in the place of the first. More than two are strays.
 */
import { type Family, HOLDER } from "../route/index.ts";
import { ERRNO } from "./errno.ts";
import type { FibEvent } from "./events.ts";
import type { OwnRouteGoneFact } from "./facts.ts";
import { Losses } from "./losses.ts";
import { slotOf } from "./object-ids.ts";
import { ROUTE_TYPE, ROUTE_WORDS, routeFamily, routeLength, routeType } from "./operations.ts";
import { Quarrels } from "./quarrels.ts";
import { refOf } from "./ref-queue.ts";
import { BLACKHOLE, FLAG, OTHER, type RouteColumns } from "./route-columns.ts";
import type { Routes } from "./routes.ts";

/** As a level of failures: 8 seconds. */
const LONGEST_QUARREL = 5;

export class RouteFacts {
  readonly #routes: Routes;
  readonly #events: FibEvent[];
  /** Routes that somebody else removed. */
  readonly #losses = new Losses();
  readonly #quarrels = new Quarrels();

  constructor(routes: Routes, events: FibEvent[]) {
    this.#routes = routes;
    this.#events = events;
  }

  /** Routes of ours from a dump, and those that bear our mark and that somebody else has written. */
  adopt(packed: Uint32Array, count: number, now: number): void {
    for (let i = 0; i < count; i++) {
      const at = i * ROUTE_WORDS;
      const family = routeFamily(packed[at]);
      // Over a nexthop object it is the object that says so.
      const blackhole = routeType(packed[at]) === ROUTE_TYPE.BLACKHOLE && packed[at + 1] === 0;
      const length = routeLength(packed[at]);
      const prefixes = this.#routes.prefixes[family];
      const id = prefixes.intern(
        packed[at + 2],
        packed[at + 3],
        packed[at + 4],
        packed[at + 5],
        length,
      );
      prefixes.hold(id, HOLDER.FIB);
      this.#routes.columns[family].ensure(id);
      const slot = blackhole ? BLACKHOLE : this.#adoptSlot(packed[at + 1]);
      const place = this.#routes.places.intern(packed[at + 7], packed[at + 6]);
      if (place !== 0 && this.#adoptOne(family, id, slot, place, now)) continue;
      this.#routes.addStray(packed, at);
      this.#routes.settle(family, id);
    }
  }

  beginDump(): void {
    this.#routes.forgetStrays();
    for (const columns of this.#routes.columns) {
      const { flags, capacity } = columns;
      for (let id = 0; id < capacity; id++) {
        flags[id] &= ~FLAG.SEEN;
        if ((flags[id] & FLAG.FLYING) === 0) this.#routes.setExtra(columns, id, 0);
      }
    }
  }

  /** What the dump has not mentioned is not in the kernel. */
  endDump(): void {
    for (const family of [0, 1] as const) {
      const columns = this.#routes.columns[family];
      const { actual, flags, capacity } = columns;
      for (let id = 0; id < capacity; id++) {
        if ((flags[id] & FLAG.SEEN) !== 0) continue;
        if ((flags[id] & FLAG.FLYING) !== 0) flags[id] |= FLAG.DISTURBED;
        else if (actual[id] !== 0 || (flags[id] & FLAG.UNSURE) !== 0) {
          this.#forget(columns, family, id);
        }
      }
    }
  }

  /** Somebody else has removed a route of ours. */
  ownGone({ prefix, table, metric }: OwnRouteGoneFact, now: number): void {
    const { family } = prefix;
    const id = this.#routes.prefixes[family].findPrefix(prefix);
    const columns = this.#routes.columns[family];
    if (id < 0 || id >= columns.capacity) return;
    if ((columns.flags[id] & FLAG.FLYING) !== 0) {
      columns.flags[id] |= FLAG.DISTURBED;
      return;
    }
    const place = this.#routes.places.find(table, metric);
    if (place !== 0 && columns.extra[id] === place) this.#routes.setExtra(columns, id, 0);
    const actual = columns.actual[id];
    if (actual === 0 && (columns.flags[id] & FLAG.UNSURE) === 0) return;
    if (columns.place[id] !== place) return;
    if (columns.desired[id] !== 0 && actual !== 0 && this.#losses.add(now)) {
      this.#losses.example = this.#routes.prefixes[family].format(id);
    }
    const ref = refOf(family, id);
    const isWanted = columns.desired[id] !== 0 || (columns.flags[id] & FLAG.BLOCK) !== 0;
    if (isWanted && this.#isQuarrel(columns, id, ref, now)) this.#lose(columns, id);
    else this.#forget(columns, family, id);
  }

  /** Somebody has taken what is wanted. True: so often that the answer comes later. */
  #isQuarrel(columns: RouteColumns, id: number, ref: number, now: number): boolean {
    const level = this.#quarrels.note(ref, now);
    if (level === 0 || (columns.flags[id] & FLAG.QUEUED) !== 0) return false;
    columns.flags[id] |= FLAG.FAILED;
    this.#routes.failures.hold(ref, ERRNO.ECANCELED, Math.min(level, LONGEST_QUARREL), now);
    return true;
  }

  /** Tells what somebody has removed. */
  watch(now: number): void {
    const lost = this.#losses.take(now);
    if (lost === undefined) return;
    this.#events.push({ kind: "routes-removed", count: lost.count, prefix: lost.example });
  }

  nextDeadline(): number {
    return this.#losses.nextDeadline();
  }

  #adoptSlot(nexthopId: number): number {
    const slot = slotOf(nexthopId);
    if (slot === 0) return OTHER;
    this.#routes.objectFacts.adoptSlot(slot);
    return this.#routes.slots.get(slot) === undefined ? OTHER : slot;
  }

  /** False: there is no room for it beside the two of the prefix that are known. */
  #adoptOne(family: Family, id: number, slot: number, place: number, now: number): boolean {
    const columns = this.#routes.columns[family];
    let flags = columns.flags[id];
    if ((flags & FLAG.FLYING) !== 0) {
      columns.flags[id] |= FLAG.SEEN | FLAG.DISTURBED;
      return true;
    }
    const isKnown = columns.actual[id] !== 0 || (flags & FLAG.UNSURE) !== 0;
    if (isKnown && columns.place[id] !== place) return this.#adoptExtra(family, id, place);
    flags |= FLAG.SEEN;
    columns.place[id] = place;
    if (columns.extra[id] === place) this.#routes.setExtra(columns, id, 0);
    const before = columns.actual[id];
    // What was known here is no earlier run's, unless it was found so before: it is on its way out.
    const isLeft = (flags & FLAG.ADOPTED) !== 0 || !(isKnown || (flags & FLAG.QUEUED) !== 0);
    if ((flags & FLAG.UNSURE) !== 0) this.#routes.slots.limbo--;
    flags &= ~FLAG.UNSURE;
    if (before === slot) {
      columns.flags[id] = flags;
      return true;
    }
    this.#routes.count(before, -1);
    this.#routes.count(slot, 1);
    columns.actual[id] = slot;
    const wanted = columns.desired[id] !== 0 || (flags & FLAG.BLOCK) !== 0;
    const isAdopted = isLeft && !wanted && !this.#routes.sweeping;
    if (isAdopted) flags |= FLAG.ADOPTED;
    columns.flags[id] = flags;
    const ref = refOf(family, id);
    const isReplaced = wanted && before !== 0;
    if (isAdopted) columns.noteAdopted(id);
    else if (!isReplaced || !this.#isQuarrel(columns, id, ref, now)) {
      this.#routes.enqueue(columns, id, ref);
    }
    return true;
  }

  /** A second route of ours, in another place than the one that is known. */
  #adoptExtra(family: Family, id: number, place: number): boolean {
    const columns = this.#routes.columns[family];
    if (columns.extra[id] !== 0 && columns.extra[id] !== place) return false;
    this.#routes.setExtra(columns, id, place);
    if ((columns.flags[id] & FLAG.ADOPTED) === 0)
      this.#routes.enqueue(columns, id, refOf(family, id));
    return true;
  }

  /** The kernel does not have the route. If there is another one, that is the one there is. */
  #lose(columns: RouteColumns, id: number): void {
    const extra = columns.extra[id];
    this.#routes.count(columns.actual[id], -1);
    columns.actual[id] = 0;
    this.#routes.resolveDoubt(columns, id);
    if (extra === 0) {
      columns.flags[id] &= ~FLAG.ADOPTED;
      return;
    }
    this.#routes.setExtra(columns, id, 0);
    this.#routes.count(OTHER, 1);
    columns.actual[id] = OTHER;
    columns.place[id] = extra;
  }

  /** The same, and what is wanted there is put there anew. */
  #forget(columns: RouteColumns, family: Family, id: number): void {
    this.#lose(columns, id);
    const isWanted = columns.desired[id] !== 0 || (columns.flags[id] & FLAG.BLOCK) !== 0;
    const isToGo = columns.actual[id] !== 0 && (columns.flags[id] & FLAG.ADOPTED) === 0;
    if (isWanted || isToGo) this.#routes.enqueue(columns, id, refOf(family, id));
    else this.#routes.settle(family, id);
  }
}
