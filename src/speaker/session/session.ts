// The door of one neighbour's session: what an operator wants, what the transport and the speaker
// report and what time brings become events of the machines; what they ask for comes out of
// `take()`.

import {
  CEASE,
  encodeRouteRefresh,
  encodeShutdownCommunication,
  ERROR,
  ROUTE_REFRESH,
  type Fault,
  type OpenMessage,
} from "bgp-ts";
import type { CeaseRequest, Negotiated, SessionAction, Trouble } from "./actions.ts";
import { causeOfConnectError, causeOfReset, downCause, type DownCause } from "./cause.ts";
import { Context, type Counters } from "./context.ts";
import { EVENT, type StateName } from "./fsm.ts";
import { RestartFacts } from "./graceful-restart.ts";
import { troubleOf } from "./inbox.ts";
import { NO_CONNECTION, type Machine } from "./machine.ts";
import { Neighbour, type LastError } from "./neighbour.ts";
import { Pace } from "./pace.ts";
import {
  changeNeedsReset,
  sendHoldTime,
  settingsDiffer,
  type SessionSettings,
} from "./settings.ts";
import type { TimeLeft, TimerName } from "./timers.ts";

/** Milliseconds after which a hold timer that waits for unread bytes is looked at again. */
const LATE_READER = 1000;
const NO_DATA = new Uint8Array(0);
const nothingUnread = (): boolean => false;

export class Session {
  readonly #context: Context;
  readonly #neighbour: Neighbour;
  #shown: StateName = "Idle";

  /** `random`: uniform in [0, 1). `pace`, `facts`: those that all neighbours of this speaker share. */
  constructor(
    settings: SessionSettings,
    random: () => number,
    pace = new Pace(),
    facts = new RestartFacts(),
  ) {
    this.#context = new Context(settings, random, pace, facts);
    this.#neighbour = new Neighbour(this.#context);
  }

  // ---- what an operator and the configuration want

  /** No effect when already started. */
  start(now: number): void {
    if (this.enabled) return;
    // Whatever was wrong before, somebody has seen to it.
    this.#neighbour.lastError = undefined;
    this.#neighbour.enabled = true;
    this.#neighbour.begin(now);
    this.#noteState(now);
  }

  /**
   * Ends the session until `start`. With `cease` the neighbour is told (RFC 4486); without, the
   * connection just closes, so that a neighbour that knows graceful restart keeps our routes.
   */
  stop(now: number, cease?: CeaseRequest): void {
    this.#stop(now, cease);
    this.#noteState(now);
  }

  /** Ends the session and begins again at once. */
  restart(now: number, cease?: CeaseRequest): void {
    this.#stop(now, cease);
    this.#neighbour.enabled = true;
    this.#neighbour.begin(now);
    this.#noteState(now);
  }

  /**
   * Ends a session for a reason found outside (a prefix limit, BFD down), and rests as that reason
   * asks (RFC 4271 Event 8, AutomaticStop), or for `rest` milliseconds. No effect without a
   * connection.
   */
  reset(now: number, cease: CeaseRequest, rest?: number): void {
    if (this.connection === undefined) return;
    const cause = { ...causeOfReset(cease.subcode, cease.message ?? ""), rest };
    const { notification } = ceaseTrouble(cease);
    this.#neighbour.endAll(EVENT.AutomaticStop, { cause, notification }, now);
    this.#noteState(now);
  }

  /**
   * The way to the neighbour is lost, perhaps because it restarts: the session ends without a word,
   * as it would if the connection had broken (RFC 5882 §4.3). No effect without a connection.
   */
  lost(now: number, why: string): void {
    if (this.connection === undefined) return;
    const trouble = { cause: downCause("path-lost", why), notification: undefined };
    this.#neighbour.endAll(EVENT.AutomaticStop, trouble, now);
    this.#noteState(now);
  }

