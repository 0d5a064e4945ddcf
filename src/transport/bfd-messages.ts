// What the main thread and the BFD thread say to each other. No memory is shared but an eventfd, by
// which the main thread wakes the other one.
//
//   main thread: BfdClient  -- ToBfd --> [BfdLoop <-> Bfd (the room) <-> UDP sockets] :BFD thread
//                           <- FromBfd --

import type { SessionSettings, SessionView, State } from "../bfd/index.ts";

/** One session as the main thread asks for it. Addresses are bytes, 4 or 16, network order. */
export interface BfdSession {
  /** RFC 5883: the neighbour is hops away. Single hop: TTL 255 is sent and wanted (RFC 5881 §5). */
  readonly multihop: boolean;
  readonly local: Uint8Array;
  readonly remote: Uint8Array;
  /** The interface's index; counts for link-local addresses. */
  readonly scope: number;
  readonly settings: SessionSettings;
}

export interface BfdWorkerData {
  /** An eventfd: signalled after each message. */
  readonly wake: number;
}

export type ToBfd =
  /** Sessions are named by the main thread; what is there already is changed. */
  | { readonly kind: "set"; readonly name: string; readonly session: BfdSession }
  | { readonly kind: "remove"; readonly name: string }
  /** Says goodbye to all neighbours and ends. */
  | { readonly kind: "close" };

export interface BfdChange {
  readonly kind: "change";
  readonly name: string;
  readonly state: State;
  readonly diagnostic: number;
  readonly remoteAdminDown: boolean;
  readonly controlPlaneIndependent: boolean;
}

export type FromBfd =
  | BfdChange
  /** The thread takes its turn among all others on the machine. */
  | { readonly kind: "not-preferred" }
  /** About once a second, for `show`; `since` as milliseconds since 1970. */
  | { readonly kind: "views"; readonly views: readonly (readonly [string, SessionView])[] }
  /** A session cannot be held: a socket was refused. It is tried again. */
  | { readonly kind: "problem"; readonly name: string; readonly text: string };
