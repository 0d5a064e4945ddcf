/**
 * Routes: what is wanted for each prefix against what is in the kernel, and the queue of those where
 * the two may differ. Batches are made of the queue in route-batches.ts.
 */
import { type Family, HOLDER, type PrefixTable } from "../route/index.ts";
import type { FibEvent } from "./events.ts";
import type { OwnRouteGoneFact } from "./facts.ts";
import { ERRNO } from "./errno.ts";
import { Failures } from "./failures.ts";
import type { ForeignRoute } from "./foreign-route.ts";
import type { ForeignRoutes } from "./foreign-routes.ts";
import { Losses } from "./losses.ts";
import type { NexthopObjects } from "./nexthop-objects.ts";
import type { ObjectBook } from "./object-book.ts";
import type { ObjectFacts } from "./object-facts.ts";
import type { ObjectSlots } from "./object-slots.ts";
import { slotOf } from "./object-ids.ts";
import { ROUTE_TYPE, ROUTE_WORDS, routeFamily, routeLength, routeType } from "./operations.ts";
import type { PathLists } from "./path-lists.ts";
import { refFamily, refOf, refPrefix } from "./ref-queue.ts";
import { Quarrels } from "./quarrels.ts";
import { RouteQueue, lastBits } from "./route-queue.ts";
import { BLACKHOLE, FLAG, OTHER, RouteColumns, UNKNOWN } from "./route-columns.ts";

/**
 * IPv6 connected routes have metric 256, those of router advertisements 1024; a blackhole for a block
 * must lose against the bridge that holds the block.
 */
const IPV6_BLACKHOLE_METRIC = 4096;

/** As a level of failures: 8 seconds. */
const LONGEST_QUARREL = 5;

export interface RoutesOptions {
  readonly prefixes: readonly [PrefixTable, PrefixTable];
  readonly paths: PathLists;
  readonly book: ObjectBook;
  readonly objectFacts: ObjectFacts;
  readonly objects: NexthopObjects;
  readonly foreign: ForeignRoutes;
  readonly table: number;
  readonly metric: number;
  readonly events: FibEvent[];
}

export class Routes {
  readonly #events: FibEvent[];
  readonly columns: readonly [RouteColumns, RouteColumns];
  readonly queue = new RouteQueue();
  readonly failures = new Failures();
  readonly prefixes: readonly [PrefixTable, PrefixTable];
  readonly paths: PathLists;
  readonly book: ObjectBook;
  readonly objectFacts: ObjectFacts;
  readonly objects: NexthopObjects;
  readonly slots: ObjectSlots;
  readonly foreign: ForeignRoutes;
  readonly table: number;
  readonly metric: number;
  /** Adopted routes that nobody wants are removed. */
  sweeping = false;
  /** Routes of ours with another metric than we use now, packed; removed by the sweep. */
  strays: number[] = [];
  /** Routes that somebody else removed. */
  readonly losses = new Losses();
  readonly #quarrels = new Quarrels();

  constructor(options: RoutesOptions) {
    this.#events = options.events;
    this.columns = [new RouteColumns(), new RouteColumns()];
    this.prefixes = options.prefixes;
    this.paths = options.paths;
    this.book = options.book;
    this.objectFacts = options.objectFacts;
    this.objects = options.objects;
    this.slots = options.book.slots;
    this.foreign = options.foreign;
    this.table = options.table;
    this.metric = options.metric;
  }

  /** `best` empty: the prefix is not wanted. At most `multipath` of `best` are used. */
  set(
    family: Family,
    id: number,
    best: readonly number[],
    multipath: number,
    backup: number,
  ): void {
    const columns = this.columns[family];
    columns.ensure(id);
    const before = columns.desired[id];
    const after = best.length === 0 ? 0 : this.paths.intern(best, multipath, backup);
    if (before === after && (columns.flags[id] & FLAG.ADOPTED) === 0) return;
    if (after !== 0) this.paths.at(after).wanted++;
    if (before !== 0) this.#unwant(before);
    columns.desired[id] = after;
    columns.flags[id] &= ~FLAG.ADOPTED;
    this.prefixes[family].hold(id, HOLDER.FIB);
    this.enqueue(columns, id, refOf(family, id));
  }

