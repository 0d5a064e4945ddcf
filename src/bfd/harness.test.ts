// Two ends and the way between them, under a clock that the test turns.

import { createHash } from "node:crypto";
import { Session, type SessionAction, type SessionSettings } from "./session.ts";
import { decodePacket } from "./packet.ts";

export const SETTINGS: SessionSettings = {
  desiredMinTx: 50,
  requiredMinRx: 50,
  detectMultiplier: 3,
  passive: false,
};

export const sha1 = (bytes: Uint8Array): Uint8Array =>
  new Uint8Array(createHash("sha1").update(bytes).digest());

/** A generator of numbers in [0, 1), the same in every run (a linear congruence, modulo 2^32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

export interface End {
  readonly session: Session;
  readonly states: (SessionAction & { kind: "state" })[];
  /** Clock and octets of all that was sent. */
  readonly sent: { readonly at: number; readonly bytes: Uint8Array }[];
  isOver: boolean;
}

/** Milliseconds that a packet takes. */
const DELAY = 1;

export class Link {
  now = 0;
  /** Whether what an end sends arrives. */
  readonly works = { a: true, b: true };
  readonly a: End;
  readonly b: End;
  readonly #underway: { at: number; to: End; bytes: Uint8Array }[] = [];

  constructor(a: Partial<SessionSettings> = {}, b: Partial<SessionSettings> = {}, seed = 1) {
    const tools = { random: seeded(seed), sha1 };
    this.a = end(new Session({ ...SETTINGS, ...a }, 0x0a, tools));
    this.b = end(new Session({ ...SETTINGS, ...b }, 0x0b, tools));
  }

  start(): this {
    this.a.session.start(this.now);
    this.b.session.start(this.now);
    return this;
  }

  /** Lets `duration` milliseconds pass. */
  pass(duration: number): this {
    const until = this.now + duration;
    for (;;) {
      this.#take(this.a, this.b, this.works.a);
      this.#take(this.b, this.a, this.works.b);
      const next = Math.min(
        this.#underway[0]?.at ?? Infinity,
        this.a.session.nextDeadline(),
        this.b.session.nextDeadline(),
      );
      if (next > until) break;
      this.now = Math.max(this.now, next);
      while (this.#underway.length > 0 && this.#underway[0].at <= this.now) {
        const { to, bytes } = this.#underway.shift()!;
        give(to.session, bytes, this.now);
      }
      for (const { session } of [this.a, this.b]) {
        if (session.nextDeadline() <= this.now) session.expire(this.now);
      }
    }
    this.now = until;
    return this;
  }

  #take(from: End, to: End, works: boolean): void {
    for (const action of from.session.take()) {
      if (action.kind === "state") from.states.push(action);
      else if (action.kind === "over") from.isOver = true;
      else {
        from.sent.push({ at: this.now, bytes: action.bytes });
        if (works) this.#underway.push({ at: this.now + DELAY, to, bytes: action.bytes });
      }
    }
  }
}

/** Hands octets to a session as its owner would. */
export function give(session: Session, bytes: Uint8Array, now: number): boolean {
  const packet = decodePacket(bytes, bytes.length);
  return packet.kind === "packet" && session.receive(packet, bytes, now);
}

function end(session: Session): End {
  return { session, states: [], sent: [], isOver: false };
}
