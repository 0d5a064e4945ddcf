/**
 * The next hops that somebody cares about: the speaker (to decide), a path list (to forward). Each
 * is resolved once and again only when a link, an address or a route that could matter has changed.
 */
import { type Address, DISCARD, addressesEqual } from "../route/index.ts";
import { formatAddress, isLinkLocal } from "../route/index.ts";
import type { NextHopTable, Prefix, ResolvedNextHop } from "../route/index.ts";
import { AddressIndex } from "./address-index.ts";
import type { FibEvent, NextHopState } from "./events.ts";
import { NextHop } from "./forwarding.ts";
import type { Link } from "./links.ts";
import { ENDS_HERE, type Resolution, type Outcome, type Resolver } from "./resolver.ts";

const LONGEST_BACK_OFF = 64_000;

export class NextHops {
  readonly #table: NextHopTable;
  readonly #resolver: Resolver;
  readonly #byId = new Map<number, NextHop>();
  readonly #byAddress = [new AddressIndex<NextHop>(), new AddressIndex<NextHop>()] as const;
  /** Next hops that stand or fall with a link: resolved over it, or link-local to it. */
  readonly #byLink = new Map<number, Set<NextHop>>();
  readonly #touched = new Set<NextHop>();
  /** Refused by the kernel, waiting for a change or for their retry. */
  readonly #refused = new Set<NextHop>();
  /** Refused since the last settle(). */
  readonly #doubtful = new Set<NextHop>();
  /** Since the last takeNewLinks(). */
  #hasNewLinks = false;
  /** Routers that cannot be reached, whatever the kernel's routes say. */
  readonly #lost = new Set<string>();

  constructor(table: NextHopTable, resolver: Resolver) {
    this.#table = table;
    this.#resolver = resolver;
  }

  get size(): number {
    return this.#byId.size;
  }

  get(id: number): NextHop | undefined {
    return this.#byId.get(id);
  }

  all(): IterableIterator<NextHop> {
    return this.#byId.values();
  }

