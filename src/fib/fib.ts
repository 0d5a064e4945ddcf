import type { Family, NextHopTable, Prefix, PrefixTable } from "../route/index.ts";
import { formatPrefix } from "../route/index.ts";
import { BatchBuilder, type OperationOwner } from "./batch-builder.ts";
import { findUplink, sysctlNeeds } from "./environment.ts";
import type {
  FibEvent,
  FibSummary,
  InterfaceView,
  NextHopView,
  PathListView,
  PodView,
  RouteView,
  SysctlView,
} from "./events.ts";
import { FactReader } from "./fact-reader.ts";
import type { DumpKind, KernelFact } from "./facts.ts";
import type { Flight } from "./flight.ts";
import { ForeignRoutes } from "./foreign-routes.ts";
import { LinkTable } from "./links.ts";
import { type NextHop, NextHops } from "./next-hops.ts";
import { NexthopObjects } from "./nexthop-objects.ts";
import { ObjectBook } from "./object-book.ts";
import { ObjectClaims } from "./object-claims.ts";
import { ObjectFacts } from "./object-facts.ts";
import { ObjectSlots } from "./object-slots.ts";
import type { BatchError, BatchResult, FibBatch, FibOperation } from "./operations.ts";
import { PathLists } from "./path-list.ts";
import { Pods } from "./pods.ts";
import { Proxies } from "./proxies.ts";
import { Resolver } from "./resolver.ts";
import { RouteBatches } from "./route-batches.ts";
import { Routes } from "./routes.ts";
import { FIXED_SETTINGS, type FibSettings } from "./settings.ts";
import { Sysctls } from "./sysctls.ts";
import * as views from "./views.ts";

export interface FibOptions {
  /** Shared with the other rooms; the Fib holds what it has with HOLDER.FIB. */
  readonly prefixes: readonly [PrefixTable, PrefixTable];
  readonly nextHops: NextHopTable;
  readonly settings: FibSettings;
}

/** A batch whose result is out. */
interface InFlight {
  readonly builder: BatchBuilder;
  readonly flight: Flight;
}

/** Batches out at a time, at most: enough to keep the worker busy, few enough to stay in control. */
const MAXIMUM_IN_FLIGHT = 8;

/**
 * What the kernel should hold. Facts and wishes go in; batches and events come out; see index.ts.
 * After any call that puts something in, the caller takes batches until there is none, and events.
 */
export class Fib {
  #settings: FibSettings;
  readonly #events: FibEvent[] = [];
  readonly #links = new LinkTable();
  readonly #foreign: ForeignRoutes;
  readonly #resolver: Resolver;
  readonly #hops: NextHops;
  readonly #objectFacts: ObjectFacts;
  readonly #objects: NexthopObjects;
  readonly #paths: PathLists;
  readonly #routes: Routes;
  readonly #batches: RouteBatches;
  readonly #pods: Pods;
  readonly #proxies: Proxies;
  readonly #sysctls: Sysctls;
  readonly #reader: FactReader;
  readonly #inFlight = new Map<number, InFlight>();
  #nextBatch = 1;
  /** The first dumps have been digested. */
  #started = false;
  /** Tracked next hops that the speaker has not been told of. */
  readonly #untold = new Set<NextHop>();
  /** Our blocks' blackholes, by text. */
  readonly #blocks = new Map<string, Prefix>();
  #removed = false;

