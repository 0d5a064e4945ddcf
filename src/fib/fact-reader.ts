/**
 * Reads the kernel's facts and dumps, and tells each part of the Fib what has changed for it. Here
 * stands what a link that goes takes along.
 */
import { IPV4 } from "../route/index.ts";
import {
  type AddressFact,
  DUMP_KINDS,
  type DumpKind,
  type KernelFact,
  type LinkFact,
} from "./facts.ts";
import type { ForeignRoute } from "./foreign-route.ts";
import type { ForeignRoutes } from "./foreign-routes.ts";
import type { LinkChange, LinkTable } from "./links.ts";
import type { NextHops } from "./next-hops.ts";
import type { ObjectFacts } from "./object-facts.ts";
import type { Pods } from "./pods.ts";
import type { Proxies } from "./proxies.ts";
import type { RouteFacts } from "./route-facts.ts";
import type { Routes } from "./routes.ts";
import type { OnlinkSetting } from "./settings.ts";
import type { Sysctls } from "./sysctls.ts";

export interface FactReaderOptions {
  readonly links: LinkTable;
  readonly foreign: ForeignRoutes;
  readonly hops: NextHops;
  readonly objects: ObjectFacts;
  readonly routes: Routes;
  readonly routeFacts: RouteFacts;
  readonly pods: Pods;
  readonly proxies: Proxies;
  readonly sysctls: Sysctls;
}

export class FactReader {
  readonly #links: LinkTable;
  readonly #foreign: ForeignRoutes;
  readonly #hops: NextHops;
  readonly #objects: ObjectFacts;
  readonly #routes: Routes;
  readonly #routeFacts: RouteFacts;
  readonly #pods: Pods;
  readonly #proxies: Proxies;
  readonly #sysctls: Sysctls;
  readonly #openDumps = new Set<DumpKind>();
  readonly #missingDumps = new Set<DumpKind>(DUMP_KINDS);
  #untouched = true;
  onlink: readonly OnlinkSetting[];
  /** Links, uplinks or pods have changed: proxies and sysctls have to be worked out anew. */
  environmentChanged = true;

  constructor(parts: FactReaderOptions, onlink: readonly OnlinkSetting[]) {
    this.#links = parts.links;
    this.#foreign = parts.foreign;
    this.#hops = parts.hops;
    this.#objects = parts.objects;
    this.#routes = parts.routes;
    this.#routeFacts = parts.routeFacts;
    this.#pods = parts.pods;
    this.#proxies = parts.proxies;
    this.#sysctls = parts.sysctls;
    this.onlink = onlink;
  }

  /** Every kind has been dumped once, and none is being dumped now. */
  get isComplete(): boolean {
    return this.#missingDumps.size === 0 && this.#openDumps.size === 0;
  }

  /** No dump has ended yet. */
  get isUntouched(): boolean {
    return this.#untouched;
  }

  /** A kind of which something is not known: nothing is asked before it has been dumped. */
  miss(what: DumpKind): void {
    this.#missingDumps.add(what);
  }

  /** Facts were lost: what is known counts for nothing before all has been dumped again. */
  overrun(): void {
    for (const what of DUMP_KINDS) this.#missingDumps.add(what);
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
        this.#routeFacts.ownGone(fact, now);
        return;
      case "nexthop":
        this.#objects.fact(fact, now);
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
    else if (what === "own-routes") this.#routeFacts.beginDump();
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
      this.#routeFacts.endDump();
    } else {
      this.#proxies.endDump(now);
    }
    this.#untouched = false;
    this.#openDumps.delete(what);
    this.#missingDumps.delete(what);
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
    if (lost || gained || gone || renamed) this.#hops.touchLink(link);
    if (gained || renamed) {
      for (const { prefix, interface: name } of this.onlink) {
        if (name === link.name) this.#hops.touchPrefix(prefix);
      }
    }
    if (lost) this.#objects.linkLost(link);
    if (downed) {
      this.#proxies.dropLink(link);
      for (const route of this.#foreign.dropLink(link)) this.#routeTouched(route);
    }
    if (lost || gained || renamed) for (const route of link.routes) this.#pods.touch(route);
    if (macChanged) this.#proxies.announceAll(link, now);
    if (lost || gained || gone || downed || renamed) this.environmentChanged = true;
  }

  #addressFact(fact: AddressFact): void {
    const entry = this.#links.updateAddress(fact);
    if (entry === undefined) return;
    this.#hops.touchPrefix(entry.network);
    if (fact.gone === true) this.#addressGone(fact);
    this.environmentChanged = true;
  }

  /**
   * With the last address of a family the kernel drops a link's proxy entries of that family, with
   * the last IPv4 one the IPv4 routes over the link as well, all without a word. Replacing the only
   * address (a new lease, a tool that flushes and adds) is enough.
   */
  #addressGone({ interface: index, address }: AddressFact): void {
    const link = this.#links.get(index);
    const { family } = address;
    const isLast = link?.addresses.every((own) => own.address.family !== family) === true;
    if (link !== undefined && isLast) this.#proxies.dropLink(link, family);
    if (family !== IPV4) return;
    if (!this.#links.isOwn(address)) {
      for (const route of this.#foreign.dropSource(address)) this.#routeTouched(route);
    }
    if (link === undefined || !isLast) return;
    for (const route of this.#foreign.dropLink(link, IPV4)) this.#routeTouched(route);
    this.#objects.ipv4Lost(link);
  }

  #routeTouched(route: ForeignRoute): void {
    this.#routes.foreignTouched(route);
    if (!this.#foreign.counts(route)) return;
    this.#hops.touchPrefix(route.prefix);
    this.#pods.touch(route);
    if (route.prefix.length === 0) this.environmentChanged = true;
  }
}
