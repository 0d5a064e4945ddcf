// All sessions of a node: which one a packet belongs to (RFC 5880 §6.3), and when something is due.

import { decodePacket } from "./packet.ts";
import {
  Session,
  type SessionAction,
  type SessionSettings,
  type SessionTools,
  type SessionView,
} from "./session.ts";

/** What a session wants done, with the name of the session. */
export type BfdEffect = { readonly path: string } & Exclude<SessionAction, { kind: "over" }>;

/**
 * A session is known by its path: a text by which the caller names the two ends (addresses, interface,
 * single hop or multihop), the same when packets come in and when sessions are added.
 */
export class Bfd {
  readonly #tools: SessionTools;
  readonly #byPath = new Map<string, Session>();
  readonly #byDiscriminator = new Map<number, string>();
  /** Sessions that only say goodbye. A new one of the same path takes the place at once. */
  readonly #leaving = new Set<string>();
  #effects: BfdEffect[] = [];

  constructor(tools: SessionTools) {
    this.#tools = tools;
  }

  /** Begins a session, or changes the intervals of the one that is there. */
  add(path: string, settings: SessionSettings, now: number): void {
    const known = this.#leaving.has(path) ? undefined : this.#byPath.get(path);
    if (known !== undefined) {
      known.configure(settings, now);
      this.#collect(path, known);
      return;
    }
    this.#drop(path);
    const session = new Session(settings, this.#discriminator(), this.#tools);
    this.#byPath.set(path, session);
    this.#byDiscriminator.set(session.localDiscriminator, path);
    session.start(now);
  }

  /** Ends a session: the neighbour is told AdminDown for a while. */
  remove(path: string, now: number): void {
    const session = this.#byPath.get(path);
    if (session === undefined || this.#leaving.has(path)) return;
    this.#leaving.add(path);
    session.stop(now);
    this.#collect(path, session);
  }

  /**
   * A datagram of `length` octets that came on `path`. Says why it was discarded, or nothing; there is
   * never another answer to a bad packet (RFC 5880 §6.8.6).
   */
  receive(path: string, bytes: Uint8Array, length: number, now: number): string | undefined {
    const packet = decodePacket(bytes, length);
    if (packet.kind === "discard") {
      this.#byPath.get(path)?.refuse();
      return packet.reason;
    }
    const { yourDiscriminator } = packet;
    const owner = yourDiscriminator === 0 ? path : this.#byDiscriminator.get(yourDiscriminator);
    if (owner === undefined) return `no session has the discriminator ${yourDiscriminator}`;
    if (owner !== path) return "it names the session of another path";
    const session = this.#byPath.get(path);
    if (session === undefined) return "no session has this path";
    const whole = bytes.subarray(0, bytes[3]);
    const isTaken = session.receive(packet, whole, now);
    this.#collect(path, session);
    return isTaken ? undefined : "its authentication is wrong";
  }

  /** Does what is due, and sends what may go along with it: few wake-ups for many sessions. */
  expire(now: number): void {
    for (const [path, session] of this.#byPath) {
      if (!session.isDue(now)) continue;
      session.expire(now);
      this.#collect(path, session);
    }
  }

  /** When expire() is to be called at the latest; Infinity: never. */
  nextDeadline(): number {
    let earliest = Infinity;
    for (const session of this.#byPath.values()) {
      earliest = Math.min(earliest, session.nextDeadline());
    }
    return earliest;
  }

  /**
   * Milliseconds that packets may gather before they are read: so much later, at most, a neighbour is
   * found to be silent (a tenth of the shortest interval). 0: no session is Up.
   */
  get slack(): number {
    let shortest = Infinity;
    for (const session of this.#byPath.values()) shortest = Math.min(shortest, session.slack);
    return shortest === Infinity ? 0 : shortest;
  }

  /** What is to be done now, in order. */
  take(): BfdEffect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  /** Nothing is left, not even a goodbye. */
  get isEmpty(): boolean {
    return this.#byPath.size === 0;
  }

  view(path: string): SessionView | undefined {
    return this.#byPath.get(path)?.view();
  }

  *views(): Generator<readonly [string, SessionView]> {
    for (const [path, session] of this.#byPath) yield [path, session.view()];
  }

  #collect(path: string, session: Session): void {
    for (const action of session.take()) {
      if (action.kind === "over") this.#drop(path);
      else this.#effects.push({ path, ...action });
    }
  }

  #drop(path: string): void {
    const session = this.#byPath.get(path);
    if (session === undefined) return;
    this.#byPath.delete(path);
    this.#byDiscriminator.delete(session.localDiscriminator);
    this.#leaving.delete(path);
  }

  /** RFC 5880 §6.8.1: not 0, unique, and hard to guess. */
  #discriminator(): number {
    for (;;) {
      const candidate = Math.floor(this.#tools.random() * 2 ** 32) >>> 0;
      if (candidate !== 0 && !this.#byDiscriminator.has(candidate)) return candidate;
    }
  }
}