  /** A blackhole for a block of this node's own. */
  setBlock(family: Family, id: number, wanted: boolean): void {
    const columns = this.columns[family];
    columns.ensure(id);
    if (((columns.flags[id] & FLAG.BLOCK) !== 0) === wanted) return;
    if (wanted) columns.flags[id] |= FLAG.BLOCK;
    else columns.flags[id] &= ~FLAG.BLOCK;
    columns.flags[id] &= ~FLAG.ADOPTED;
    this.prefixes[family].hold(id, HOLDER.FIB);
    this.enqueue(columns, id, refOf(family, id));
  }

  /** To be looked at; where an answer is out, as soon as that has come. */
  enqueue(columns: RouteColumns, id: number, ref: number): void {
    const flags = columns.flags[id];
    if ((flags & FLAG.QUEUED) !== 0) return;
    columns.flags[id] = flags | FLAG.QUEUED;
    if ((flags & FLAG.FLYING) !== 0) return;
    if (columns.desired[id] !== 0 || (flags & FLAG.BLOCK) !== 0) this.queue.push(ref);
    else this.queue.pushRemoval(ref, lastBits(this.prefixes[refFamily(ref)], id));
  }

  /** Lets go of a prefix that is neither wanted nor in the kernel. */
  settle(family: Family, id: number): void {
    const columns = this.columns[family];
    if (columns.desired[id] !== 0 || columns.actual[id] !== 0) return;
    if ((columns.flags[id] & ~(FLAG.SEEN | FLAG.ADOPTED | FLAG.FAILED)) !== 0) return;
    columns.flags[id] = 0;
    if (this.failures.size > 0) this.failures.clear(refOf(family, id));
    const prefixes = this.prefixes[family];
    if (prefixes.has(id) && (prefixes.holders(id) & HOLDER.FIB) !== 0) {
      prefixes.release(id, HOLDER.FIB);
    }
  }

  /** One route more or less points at a slot; `actual` values of another meaning are understood. */
  count(slot: number, difference: 1 | -1): void {
    if (slot === OTHER || slot === UNKNOWN) this.slots.limbo += difference;
    if (slot === 0 || slot >= UNKNOWN) return;
    this.slots.routes[slot] += difference;
    if (this.slots.routes[slot] === 0) this.book.considerSlot(slot);
  }

  /** What the route has in the kernel goes by another object's name from now on. */
  move(columns: RouteColumns, id: number, slot: number): void {
    this.count(columns.actual[id], -1);
    this.count(slot, 1);
    columns.actual[id] = slot;
  }

  /** The kernel may or may not have a route of ours. */
  doubt(columns: RouteColumns, id: number): void {
    this.count(columns.actual[id], -1);
    columns.actual[id] = 0;
    columns.flags[id] |= FLAG.UNSURE;
    this.slots.limbo++;
  }

  /** It is known again whether it has. */
  resolveDoubt(columns: RouteColumns, id: number): void {
    if ((columns.flags[id] & FLAG.UNSURE) === 0) return;
    columns.flags[id] &= ~FLAG.UNSURE;
    this.slots.limbo--;
  }

  metricOf(family: Family, blackhole: boolean): number {
    if (!blackhole || family === 0) return this.metric;
    return Math.max(this.metric, IPV6_BLACKHOLE_METRIC);
  }

  /** One pass over all routes for everything that has happened to objects and path lists. */
  rescan(): void {
    const { touchedLists } = this.book;
    if (!this.slots.marked && touchedLists.size === 0) return;
    const lists = new Uint8Array(this.paths.limit);
    for (const list of touchedLists) lists[list.id] = 1;
    touchedLists.clear();
    this.#scan(0, lists);
    this.#scan(1, lists);
    this.slots.clearMarks();
  }

  /** Routes of ours from a dump. */
  adopt(packed: Uint32Array, count: number): void {
    for (let i = 0; i < count; i++) {
      const at = i * ROUTE_WORDS;
      const family = routeFamily(packed[at]);
      const blackhole = routeType(packed[at]) === ROUTE_TYPE.BLACKHOLE;
      if (packed[at + 7] !== this.table) continue;
      if (packed[at + 6] !== this.metricOf(family, blackhole)) {
        for (let word = 0; word < ROUTE_WORDS; word++) this.strays.push(packed[at + word]);
        continue;
      }
      const length = routeLength(packed[at]);
      const prefixes = this.prefixes[family];
      const id = prefixes.intern(
        packed[at + 2],
        packed[at + 3],
        packed[at + 4],
        packed[at + 5],
        length,
      );
      prefixes.hold(id, HOLDER.FIB);
      this.#adoptOne(family, id, blackhole ? BLACKHOLE : this.#adoptSlot(packed[at + 1]));
    }
  }

