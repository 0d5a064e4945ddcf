// Effects on their way out, in order.

import type { EventEffect, EventLevel, SpeakerEffect } from "./effects.ts";

export class Outbox {
  #effects: SpeakerEffect[] = [];

  push(effect: SpeakerEffect): void {
    this.#effects.push(effect);
  }

  event(
    level: EventLevel,
    name: string,
    text: string,
    more: Pick<EventEffect, "neighbour" | "fields"> = {},
  ): void {
    this.#effects.push({ kind: "event", level, name, text, ...more });
  }

  take(): SpeakerEffect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }
}
