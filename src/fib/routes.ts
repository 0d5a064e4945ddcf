/**
 * Routes: what is wanted for each prefix against what is in the kernel, and the queue of those where
 * the two may differ. Batches are made of the queue in route-batches.ts.
 */
import { type Family, HOLDER, type PrefixTable } from "../route/index.ts";
import { Failures } from "./failures.ts";
import type { ForeignRoute } from "./foreign-route.ts";
import type { ForeignRoutes } from "./foreign-routes.ts";
import type { NexthopObjects } from "./nexthop-objects.ts";
import type { ObjectBook } from "./object-book.ts";
import type { ObjectFacts } from "./object-facts.ts";
import type { ObjectSlots } from "./object-slots.ts";
import { ROUTE_WORDS } from "./operations.ts";
import type { PathLists } from "./path-lists.ts";
import { refFamily, refOf, refPrefix } from "./ref-queue.ts";
import { RouteQueue, lastBits } from "./route-queue.ts";
import { Places, USUAL } from "./places.ts";
import { RouteLook } from "./route-look.ts";
import { FLAG, OTHER, RouteColumns, UNKNOWN } from "./route-columns.ts";

/**
 * IPv6 connected routes have metric 256, those of router advertisements 1024; a blackhole for a block
 * must lose against the bridge that holds the block.
 */
const IPV6_BLOCK_METRIC = 4096;

export interface RoutesOptions {
  readonly prefixes: readonly [PrefixTable, PrefixTable];
  readonly paths: PathLists;
  readonly book: ObjectBook;
  readonly objectFacts: ObjectFacts;
  readonly objects: NexthopObjects;
  readonly foreign: ForeignRoutes;
  readonly table: number;
  readonly metric: number;
  /** See {@link RouteLook}. */
  readonly share?: number | undefined;
}

export class Routes {
  readonly columns: readonly [RouteColumns, RouteColumns];
  readonly queue = new RouteQueue();
  readonly look: RouteLook;
  readonly failures = new Failures();
  readonly prefixes: readonly [PrefixTable, PrefixTable];
  readonly paths: PathLists;
  readonly book: ObjectBook;
  readonly objectFacts: ObjectFacts;
  readonly objects: NexthopObjects;
  readonly slots: ObjectSlots;
  readonly foreign: ForeignRoutes;
  readonly places: Places;
  /** By family: where the blackholes of blocks are. */
  readonly #blockPlaces: readonly [number, number];
  /** Adopted routes that nobody wants are removed. */
  sweeping = false;
  /** Routes of ours beside two others of their prefix, packed; removed by the sweep. */
  readonly strays: number[] = [];

  constructor(options: RoutesOptions) {
    this.columns = [new RouteColumns(), new RouteColumns()];
    this.prefixes = options.prefixes;
    this.paths = options.paths;
    this.book = options.book;
    this.objectFacts = options.objectFacts;
    this.objects = options.objects;
    this.slots = options.book.slots;
    this.foreign = options.foreign;
    const enqueue = (columns: RouteColumns, family: Family, id: number): void =>
      this.enqueue(columns, id, refOf(family, id));
    this.look = new RouteLook(this.columns, enqueue, options.share);
    const { table, metric } = options;
    this.places = new Places(table, metric);
    const behind = this.places.intern(table, Math.max(metric, IPV6_BLOCK_METRIC));
    this.#blockPlaces = [USUAL, behind];
  }

