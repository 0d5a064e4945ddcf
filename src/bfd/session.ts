// One BFD session in Asynchronous mode (RFC 5880 §6.8). Packets and the clock come in, packets and
// changes of state go out.

import { Authentication, type AuthenticationSettings, type Sha1 } from "./authentication.ts";
import { DIAGNOSTIC, STATE, type State } from "./codes.ts";
import { type ControlPacket, encodePacket } from "./packet.ts";
import { transition } from "./state-machine.ts";

/** Times are milliseconds. */
export interface SessionSettings {
  /** bfd.DesiredMinTxInterval while Up; 0.001 to 4,294,967. */
  readonly desiredMinTx: number;
  /** bfd.RequiredMinRxInterval; 0.001 to 4,294,967. */
  readonly requiredMinRx: number;
  /** bfd.DetectMult, 1 to 255. */
  readonly detectMultiplier: number;
  /** true: says nothing before the neighbour does (RFC 5880 §6.1). */
  readonly passive: boolean;
  readonly authentication?: AuthenticationSettings | undefined;
}

export interface SessionTools {
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly sha1: Sha1;
}

export type SessionAction =
  | { readonly kind: "send"; readonly bytes: Uint8Array }
  /** Also when only the neighbour's C bit has changed. */
  | {
      readonly kind: "state";
      readonly state: State;
      /** Why this end left Up last; a {@link DIAGNOSTIC}. */
      readonly diagnostic: number;
      /** The neighbour ended the session by an administrator's will (RFC 5882 §4.2: no failure). */
      readonly remoteAdminDown: boolean;
      /** RFC 5882 §4.3: only then a failure says that the neighbour does not forward any more. */
      readonly controlPlaneIndependent: boolean;
    }
  /** After stop(): the neighbour has been told for long enough. */
  | { readonly kind: "over" };

/** What `show` needs; times are milliseconds. */
export interface SessionView {
  readonly state: State;
  readonly remoteState: State;
  readonly diagnostic: number;
  readonly remoteDiagnostic: number;
  readonly localDiscriminator: number;
  readonly remoteDiscriminator: number;
  /** Between two packets of ours, before jitter. */
  readonly transmitInterval: number;
  readonly detectionTime: number;
  /** Clock of the last change of state. */
  readonly since: number;
  readonly sent: number;
  readonly received: number;
  /** Packets of this way that were refused: malformed, or not by the authentication. */
  readonly refused: number;
  /** How often the session left the state Up, but for stop(). */
  readonly failures: number;
}

/** RFC 5880 §6.8.3: no faster than this while the session is not Up, so that it costs nothing. */
const SLOW = 1000;
/** RFC 5880 §6.8.7: of the interval, no packet comes sooner than this after the one before. */
const SOONEST = 0.75;
/** Of an interval: what is due within this time may be done now, so that few wake-ups do for many. */
const SLACK = 0.1;
const MICROSECONDS = 1000;

export class Session {
  readonly localDiscriminator: number;
  #settings: SessionSettings;
  readonly #random: () => number;
  readonly #authentication: Authentication | undefined;
  readonly #actions: SessionAction[] = [];
  #state: State = STATE.DOWN;
  #diagnostic: number = DIAGNOSTIC.NONE;
  #remote: ControlPacket | undefined;
  #remoteState: State = STATE.DOWN;
  #remoteDiscriminator = 0;
  /** Microseconds, bfd.RemoteMinRxInterval: 1 until it has spoken (RFC 5880 §6.8.1). */
  #remoteMinRx = 1;
  #polling = false;
  /** The intervals changed again during a Poll Sequence: one more is due. */
  #pollAgain = false;
  /** What is used while the neighbour has not agreed to what is asked for (RFC 5880 §6.8.3). */
  #usedTx = SLOW;
  #usedRx: number;
  #lastSent = -Infinity;
  #sendAt = Infinity;
  #detectAt = Infinity;
  #forgetAt = Infinity;
  #overAt = Infinity;
  #since = 0;
  #sent = 0;
  #received = 0;
  #refused = 0;
  #failures = 0;

