// What sessions tell the rest of the speaker.

import type { Fault, RouteRefresh } from "bgp-ts";
import type { Endpoints, SocketSettings } from "./effects.ts";
import type { Neighbour } from "./neighbour.ts";
import type {
  DownCause,
  Ending,
  Negotiated,
  Opens,
  SessionAction,
  StateName,
} from "./session/index.ts";

/** Called while the actions of a session are carried out. */
export interface SessionSink {
  /** Whose connection this is; a dynamic neighbour may be made for it. Text: why it is refused. */
  ownerOf(endpoints: Endpoints, now: number): Neighbour | string;
  socketOf(neighbour: Neighbour): SocketSettings;
  established(neighbour: Neighbour, link: Link, negotiated: Negotiated, now: number): void;
  down(neighbour: Neighbour, cause: DownCause, ending: Ending, now: number): void;
  /** The state to show is another one. */
  changed(neighbour: Neighbour, from: StateName, to: StateName, now: number): void;
  update(neighbour: Neighbour, body: Body, now: number): Fault | undefined;
  refresh(neighbour: Neighbour, message: RouteRefresh, now: number): void;
  /** A dynamic neighbour was idle for too long. */
  idle(neighbour: Neighbour, now: number): void;
}

/** The body of an UPDATE: bytes[start .. end). */
export type Body = Extract<SessionAction, { kind: "update" }>;

/** An established connection. */
export interface Link {
  readonly connection: number;
  readonly endpoints: Endpoints;
  readonly opens: Opens;
}
