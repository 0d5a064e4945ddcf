// What the speaker asks for, carried out in order. A write may be to hundreds of connections, each a
// system call: it is done a few at a time, and may be interrupted, so that it holds nothing up.

import type { SpeakerEffect } from "../speaker/index.ts";

/** Connections that are written to between two looks at the clock: some hundred microseconds. */
const AT_A_TIME = 16;

export type OtherEffect = Exclude<SpeakerEffect, { readonly kind: "write" }>;

export interface EffectSource {
  readonly speaker: { take(): readonly SpeakerEffect[] };
  readonly clock: () => number;
}

export interface Hands {
  /** To a connection, if it still exists. */
  write(connection: number, bytes: Uint8Array): void;
  carryOut(effect: OtherEffect): void;
}

export class Effects {
  readonly #source: EffectSource;
  readonly #hands: Hands;
  /** What was taken: done before the first place, and of a write for the first of its connections. */
  #taken: readonly SpeakerEffect[] = [];
  #place = 0;
  #written = 0;

  constructor(source: EffectSource, hands: Hands) {
    this.#source = source;
    this.#hands = hands;
  }

  /** Until about `until`, and some of it at least; true: all is done that the speaker asked for. */
  carryOut(until: number): boolean {
    for (;;) {
      for (; this.#place < this.#taken.length; this.#place++) {
        const effect = this.#taken[this.#place];
        if (effect.kind !== "write") this.#hands.carryOut(effect);
        else if (!this.#write(effect.connections, effect.bytes, until)) return false;
      }
      this.#taken = this.#source.speaker.take();
      this.#place = 0;
      if (this.#taken.length === 0) return true;
    }
  }

  /** False: there are more who are to have it. */
  #write(connections: readonly number[], bytes: Uint8Array, until: number): boolean {
    while (this.#written < connections.length) {
      this.#hands.write(connections[this.#written++], bytes);
      const isPause = this.#written % AT_A_TIME === 0 && this.#written < connections.length;
      if (isPause && this.#source.clock() >= until) return false;
    }
    this.#written = 0;
    return true;
  }
}