  constructor({ prefixes, nextHops, settings }: FibOptions) {
    this.#settings = settings;
    const { table, metric, protocol } = settings;
    const events = this.#events;
    this.#foreign = new ForeignRoutes(this.#links, table, metric);
    this.#resolver = new Resolver(this.#links, this.#foreign, settings.onlink);
    this.#hops = new NextHops(nextHops, this.#resolver);
    const book = new ObjectBook(new ObjectSlots());
    const claims = new ObjectClaims(book.slots);
    const facts = new ObjectFacts(book, claims, protocol, !settings.nexthopObjects, events);
    this.#objectFacts = facts;
    this.#objects = new NexthopObjects({ book, claims, facts, nextHops: this.#hops, events });
    this.#paths = new PathLists(this.#hops);
    this.#routes = new Routes({
      prefixes,
      paths: this.#paths,
      book,
      objectFacts: facts,
      objects: this.#objects,
      foreign: this.#foreign,
      table,
      metric,
    });
    this.#batches = new RouteBatches(this.#routes, events);
    this.#pods = new Pods(this.#links, this.#foreign, settings.pods, events);
    this.#proxies = new Proxies(this.#links, protocol, events);
    this.#sysctls = new Sysctls(events);
    this.#reader = new FactReader(
      {
        links: this.#links,
        foreign: this.#foreign,
        hops: this.#hops,
        objects: facts,
        routes: this.#routes,
        pods: this.#pods,
        proxies: this.#proxies,
        sysctls: this.#sysctls,
      },
      settings.onlink,
    );
    this.#applyBlocks();
  }

  /**
   * Takes new settings over. Answers the names of those that differ and need a restart
   * (FIXED_SETTINGS); they stay as they were (nexthopObjects may still change before the first
   * dump). `multipath` counts for routes as they are set again.
   */
  configure(settings: FibSettings): string[] {
    if (this.#reader.isUntouched) {
      // Nothing has been asked of the kernel yet: it may turn out not to have nexthop objects.
      this.#settings = { ...this.#settings, nexthopObjects: settings.nexthopObjects };
      this.#objectFacts.plain = !settings.nexthopObjects;
    }
    const old = this.#settings;
    const fixed = FIXED_SETTINGS.filter((name) => settings[name] !== old[name]);
    const { install, table, metric, protocol, nexthopObjects } = old;
    this.#settings = { ...settings, install, table, metric, protocol, nexthopObjects };
    this.#resolver.configure(settings.onlink);
    this.#reader.onlink = settings.onlink;
    this.#hops.touchAll();
    this.#pods.configure(settings.pods);
    this.#applyBlocks();
    this.#sysctls.readAgain();
    this.#reader.environmentChanged = true;
    return [...fixed];
  }

  fact(fact: KernelFact, now: number): void {
    this.#reader.fact(fact, now);
  }

  dumpBegin(what: DumpKind): void {
    this.#reader.dumpBegin(what);
  }

  /** What the dump has not mentioned is gone. */
  dumpEnd(what: DumpKind, now: number): void {
    this.#reader.dumpEnd(what, now);
  }

  /** Routes of our protocol from a dump: `count` times ROUTE_WORDS words; kind does not matter. */
  ownRoutes(packed: Uint32Array, count: number): void {
    this.#routes.rescan();
    this.#routes.adopt(packed, count);
  }

  /** The speaker wants to know about a next hop: "next-hop" events from now on. */
  trackNextHop(id: number): void {
    const hop = this.#hops.ensure(id);
    if (hop.tracked) return;
    hop.tracked = true;
    this.#untold.add(hop);
  }

  untrackNextHop(id: number): void {
    const hop = this.#hops.get(id);
    if (hop === undefined) return;
    hop.tracked = false;
    hop.told = "";
    this.#untold.delete(hop);
    this.#hops.releaseUnused(hop);
  }

  /**
   * What the kernel shall do with a prefix: `best` next hops (ids of the next-hop table, equally
   * good, the preferred first), and the one to use when none of them lives (0: none). `best` empty:
   * no route. The prefix stays held until the kernel has let go of it.
   */
  setRoute(family: Family, prefixId: number, best: readonly number[], backup: number): void {
    const { install, multipath } = this.#settings;
    if (!install || this.#removed) return;
    this.#routes.set(family, prefixId, best, Math.max(1, multipath), backup);
  }

  /** From now on adopted routes, and objects, that nobody has asked for are removed. */
  startSweep(): void {
    this.#routes.startSweep();
    this.#objects.startSweep();
  }

  expire(now: number): void {
    this.#routes.expire(now);
    this.#objects.expire(now);
    for (const hop of this.#hops.expire(now)) this.#objects.probe(hop);
  }

  /** When to call `expire` and `takeBatch` again without any other reason. */
  nextDeadline(): number {
    const resume = this.#routes.queue.size > 0 ? this.#batches.pausedUntil : 0;
    return Math.min(
      this.#routes.failures.nextDeadline(),
      this.#objects.nextDeadline(),
      this.#hops.nextDeadline(),
      this.#proxies.nextDeadline(),
      this.#sysctls.nextDeadline(),
      resume > 0 ? resume : Infinity,
    );
  }

  /** The next thing to do: at most `limit` routes, what they need before, what can go after. */
  takeBatch(limit: number, now: number): FibBatch | undefined {
    if (this.#inFlight.size >= MAXIMUM_IN_FLIGHT || !this.#settle(now)) return undefined;
    const builder = new BatchBuilder(now);
    this.#sysctls.collect(builder);
    this.#proxies.collect(builder);
    this.#objects.collect(builder);
    const flight = this.#batches.take(limit, builder);
    if (isEmpty(builder, flight)) {
      // Routes that need nothing may have been the last use of an object.
      this.#objects.collect(builder);
      if (isEmpty(builder, flight)) return undefined;
    }
    const id = this.#nextBatch++;
    this.#inFlight.set(id, { builder, flight });
    return {
      id,
      before: builder.before,
      routes: flight.packed,
      count: flight.count,
      after: builder.after,
    };
  }

  result(result: BatchResult, now: number): void {
    const entry = this.#inFlight.get(result.id);
    if (entry === undefined) return;
    this.#inFlight.delete(result.id);
    const { builder, flight } = entry;
    const errors = new Map(result.errors.map((error) => [error.index, error]));
    const routeErrors = new Map<number, BatchError>();
    const first = builder.before.length;
    for (const error of result.errors) {
      const index = error.index - first;
      if (index >= 0 && index < flight.count) routeErrors.set(index, error);
    }
    this.#routes.rescan();
    finish(builder.before, builder.beforeOwners, errors, 0, now);
    // An object that came to nothing takes its routes along, those of this batch too.
    this.#routes.rescan();
    this.#batches.finish(flight, routeErrors, now);
    finish(builder.after, builder.afterOwners, errors, first + flight.count, now);
    if (result.routes !== undefined) this.#batches.land(flight, result.routes);
  }

  takeEvents(now: number): FibEvent[] {
    this.#settle(now);
    if (this.#routes.removed > 0) {
      const { removed: count, removedExample: prefix } = this.#routes;
      this.#events.push({ kind: "routes-removed", count, prefix });
      this.#routes.removed = 0;
    }
    const untold = this.#batches.newRound();
    if (untold > 0) this.#events.push({ kind: "routes-failed", count: untold });
    return this.#events.splice(0);
  }

  /** Takes everything of ours out of the kernel (sysctls stay); nothing is put in afterwards. */
  removeAll(): void {
    this.#removed = true;
    this.#routes.removeAll();
    this.#objects.startSweep();
    this.#proxies.removeAll();
  }

  /** Nothing is to be done now, and no answer is out. */
  get idle(): boolean {
    return (
      this.#inFlight.size === 0 &&
      this.#routes.queue.size === 0 &&
      this.#reader.isComplete &&
      !this.#objects.hasWork
    );
  }

  interfaces(): Iterable<InterfaceView> {
    return this.#links.all();
  }

  pods(): Iterable<PodView> {
    return views.podViews(this.#pods, this.#proxies);
  }

  nextHop(id: number): NextHopView | undefined {
    const hop = this.#hops.get(id);
    return hop === undefined ? undefined : views.nextHopView(hop, this.#links);
  }

  pathLists(): Iterable<PathListView> {
    return views.pathListViews(this.#paths);
  }

  sysctls(): Iterable<SysctlView> {
    return this.#sysctls.view();
  }

  route(family: Family, prefixId: number): RouteView {
    return views.routeView(family, prefixId, this.#routes, this.#batches, this.#settings.install);
  }

  summary(): FibSummary {
    return views.summary(this.#routes, this.#batches, this.#hops, this.#pods);
  }

  /** Memory held by the columns of the routes, in bytes. */
  get bytes(): number {
    return this.#routes.columns[0].bytes + this.#routes.columns[1].bytes;
  }

  /** Digests what the facts have touched; false while the picture is not complete. */
  #settle(now: number): boolean {
    if (!this.#reader.isComplete) return false;
    if (!this.#started) this.#hops.touchAll();
    for (const hop of this.#hops.settle()) {
      this.#objects.hopChanged(hop);
      this.#untold.add(hop);
      this.#reader.environmentChanged = true;
    }
    for (const hop of this.#untold) {
      const event = this.#hops.stateEvent(hop);
      if (event !== undefined) this.#events.push(event);
    }
    this.#untold.clear();
    this.#routes.rescan();
    if (this.#pods.settle(this.#started)) this.#reader.environmentChanged = true;
    this.#announceBlocks();
    if (this.#reader.environmentChanged && !this.#removed) this.#refreshEnvironment(now);
    this.#started = true;
    return true;
  }

  #refreshEnvironment(now: number): void {
    this.#reader.environmentChanged = false;
    const settings = this.#settings;
    const uplink =
      settings.mode === "l2" ? findUplink(settings, this.#links, this.#foreign) : undefined;
    this.#proxies.update(this.#pods.all(), uplink, now);
    this.#sysctls.update(sysctlNeeds(settings, this.#links, this.#foreign, this.#hops, this.#pods));
  }

  /** Blackholes for the blocks that are advertised, and no others. */
  #applyBlocks(): void {
    if (!this.#settings.install || this.#removed) return;
    const wanted = new Map(this.#pods.blocks().map((block) => [formatPrefix(block), block]));
    for (const [text, block] of this.#blocks) {
      if (wanted.has(text)) continue;
      this.#blocks.delete(text);
      const id = this.#routes.prefixes[block.family].findPrefix(block);
      if (id >= 0) this.#routes.setBlock(block.family, id, false);
    }
    for (const [text, block] of wanted) {
      this.#blocks.set(text, block);
      const id = this.#routes.prefixes[block.family].internPrefix(block);
      this.#routes.setBlock(block.family, id, true);
    }
  }

  /** A block is announced once its blackhole is in the kernel, or cannot be. */
  #announceBlocks(): void {
    for (const block of this.#pods.unreadyBlocks()) {
      if (!this.#settings.install || this.#isBacked(block)) this.#pods.blockReady(block);
    }
  }

  #isBacked(block: Prefix): boolean {
    const id = this.#routes.prefixes[block.family].findPrefix(block);
    if (id < 0) return false;
    const { status } = this.route(block.family, id);
    return status === "installed" || status === "failed";
  }
}

function isEmpty(builder: BatchBuilder, flight: Flight): boolean {
  return flight.count === 0 && builder.before.length === 0 && builder.after.length === 0;
}

function finish(
  operations: readonly FibOperation[],
  owners: readonly OperationOwner[],
  errors: ReadonlyMap<number, BatchError>,
  offset: number,
  now: number,
): void {
  for (let i = 0; i < operations.length; i++) {
    owners[i].finished(operations[i], errors.get(offset + i), now);
  }
}