  /** The next hop of an id of the next-hop table, from now on followed. */
  ensure(id: number): NextHop {
    let hop = this.#byId.get(id);
    if (hop === undefined) {
      hop = new NextHop(id, this.#table.get(id));
      this.#table.hold(id);
      this.#byId.set(id, hop);
      this.#byAddress[hop.address.family].add(hop);
      if (hop.entry.interface !== 0) this.#onLink(hop.entry.interface).add(hop);
      // At once, so that a new next hop is no news to the routes that come with it.
      this.#apply(hop, this.#resolve(hop));
      hop.wasAlive = hop.alive;
    }
    return hop;
  }

  /** Forgets the next hop when nobody cares any more. */
  releaseUnused(hop: NextHop): void {
    if (hop.tracked || hop.pathLists.size > 0 || hop.object !== undefined) return;
    if (this.#byId.get(hop.id) !== hop) return;
    this.#byId.delete(hop.id);
    this.#byAddress[hop.address.family].remove(hop);
    this.#leaveLink(hop, hop.entry.interface);
    if (hop.resolution !== undefined) this.#leaveLink(hop, hop.resolution.interface);
    this.#touched.delete(hop);
    this.#refused.delete(hop);
    this.#doubtful.delete(hop);
    this.#table.release(hop.id);
  }

  /** A route or subnet came or went: what lies inside may lead elsewhere now. */
  touchPrefix(prefix: Prefix): void {
    for (const hop of this.#byAddress[prefix.family].inside(prefix)) this.#touch(hop);
  }

  touchLink(link: Link): void {
    for (const hop of this.#byLink.get(link.index) ?? []) this.#touch(hop);
    for (const route of link.routes) this.touchPrefix(route.prefix);
    for (const own of link.addresses) this.touchPrefix(own.network);
  }

  /** Whether a router, with its interface where the address is link-local, can be reached (RFC 5882). */
  setLost(router: Address, index: number, lost: boolean): void {
    const key = routerKey(router, index);
    if (this.#lost.has(key) === lost) return;
    if (!lost) {
      this.#lost.delete(key);
      this.touchAll();
      return;
    }
    this.#lost.add(key);
    for (const hop of this.#byId.values()) {
      if (hop.resolution !== undefined && this.#isLost(hop.entry, hop.resolution)) this.#touch(hop);
    }
  }

  /** Its only neighbour is gone, or back: the speaker knows, and is not told. */
  setAbandoned(hop: NextHop, abandoned: boolean): void {
    if (hop.abandoned === abandoned) return;
    hop.abandoned = abandoned;
    this.#doubtful.add(hop);
  }

  touchAll(): void {
    for (const hop of this.#byId.values()) this.#touch(hop);
  }

  /** The kernel would not have it: it is down until something changes, or until the retry. */
  refuse(hop: NextHop, message: string, now: number): void {
    hop.refusal = message;
    hop.refusals++;
    hop.retryAt = now + Math.min(LONGEST_BACK_OFF, 1000 * 2 ** Math.min(hop.refusals - 1, 6));
    this.#refused.add(hop);
    this.#doubtful.add(hop);
  }

  /** It could not be tried now. */
  postpone(hop: NextHop, until: number): void {
    if (this.#refused.has(hop)) hop.retryAt = until;
  }

  /** The kernel has taken it. */
  accepted(hop: NextHop): void {
    hop.refusals = 0;
    if (hop.refusal === "") return;
    hop.refusal = "";
    hop.retryAt = Infinity;
    this.#refused.delete(hop);
    this.#doubtful.add(hop);
  }

  /** Refused next hops that shall be tried once more; they stay down until the kernel has agreed. */
  expire(now: number): NextHop[] {
    const due = [...this.#refused].filter((hop) => hop.retryAt <= now);
    for (const hop of due) hop.retryAt = Infinity;
    return due;
  }

  nextDeadline(): number {
    let deadline = Infinity;
    for (const hop of this.#refused) deadline = Math.min(deadline, hop.retryAt);
    return deadline;
  }

  /** Resolves what has been touched; answers those that lead elsewhere than before. */
  settle(): NextHop[] {
    const changed: NextHop[] = [];
    for (const hop of this.#touched) {
      const moved = this.#apply(hop, this.#resolve(hop));
      if (moved || hop.wasAlive !== hop.alive) changed.push(hop);
      hop.wasAlive = hop.alive;
      this.#doubtful.delete(hop);
    }
    for (const hop of this.#doubtful) {
      if (hop.wasAlive !== hop.alive) changed.push(hop);
      hop.wasAlive = hop.alive;
    }
    this.#touched.clear();
    this.#doubtful.clear();
    return changed;
  }

  /** Whether next hops lead over a link that none led over before, since the last call. */
  takeNewLinks(): boolean {
    const hasNewLinks = this.#hasNewLinks;
    this.#hasNewLinks = false;
    return hasNewLinks;
  }

  /** What the speaker has to be told, if it does not know yet. */
  stateEvent(hop: NextHop): FibEvent | undefined {
    if (!hop.tracked || hop.abandoned) return undefined;
    const { resolution, alive } = hop;
    const state = {
      reachable: alive,
      metric: alive ? (resolution?.metric ?? 0) : 0,
      connected: alive && (resolution?.connected ?? false),
    };
    const index = alive ? (resolution?.interface ?? 0) : 0;
    const reason = alive ? "" : hop.refusal === "" ? hop.reason : hop.refusal;
    const text = `${state.reachable} ${state.metric} ${state.connected} ${index} ${reason}`;
    if (text === hop.told) return undefined;
    hop.told = text;
    return { kind: "next-hop", id: hop.id, state, interface: index, reason };
  }

  /** What would become of a next hop, whether or not it is known here, with another resolver. */
  forecast(id: number, resolver: Resolver): NextHopState {
    const known = this.#byId.get(id);
    const outcome = this.#resolve({ id, entry: this.#table.get(id) }, resolver);
    const isRefused = known !== undefined && known.refusal !== "";
    if (typeof outcome === "string" || isRefused) {
      return { reachable: false, metric: 0, connected: false };
    }
    return { reachable: true, metric: outcome.metric, connected: outcome.connected };
  }

  #resolve({ id, entry }: Pick<NextHop, "id" | "entry">, resolver = this.#resolver): Outcome {
    if (id === DISCARD) return ENDS_HERE;
    const outcome = resolver.resolve(entry);
    if (this.#lost.size === 0 || typeof outcome === "string") return outcome;
    if (!this.#isLost(entry, outcome)) return outcome;
    return `BFD does not reach ${formatAddress(outcome.gateway ?? entry.address)}`;
  }

  #isLost({ address }: ResolvedNextHop, { gateway, interface: index }: Resolution): boolean {
    if (gateway !== undefined && this.#lost.has(routerKey(gateway, index))) return true;
    return this.#lost.has(routerKey(address, index));
  }

  #touch(hop: NextHop): void {
    this.#touched.add(hop);
    this.#refused.delete(hop);
    hop.refusal = "";
    hop.retryAt = Infinity;
  }

  /** Takes the outcome over; answers whether packets go elsewhere than before. */
  #apply(hop: NextHop, outcome: Outcome): boolean {
    const before = hop.resolution;
    const after = typeof outcome === "string" ? undefined : outcome;
    hop.reason = typeof outcome === "string" ? outcome : "";
    hop.resolution = after;
    if (before?.interface !== after?.interface) {
      if (before !== undefined) this.#leaveLink(hop, before.interface);
      if (after !== undefined) this.#onLink(after.interface).add(hop);
    }
    return !sameResolution(before, after);
  }

  #onLink(index: number): Set<NextHop> {
    let set = this.#byLink.get(index);
    if (set === undefined) {
      this.#byLink.set(index, (set = new Set()));
      this.#hasNewLinks = true;
    }
    return set;
  }

  #leaveLink(hop: NextHop, index: number): void {
    if (index === hop.entry.interface && this.#byId.has(hop.id)) return;
    const set = this.#byLink.get(index);
    set?.delete(hop);
    if (set?.size === 0) this.#byLink.delete(index);
  }
}

/** Link-local addresses are of one link; others are of the node. */
function routerKey(router: Address, index: number): string {
  return `${formatAddress(router)}%${isLinkLocal(router) ? index : ""}`;
}

function sameResolution(a: Resolution | undefined, b: Resolution | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (
    a.interface === b.interface &&
    a.onlink === b.onlink &&
    a.connected === b.connected &&
    a.metric === b.metric &&
    sameGateway(a.gateway, b.gateway)
  );
}

function sameGateway(a: Address | undefined, b: Address | undefined): boolean {
  return a === undefined || b === undefined ? a === b : addressesEqual(a, b);
}
