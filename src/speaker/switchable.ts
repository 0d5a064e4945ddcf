import { UNTRACED } from "./trace.ts";

/** What configuration and operators switch on and off: a neighbour, or a range of them. */
export class Switchable {
  #enabled: boolean;
  #since: number;
  /** What the operator said with the last command about it (RFC 9003). */
  message: string | undefined;
  /** What is logged of it step by step; of a range, of those who come out of it. */
  traced = UNTRACED;

  constructor(enabled: boolean, now: number) {
    this.#enabled = enabled;
    this.#since = now;
  }

  get enabled(): boolean {
    return this.#enabled;
  }

  /** When it became what it is. Milliseconds of the caller's clock. */
  get switchedAt(): number {
    return this.#since;
  }

  switch(enabled: boolean, now: number, message?: string): void {
    if (enabled !== this.#enabled) this.#since = now;
    this.#enabled = enabled;
    this.message = message;
  }
}
