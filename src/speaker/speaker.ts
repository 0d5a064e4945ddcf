// The class: events to neighbours, neighbours' sessions to routes, effects out.

import type { Address, Family } from "../route/index.ts";
import { type Parts, type SpeakerOptions, assemble } from "./assembly.ts";
import type { ConfigureResult, SpeakerConfig } from "./config.ts";
import type { Announcement } from "./departures.ts";
import type { Acceptance, Endpoints, ListenKey, PathChange, SpeakerEffect } from "./effects.ts";
import { BFD_CEASE } from "./liveness.ts";
import type { Monitor, MonitorSink, MonitorTable } from "./monitors.ts";
import { sameNextHops } from "./next-hop-self.ts";
import type { CommandResult, ReloadResult } from "./operator.ts";
import type { OwnAddress } from "./policy/index.ts";
import type { ReloadDirection } from "./refresh.ts";
import type { FibSink } from "./rib/index.ts";
import type { Survey } from "./survey.ts";
import type { Tap } from "./tap.ts";
import type { Traced } from "./trace.ts";

/** What the FIB knows about a next hop. */
export interface NextHopState {
  readonly reachable: boolean;
  /** Of the route that it is reached by; 0 where directly connected. */
  readonly metric: number;
}

export class Speaker {
  readonly #parts: Parts;

  constructor(options: SpeakerOptions) {
    this.#parts = assemble(options);
  }

  /** What there is to see. */
  get survey(): Survey {
    return this.#parts.survey;
  }

  /**
   * Takes a configuration over, as a difference to the one before: what did not change keeps its
   * session and its routes; filters that changed are applied to the routes that are there.
   */
  configure(config: SpeakerConfig, now: number): ConfigureResult {
    const { configurator, membership } = this.#at(now);
    const result = configurator.apply(config, now);
    membership.review();
    return result;
  }

  // Our own restart

  /**
   * This run takes the place of an earlier one: to be said before the first configure().
   * `restarting`: routes of that one are in the kernel; `preserved`: by family, whether what is
   * announced has been forwarded all the time.
   */
  takeOver(restarting: boolean, preserved: readonly [boolean, boolean], now: number): void {
    const { configurator, telling } = this.#parts;
    configurator.facts.restarting = restarting;
    configurator.facts.preserved = preserved;
    telling.deferral.begin(now);
  }

  /** All own routes that were there at the start have been given to originate(). */
  ownRoutesKnown(): void {
    this.#parts.telling.deferral.ownRoutesKnown();
  }

  /** What the earlier run has left is known to be wanted, or gone: it is over. */
  recovered(): void {
    this.#parts.configurator.facts.restarting = false;
    this.#parts.telling.deferral.end();
  }

  /** Equal paths at most for one prefix, 1 or more; route changes follow where that counts. */
  setMultipath(multipath: number): void {
    this.#parts.routes.rib.setMultipath(multipath);
  }

  /** Keys that listening sockets must have; they change with configure(). */
  listenKeys(): ListenKey[] {
    return this.#parts.configurator.listenKeys();
  }

  // The transport's reports

  /** A TCP connection from outside. connected() follows once its socket is set as the answer says. */
  accept(endpoints: Endpoints, now: number): Acceptance {
    return this.#at(now).sessions.accept(endpoints, now);
  }

  connected(connection: number, endpoints: Endpoints, now: number): void {
    this.#at(now).sessions.connected(connection, endpoints, now);
  }

  /**
   * This node's addresses changed, and so may what stands as own next hop on a connection: routes are
   * announced again where it did.
   */
  endpointsChanged(connection: number, endpoints: Endpoints, now: number): void {
    const { sessions, configurator, routes, reports } = this.#at(now);
    const neighbour = sessions.endpointsChanged(connection, endpoints);
    if (neighbour?.up === undefined || configurator.isLeaving(neighbour)) return;
    if (sameNextHops(neighbour.up.endpoints, endpoints)) return;
    neighbour.up.endpoints = endpoints;
    routes.refreshPolicies(neighbour, configurator.config);
    reports.nextHops(neighbour, routes.rib);
  }

  /** `error` with the errno's name: "connection refused (ECONNREFUSED)". */
  connectFailed(connection: number, error: string, now: number): void {
    this.#at(now).sessions.connectFailed(connection, error, now);
  }

  /** `error` undefined: the neighbour closed the connection. */
  disconnected(connection: number, error: string | undefined, now: number): void {
    this.#at(now).sessions.disconnected(connection, error, now);
  }

