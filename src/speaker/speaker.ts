// The class: events to neighbours, neighbours' sessions to routes, effects out.

import type { Fault } from "bgp-ts";
import { CEASE } from "bgp-ts";
import type { Address, Family } from "../route/index.ts";
import { Admission } from "./admission.ts";
import { Ceilings } from "./ceilings.ts";
import { sameNextHops } from "./next-hop-self.ts";
import { Configurator } from "./configurator.ts";
import type { ConfigureResult, SpeakerConfig } from "./config.ts";
import type { Announcement } from "./departures.ts";
import type { Acceptance, Endpoints, ListenKey, PathChange, SpeakerEffect } from "./effects.ts";
import { BFD_CEASE, Liveness } from "./liveness.ts";
import type { Neighbour } from "./neighbour.ts";
import type { OwnAddress } from "./policy/index.ts";
import { type Monitor, Monitors, type MonitorSink, type MonitorTable } from "./monitors.ts";
import { Operator } from "./operator.ts";
import type { CommandResult, ReloadResult } from "./operator.ts";
import { Outbox } from "./outbox.ts";
import { Reports } from "./reports.ts";
import { Refreshes } from "./refresh.ts";
import type { ReloadDirection } from "./refresh.ts";
import type { FibSink } from "./rib/index.ts";
import { Roster } from "./roster.ts";
import { Retention } from "./retention.ts";
import { Routes } from "./routes.ts";
import type { RouteTables } from "./routes.ts";
import type { DownCause, Ending, Negotiated } from "./session/index.ts";
import { Sessions } from "./sessions.ts";
import type { Body, Link } from "./sessions.ts";
import { socketSettings } from "./settings.ts";
import { Survey } from "./survey.ts";
import { type Tap, tappedPeer } from "./tap.ts";
import { Telling } from "./telling.ts";
import { Traces, type Traced } from "./trace.ts";
import { Unnumbered } from "./unnumbered.ts";

export interface SpeakerOptions {
  readonly tables: RouteTables;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Equal best paths handed to the FIB, 1 (off) and up; for good. Default 1. */
  readonly multipath?: number;
  /** false: nobody takes route changes, and there are none; for good. Default: true. */
  readonly hasFib?: boolean;
}

/** What the FIB knows about a next hop. */
export interface NextHopState {
  readonly reachable: boolean;
  /** Of the route that it is reached by; 0 where directly connected. */
  readonly metric: number;
}

export class Speaker {
  /** What there is to see. */
  readonly survey: Survey;
  readonly #outbox = new Outbox();
  readonly #reports = new Reports(this.#outbox);
  readonly #traces = new Traces(this.#outbox);
  readonly #roster = new Roster();
  readonly #liveness = new Liveness(this.#outbox, this.#roster);
  readonly #sessions: Sessions;
  readonly #routes: Routes;
  readonly #configurator: Configurator;
  readonly #operator: Operator;
  readonly #retention: Retention;
  readonly #refreshes: Refreshes;
  readonly #unnumbered: Unnumbered;
  readonly #admission: Admission;
  readonly #ceilings = new Ceilings(this.#reports);
  readonly #telling: Telling;
  readonly #monitors: Monitors;
  #now = 0;

