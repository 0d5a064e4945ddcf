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
import {
  type AddressFact,
  DUMP_KINDS,
  type DumpKind,
  type KernelFact,
  type LinkFact,
} from "./facts.ts";
import { type ForeignRoute, ForeignRoutes } from "./foreign-routes.ts";
import { type LinkChange, LinkTable } from "./links.ts";
import { type NextHop, NextHops } from "./next-hops.ts";
import { NexthopObjects } from "./nexthop-objects.ts";
import { ObjectSlots } from "./object-slots.ts";
import type { BatchError, BatchResult, FibBatch, FibOperation } from "./operations.ts";
import { PathLists } from "./path-list.ts";
import { Pods } from "./pods.ts";
import { Proxies } from "./proxies.ts";
import { Resolver } from "./resolver.ts";
import { type Flight, RouteBatches } from "./route-batches.ts";
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
  readonly #slots = new ObjectSlots();
  readonly #objects: NexthopObjects;
  readonly #paths: PathLists;
  readonly #routes: Routes;
  readonly #batches: RouteBatches;
  readonly #pods: Pods;
  readonly #proxies: Proxies;
  readonly #sysctls: Sysctls;
  readonly #inFlight = new Map<number, InFlight>();
  #nextBatch = 1;
  readonly #openDumps = new Set<DumpKind>();
  readonly #missingDumps = new Set<DumpKind>(DUMP_KINDS);
  /** The first dumps have been digested. */
  #started = false;
  /** Links, uplinks or pods have changed: proxies and sysctls have to be worked out anew. */
  #environmentChanged = true;
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
    const slots = this.#slots;
    const plain = !settings.nexthopObjects;
    this.#objects = new NexthopObjects({ slots, nextHops: this.#hops, protocol, plain, events });
    this.#paths = new PathLists(this.#hops);
    this.#routes = new Routes({
      prefixes,
      paths: this.#paths,
      objects: this.#objects,
      slots,
      foreign: this.#foreign,
      table,
      metric,
    });
    this.#batches = new RouteBatches(this.#routes, events);
    this.#pods = new Pods(this.#links, this.#foreign, settings.pods, events);
    this.#proxies = new Proxies(this.#links, protocol, events);
    this.#sysctls = new Sysctls(events);
    this.#applyBlocks();
  }

  /**
   * Takes new settings over. Answers the names of those that differ and need a restart
   * (FIXED_SETTINGS); they stay as they were (nexthopObjects may still change before the first
   * dump). `multipath` counts for routes as they are set again.
   */
  configure(settings: FibSettings): string[] {
    if (this.#missingDumps.size === DUMP_KINDS.length) {
      // Nothing has been asked of the kernel yet: it may turn out not to have nexthop objects.
      this.#settings = { ...this.#settings, nexthopObjects: settings.nexthopObjects };
      this.#objects.setPlain(!settings.nexthopObjects);
    }
    const old = this.#settings;
    const fixed = FIXED_SETTINGS.filter((name) => settings[name] !== old[name]);
    const { install, table, metric, protocol, nexthopObjects } = old;
    this.#settings = { ...settings, install, table, metric, protocol, nexthopObjects };
    this.#resolver.configure(settings.onlink);
    this.#hops.touchAll();
    this.#pods.configure(settings.pods);
    this.#applyBlocks();
    this.#environmentChanged = true;
    return [...fixed];
  }

  fact(fact: KernelFact, now: number): void {
    switch (fact.kind) {
      case "link":
        this.#linkFact(fact, now);
        return;
      case "address":
        this.#addressFact(fact);
        return;
      case "route":
        for (const route of this.#foreign.update(fact)) this.#routeTouched(route);
        return;
      case "own-route-gone":
        this.#routes.ownGone(fact);
        return;
      case "nexthop":
        this.#objects.fact(fact);
        return;
      case "proxy":
        this.#proxies.fact(fact);
        return;
      case "sysctl":
        this.#sysctls.fact(fact);
        return;
    }
  }

  dumpBegin(what: DumpKind): void {
    this.#openDumps.add(what);
    if (what === "links") this.#links.beginLinks();
    else if (what === "addresses") this.#links.beginAddresses();
    else if (what === "routes") this.#foreign.nextGeneration();
    else if (what === "nexthops") this.#objects.beginDump();
    else if (what === "own-routes") this.#routes.beginDump();
    else this.#proxies.beginDump();
  }

  /** What the dump has not mentioned is gone. */
  dumpEnd(what: DumpKind, now: number): void {
    if (what === "links") {
      for (const link of this.#links.unseenLinks()) this.#linkGone(link.index, now);
    } else if (what === "addresses") {
      for (const fact of this.#links.unseenAddresses()) this.#addressFact(fact);
    } else if (what === "routes") {
      for (const route of this.#foreign.dropUnseen()) this.#routeTouched(route);
    } else if (what === "nexthops") {
      this.#objects.endDump();
    } else if (what === "own-routes") {
      // Routes over objects that are gone are gone; the rest is compared one by one.
      this.#routes.rescan();
      this.#routes.endDump();
    } else {
      this.#proxies.endDump();
    }
    this.#openDumps.delete(what);
    this.#missingDumps.delete(what);
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
      this.#openDumps.size === 0 &&
      this.#missingDumps.size === 0 &&
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
    if (this.#missingDumps.size > 0 || this.#openDumps.size > 0) return false;
    if (!this.#started) this.#hops.touchAll();
    for (const hop of this.#hops.settle()) {
      this.#objects.hopChanged(hop);
      this.#untold.add(hop);
      this.#environmentChanged = true;
    }
    for (const hop of this.#untold) {
      const event = this.#hops.stateEvent(hop);
      if (event !== undefined) this.#events.push(event);
    }
    this.#untold.clear();
    this.#routes.rescan();
    if (this.#pods.settle(this.#started)) this.#environmentChanged = true;
    this.#announceBlocks();
    if (this.#environmentChanged && !this.#removed) this.#refreshEnvironment(now);
    this.#started = true;
    return true;
  }

  #refreshEnvironment(now: number): void {
    this.#environmentChanged = false;
    const settings = this.#settings;
    const uplink =
      settings.mode === "l2" ? findUplink(settings, this.#links, this.#foreign) : undefined;
    this.#proxies.update(this.#pods.all(), uplink, now);
    this.#sysctls.update(sysctlNeeds(settings, this.#links, this.#foreign, this.#hops));
  }

  #linkFact(fact: LinkFact, now: number): void {
    if (fact.gone === true) {
      this.#linkGone(fact.index, now);
      return;
    }
    const change = this.#links.update(fact);
    if (change !== undefined) this.#linkChanged(change, now);
  }

  #linkGone(index: number, now: number): void {
    const link = this.#links.get(index);
    if (link === undefined) return;
    // Its addresses are nobody's from now on: a next hop may be one of them.
    for (const own of link.addresses) this.#hops.touchPrefix(own.network);
    this.#linkChanged(this.#links.remove(link), now);
  }

  #linkChanged(change: LinkChange, now: number): void {
    const { link, lost, gained, gone, downed, renamed, macChanged } = change;
    if (lost || gained || gone) this.#hops.touchLink(link);
    if (gained || renamed) {
      for (const { prefix, interface: name } of this.#settings.onlink) {
        if (name === link.name) this.#hops.touchPrefix(prefix);
      }
    }
    if (lost) this.#objects.linkLost(link);
    if (downed) {
      this.#proxies.linkDown(link);
      for (const route of this.#foreign.dropLink(link)) this.#routeTouched(route);
    }
    if (lost || gained || renamed) for (const route of link.routes) this.#pods.touch(route);
    if (macChanged) this.#proxies.announceAll(link, now);
    if (lost || gained || gone || downed || renamed) this.#environmentChanged = true;
  }

  #addressFact(fact: AddressFact): void {
    const entry = this.#links.updateAddress(fact);
    if (entry === undefined) return;
    this.#hops.touchPrefix(entry.network);
    this.#environmentChanged = true;
  }

  #routeTouched(route: ForeignRoute): void {
    this.#hops.touchPrefix(route.prefix);
    this.#pods.touch(route);
    this.#routes.foreignTouched(route);
    if (route.prefix.length === 0) this.#environmentChanged = true;
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