  /**
   * bytes[start .. end) are read before this returns, and not kept.
   * @returns whether there may be something to work on now: not after KEEPALIVEs
   */
  receive(connection: number, bytes: Uint8Array, start: number, end: number, now: number): boolean {
    return this.#at(now).sessions.receive(connection, bytes, start, end, now);
  }

  /** Much is waiting to be sent on the connection: nothing more for it, until drained(). */
  blocked(connection: number): void {
    const { sessions, routes } = this.#parts;
    const neighbour = sessions.upOn(connection);
    if (neighbour !== undefined) routes.rib.blocked(neighbour.source);
  }

  drained(connection: number): void {
    const { sessions, routes } = this.#parts;
    const neighbour = sessions.upOn(connection);
    if (neighbour !== undefined) routes.rib.drained(neighbour.source);
  }

  /** Something is waiting to be sent that the kernel has not taken (RFC 9687), until flowing(). */
  stalled(connection: number, now: number): void {
    this.#parts.sessions.stalled(connection, now);
  }

  /** A stalled connection took some bytes: the neighbour is alive. */
  progressed(connection: number, now: number): void {
    this.#parts.sessions.progressed(connection, now);
  }

  flowing(connection: number, now: number): void {
    this.#parts.sessions.flowing(connection, now);
  }

  /**
   * What BFD found out about a neighbour that a "liveness" effect named. False: though it is down, the
   * neighbour may be restarting, and is to be forwarded to.
   */
  pathChanged(name: string, change: PathChange, now: number): boolean {
    const { roster, liveness, retention, sessions } = this.#at(now);
    const neighbour = roster.named(name);
    const verdict = liveness.changed(name, change);
    if (verdict === "nothing" || neighbour === undefined) return true;
    const { diagnostic } = change;
    if (verdict === "restarting") {
      if (neighbour.up !== undefined) neighbour.session.lost(now, `BFD: ${diagnostic}`);
    } else {
      retention.drop(neighbour);
      if (neighbour.up !== undefined) {
        neighbour.session.reset(now, { subcode: BFD_CEASE, message: diagnostic });
      }
    }
    sessions.drive(neighbour, now);
    return verdict === "lost";
  }

  /**
   * A neighbour that a "discover" effect named is at this link-local address. `previous`: it was there
   * before, and is silent there now.
   */
  found(name: string, address: Address, previous: Address | undefined, now: number): void {
    this.#at(now).unnumbered.found(name, address, previous, now);
  }

  /** It has not been heard of for long; or, with `why`, it cannot be there. */
  notFound(name: string, why: string | undefined, now: number): void {
    this.#at(now).unnumbered.lost(name, why, now);
  }

  /** So much input waits to be worked off that the transport should read no more for now. */
  congested(): boolean {
    return this.#parts.routes.isCongested;
  }

  // Time

  /**
   * Does what is due. `unread`: whether bytes of a connection have arrived that receive() was not
   * given yet; it is not held against a neighbour that this node reads late.
   * @returns whether there may be something to work on now: not after KEEPALIVEs
   */
  expire(now: number, unread?: (connection: number) => boolean): boolean {
    const isOfRoutes = this.#routesDeadline() <= now;
    const { sessions, retention, membership } = this.#at(now);
    const isHeard = sessions.expire(now, unread);
    retention.expire(now);
    membership.sayFarewell(now);
    return isHeard || isOfRoutes;
  }

  /** When expire() is to be called; sometimes a little early. Infinity: never. */
  nextDeadline(): number {
    return Math.min(this.#parts.sessions.nextDeadline(), this.#routesDeadline());
  }

  /** Of what is not a session's timer: routes are kept, or kept back, until then. */
  #routesDeadline(): number {
    const { retention, configurator, telling } = this.#parts;
    return Math.min(
      retention.nextDeadline(),
      configurator.nextDeadline(),
      telling.deferral.nextDeadline(configurator.config),
    );
  }

  // This node's own routes, addresses and next hops

  originate(family: Family, prefix: number, origin: "pod" | "block", now: number): void {
    this.#at(now).routes.originate(family, prefix, origin === "block", now);
  }

  withdrawOwn(family: Family, prefix: number, now: number): void {
    this.#at(now).routes.withdrawOwn(family, prefix, now);
  }

  /** The addresses of this node's interfaces: no route by way of one of them is accepted. */
  setOwnAddresses(addresses: readonly OwnAddress[]): void {
    this.#parts.routes.setOwnAddresses(addresses);
  }