  /**
   * Takes new settings over. Returns why that cost the session a reset (`changeNeedsReset`), which
   * is then under way; undefined: nothing was lost. Without a connection the session begins anew
   * at once, for the change may have mended what it rests for.
   */
  configure(settings: SessionSettings, now: number): string | undefined {
    if (!settingsDiffer(this.#context.settings, settings)) return undefined;
    const connected = this.connection !== undefined;
    const why = this.costOf(settings);
    this.#neighbour.backOff.forget();
    if (this.enabled && (why !== undefined || !connected)) {
      const { notification } = ceaseTrouble({ subcode: CEASE.OTHER_CONFIGURATION_CHANGE });
      const cause = downCause("settings-changed", why);
      this.#neighbour.endAll(EVENT.AutomaticStop, { cause, notification }, now);
      this.#context.settings = settings;
      this.#neighbour.begin(now);
    } else {
      this.#context.settings = settings;
      this.#neighbour.main.settingsChanged(now);
    }
    this.#noteState(now);
    return why;
  }

  /** What configure() would return, and nothing is done. */
  costOf(settings: SessionSettings): string | undefined {
    if (this.connection === undefined) return undefined;
    return changeNeedsReset(this.#context.settings, settings);
  }

  // ---- what the transport reports

  /** A connection stands: ours (`connect` was asked for) or the neighbour's (`incoming`). */
  connected(connection: number, now: number, how: { readonly incoming: boolean }): void {
    const machine = this.#neighbour.connecting();
    if (how.incoming) {
      this.#neighbour.accept(connection, now);
    } else if (machine !== undefined) {
      machine.attach(connection, false, now);
      this.#neighbour.raise(machine, EVENT.Tcp_CR_Acked, now);
    } else {
      // An attempt that was given up meanwhile.
      this.#context.emit({ kind: "close", connection, linger: false });
    }
    this.#noteState(now);
  }

  /** Our attempt failed; `error` carries the name of the error: "ECONNREFUSED ...". */
  connectFailed(now: number, error: string): void {
    const machine = this.#neighbour.connecting();
    if (machine === undefined) return;
    machine.connecting = false;
    const cause = causeOfConnectError(error, this.settings.authenticated);
    const trouble = { cause, notification: undefined };
    this.#neighbour.raise(machine, EVENT.TcpConnectionFails, now, trouble);
    this.#noteState(now);
  }

  /** The connection has ended; not by our `close`. */
  disconnected(connection: number, now: number, error = ""): void {
    const machine = this.#neighbour.withConnection(connection);
    if (machine === undefined) return;
    this.#neighbour.lost(machine, this.#causeOfLoss(machine, error, now), now);
    this.#noteState(now);
  }

  /**
   * Bytes of the connection, bytes[start .. end). Take the actions before the next call: UPDATEs
   * are ranges of `bytes` or of a buffer that the next call reuses.
   */
  receive(connection: number, bytes: Uint8Array, start: number, end: number, now: number): void {
    const machine = this.#neighbour.withConnection(connection);
    if (machine === undefined) return;
    this.#context.counters.octetsReceived += end - start;
    this.#neighbour.receive(machine, bytes, start, end, now);
    this.#noteState(now);
  }

  /** Bytes wait that the kernel has not taken: the send hold timer runs (RFC 9687 §3.1). */
  stalled(connection: number, now: number): void {
    const machine = this.#established(connection);
    if (machine === undefined || machine.timers.running("sendHold")) return;
    machine.timers.start("sendHold", now, this.#sendHoldTime());
  }

  /** It took some bytes, others still wait: the send hold timer starts again. */
  progressed(connection: number, now: number): void {
    const machine = this.#established(connection);
    if (machine?.timers.running("sendHold") !== true) return;
    machine.timers.start("sendHold", now, this.#sendHoldTime());
  }

  /** Nothing waits any more. */
  flowing(connection: number): void {
    this.#established(connection)?.timers.stop("sendHold");
  }

  /** Something waits to be sent that the kernel has not taken. */
  get isStalled(): boolean {
    return this.#neighbour.main.timers.running("sendHold");
  }

  // ---- what the speaker reports

  /** An UPDATE had a fault that resets the session (RFC 7606 §2, "session reset"). */
  updateFault(fault: Fault, now: number): void {
    const { main } = this.#neighbour;
    if (main.state !== "Established") return;
    this.#neighbour.raise(main, EVENT.UpdateMsgErr, now, troubleOf("update-error", fault));
    this.#noteState(now);
  }

  /** UPDATEs went out beside this session: they stand for a KEEPALIVE (RFC 4271 §8.2.2). */
  sentUpdates(count: number, now: number): void {
    const { main } = this.#neighbour;
    this.#context.counters.sent.update += count;
    if (main.state === "Established") main.restartKeepalive(now);
  }

  /** Sends a ROUTE-REFRESH; false: not Established, or the neighbour does not take one. */
  sendRouteRefresh(message: {
    readonly afi: number;
    readonly safi: number;
    readonly subtype: number;
  }): boolean {
    const { main } = this.#neighbour;
    const { negotiated } = main;
    if (main.state !== "Established" || negotiated === undefined) return false;
    const enhanced = message.subtype !== ROUTE_REFRESH.REQUEST;
    if (!(enhanced ? negotiated.enhancedRouteRefresh : negotiated.routeRefresh)) return false;
    this.#context.counters.sent.routeRefresh++;
    main.send(encodeRouteRefresh(message));
    return true;
  }

  // ---- time

  /**
   * Does what is due. `unread`: connections with bytes that have arrived and that receive() was not
   * given yet. A reader that is late is no dead neighbour: their hold timers wait for the bytes.
   */
  expire(now: number, unread: (connection: number) => boolean = nothingUnread): void {
    const { main, rival } = this.#neighbour;
    this.#expire(main, now, unread);
    if (rival !== undefined) this.#expire(rival, now, unread);
    this.#neighbour.expireParking(now);
    this.#noteState(now);
  }

  /** When `expire` has something to do; Infinity: never. */
  nextDeadline(): number {
    const { main, rival } = this.#neighbour;
    return Math.min(main.timers.next(), rival?.timers.next() ?? Infinity);
  }

  /** Whether it rests so that the neighbour's connections are refused, too. */
  refuses(now: number): boolean {
    return this.#neighbour.refuses(now);
  }

  /** The actions since the last call, in order. */
  take(): SessionAction[] {
    return this.#context.take();
  }

  // ---- for show

  get enabled(): boolean {
    return this.#neighbour.enabled;
  }
  /** Of the machine that has come furthest. */
  get state(): StateName {
    return this.#neighbour.furthest().state;
  }
  get settings(): SessionSettings {
    return this.#context.settings;
  }
  /** In OpenConfirm and Established. */
  get negotiated(): Negotiated | undefined {
    return this.#neighbour.furthest().negotiated;
  }
  /** The neighbour's last OPEN on the machine shown, accepted or not. */
  get peerOpen(): OpenMessage | undefined {
    return this.#neighbour.furthest().peerOpen;
  }
  get connection(): number | undefined {
    const { connection } = this.#neighbour.furthest();
    return connection === NO_CONNECTION ? undefined : connection;
  }
  /** The neighbour initiated the connection shown. */
  get incoming(): boolean {
    return this.#neighbour.furthest().incoming;
  }
  /** As BIRD has it: what is over is no error any more. */
  get lastError(): LastError | undefined {
    return this.#neighbour.lastError;
  }
  get counters(): Readonly<Counters> {
    return this.#context.counters;
  }

  /** The timers that run. */
  timers(now: number): Partial<Record<TimerName, TimeLeft>> {
    return this.#neighbour.furthest().timers.left(now);
  }

  // ---- inside

  #stop(now: number, cease: CeaseRequest | undefined): void {
    this.#neighbour.enabled = false;
    this.#neighbour.backOff.forget();
    this.#neighbour.endAll(EVENT.ManualStop, ceaseTrouble(cease), now);
    this.#neighbour.main.timers.stop("idleHold");
  }

  #expire(machine: Machine, now: number, unread: (connection: number) => boolean): void {
    const { timers } = machine;
    if (timers.due("hold", now) && unread(machine.connection)) {
      timers.start("hold", now, LATE_READER);
    }
    const raise = this.#neighbour.raise.bind(this.#neighbour, machine);
    if (timers.takeExpired("sendHold", now)) {
      const code = ERROR.SEND_HOLD_TIMER_EXPIRED;
      const cause = downCause("send-hold-timer", "", code);
      raise(EVENT.SendHoldTimer_Expires, now, { cause, notification: undefined });
    }
    if (timers.takeExpired("hold", now)) {
      const code = ERROR.HOLD_TIMER_EXPIRED;
      const cause = this.#causeOfSilence(machine, now);
      const notification = { code, subcode: 0, data: NO_DATA };
      raise(EVENT.HoldTimer_Expires, now, { cause, notification });
    }
    if (timers.takeExpired("keepalive", now)) raise(EVENT.KeepaliveTimer_Expires, now);
    const mayConnect = this.#neighbour.mayConnect.bind(this.#neighbour, machine);
    if (timers.takeExpired("connectRetry", now)) {
      if (machine.connecting) this.#neighbour.unanswered(machine, now);
      else if (mayConnect("connectRetry", now)) raise(EVENT.ConnectRetryTimer_Expires, now);
    }
    if (timers.takeExpired("delayOpen", now)) raise(EVENT.DelayOpenTimer_Expires, now);
    if (timers.takeExpired("openNotice", now)) this.#neighbour.noticeSilence(machine, now);
    if (timers.takeExpired("idleHold", now) && mayConnect("idleHold", now)) {
      raise(EVENT.IdleHoldTimer_Expires, now);
    }
  }

  /** Why the hold timer expired. */
  #causeOfSilence(machine: Machine, now: number): DownCause {
    const code = ERROR.HOLD_TIMER_EXPIRED;
    return machine.silence(now, code) ?? downCause("hold-timer", "", code);
  }

  /** A connection that TCP gives up for lack of acknowledgements is silence too. */
  #causeOfLoss(machine: Machine, error: string, now: number): DownCause {
    const silence = error.includes("ETIMEDOUT") ? machine.silence(now) : undefined;
    const kind = machine.negotiated === undefined ? "closed-before-open" : "closed";
    return silence ?? downCause(kind, error);
  }

  #established(connection: number): Machine | undefined {
    const { main } = this.#neighbour;
    return main.state === "Established" && main.connection === connection ? main : undefined;
  }

  /** Milliseconds. */
  #sendHoldTime(): number {
    return sendHoldTime(this.settings, this.negotiated?.holdTime ?? 0) * 1000;
  }

  #noteState(now: number): void {
    const { state } = this;
    if (state === this.#shown) return;
    this.#context.emit({ kind: "state", from: this.#shown, to: state });
    if (state === "Established" || this.#shown === "Established") {
      this.#context.counters.establishedAt = now;
    }
    this.#shown = state;
  }
}

function ceaseTrouble(cease: CeaseRequest | undefined): Trouble {
  if (cease === undefined) {
    return { cause: downCause("left-for-restart"), notification: undefined };
  }
  const { subcode, message } = cease;
  const spoken =
    message !== undefined &&
    (subcode === CEASE.ADMINISTRATIVE_SHUTDOWN || subcode === CEASE.ADMINISTRATIVE_RESET);
  const data = spoken ? encodeShutdownCommunication(message) : NO_DATA;
  return {
    cause: downCause("administrative", message, ERROR.CEASE, subcode),
    notification: { code: ERROR.CEASE, subcode, data },
  };
}
