// One finite state machine of RFC 4271 §8: a state, at most one connection, its timers. It asks
// the state what an event means and does what the answer lists. A session has one, and a second
// while the neighbour has two connections (§8.2.1).

import {
  encodeKeepalive,
  encodeNotification,
  encodeOpen,
  ERROR,
  FSM_ERROR,
  hardReset,
  MAXIMUM_LENGTH,
  type OpenMessage,
} from "bgp-ts";
import type { Negotiated, Trouble } from "./actions.ts";
import { active } from "./active.ts";
import { causeOfNoKeepalive, causeOfNoOpen, downCause, type DownCause } from "./cause.ts";
import { connect } from "./connect.ts";
import { type Context, noteOf } from "./context.ts";
import { established } from "./established.ts";
import { isFinalCease } from "./graceful-restart.ts";
import { EVENT, type Facts, type FsmAction, type FsmEvent } from "./fsm.ts";
import type { StateHandler, StateName } from "./fsm.ts";
import { idle } from "./idle.ts";
import { keepaliveTime, localOpen } from "./negotiation.ts";
import { openConfirm } from "./open-confirm.ts";
import { openSent } from "./open-sent.ts";
import { ReceiveBuffer } from "./receive-buffer.ts";
import { jittered, SHORTEST_JITTER, Timers } from "./timers.ts";

/** The whole transition function, `(state, event) -> (state, actions)`. */
export const TRANSITIONS: Readonly<Record<StateName, StateHandler>> = {
  Idle: idle,
  Connect: connect,
  Active: active,
  OpenSent: openSent,
  OpenConfirm: openConfirm,
  Established: established,
};

export const NO_CONNECTION = -1;
/** The "large value" of the hold timer before the OPENs agree (RFC 4271 §8.2.2). */
const OPEN_HOLD = 240_000;
/** Milliseconds in OpenSent after which an operator is told: four minutes of silence are long. */
const OPEN_NOTICE = 10_000;
/** In OpenConfirm: a neighbour that has heard our OPEN answers it at once. */
const KEEPALIVE_NOTICE = 5000;
/** RFC 4271 §4.4: not more than one KEEPALIVE a second. */
const SHORTEST_KEEPALIVE = 1000;
/**
 * KEEPALIVEs go out at moments that sessions with the same interval share, a little earlier than they
 * would: hundreds of sessions wake this node a few times a second, not once for each (measured: `idle`).
 */
const KEEPALIVE_SLOTS = 16;
const NO_DATA = new Uint8Array(0);
/** For events that bring none: if one ends the session, it came out of turn. */
const OUT_OF_TURN: Trouble = { cause: downCause("fsm-error"), notification: undefined };

/** RFC 6608 §3, by the state in which the message came. */
const UNEXPECTED: Readonly<Record<StateName, number>> = {
  Idle: FSM_ERROR.UNSPECIFIC,
  Connect: FSM_ERROR.UNSPECIFIC,
  Active: FSM_ERROR.UNSPECIFIC,
  OpenSent: FSM_ERROR.UNEXPECTED_MESSAGE_IN_OPEN_SENT,
  OpenConfirm: FSM_ERROR.UNEXPECTED_MESSAGE_IN_OPEN_CONFIRM,
  Established: FSM_ERROR.UNEXPECTED_MESSAGE_IN_ESTABLISHED,
};