  constructor(options: SpeakerOptions) {
    this.#sessions = new Sessions(this.#outbox, this.#traces, {
      ownerOf: (endpoints, now) => this.#admission.ownerOf(endpoints, now),
      socketOf: (neighbour) => socketSettings(this.#configurator.config, neighbour.config),
      established: (...up) => this.#established(...up),
      down: (...down) => this.#down(...down),
      changed: (neighbour, from, to) => this.#routes.tap?.state(tappedPeer(neighbour), from, to),
      update: (neighbour, body, now) => this.#update(neighbour, body, now),
      refresh: (neighbour, message, now) =>
        this.#refreshes.heard(neighbour, message, this.#configurator.config, now),
      idle: (neighbour, now) => this.#idle(neighbour, now),
    });
    const { multipath = 1, hasFib = true } = options;
    this.#routes = new Routes(
      options.tables,
      { multipath, hasFib },
      {
        fault: (neighbour, fault) => this.#reports.malformed(neighbour, fault, this.#now),
        limitMet: (...met) => this.#ceilings.met(...met, this.#now),
        runsWild: (...wild) => this.#ceilings.runsWild(...wild, this.#now),
        endOfRib: (neighbour, family) => this.#endOfRib(neighbour, family),
        exhausted: (neighbour, what) => this.#ceilings.exhausted(neighbour, what, this.#now),
      },
    );
    this.#monitors = new Monitors(this.#routes);
    this.#configurator = new Configurator(
      this.#roster,
      this.#sessions,
      this.#routes,
      options.random,
    );
    this.#operator = new Operator(this.#roster, this.#sessions, this.#configurator);
    const rooms = {
      outbox: this.#outbox,
      reports: this.#reports,
      traces: this.#traces,
      roster: this.#roster,
      sessions: this.#sessions,
      configurator: this.#configurator,
    };
    this.#unnumbered = new Unnumbered(rooms);
    this.#admission = new Admission({ ...rooms, unnumbered: this.#unnumbered });
    this.#retention = new Retention(this.#routes.rib, this.#reports, {
      demoted: () => this.#routes.judgeAgain(),
    });
    this.#refreshes = new Refreshes(this.#routes.rib, this.#retention, this.#reports);
    this.#telling = new Telling({ ...rooms, routes: this.#routes });
    const { tables } = options;
    this.survey = new Survey({ ...rooms, tables, routes: this.#routes, now: () => this.#now });
  }

  /**
   * Takes a configuration over, as a difference to the one before: what did not change keeps its
   * session and its routes; filters that changed are applied to the routes that are there.
   */
  configure(config: SpeakerConfig, now: number): ConfigureResult {
    this.#now = now;
    const result = this.#configurator.apply(config, now);
    this.#review();
    return result;
  }

  // Our own restart

  /**
   * This run takes the place of an earlier one: to be said before the first configure().
   * `restarting`: routes of that one are in the kernel; `preserved`: by family, whether what is
   * announced has been forwarded all the time.
   */
  takeOver(restarting: boolean, preserved: readonly [boolean, boolean], now: number): void {
    const { facts } = this.#configurator;
    facts.restarting = restarting;
    facts.preserved = preserved;
    this.#telling.deferral.begin(now);
  }

  /** All own routes that were there at the start have been given to originate(). */
  ownRoutesKnown(): void {
    this.#telling.deferral.ownRoutesKnown();
  }

  /** What the earlier run has left is known to be wanted, or gone: it is over. */
  recovered(): void {
    this.#configurator.facts.restarting = false;
    this.#telling.deferral.end();
  }

  /** Equal paths at most for one prefix, 1 or more; route changes follow where that counts. */
  setMultipath(multipath: number): void {
    this.#routes.rib.setMultipath(multipath);
  }

  /** Keys that listening sockets must have; they change with configure(). */
  listenKeys(): ListenKey[] {
    return this.#configurator.listenKeys();
  }

  // The transport's reports

  /** A TCP connection from outside. connected() follows once its socket is set as the answer says. */
  accept(endpoints: Endpoints, now: number): Acceptance {
    this.#now = now;
    return this.#sessions.accept(endpoints, now);
  }

  connected(connection: number, endpoints: Endpoints, now: number): void {
    this.#now = now;
    this.#sessions.connected(connection, endpoints, now);
  }

  /**
   * This node's addresses changed, and so may what stands as own next hop on a connection: routes are
   * announced again where it did.
   */
  endpointsChanged(connection: number, endpoints: Endpoints, now: number): void {
    this.#now = now;
    const neighbour = this.#sessions.endpointsChanged(connection, endpoints);
    if (neighbour?.up === undefined || this.#configurator.isLeaving(neighbour)) return;
    if (sameNextHops(neighbour.up.endpoints, endpoints)) return;
    neighbour.up.endpoints = endpoints;
    this.#routes.refreshPolicies(neighbour, this.#configurator.config);
    this.#reports.nextHops(neighbour);
  }

  /** `error` with the errno's name: "connection refused (ECONNREFUSED)". */
  connectFailed(connection: number, error: string, now: number): void {
    this.#now = now;
    this.#sessions.connectFailed(connection, error, now);
  }

  /** `error` undefined: the neighbour closed the connection. */
  disconnected(connection: number, error: string | undefined, now: number): void {
    this.#now = now;
    this.#sessions.disconnected(connection, error, now);
  }

  /**
   * bytes[start .. end) are read before this returns, and not kept.
   * @returns whether there may be something to work on now: not after KEEPALIVEs
   */
  receive(connection: number, bytes: Uint8Array, start: number, end: number, now: number): boolean {
    this.#now = now;
    return this.#sessions.receive(connection, bytes, start, end, now);
  }

  /** Much is waiting to be sent on the connection: nothing more for it, until drained(). */
  blocked(connection: number): void {
    const neighbour = this.#sessions.upOn(connection);
    if (neighbour !== undefined) this.#routes.rib.blocked(neighbour.source);
  }

  drained(connection: number): void {
    const neighbour = this.#sessions.upOn(connection);
    if (neighbour !== undefined) this.#routes.rib.drained(neighbour.source);
  }

  /** Something is waiting to be sent that the kernel has not taken (RFC 9687), until flowing(). */
  stalled(connection: number, now: number): void {
    this.#sessions.stalled(connection, now);
  }

  /** A stalled connection took some bytes: the neighbour is alive. */
  progressed(connection: number, now: number): void {
    this.#sessions.progressed(connection, now);
  }

  flowing(connection: number, now: number): void {
    this.#sessions.flowing(connection, now);
  }

  /**
   * What BFD found out about a neighbour that a "liveness" effect named. False: though it is down, the
   * neighbour may be restarting, and is to be forwarded to.
   */
  pathChanged(name: string, change: PathChange, now: number): boolean {
    this.#now = now;
    const neighbour = this.#roster.named(name);
    const verdict = this.#liveness.changed(name, change);
    if (verdict === "nothing" || neighbour === undefined) return true;
    const { diagnostic } = change;
    if (verdict === "restarting") {
      if (neighbour.up !== undefined) neighbour.session.lost(now, `BFD: ${diagnostic}`);
    } else {
      this.#retention.drop(neighbour);
      if (neighbour.up !== undefined) {
        neighbour.session.reset(now, { subcode: BFD_CEASE, message: diagnostic });
      }
    }
    this.#sessions.drive(neighbour, now);
    return verdict === "lost";
  }

  /**
   * A neighbour that a "discover" effect named is at this link-local address. `previous`: it was there
   * before, and is silent there now.
   */
  found(name: string, address: Address, previous: Address | undefined, now: number): void {
    this.#now = now;
    this.#unnumbered.found(name, address, previous, now);
  }

  /** It has not been heard of for long; or, with `why`, it cannot be there. */
  notFound(name: string, why: string | undefined, now: number): void {
    this.#now = now;
    this.#unnumbered.lost(name, why, now);
  }

  /** So much input waits to be worked off that the transport should read no more for now. */
  congested(): boolean {
    return this.#routes.isCongested;
  }

  // Time

  /**
   * Does what is due. `unread`: whether bytes of a connection have arrived that receive() was not
   * given yet; it is not held against a neighbour that this node reads late.
   * @returns whether there may be something to work on now: not after KEEPALIVEs
   */
  expire(now: number, unread?: (connection: number) => boolean): boolean {
    const isOfRoutes = this.#routesDeadline() <= now;
    this.#now = now;
    const isHeard = this.#sessions.expire(now, unread);
    this.#retention.expire(now);
    this.#sayFarewell(now);
    return isHeard || isOfRoutes;
  }

  /** When expire() is to be called; sometimes a little early. Infinity: never. */
  nextDeadline(): number {
    return Math.min(this.#sessions.nextDeadline(), this.#routesDeadline());
  }

  /** Of what is not a session's timer: routes are kept, or kept back, until then. */
  #routesDeadline(): number {
    return Math.min(
      this.#retention.nextDeadline(),
      this.#configurator.nextDeadline(),
      this.#telling.deferral.nextDeadline(this.#configurator.config),
    );
  }

  // This node's own routes, addresses and next hops

  originate(family: Family, prefix: number, origin: "pod" | "block", now: number): void {
    this.#now = now;
    this.#routes.originate(family, prefix, origin === "block", now);
  }

  withdrawOwn(family: Family, prefix: number, now: number): void {
    this.#now = now;
    this.#routes.withdrawOwn(family, prefix, now);
  }

  /** The addresses of this node's interfaces: no route by way of one of them is accepted. */
  setOwnAddresses(addresses: readonly OwnAddress[]): void {
    this.#routes.setOwnAddresses(addresses);
  }

  /** A next hop that takeNextHopInterest() named; unreachable until this says something else. */
  setNextHop(nextHop: number, state: NextHopState): void {
    this.#routes.rib.setNextHop(nextHop, state.reachable, state.metric);
  }

  /** Next hops that paths begin or cease to use since the last call. */
  takeNextHopInterest(): { readonly wanted: number[]; readonly unwanted: number[] } {
    return this.#routes.rib.takeNextHopInterest();
  }

  /**
   * Next hops whose neighbour's session ended, and that nobody else announces: dead, however many
   * routes lead there and whenever they are decided again. Not lost any more: announced again.
   */
  takeNextHopLosses(): readonly { readonly nextHop: number; readonly lost: boolean }[] {
    return this.#routes.rib.takeNextHopLosses();
  }

  // Work

  /** A slice of queued work, about `units` prefixes; true: there is more to do. */
  work(units: number, now: number): boolean {
    this.#now = now;
    const more = this.#telling.work(this.#configurator.config, units, now);
    this.#sayFarewell(now);
    return this.#monitors.work(units) || more;
  }

  /** Hands up to `limit` Loc-RIB changes to the FIB; returns how many it were. */
  takeRouteChanges(sink: FibSink, limit: number): number {
    return this.#routes.rib.takeFibChanges(sink, limit);
  }

  get hasRouteChanges(): boolean {
    return this.#routes.rib.hasFibChanges;
  }

  /** What is to be done now, in order. */
  take(): SpeakerEffect[] {
    return this.#outbox.take();
  }

  // Those who watch

  /**
   * The sink is told of the sessions that there are before this returns, of the tables by work().
   * Until Monitor.close().
   */
  monitor(tables: readonly MonitorTable[], sink: MonitorSink): Monitor {
    return this.#monitors.open(tables, sink);
  }

  /** Shown every UPDATE that comes in, and every change of a session's state; undefined: nobody is. */
  setTap(tap: Tap | undefined): void {
    this.#routes.tap = tap;
  }

  // Commands

  // `message`: what the operator says with it. It is shown until the next command; with `disable`
  // and `restart` it goes to the neighbour too (RFC 9003).

  /** Of a range: its neighbours may connect again. */
  enable(name: string, now: number, message?: string): CommandResult {
    this.#now = now;
    return this.#reviewed(this.#operator.enable(name, now, message));
  }

  /** Of a range: all its neighbours go. */
  disable(name: string, now: number, message?: string): CommandResult {
    this.#now = now;
    return this.#reviewed(this.#operator.disable(name, now, message));
  }

  /** "already": it is disabled, nothing was done. */
  restart(name: string, now: number, message?: string): CommandResult {
    this.#now = now;
    return this.#operator.restart(name, now, message);
  }

  /** What is logged of it step by step from now on; of a range, of those who come out of it. */
  trace(name: string, traced: Traced): "done" | "unknown" {
    return this.#operator.trace(name, traced);
  }

  /**
   * The neighbour is asked for its routes again ("in", RFC 2918), or told all again ("out"); of a range:
   * all its neighbours. The sessions go on.
   */
  reload(name: string, direction: ReloadDirection, now: number): ReloadResult {
    this.#now = now;
    return this.#operator.reload(name, now, (each) => this.#refreshes.reload(each, direction));
  }

  /**
   * What neighbours are told of routes from now on: all of them, those to come included, or with `name`
   * one, or those of a range. What they tell is heard as before; the sessions go on.
   */
  depart(name: string | undefined, announcement: Announcement, now: number): void {
    this.#now = now;
    this.#telling.depart(name, announcement);
  }

  /**
   * Whether these have been told all there is to tell, down to the kernel's buffers. To be asked after
   * the effects of the last work() have been carried out.
   */
  hasToldAll(name: string | undefined): boolean {
    return this.#telling.hasToldAll(name);
  }

  /**
   * Ends all sessions. "shutdown": with a Cease. "restart": neighbours with which graceful restart
   * was negotiated are told nothing, so that they keep the routes (RFC 4724 §4.2).
   */
  stop(now: number, why: "shutdown" | "restart"): void {
    this.#now = now;
    this.#operator.stop(now, why);
  }

  // What sessions say

  #established(neighbour: Neighbour, link: Link, negotiated: Negotiated, now: number): void {
    this.#now = now;
    const { config } = this.#configurator;
    this.#retention.up(neighbour, negotiated, config, now);
    this.#routes.up(neighbour, link, negotiated, config);
    this.#monitors.up(neighbour);
    this.#telling.up(neighbour, now);
    this.#reports.sessionUp(neighbour, link, negotiated);
    this.#liveness.established(neighbour, link.endpoints);
  }

  #down(neighbour: Neighbour, cause: DownCause, ending: Ending, now: number): void {
    const { up } = neighbour;
    this.#telling.down(neighbour);
    this.#routes.down(neighbour);
    this.#monitors.down(neighbour, cause, ending);
    this.#reports.sessionDown(neighbour, cause);
    if (up !== undefined) this.#retention.down(neighbour, up, cause, now);
  }

  #endOfRib(neighbour: Neighbour, family: Family): void {
    this.#reports.endOfRibReceived(neighbour, family);
    this.#retention.endOfRib(neighbour, family);
    this.#monitors.endOfRib(neighbour, family);
  }

  #update(neighbour: Neighbour, body: Body, now: number): Fault | undefined {
    this.#now = now;
    return this.#routes.update(neighbour, body, now);
  }

  #idle(neighbour: Neighbour, now: number): void {
    this.#configurator.remove(neighbour, now, { subcode: CEASE.PEER_DE_CONFIGURED });
    this.#reports.removed(neighbour, "idle for too long");
    this.#review();
  }

  /** Neighbours that a configuration took away may be gone by now. */
  #sayFarewell(now: number): void {
    const gone = this.#configurator.sayFarewell(now);
    for (const neighbour of gone) this.#reports.removed(neighbour, "no longer configured");
    if (gone.length > 0) this.#review();
  }

  // Helpers

  /** Somebody was added, changed, switched or taken away: whoever keeps something for it is to look. */
  #review(): void {
    this.#retention.review();
    this.#liveness.review();
    this.#unnumbered.review();
  }

  #reviewed(result: CommandResult): CommandResult {
    if (result === "done") this.#review();
    return result;
  }
}
