// What the machines of one neighbour share.

import type { SessionAction } from "./actions.ts";
import type { Pace } from "./pace.ts";
import type { SessionSettings } from "./settings.ts";

/** Messages by kind; UPDATEs sent are counted by whoever writes them (`Session.sentUpdates`). */
export interface MessageCounts {
  open: number;
  update: number;
  notification: number;
  keepalive: number;
  routeRefresh: number;
}

export class Counters {
  readonly received = noMessages();
  readonly sent = noMessages();
  octetsReceived = 0;
  /** How often Established was reached. */
  established = 0;
  /** ConnectRetryCounter (RFC 4271 §8.1.1): attempts that failed since the last start. */
  connectRetry = 0;
}

function noMessages(): MessageCounts {
  return { open: 0, update: 0, notification: 0, keepalive: 0, routeRefresh: 0 };
}

export class Context {
  settings: SessionSettings;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Shared with the sessions of the other neighbours. */
  readonly pace: Pace;
  readonly counters = new Counters();
  #actions: SessionAction[] = [];

  constructor(settings: SessionSettings, random: () => number, pace: Pace) {
    this.settings = settings;
    this.random = random;
    this.pace = pace;
  }

  emit(action: SessionAction): void {
    this.#actions.push(action);
  }

  take(): SessionAction[] {
    const taken = this.#actions;
    this.#actions = [];
    return taken;
  }
}