  beginDump(): void {
    this.strays = [];
    for (const { flags } of this.columns) {
      for (let id = 0; id < flags.length; id++) flags[id] &= ~FLAG.SEEN;
    }
  }

  /** What the dump has not mentioned is not in the kernel. */
  endDump(): void {
    for (const family of [0, 1] as const) {
      const columns = this.columns[family];
      const { actual, flags } = columns;
      for (let id = 0; id < flags.length; id++) {
        if ((flags[id] & FLAG.SEEN) !== 0) continue;
        if ((flags[id] & FLAG.FLYING) !== 0) flags[id] |= FLAG.DISTURBED;
        else if (actual[id] !== 0 || (flags[id] & FLAG.UNSURE) !== 0) {
          this.#forget(columns, family, id);
        }
      }
    }
  }

  /** Somebody else has removed a route of ours. */
  ownGone({ prefix, metric }: OwnRouteGoneFact, now: number): void {
    const { family } = prefix;
    const id = this.prefixes[family].findPrefix(prefix);
    const columns = this.columns[family];
    if (id < 0 || id >= columns.capacity) return;
    if ((columns.flags[id] & FLAG.FLYING) !== 0) {
      columns.flags[id] |= FLAG.DISTURBED;
      return;
    }
    const actual = columns.actual[id];
    if (actual === 0 && (columns.flags[id] & FLAG.UNSURE) === 0) return;
    if (actual !== 0 && metric !== this.metricOf(family, actual === BLACKHOLE)) return;
    if (columns.desired[id] !== 0 && actual !== 0 && this.losses.add(now)) {
      this.losses.example = this.prefixes[family].format(id);
    }
    const ref = refOf(family, id);
    const isWanted = columns.desired[id] !== 0 || (columns.flags[id] & FLAG.BLOCK) !== 0;
    const level = isWanted ? this.#quarrels.note(ref, now) : 0;
    if (level > 0 && (columns.flags[id] & FLAG.QUEUED) === 0) {
      this.#lose(columns, id);
      columns.flags[id] |= FLAG.FAILED;
      this.failures.hold(ref, ERRNO.ECANCELED, Math.min(level, LONGEST_QUARREL), now);
    } else {
      this.#forget(columns, family, id);
    }
  }

  /** Tells what somebody has removed. */
  watch(now: number): void {
    const lost = this.losses.take(now);
    if (lost === undefined) return;
    this.#events.push({ kind: "routes-removed", count: lost.count, prefix: lost.example });
  }

  /** A route of somebody else's has come, gone or changed; ours of the same prefix may be affected. */
  foreignTouched(route: ForeignRoute): void {
    const { family } = route;
    const id = this.prefixes[family].findPrefix(route.prefix);
    const columns = this.columns[family];
    if (id < 0 || id >= columns.capacity) return;
    const actual = columns.actual[id];
    if (columns.desired[id] === 0 && actual === 0 && columns.flags[id] === 0) return;
    if (actual !== 0 && this.rival(family, id, actual === BLACKHOLE) !== undefined) {
      // `ip route replace` puts its route in the place of ours, and says nothing about ours.
      if ((columns.flags[id] & FLAG.FLYING) !== 0) columns.flags[id] |= FLAG.DISTURBED;
      else this.doubt(columns, id);
    }
    columns.flags[id] &= ~FLAG.FAILED;
    this.enqueue(columns, id, refOf(family, id));
  }

  /** The route that has the place which ours would have. */
  rival(family: Family, id: number, blackhole: boolean): ForeignRoute | undefined {
    const prefixes = this.prefixes[family];
    const metric = this.metricOf(family, blackhole);
    return this.foreign
      .exact(
        family,
        prefixes.word(id, 0),
        prefixes.word(id, 1),
        prefixes.word(id, 2),
        prefixes.word(id, 3),
        prefixes.lengthOf(id),
      )
      .find((route) => this.foreign.isRival(route, metric));
  }

  startSweep(): void {
    this.sweeping = true;
    for (const family of [0, 1] as const) {
      const columns = this.columns[family];
      for (let id = 0; id < columns.capacity; id++) {
        if ((columns.flags[id] & FLAG.ADOPTED) === 0) continue;
        columns.flags[id] &= ~FLAG.ADOPTED;
        this.enqueue(columns, id, refOf(family, id));
      }
    }
  }