  /** `discriminator`: not 0, unique on this node. */
  constructor(settings: SessionSettings, discriminator: number, tools: SessionTools) {
    this.#settings = settings;
    this.#usedRx = settings.requiredMinRx;
    this.localDiscriminator = discriminator;
    this.#random = tools.random;
    const { authentication } = settings;
    if (authentication !== undefined) {
      const first = Math.floor(tools.random() * 2 ** 32);
      this.#authentication = new Authentication(authentication, tools.sha1, first);
    }
  }

  /** `now`: milliseconds, monotonic, here and everywhere. */
  start(now: number): void {
    this.#since = now;
    this.#schedule(now);
  }

  /** AdminDown (RFC 5880 §6.8.16): the neighbour is told for a detection time, then it is "over". */
  stop(now: number): void {
    if (this.#state === STATE.ADMIN_DOWN) return;
    this.#overAt = now + this.#settings.detectMultiplier * SLOW;
    this.#detectAt = Infinity;
    this.#forgetAt = Infinity;
    this.#enter(STATE.ADMIN_DOWN, DIAGNOSTIC.ADMINISTRATIVELY_DOWN, now);
    this.#schedule(now);
  }

  /** New intervals or another multiplier on a session that lives on; not another authentication. */
  configure(settings: SessionSettings, now: number): void {
    const { desiredMinTx, requiredMinRx } = this.#settings;
    const detectionTime = this.detectionTime;
    this.#settings = settings;
    if (this.#state === STATE.UP) {
      // §6.8.3: never slower than the neighbour has agreed to, never impatient with its old speed.
      this.#usedTx = Math.min(this.#usedTx, settings.desiredMinTx);
      this.#usedRx = Math.max(this.#usedRx, settings.requiredMinRx);
      const isNew =
        settings.desiredMinTx !== desiredMinTx || settings.requiredMinRx !== requiredMinRx;
      if (isNew) this.#poll();
    } else if (this.#state !== STATE.ADMIN_DOWN) {
      this.#usedTx = this.#desiredTx;
      this.#usedRx = settings.requiredMinRx;
    }
    // The neighbour slows down as soon as it has heard of it, and its answer may be lost.
    this.#detectAt += Math.max(0, this.detectionTime - detectionTime);
    this.#schedule(now);
  }

  /** A packet of this way that cannot be one of this session: for show. */
  refuse(): void {
    this.#refused++;
  }

  /**
   * A packet that decodePacket() let pass and that is for this session; `bytes` are its octets, all of
   * them. RFC 5880 §6.8.6 from the authentication on. False: it was refused.
   */
  receive(packet: ControlPacket, bytes: Uint8Array, now: number): boolean {
    if (!this.#isAuthentic(packet, bytes)) {
      this.refuse();
      return false;
    }
    this.#received++;
    const before = this.#remote;
    this.#remote = packet;
    this.#remoteDiscriminator = packet.myDiscriminator;
    this.#remoteState = packet.state;
    this.#remoteMinRx = packet.requiredMinRx;
    if (packet.final && this.#polling) this.#polled();
    if (this.#state !== STATE.ADMIN_DOWN) {
      this.#detectAt = now + this.detectionTime;
      this.#forgetAt = now + 2 * this.detectionTime;
      const next = transition(this.#state, packet.state);
      if (next !== undefined) this.#enter(next.state, next.diagnostic ?? this.#diagnostic, now);
      if (packet.poll) this.#send(now, true);
    }
    this.#schedule(now);
    const isUp = this.#state === STATE.UP;
    if (isUp && before?.controlPlaneIndependent !== packet.controlPlaneIndependent) this.#report();
    return true;
  }

  /** Does what is due. */
  expire(now: number): void {
    if (now >= this.#overAt) {
      this.#overAt = Infinity;
      this.#sendAt = Infinity;
      this.#actions.push({ kind: "over" });
      return;
    }
    if (now >= this.#detectAt) this.#lost(now);
    if (now >= this.#forgetAt) {
      this.#forgetAt = Infinity;
      this.#authentication?.forget();
    }
    if (now >= this.#sendFrom) this.#send(now, false);
    this.#schedule(now);
  }

  /** When expire() is to be called at the latest; Infinity: never. */
  nextDeadline(): number {
    return Math.min(this.#sendAt, this.#detectAt, this.#forgetAt, this.#overAt);
  }

  /** Whether expire() has something to do that is due, or may be done already. */
  isDue(now: number): boolean {
    return now >= Math.min(this.#sendFrom, this.nextDeadline());
  }

  /**
   * Milliseconds for which a packet of the neighbour may wait to be read, for others to come as well;
   * it counts as received when it is read. Infinity: the session is not Up, and expects none soon.
   */
  get slack(): number {
    return this.#state === STATE.UP ? SLACK * this.#receiveInterval : Infinity;
  }

  /** What is to be done now, in order. */
  take(): SessionAction[] {
    return this.#actions.splice(0);
  }

  get state(): State {
    return this.#state;
  }

  /** Milliseconds between two packets, before jitter (RFC 5880 §6.8.2). */
  get transmitInterval(): number {
    return Math.max(this.#usedTx, this.#remoteMinRx / MICROSECONDS);
  }

  /** Milliseconds without a packet after which the session has failed (RFC 5880 §6.8.4). */
  get detectionTime(): number {
    if (this.#remote === undefined) return this.#settings.detectMultiplier * SLOW;
    return this.#remote.detectMultiplier * this.#receiveInterval;
  }

  /** Milliseconds between two packets of the neighbour, before jitter. */
  get #receiveInterval(): number {
    return Math.max(this.#usedRx, (this.#remote?.desiredMinTx ?? 0) / MICROSECONDS);
  }

  view(): SessionView {
    return {
      state: this.#state,
      remoteState: this.#remoteState,
      diagnostic: this.#diagnostic,
      remoteDiagnostic: this.#remote?.diagnostic ?? DIAGNOSTIC.NONE,
      localDiscriminator: this.localDiscriminator,
      remoteDiscriminator: this.#remoteDiscriminator,
      transmitInterval: this.transmitInterval,
      detectionTime: this.detectionTime,
      since: this.#since,
      sent: this.#sent,
      received: this.#received,
      refused: this.#refused,
      failures: this.#failures,
    };
  }

  /** What the packets ask for: slow while the session is not Up (RFC 5880 §6.8.3). */
  get #desiredTx(): number {
    const { desiredMinTx } = this.#settings;
    return this.#state === STATE.UP ? desiredMinTx : Math.max(SLOW, desiredMinTx);
  }

  #isAuthentic(packet: ControlPacket, bytes: Uint8Array): boolean {
    if (this.#authentication === undefined) return packet.authentication === undefined;
    const { authentication, detectMultiplier } = packet;
    return this.#authentication.refuse(bytes, authentication, detectMultiplier) === undefined;
  }

  /** The detection time has passed without a packet (RFC 5880 §6.8.4, §6.8.1). */
  #lost(now: number): void {
    this.#detectAt = Infinity;
    this.#remoteDiscriminator = 0;
    this.#remoteState = STATE.DOWN;
    this.#remoteMinRx = 1;
    if (this.#state === STATE.INIT || this.#state === STATE.UP) {
      this.#enter(STATE.DOWN, DIAGNOSTIC.DETECTION_TIME_EXPIRED, now);
    }
  }

  #enter(state: State, diagnostic: number, now: number): void {
    if (this.#state === STATE.UP && state !== STATE.ADMIN_DOWN) this.#failures++;
    this.#state = state;
    this.#diagnostic = diagnostic;
    this.#since = now;
    this.#usedTx = this.#desiredTx;
    this.#usedRx = this.#settings.requiredMinRx;
    this.#polling = false;
    this.#pollAgain = false;
    // §6.8.3: another interval than the one that was asked for until now.
    if (state === STATE.UP) this.#polling = true;
    this.#report();
    // §6.8.7: what differs from the last packet is said at once, also to who wants nothing periodic.
    if (!this.#mustWait) this.#send(now, false);
  }

  #report(): void {
    this.#actions.push({
      kind: "state",
      state: this.#state,
      diagnostic: this.#diagnostic,
      remoteAdminDown: this.#remoteState === STATE.ADMIN_DOWN,
      controlPlaneIndependent: this.#remote?.controlPlaneIndependent ?? false,
    });
  }

  /**
   * Begins a Poll Sequence, or another one after the one that is under way. It takes the packets that
   * are sent anyway, and no more (RFC 5880 §6.5).
   */
  #poll(): void {
    if (this.#polling) this.#pollAgain = true;
    this.#polling = true;
  }

  /** The neighbour has agreed: what is asked for is used from now on. */
  #polled(): void {
    this.#polling = this.#pollAgain;
    this.#pollAgain = false;
    if (this.#polling) return;
    this.#usedTx = this.#desiredTx;
    this.#usedRx = this.#settings.requiredMinRx;
  }

  /** RFC 5880 §6.8.7: whether packets are sent periodically. */
  get #maySend(): boolean {
    if (this.#mustWait || this.#remoteMinRx === 0) return false;
    const areUp = this.#state === STATE.UP && this.#remoteState === STATE.UP;
    return !(this.#remote?.demand === true && areUp && !this.#polling);
  }

  /** RFC 5880 §6.1, passive role: nothing at all before the neighbour has spoken. */
  get #mustWait(): boolean {
    return this.#settings.passive && this.#remoteDiscriminator === 0;
  }

  /** The next periodic packet, by the interval as it is now. */
  #schedule(now: number): void {
    if (!this.#maySend || (this.#state === STATE.ADMIN_DOWN && this.#overAt === Infinity)) {
      this.#sendAt = Infinity;
      return;
    }
    const latest = this.#lastSent === -Infinity ? now : this.#lastSent + this.transmitInterval;
    // An earlier time that was drawn for this interval stays.
    const earliest = latest - (1 - SOONEST) * this.transmitInterval;
    if (this.#sendAt >= earliest && this.#sendAt <= latest && this.#sendAt > now) return;
    this.#sendAt = this.#lastSent === -Infinity ? now : Math.max(now, this.#jittered());
  }

  /** RFC 5880 §6.8.7: 75 to 100 percent of the interval; with a multiplier of 1 at most 90. */
  #jittered(): number {
    const width = this.#settings.detectMultiplier === 1 ? 0.15 : 0.25;
    return this.#lastSent + this.transmitInterval * (SOONEST + width * this.#random());
  }

  /** The next periodic packet may go from now on, along with those of other sessions. */
  get #sendFrom(): number {
    const interval = this.transmitInterval;
    const soonest = this.#lastSent + SOONEST * interval;
    return Math.min(this.#sendAt, Math.max(soonest, this.#sendAt - SLACK * interval));
  }

  #send(now: number, final: boolean): void {
    const { detectMultiplier, requiredMinRx } = this.#settings;
    const authentication = this.#authentication?.next();
    const bytes = encodePacket({
      diagnostic: this.#diagnostic,
      state: this.#state,
      // §6.5: never both.
      poll: this.#polling && !final,
      final,
      controlPlaneIndependent: false,
      demand: false,
      detectMultiplier,
      myDiscriminator: this.localDiscriminator,
      yourDiscriminator: this.#remoteDiscriminator,
      desiredMinTx: Math.round(this.#desiredTx * MICROSECONDS),
      requiredMinRx: Math.round(requiredMinRx * MICROSECONDS),
      requiredMinEchoRx: 0,
      authentication,
    });
    this.#authentication?.sign(bytes);
    this.#actions.push({ kind: "send", bytes });
    this.#sent++;
    if (final) return;
    this.#lastSent = now;
    this.#sendAt = Infinity;
  }
}