export class Machine implements Facts {
  state: StateName = "Idle";
  connection = NO_CONNECTION;
  /** The connection was initiated by the neighbour. */
  incoming = false;
  /** The connection has ended by itself; there is nothing to close. */
  connectionLost = false;
  /** Our attempt to connect is under way. */
  connecting = false;
  /** Its turn to connect is booked (pace.ts); the timer runs until then. */
  hasTurn = false;
  /** Waits for the other connection's end; nothing is read meanwhile (see neighbour.ts). */
  parked = false;
  /** The neighbour's OPEN on this connection, and what it came to. */
  peerOpen: OpenMessage | undefined;
  /** The same as it came, and ours as it went: whole messages. */
  receivedOpen: Uint8Array = NO_DATA;
  #sentOpen: Uint8Array = NO_DATA;
  negotiated: Negotiated | undefined;
  /** Milliseconds of the caller's clock: when the connection came to be. */
  connectedAt = 0;
  /** Likewise; when Established was reached. */
  establishedAt = 0;
  /** Likewise; when the neighbour's OPEN was answered. */
  #openAt = 0;
  /** What the last event brought; after one that led to Idle, why. */
  trouble: Trouble = OUT_OF_TURN;
  /** Type of the message at hand, for the data of a Finite State Machine Error; 0: none. */
  messageType = 0;
  /** Milliseconds to wait in Active after a connection was lost in OpenSent. */
  retryPause = 0;
  /** The NOTIFICATION that was sent on this connection, a whole message. */
  #notification: Uint8Array | undefined;
  /** What is being answered. */
  #event: FsmEvent = EVENT.ManualStart;
  readonly timers = new Timers();
  readonly buffer = new ReceiveBuffer();
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  get passive(): boolean {
    return this.#context.settings.passive;
  }
  get delayOpen(): boolean {
    return this.#context.settings.delayOpen > 0;
  }
  get delayOpenRunning(): boolean {
    return this.timers.running("delayOpen");
  }
  get maximumReceive(): number {
    return this.negotiated?.maximumReceive ?? MAXIMUM_LENGTH;
  }

  /** `trouble` belongs to events that end a session: its cause, and the NOTIFICATION for it. */
  raise(event: FsmEvent, now: number, trouble?: Trouble): void {
    this.trouble = trouble ?? OUT_OF_TURN;
    this.#event = event;
    const { next, actions } = TRANSITIONS[this.state](event, this);
    for (const action of actions) this.#perform(action, now);
    this.state = next;
  }

  send(bytes: Uint8Array): void {
    if (this.connection === NO_CONNECTION) return;
    this.#context.emit({ kind: "send", connection: this.connection, bytes });
  }

  sendKeepalive(): void {
    this.#context.counters.sent.keepalive++;
    this.send(encodeKeepalive());
  }

