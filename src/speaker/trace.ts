// What is logged of a neighbour step by step, because somebody has asked for it.

import { MESSAGE } from "bgp-ts";
import { formatAddress } from "../route/index.ts";
import type { Endpoints } from "./effects.ts";
import type { Outbox } from "./outbox.ts";
import type { MessageCounts, StateName } from "./session/index.ts";

export interface Traced {
  /** Steps of RFC 4271's state machine. */
  readonly states: boolean;
  /** What becomes of its connections, each time and not once a minute. */
  readonly events: boolean;
  /** Messages from and to it. */
  readonly packets: boolean;
}

export const UNTRACED: Traced = { states: false, events: false, packets: false };

const MESSAGES = ["open", "update", "notification", "keepalive", "routeRefresh"] as const;

const NAMES: Readonly<Record<keyof MessageCounts, string>> = {
  open: "OPEN",
  update: "UPDATE",
  notification: "NOTIFICATION",
  keepalive: "KEEPALIVE",
  routeRefresh: "ROUTE-REFRESH",
};

const BY_TYPE: ReadonlyMap<number, string> = new Map([
  [MESSAGE.OPEN, NAMES.open],
  [MESSAGE.UPDATE, NAMES.update],
  [MESSAGE.NOTIFICATION, NAMES.notification],
  [MESSAGE.KEEPALIVE, NAMES.keepalive],
  [MESSAGE.ROUTE_REFRESH, NAMES.routeRefresh],
]);

/** Whose traces these are. */
export interface TracedNeighbour {
  readonly name: string;
  readonly traced: Traced;
}

/** Writes what is traced. */
export class Traces {
  readonly #outbox: Outbox;

  constructor(outbox: Outbox) {
    this.#outbox = outbox;
  }

  /** Messages that have come between two counts of them. */
  received(neighbour: TracedNeighbour, before: MessageCounts, after: MessageCounts): void {
    for (const kind of MESSAGES) {
      const count = after[kind] - before[kind];
      if (count > 0) this.#message(neighbour, "received", NAMES[kind], count);
    }
  }

  /** Whole messages of one type, one behind another. */
  sent(neighbour: TracedNeighbour, bytes: Uint8Array, count = 1): void {
    if (!neighbour.traced.packets) return;
    this.#message(neighbour, "sent", BY_TYPE.get(bytes[18]) ?? "", count);
  }

  /** Also without being asked for, as what is of no interest in an ordinary log. */
  state({ name, traced }: TracedNeighbour, from: StateName, to: StateName): void {
    const [text, more] = [`${from} -> ${to}`, { neighbour: name }];
    if (traced.states) this.#outbox.event("trace", "session-state", text, more);
    else this.#outbox.event("debug", "session-state", text, more);
  }

  connected(neighbour: TracedNeighbour, { local, remote }: Endpoints, isIncoming: boolean): void {
    const [here, there] = [formatAddress(local), formatAddress(remote)];
    this.step(
      neighbour,
      isIncoming ? `${there} has connected to ${here}` : `connected to ${there} from ${here}`,
    );
  }

  /** What becomes of a connection; also what the log has had within a minute already. */
  step({ name, traced }: TracedNeighbour, text: string): void {
    if (traced.events) this.#outbox.event("trace", "connection-step", text, { neighbour: name });
  }

  #message({ name }: TracedNeighbour, way: string, type: string, count: number): void {
    const text = `${way} ${type}${count === 1 ? "" : `, ${count} of them`}`;
    this.#outbox.event("trace", "message", text, { neighbour: name, fields: { type, count } });
  }
}
