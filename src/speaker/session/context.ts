// What the machines of one neighbour share.

import type { SessionAction } from "./actions.ts";
import type { RestartFacts } from "./graceful-restart.ts";
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

/** A NOTIFICATION, and when it went or came. */
export interface NotificationNote {
  readonly code: number;
  readonly subcode: number;
  readonly data: Uint8Array;
  readonly at: number;
}

/** Octets of its data that are kept: the longest Shutdown Communication inside of a Hard Reset (RFC 9003). */
const MOST_DATA = 258;

export function noteOf(
  { code, subcode, data }: Omit<NotificationNote, "at">,
  at: number,
): NotificationNote {
  return { code, subcode, data: data.slice(0, MOST_DATA), at };
}

export class Counters {
  readonly received = noMessages();
  readonly sent = noMessages();
  octetsReceived = 0;
  /** When the last UPDATE came; undefined: none has. */
  updateAt: number | undefined;
  /** When Established was reached or left last; undefined: never. */
  establishedAt: number | undefined;
  /** The last NOTIFICATIONs, and the one of them that was the last of all; undefined: there was none. */
  notificationReceived: NotificationNote | undefined;
  notificationSent: NotificationNote | undefined;
  notification: NotificationNote | undefined;
  /** How often Established was reached. */
  established = 0;
  /** ConnectRetryCounter (RFC 4271 §8.1.1): attempts that failed since the last start. */
  connectRetry = 0;
}

function noMessages(): MessageCounts {
  return { open: 0, update: 0, notification: 0, keepalive: 0, routeRefresh: 0 };
}

/** The R and F bits of our OPEN. */
export interface LocalRestart {
  readonly restarting: boolean;
  /** By `Family`. */
  readonly forwarding: readonly [boolean, boolean];
}

export class Context {
  settings: SessionSettings;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Shared with the sessions of the other neighbours. */
  readonly pace: Pace;
  readonly facts: RestartFacts;
  readonly counters = new Counters();
  #actions: SessionAction[] = [];

  constructor(settings: SessionSettings, random: () => number, pace: Pace, facts: RestartFacts) {
    this.settings = settings;
    this.random = random;
    this.pace = pace;
    this.facts = facts;
  }

  /**
   * What our next OPEN says of us. Forwarding lives on also where only the session with this
   * neighbour has ended, and a session before it was (RFC 8538 §4 asks for the F bit then).
   */
  get restart(): LocalRestart {
    const { restarting, preserved } = this.facts;
    const again = this.counters.established > 0;
    return { restarting, forwarding: [preserved[0] || again, preserved[1] || again] };
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