  /**
   * `best` empty: the prefix is not wanted. At most `multipath` of `best` are used. `place`: where the
   * route is to be.
   */
  set(
    family: Family,
    id: number,
    best: readonly number[],
    multipath: number,
    backup: number,
    place: number,
  ): void {
    const columns = this.columns[family];
    columns.ensure(id);
    const before = columns.desired[id];
    const after = best.length === 0 ? 0 : this.paths.intern(best, multipath, backup, place);
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

  /** The place by table and metric, 0: the usual one. Where there is no room for it, the usual place. */
  placeFor(table: number, metric: number): number {
    if (table === 0 && metric === 0) return USUAL;
    const { places } = this;
    const [inTable, withMetric] = [
      table || places.tableOf(USUAL),
      metric || places.metricOf(USUAL),
    ];
    return places.intern(inTable, withMetric) || USUAL;
  }

  /** Forgets the places where nothing is and nothing is wanted. */
  reclaimPlaces(): void {
    const used = new Uint8Array(256);
    for (const place of this.#blockPlaces) used[place] = 1;
    for (const { place } of this.paths.all()) used[place] = 1;
    for (const { place, extra, capacity } of this.columns) {
      for (let id = 0; id < capacity; id++) used[place[id]] = used[extra[id]] = 1;
    }
    this.places.keepOnly(used);
  }

  /** Where the route that is wanted of a prefix is to be. Somebody wants one. */
  wantedPlace(family: Family, id: number): number {
    const columns = this.columns[family];
    if ((columns.flags[id] & FLAG.BLOCK) !== 0) return this.#blockPlaces[family];
    return this.paths.at(columns.desired[id]).place;
  }

  /** To be looked at; where an answer is out, as soon as that has come. */
  enqueue(columns: RouteColumns, id: number, ref: number): void {
    const flags = columns.flags[id];
    if ((flags & FLAG.QUEUED) !== 0) return;
    columns.flags[id] = flags | FLAG.QUEUED;
    if ((flags & FLAG.FLYING) !== 0) return;
    if (this.#isLeaving(columns, id)) {
      this.queue.pushRemoval(ref, lastBits(this.prefixes[refFamily(ref)], id));
    } else {
      this.queue.push(ref);
    }
  }

  /** It will be taken out: nobody wants it, or all its next hops are dead. */
  #isLeaving({ desired, flags }: RouteColumns, id: number): boolean {
    if ((flags[id] & FLAG.BLOCK) !== 0) return false;
    return desired[id] === 0 || !this.paths.at(desired[id]).alive;
  }

  /** Lets go of a prefix that is neither wanted nor in the kernel. */
  settle(family: Family, id: number): void {
    const columns = this.columns[family];
    if (columns.desired[id] !== 0 || columns.actual[id] !== 0 || columns.extra[id] !== 0) return;
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

  /** Another route of the prefix, in another place, by an object that is not remembered; 0: none. */
  setExtra(columns: RouteColumns, id: number, place: number): void {
    if (columns.extra[id] === place) return;
    if (columns.extra[id] === 0) this.slots.limbo++;
    else if (place === 0) this.slots.limbo--;
    columns.extra[id] = place;
  }

  /** `at`: of its first word. */
  addStray(packed: Uint32Array, at: number): void {
    for (let word = 0; word < ROUTE_WORDS; word++) this.strays.push(packed[at + word]);
    this.slots.limbo++;
  }

  forgetStrays(): void {
    this.slots.limbo -= this.strays.length / ROUTE_WORDS;
    this.strays.length = 0;
  }

  /** It is known again whether it has. */
  resolveDoubt(columns: RouteColumns, id: number): void {
    if ((columns.flags[id] & FLAG.UNSURE) === 0) return;
    columns.flags[id] &= ~FLAG.UNSURE;
    this.slots.limbo--;
  }

  /**
   * What has happened to objects is so of their routes from now on; those that may have to change for that,
   * or for what has happened to path lists, are looked at in slices.
   */
  rescan(): void {
    const { touchedLists } = this.book;
    if (!this.slots.marked && touchedLists.size === 0) return;
    if (this.slots.marked) {
      this.#noteMarks(0);
      this.#noteMarks(1);
      this.slots.clearMarks();
    }
    this.look.request(touchedLists, this.paths.limit);
    touchedLists.clear();
  }

  /** A route of somebody else's has come, gone or changed; ours of the same prefix may be affected. */
  foreignTouched(route: ForeignRoute): void {
    const { family } = route;
    const id = this.prefixes[family].findPrefix(route.prefix);
    const columns = this.columns[family];
    if (id < 0 || id >= columns.capacity) return;
    const actual = columns.actual[id];
    if (columns.desired[id] === 0 && actual === 0 && columns.flags[id] === 0) return;
    if (actual !== 0 && this.rival(family, id, columns.place[id]) !== undefined) {
      // `ip route replace` puts its route in the place of ours, and says nothing about ours.
      if ((columns.flags[id] & FLAG.FLYING) !== 0) columns.flags[id] |= FLAG.DISTURBED;
      else this.doubt(columns, id);
    }
    columns.flags[id] &= ~FLAG.FAILED;
    this.enqueue(columns, id, refOf(family, id));
  }

  /** The route of somebody else's that has the place. */
  rival(family: Family, id: number, place: number): ForeignRoute | undefined {
    const metric = this.places.metricOf(place);
    return this.foreign
      .exact(family, this.#foreignId(family, id), this.places.tableOf(place))
      .find((route) => route.metric === metric);
  }

  /** The route to what is on this node's links that one of ours in the place would win over. */
  overruling(family: Family, id: number, place: number): ForeignRoute | undefined {
    if (!this.foreign.mayOverrule(family)) return undefined;
    const { places } = this;
    const [table, metric] = [places.tableOf(place), places.metricOf(place)];
    return this.foreign.overruling(family, this.#foreignId(family, id), table, metric);
  }

  startSweep(): void {
    this.sweeping = true;
    for (const { flags, capacity } of this.columns) {
      for (let id = 0; id < capacity; id++) flags[id] &= ~FLAG.ADOPTED;
    }
    this.look.request([], this.paths.limit);
  }

  /** Nothing is wanted any more. */
  removeAll(): void {
    this.startSweep();
    for (const family of [0, 1] as const) {
      const { desired, flags, capacity } = this.columns[family];
      for (let id = 0; id < capacity; id++) {
        if (desired[id] !== 0) this.set(family, id, [], 1, 0, USUAL);
        if ((flags[id] & FLAG.BLOCK) !== 0) this.setBlock(family, id, false);
      }
    }
  }

  /** Routes that the kernel has, or may have; those in other places too. */
  inKernel(): number {
    let count = this.strays.length / ROUTE_WORDS;
    for (const { actual, flags, extra, capacity } of this.columns) {
      for (let id = 0; id < capacity; id++) {
        if (actual[id] !== 0 || (flags[id] & (FLAG.UNSURE | FLAG.FLYING)) !== 0) count++;
        if (extra[id] !== 0) count++;
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

  /** Words of the prefix table: the id of the prefix among the foreign routes, or -1. */
  #foreignId(family: Family, id: number): number {
    const prefixes = this.prefixes[family];
    return this.foreign.find(
      family,
      prefixes.word(id, 0),
      prefixes.word(id, 1),
      prefixes.word(id, 2),
      prefixes.word(id, 3),
      prefixes.lengthOf(id),
    );
  }

  /** One pass over the routes of a family. */
  #noteMarks(family: Family): void {
    const columns = this.columns[family];
    const { actual, flags, capacity } = columns;
    const { vanished, stale } = this.slots;
    for (let id = 0; id < capacity; id++) {
      const slot = actual[id];
      if (slot === 0 || slot >= UNKNOWN || (vanished[slot] | stale[slot]) === 0) continue;
      if ((flags[id] & FLAG.FLYING) !== 0) {
        flags[id] |= FLAG.DISTURBED;
        continue;
      }
      this.doubt(columns, id);
      flags[id] &= ~FLAG.FAILED;
      if (vanished[slot] !== 0) continue;
      this.resolveDoubt(columns, id);
      this.count(OTHER, 1);
      actual[id] = OTHER;
      this.enqueue(columns, id, refOf(family, id));
    }
  }
}