  sendNotification(code: number, subcode: number, data: Uint8Array, now: number): void {
    if (this.connection === NO_CONNECTION) return;
    const { counters } = this.#context;
    counters.sent.notification++;
    counters.notification = counters.notificationSent = noteOf({ code, subcode, data }, now);
    this.#notification = encodeNotification({ code, subcode, data });
    this.send(this.#notification);
  }

  /** Closes the connection, or gives the attempt at one up. */
  drop(linger: boolean): void {
    if (this.connecting) this.#context.emit({ kind: "cancel-connect" });
    if (this.connection !== NO_CONNECTION && !this.connectionLost) {
      this.#context.emit({ kind: "close", connection: this.connection, linger });
    }
    this.connection = NO_CONNECTION;
    this.connectionLost = false;
    this.connecting = false;
    this.buffer.clear();
  }

  attach(connection: number, incoming: boolean, now: number): void {
    this.connection = connection;
    this.connectedAt = now;
    this.incoming = incoming;
    this.connecting = false;
    this.#notification = undefined;
  }

  restartKeepalive(now: number): void {
    const seconds = this.negotiated?.keepalive ?? 0;
    if (seconds === 0) return;
    const interval = seconds * 1000;
    const grid = interval / KEEPALIVE_SLOTS;
    const due = now + jittered(interval, this.#context.random);
    const pause = Math.floor(due / grid) * grid - now;
    const least = Math.max(SHORTEST_KEEPALIVE, interval * SHORTEST_JITTER);
    this.timers.start("keepalive", now, Math.max(least, pause));
  }

  /** What silence on the connection means, by what is awaited; undefined: nothing in particular. */
  silence(now: number, code = 0): DownCause | undefined {
    const { ttlSecurity } = this.#context.settings;
    if (this.state === "Established") return undefined;
    return this.negotiated === undefined
      ? causeOfNoOpen(now - this.connectedAt, ttlSecurity, code)
      : causeOfNoKeepalive(now - this.#openAt, ttlSecurity, code);
  }

  /** Takes changed settings of our own timers over. */
  settingsChanged(now: number): void {
    if (this.negotiated === undefined) return;
    const keepalive = keepaliveTime(this.#context.settings, this.negotiated.holdTime);
    if (keepalive === this.negotiated.keepalive) return;
    this.negotiated = { ...this.negotiated, keepalive };
    if (this.timers.running("keepalive")) this.restartKeepalive(now);
  }

  #perform(action: FsmAction, now: number): void {
    const { settings, counters, random } = this.#context;
    switch (action) {
      case "connect":
        this.connecting = true;
        this.#context.emit({ kind: "connect" });
        break;
      case "drop":
        this.drop(this.trouble.cause.kind !== "send-hold-timer");
        break;
      case "release":
        this.#release();
        break;
      case "start-connect-retry":
        this.timers.start("connectRetry", now, jittered(settings.connectRetry * 1000, random));
        break;
      case "start-connect-retry-by-cause":
        if (!settings.passive) this.timers.start("connectRetry", now, this.retryPause);
        break;
      case "stop-connect-retry":
        this.timers.stop("connectRetry");
        break;
      case "start-delay-open":
        this.timers.start("delayOpen", now, settings.delayOpen * 1000);
        break;
      case "stop-delay-open":
        this.timers.stop("delayOpen");
        break;
      case "start-open-hold":
        this.timers.start("hold", now, OPEN_HOLD);
        this.timers.start("openNotice", now, OPEN_NOTICE);
        break;
      case "start-session-timers":
        this.#openAt = now;
        this.timers.start("openNotice", now, KEEPALIVE_NOTICE);
        this.#startHold(now);
        this.restartKeepalive(now);
        break;
      case "restart-hold":
        this.#restartHold(now);
        break;
      case "restart-keepalive":
        this.restartKeepalive(now);
        break;
      case "send-open":
        counters.sent.open++;
        this.#sentOpen = encodeOpen(localOpen(settings, this.#context.restart));
        this.send(this.#sentOpen);
        break;
      case "send-keepalive":
        this.sendKeepalive();
        break;
      case "notify":
        this.#notify(now);
        break;
      case "notify-fsm":
        this.#notifyUnexpected(now);
        break;
      case "count-attempt":
        counters.connectRetry++;
        break;
      case "clear-attempts":
        counters.connectRetry = 0;
        break;
      case "up":
        this.#up(now);
        break;
    }
  }

  /**
   * In OpenConfirm. With hold time 0, §8.2.2 runs no timer, and a neighbour that never sends its
   * KEEPALIVE would hold the session there for ever: the long one goes on until Established.
   */
  #startHold(now: number): void {
    if (this.negotiated?.holdTime === 0) this.timers.start("hold", now, OPEN_HOLD);
    else this.#restartHold(now);
  }

  #restartHold(now: number): void {
    const seconds = this.negotiated?.holdTime ?? 0;
    if (seconds === 0) this.timers.stop("hold");
    else this.timers.start("hold", now, seconds * 1000);
  }

  #notify(now: number): void {
    const said = this.trouble.notification;
    if (said === undefined) return;
    const { code, subcode, data } = this.#isHard(said) ? hardReset(said) : said;
    this.sendNotification(code, subcode, data, now);
  }

  /** A neighbour that keeps our routes, and knows the N bit, would keep them now too (RFC 8538 §3). */
  #isHard(said: { readonly code: number; readonly subcode: number }): boolean {
    const { negotiated, state } = this;
    if (state !== "Established" || negotiated?.keepsOurRoutes !== true) return false;
    return negotiated.gracefulRestart?.notification === true && isFinalCease(said);
  }

  #notifyUnexpected(now: number): void {
    const subcode = this.messageType === 0 ? FSM_ERROR.UNSPECIFIC : UNEXPECTED[this.state];
    const data = this.messageType === 0 ? NO_DATA : Uint8Array.of(this.messageType);
    const detail = this.messageType === 0 ? "" : `message type ${this.messageType}`;
    this.trouble = {
      cause: downCause("fsm-error", detail, ERROR.FSM, subcode),
      notification: { code: ERROR.FSM, subcode, data },
    };
    this.#notify(now);
  }

  #release(): void {
    this.timers.stopAll();
    if (this.state === "Established") {
      const { cause, received } = this.trouble;
      const ending = { notification: received ?? this.#notification, event: this.#event };
      this.#context.emit({ kind: "down", connection: this.connection, cause, ending });
    }
    this.negotiated = undefined;
    this.parked = false;
  }

  #up(now: number): void {
    const { negotiated, connection } = this;
    if (negotiated === undefined) throw new Error("Established without an OPEN of the neighbour");
    this.timers.stop("openNotice");
    this.establishedAt = now;
    this.#context.counters.established++;
    const opens = { sent: this.#sentOpen, received: this.receivedOpen };
    this.#context.emit({ kind: "established", connection, negotiated, opens });
  }
}
