// The machines of one neighbour: one, and a second while it has two connections. What decides
// between the two (RFC 4271 §6.8), who takes over when one ends, and how long to rest when all
// have ended.
//
// Of two connections, one is `parked` when it has lost by what we know, but the neighbour may
// know otherwise: nothing is read from it for a moment, and if the other one falls meanwhile, it
// goes on in its place. That covers two cases:
// - We are Established on the connection that should lose by the identifiers, while our OPEN is
//   under way on the other. The neighbour, still in OpenConfirm, may receive that OPEN and drop the
//   connection on which we are Established. Closing ours at once, as §6.8 says, could leave none.
// - The neighbour connects while we are Established. If it has restarted, the KEEPALIVE that we
//   send on the old connection is answered by its kernel with a reset, one round trip later.

import { CEASE, ERROR } from "bgp-ts";
import type { Negotiated, Trouble } from "./actions.ts";
import { BackOff } from "./back-off.ts";
import { causeOfSilence, downCause, pauseAfter, whoEnded } from "./cause.ts";
import type { CauseKind, DownCause } from "./cause.ts";
import { isPreferred } from "./collision.ts";
import type { Context } from "./context.ts";
import { EVENT, STATES, type FsmEvent, type StateName } from "./fsm.ts";
import { Inbox, type Inbound } from "./inbox.ts";
import { Machine, NO_CONNECTION } from "./machine.ts";
import { presentedAsn } from "./settings.ts";

/**
 * After a fault of the neighbour that only a person mends, its connections are refused this long
 * too. Not after what the neighbour found fault with: when it connects, it has thought better of it.
 * And after each session of a neighbour whose sessions last for moments only: it would keep us, our
 * other neighbours and the log busy.
 */
const INCOMING_PAUSE = 5000;
/** Milliseconds in which a neighbour may think better of its connection without having been deaf to us. */
const SOON = 1000;
/** How long a parked connection waits. */
const PARKING = 2000;
/** Octets that a parked connection may send: one OPEN and a little. */
const PARKED_LIMIT = 8192;
const NO_DATA = new Uint8Array(0);

/** Ceases after which a neighbour may be away until somebody calls it back. */
const LASTING_CEASES: readonly number[] = [CEASE.ADMINISTRATIVE_SHUTDOWN, CEASE.PEER_DE_CONFIGURED];
/** How that looks from here. */
const SILENCES: readonly CauseKind[] = ["refused", "closed-before-open"];

/** What ended a session, for show; nothing while it is Established. */
export interface LastError {
  readonly cause: DownCause;
  /** Milliseconds of the caller's clock. */
  readonly at: number;
}

const LOST: Trouble = {
  cause: downCause("collision", "", ERROR.CEASE, CEASE.CONNECTION_COLLISION_RESOLUTION),
  notification: {
    code: ERROR.CEASE,
    subcode: CEASE.CONNECTION_COLLISION_RESOLUTION,
    data: NO_DATA,
  },
};

export class Neighbour implements Inbound {
  readonly #context: Context;
  readonly #inbox: Inbox;
  readonly backOff = new BackOff();
  /** Started and not stopped. */
  enabled = false;
  main: Machine;
  rival: Machine | undefined;
  lastError: LastError | undefined;
  /** Until then, connections of the neighbour are refused while we rest in Idle. */
  #refuseUntil = -Infinity;

  constructor(context: Context) {
    this.#context = context;
    this.#inbox = new Inbox(context, this);
    this.main = new Machine(context);
  }

  /** The machine that has come furthest, for show. */
  furthest(): Machine {
    const { main, rival } = this;
    if (rival === undefined) return main;
    return STATES.indexOf(rival.state) > STATES.indexOf(main.state) ? rival : main;
  }

  withConnection(connection: number): Machine | undefined {
    return this.#find((machine) => machine.connection === connection);
  }

  connecting(): Machine | undefined {
    return this.#find((machine) => machine.connecting);
  }

  /** Starts the first machine, at once or when its turn to connect comes (pace.ts). */
  begin(now: number): void {
    const { settings, pace, counters } = this.#context;
    const { passive } = settings;
    const { timers } = this.main;
    timers.stop("idleHold");
    this.#refuseUntil = -Infinity;
    const turn = passive ? now : pace.turn(now);
    this.main.hasTurn = turn > now;
    if (this.main.hasTurn) {
      counters.connectRetry = 0;
      timers.start("idleHold", now, turn - now);
      return;
    }
    const event = passive ? EVENT.ManualStart_with_PassiveTcpEstablishment : EVENT.ManualStart;
    this.raise(this.main, event, now);
  }

  /** A timer has ended that an attempt to connect may follow. False: it runs on, until our turn. */
  mayConnect(machine: Machine, timer: "idleHold" | "connectRetry", now: number): boolean {
    const { settings, pace } = this.#context;
    if (settings.passive || machine.hasTurn) {
      machine.hasTurn = false;
      return true;
    }
    const turn = pace.turn(now);
    if (turn <= now) return true;
    machine.hasTurn = true;
    machine.timers.start(timer, now, turn - now);
    return false;
  }