  /** Nothing is wanted any more. */
  removeAll(): void {
    this.startSweep();
    for (const family of [0, 1] as const) {
      const { desired, flags } = this.columns[family];
      for (let id = 0; id < flags.length; id++) {
        if (desired[id] !== 0) this.set(family, id, [], 1, 0);
        if ((flags[id] & FLAG.BLOCK) !== 0) this.setBlock(family, id, false);
      }
    }
  }

  /** Routes that the kernel has, or may have; those of another metric too. */
  inKernel(): number {
    let count = this.strays.length / ROUTE_WORDS;
    for (const { actual, flags } of this.columns) {
      for (let id = 0; id < flags.length; id++) {
        if (actual[id] !== 0 || (flags[id] & (FLAG.UNSURE | FLAG.FLYING)) !== 0) count++;
      }
    }
    return count;
  }

  /** Tries failed routes again whose time has come. */
  expire(now: number): void {
    const due: number[] = [];
    this.failures.take(now, due);
    for (const ref of due) {
      const columns = this.columns[refFamily(ref)];
      const id = refPrefix(ref);
      if ((columns.flags[id] & FLAG.FAILED) !== 0) this.enqueue(columns, id, ref);
    }
  }

  #unwant(list: number): void {
    const { paths } = this;
    const pathList = paths.at(list);
    if (--pathList.wanted > 0) return;
    paths.remove(pathList);
    this.objects.listRemoved(pathList);
  }

  #adoptSlot(nexthopId: number): number {
    const slot = slotOf(nexthopId);
    if (slot === 0) return OTHER;
    this.objectFacts.adoptSlot(slot);
    return this.slots.get(slot) === undefined ? OTHER : slot;
  }

  #adoptOne(family: Family, id: number, slot: number): void {
    const columns = this.columns[family];
    columns.ensure(id);
    let flags = columns.flags[id] | FLAG.SEEN;
    if ((flags & FLAG.FLYING) !== 0) {
      columns.flags[id] = flags | FLAG.DISTURBED;
      return;
    }
    const before = columns.actual[id];
    // What was known here is no earlier run's, unless it was found so before: it is on its way out.
    const isKnown = before !== 0 || (flags & (FLAG.UNSURE | FLAG.QUEUED)) !== 0;
    const isLeft = (flags & FLAG.ADOPTED) !== 0 || !isKnown;
    if ((flags & FLAG.UNSURE) !== 0) this.slots.limbo--;
    flags &= ~FLAG.UNSURE;
    if (before === slot) {
      columns.flags[id] = flags;
      return;
    }
    this.count(before, -1);
    this.count(slot, 1);
    columns.actual[id] = slot;
    const wanted = columns.desired[id] !== 0 || (flags & FLAG.BLOCK) !== 0;
    const isAdopted = isLeft && !wanted && !this.sweeping;
    if (isAdopted) flags |= FLAG.ADOPTED;
    columns.flags[id] = flags;
    if (!isAdopted) this.enqueue(columns, id, refOf(family, id));
  }

  /** The kernel does not have the route. */
  #lose(columns: RouteColumns, id: number): void {
    this.count(columns.actual[id], -1);
    columns.actual[id] = 0;
    this.resolveDoubt(columns, id);
    columns.flags[id] &= ~FLAG.ADOPTED;
  }

  /** The same, and what is wanted there is put there anew. */
  #forget(columns: RouteColumns, family: Family, id: number): void {
    this.#lose(columns, id);
    if (columns.desired[id] !== 0 || (columns.flags[id] & FLAG.BLOCK) !== 0) {
      this.enqueue(columns, id, refOf(family, id));
    } else {
      this.settle(family, id);
    }
  }

  #scan(family: Family, lists: Uint8Array): void {
    const columns = this.columns[family];
    const { actual, desired, flags } = columns;
    const { vanished, stale, marked } = this.slots;
    for (let id = 0; id < flags.length; id++) {
      const slot = actual[id];
      const hit = marked && slot !== 0 && slot < UNKNOWN && (vanished[slot] | stale[slot]) !== 0;
      if (hit && (flags[id] & FLAG.FLYING) !== 0) {
        flags[id] |= FLAG.DISTURBED;
      } else if (hit) {
        this.doubt(columns, id);
        if (stale[slot] !== 0 && vanished[slot] === 0) {
          this.resolveDoubt(columns, id);
          this.count(OTHER, 1);
          actual[id] = OTHER;
        }
        this.enqueue(columns, id, refOf(family, id));
      }
      if (lists[desired[id]] !== 0) this.enqueue(columns, id, refOf(family, id));
    }
  }
}