  /** A next hop that takeNextHopInterest() named; unreachable until this says something else. */
  setNextHop(nextHop: number, state: NextHopState): void {
    this.#parts.routes.rib.setNextHop(nextHop, state.reachable, state.metric);
  }

  /** Next hops that paths begin or cease to use since the last call. */
  takeNextHopInterest(): { readonly wanted: number[]; readonly unwanted: number[] } {
    return this.#parts.routes.rib.takeNextHopInterest();
  }

  /**
   * Next hops whose neighbour's session ended, and that nobody else announces: dead, however many
   * routes lead there and whenever they are decided again. Not lost any more: announced again.
   */
  takeNextHopLosses(): readonly { readonly nextHop: number; readonly lost: boolean }[] {
    return this.#parts.routes.rib.takeNextHopLosses();
  }

  // Work

  /** A slice of queued work, about `units` prefixes; true: there is more to do. */
  work(units: number, now: number): boolean {
    const { telling, configurator, membership, monitors } = this.#at(now);
    const more = telling.work(configurator.config, units, now);
    membership.sayFarewell(now);
    return monitors.work(units) || more;
  }

  /**
   * Hands Loc-RIB changes to the FIB, for up to `limit` units (about one a prefix); returns what it cost:
   * `limit`, and there may be more.
   */
  takeRouteChanges(sink: FibSink, limit: number): number {
    return this.#parts.routes.rib.takeFibChanges(sink, limit);
  }

  get hasRouteChanges(): boolean {
    return this.#parts.routes.rib.hasFibChanges;
  }

  /** What is to be done now, in order. */
  take(): SpeakerEffect[] {
    return this.#parts.outbox.take();
  }

  // Those who watch

  /**
   * The sink is told of the sessions that there are before this returns, of the tables by work().
   * Until Monitor.close().
   */
  monitor(tables: readonly MonitorTable[], sink: MonitorSink): Monitor {
    return this.#parts.monitors.open(tables, sink);
  }

  /** Shown every UPDATE that comes in, and every change of a session's state; undefined: nobody is. */
  setTap(tap: Tap | undefined): void {
    this.#parts.routes.tap = tap;
  }

  // Commands

  // `message`: what the operator says with it. It is shown until the next command; with `disable`
  // and `restart` it goes to the neighbour too (RFC 9003).

  /** Of a range: its neighbours may connect again. */
  enable(name: string, now: number, message?: string): CommandResult {
    return this.#reviewed(this.#at(now).operator.enable(name, now, message));
  }

  /** Of a range: all its neighbours go. */
  disable(name: string, now: number, message?: string): CommandResult {
    return this.#reviewed(this.#at(now).operator.disable(name, now, message));
  }

  /** "already": it is disabled, nothing was done. */
  restart(name: string, now: number, message?: string): CommandResult {
    return this.#at(now).operator.restart(name, now, message);
  }

  /** What is logged of it step by step from now on; of a range, of those who come out of it. */
  trace(name: string, traced: Traced): "done" | "unknown" {
    return this.#parts.operator.trace(name, traced);
  }

  /**
   * The neighbour is asked for its routes again ("in", RFC 2918), or told all again ("out"); of a range:
   * all its neighbours. The sessions go on.
   */
  reload(name: string, direction: ReloadDirection, now: number): ReloadResult {
    const { operator, refreshes } = this.#at(now);
    return operator.reload(name, now, (each) => refreshes.reload(each, direction));
  }

  /**
   * What neighbours are told of routes from now on: all of them, those to come included, or with `name`
   * one, or those of a range. What they tell is heard as before; the sessions go on.
   */
  depart(name: string | undefined, announcement: Announcement, now: number): void {
    this.#at(now).telling.depart(name, announcement);
  }

  /**
   * Whether these have been told all there is to tell, down to the kernel's buffers. To be asked after
   * the effects of the last work() have been carried out.
   */
  hasToldAll(name: string | undefined): boolean {
    return this.#parts.telling.hasToldAll(name);
  }

  /**
   * Ends all sessions. "shutdown": with a Cease. "restart": neighbours with which graceful restart
   * was negotiated are told nothing, so that they keep the routes (RFC 4724 §4.2).
   */
  stop(now: number, why: "shutdown" | "restart"): void {
    this.#at(now).operator.stop(now, why);
  }

  // Helpers

  /** The parts, which know from here on what time it is. */
  #at(now: number): Parts {
    this.#parts.time.now = now;
    return this.#parts;
  }

  #reviewed(result: CommandResult): CommandResult {
    if (result === "done") this.#parts.membership.review();
    return result;
  }
}