  /** Ends both machines, the rival first, so that it does not step into the other's place. */
  endAll(event: FsmEvent, trouble: Trouble, now: number): void {
    if (this.rival !== undefined) this.raise(this.rival, event, now, trouble);
    this.raise(this.main, event, now, trouble);
  }

  raise(machine: Machine, event: FsmEvent, now: number, trouble?: Trouble): void {
    const before = machine.state;
    machine.raise(event, now, trouble);
    if (machine.state === before) return;
    if (machine.state === "Established") this.#established(machine, now);
    else if (machine.state === "Idle") this.#ended(machine, before, now);
    else if (before === "OpenSent" && machine.state === "Active") this.#listening(machine, now);
  }

  /** The neighbour's connection. Where we have none and try none, it is the one; else the second. */
  accept(connection: number, now: number): void {
    if (!this.enabled || this.refuses(now)) {
      this.#reject(connection, now);
      return;
    }
    // A neighbour has one connection of its own at a time: an older one is a leftover.
    const older = this.#find(
      (machine) => machine.incoming && hasConnection(machine) && machine.state !== "Established",
    );
    if (older !== undefined) this.#replace(older, now);
    if (this.main.state === "Idle") {
      this.main.timers.stop("idleHold");
      this.raise(this.main, EVENT.AutomaticStart_with_PassiveTcpEstablishment, now);
    }
    const free = this.main.state === "Active" && !hasConnection(this.main);
    const machine = free ? this.main : this.#newRival(now);
    machine.attach(connection, true, now);
    if (this.main.state === "Established") {
      this.#park(machine, now);
      if (older === undefined) this.main.sendKeepalive();
    } else {
      this.raise(machine, EVENT.TcpConnectionConfirmed, now);
    }
  }

  /** A neighbour that comes again and again gives up before any of our timers: then this is when to say why. */
  #replace(older: Machine, now: number): void {
    if (now - older.connectedAt > SOON) this.noticeSilence(older, now);
    this.dismiss(older, now);
  }

  /** It rests for a fault that lets the neighbour's connections wait as well. */
  refuses(now: number): boolean {
    const isIdle = this.main.state === "Idle";
    return now < this.#refuseUntil && (isIdle || this.backOff.isUnsteady);
  }

  receive(machine: Machine, bytes: Uint8Array, start: number, end: number, now: number): void {
    if (!machine.parked) this.#inbox.read(machine, bytes, start, end, now);
    else if (machine.buffer.length + end - start > PARKED_LIMIT) this.dismiss(machine, now);
    else machine.buffer.append(bytes, start, end);
  }

  /** The connection has ended by itself. */
  lost(machine: Machine, cause: DownCause, now: number): void {
    const { settings, random } = this.#context;
    machine.connectionLost = true;
    if (machine.state === "OpenSent" && machine === this.main && this.rival === undefined) {
      const pause = this.backOff.next(pauseAfter(cause), settings.backOff, random);
      machine.retryPause = Math.min(pause, settings.connectRetry * 1000);
    }
    this.raise(machine, EVENT.TcpConnectionFails, now, { cause, notification: undefined });
  }

  /**
   * Our attempt to connect took as long as it may. The state machine just tries again (Event 9),
   * but an operator must see why nothing comes of it. Where a wrong password is likely, it counts as
   * failed (Event 18), as it would if the kernel had less patience, so that the rests grow.
   */
  unanswered(machine: Machine, now: number): void {
    const cause = causeOfSilence(this.#context.settings.authenticated);
    if (pauseAfter(cause) === "growing") {
      this.raise(machine, EVENT.TcpConnectionFails, now, { cause, notification: undefined });
    } else if (this.mayConnect(machine, "connectRetry", now)) {
      this.#record(cause, "Connect", now);
      this.raise(machine, EVENT.ConnectRetryTimer_Expires, now);
    }
  }

  /**
   * The neighbour's OPEN is late, or its first KEEPALIVE. The hold timer decides, later; an operator
   * wants to know now.
   */
  noticeSilence(machine: Machine, now: number): void {
    if (machine !== this.furthest()) return;
    const cause = machine.silence(now);
    if (cause === undefined) return;
    this.lastError = { cause, at: now };
    this.#context.emit({ kind: "waiting", cause });
  }

  /** Closes a connection that is one too many (Cease/Connection Collision Resolution). */
  dismiss(machine: Machine, now: number): void {
    // Before OpenSent the state machine sends no NOTIFICATION for this event.
    if (machine.state === "Active" || machine.state === "Connect") {
      machine.sendNotification(ERROR.CEASE, CEASE.CONNECTION_COLLISION_RESOLUTION, NO_DATA, now);
    }
    this.raise(machine, EVENT.OpenCollisionDump, now, LOST);
  }

  /**
   * RFC 4271 §6.8 at an OPEN: if the other connection is in OpenConfirm, one of them goes. False:
   * this one has gone.
   */
  survivesCollision(machine: Machine, negotiated: Negotiated, now: number): boolean {
    const other = this.#other(machine);
    if (other?.state !== "OpenConfirm") return true;
    const survives = this.#isPreferred(machine, negotiated);
    this.dismiss(survives ? other : machine, now);
    return survives;
  }

  expireParking(now: number): void {
    const { rival } = this;
    if (rival?.timers.takeExpired("parking", now) === true) this.dismiss(rival, now);
  }

  #established(machine: Machine, now: number): void {
    const other = this.#other(machine);
    this.main = machine;
    this.rival = other;
    this.lastError = undefined;
    const { negotiated } = machine;
    if (other === undefined || negotiated === undefined) return;
    const mayWin = other.state === "OpenSent" && this.#isPreferred(other, negotiated);
    if (mayWin) this.#park(other, now);
    else this.dismiss(other, now);
  }

  #ended(machine: Machine, before: StateName, now: number): void {
    const { cause } = machine.trouble;
    if (before === "Established" || this.rival === undefined) this.#record(cause, before, now);
    if (before === "Established") {
      this.backOff.noteSession(now - machine.establishedAt, this.#context.settings.backOff);
      if (this.backOff.isUnsteady) this.#refuseUntil = now + INCOMING_PAUSE;
    }
    if (machine === this.rival) this.rival = undefined;
    else if (this.rival !== undefined) this.#promote(this.rival, now);
    else if (this.enabled) this.#rest(cause, now);
  }

  /** A connection was lost in OpenSent: the machine listens in Active, which only helps when alone. */
  #listening(machine: Machine, now: number): void {
    if (machine === this.rival) this.rival = undefined;
    else if (this.rival !== undefined) this.#promote(this.rival, now);
    else this.#record(machine.trouble.cause, "OpenSent", now);
  }

  #promote(rival: Machine, now: number): void {
    this.main = rival;
    this.rival = undefined;
    if (!rival.parked) return;
    rival.parked = false;
    rival.timers.stop("parking");
    if (rival.state === "Active") this.raise(rival, EVENT.TcpConnectionConfirmed, now);
    const waiting = rival.buffer.take();
    this.#inbox.read(rival, waiting, 0, waiting.length, now);
  }

  #park(machine: Machine, now: number): void {
    machine.parked = true;
    machine.timers.start("parking", now, PARKING);
  }

  /**
   * What is over because somebody wanted it so is no error; nor is the end of one connection of
   * two, and where both are refused, the second is the one that is recorded.
   */
  #record(cause: DownCause, before: StateName, now: number): void {
    if (pauseAfter(cause) === "none") return;
    if (!this.#isEcho(cause)) this.lastError = { cause, at: now };
    if (before !== "Established") this.#context.emit({ kind: "failed", cause });
  }

  /** A neighbour that has said that it ends the session does not answer; what it said is the reason. */
  #isEcho({ kind }: DownCause): boolean {
    const said = this.lastError?.cause;
    if (said === undefined || whoEnded(said) !== "remote" || said.code !== ERROR.CEASE)
      return false;
    return LASTING_CEASES.includes(said.subcode) && SILENCES.includes(kind);
  }

  #rest(cause: DownCause, now: number): void {
    const { settings, random } = this.#context;
    const kind = pauseAfter(cause);
    const pause = cause.rest ?? this.backOff.next(kind, settings.backOff, random);
    this.main.timers.start("idleHold", now, pause);
    const refuse = kind === "growing" && whoEnded(cause) === "local";
    const closed = cause.rest ?? Math.min(pause, INCOMING_PAUSE);
    if (refuse) this.#refuseUntil = now + closed;
  }

  #newRival(now: number): Machine {
    if (this.rival !== undefined) this.dismiss(this.rival, now);
    const rival = new Machine(this.#context);
    rival.raise(EVENT.AutomaticStart_with_PassiveTcpEstablishment, now);
    this.rival = rival;
    return rival;
  }

  /** RFC 4486 §4: a connection that is not wanted now gets a Cease/Connection Rejected. */
  #reject(connection: number, now: number): void {
    const machine = new Machine(this.#context);
    machine.attach(connection, true, now);
    machine.sendNotification(ERROR.CEASE, CEASE.CONNECTION_REJECTED, NO_DATA, now);
    machine.drop(true);
  }

  #isPreferred(machine: Machine, negotiated: Negotiated): boolean {
    const { settings } = this.#context;
    return isPreferred(machine.incoming, {
      localId: settings.routerId,
      localAsn: presentedAsn(settings),
      peerId: negotiated.peerRouterId,
      peerAsn: negotiated.peerAsn,
    });
  }

  #other(machine: Machine): Machine | undefined {
    return machine === this.main ? this.rival : this.main;
  }

  #find(accepts: (machine: Machine) => boolean): Machine | undefined {
    if (accepts(this.main)) return this.main;
    return this.rival !== undefined && accepts(this.rival) ? this.rival : undefined;
  }
}

function hasConnection(machine: Machine): boolean {
  return machine.connection !== NO_CONNECTION;
}
