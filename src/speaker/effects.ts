// What comes out of a speaker: data for the transport and for the log. Effects are taken in order
// and each is carried out at once; none waits for an answer.

import type { Address, Prefix } from "../route/index.ts";
import type { BfdSettings } from "./config.ts";

/** How a TCP connection's socket is to be set, on either side of the connection. */
export interface SocketSettings {
  /** IP_TTL / IPV6_UNICAST_HOPS of what is sent; 0: the system's. */
  readonly ttl: number;
  /** IP_MINTTL / IPV6_MINHOPCOUNT (RFC 5082); 0: none. */
  readonly minimumTtl: number;
  /** TCP_USER_TIMEOUT, milliseconds; 0: the system's. */
  readonly userTimeout: number;
}

/** The two ends of a TCP connection, and what may stand as next hop of routes sent over it. */
export interface Endpoints {
  readonly local: Address;
  readonly remote: Address;
  readonly localPort: number;
  readonly remotePort: number;
  /** Index of the interface that has the local address; 0 where unknown. */
  readonly interface: number;
  /** Its name: tells link-local neighbours on different interfaces apart. */
  readonly interfaceName?: string;
  /** This router's own next hop, by family. */
  readonly nextHopSelf: readonly [Address | undefined, Address | undefined];
  /** The link-local address to stand beside a global IPv6 next hop (RFC 2545 §3). */
  readonly linkLocal?: Address;
}

/** An answer to a TCP connection from outside. */
export type Acceptance =
  | {
      readonly kind: "accepted";
      readonly connection: number;
      readonly neighbour: string;
      readonly socket: SocketSettings;
    }
  | { readonly kind: "refused"; readonly why: string };

/** A key that listening sockets must know before a SYN from `peers` comes (RFC 2385). */
export interface ListenKey {
  readonly peers: Prefix;
  readonly interface?: string;
  readonly key: Uint8Array;
}

export interface ConnectEffect {
  readonly kind: "connect";
  readonly connection: number;
  readonly neighbour: string;
  readonly remote: Address;
  readonly port: number;
  readonly local?: Address;
  readonly interface?: string;
  readonly key?: Uint8Array;
  readonly socket: SocketSettings;
}

/** trace: somebody has asked for it. */
export type EventLevel = "trace" | "debug" | "info" | "warn" | "error";

/** A thing worth a line of the log. `name` is stable, in kebab-case. */
export interface EventEffect {
  readonly kind: "event";
  readonly level: EventLevel;
  readonly name: string;
  readonly neighbour?: string;
  readonly text: string;
  readonly fields?: Readonly<Record<string, string | number | boolean>>;
}

/** A way to be watched by BFD, from this node's address to a neighbour's. */
export interface LivenessRequest {
  readonly local: Address;
  readonly remote: Address;
  /** Index of the interface that has the local address; 0 where unknown. */
  readonly interface: number;
  readonly bfd: BfdSettings;
}

export type LivenessEffect =
  /** `wanted` undefined: the neighbour is not to be watched any more. */
  | {
      readonly kind: "liveness";
      readonly neighbour: string;
      readonly wanted: LivenessRequest | undefined;
    }
  /** A session has come up over the way, so it is there, whatever BFD said of it last. */
  | { readonly kind: "path-proved"; readonly neighbour: string };

/** What BFD found out about the way to a neighbour. */
export interface PathChange {
  readonly isUp: boolean;
  /** Why it is down, in words. */
  readonly diagnostic: string;
  /** The neighbour's operator ended BFD (RFC 5882 §4.2). */
  readonly remoteAdminDown: boolean;
  /** The neighbour's BFD outlives its control plane (its C bit, RFC 5882 §4.3). */
  readonly controlPlaneIndependent: boolean;
}

/** Somebody is to be found at the other end of an interface; `interface` undefined: not any more. */
export interface DiscoverEffect {
  readonly kind: "discover";
  readonly neighbour: string;
  readonly interface: string | undefined;
}

export type SpeakerEffect =
  | ConnectEffect
  | DiscoverEffect
  | LivenessEffect
  /** The same bytes to all of `connections`, in order with earlier writes. Never changed later. */
  | { readonly kind: "write"; readonly connections: readonly number[]; readonly bytes: Uint8Array }
  /** `linger`: close when all earlier writes are out; else at once. Nothing more is reported of it. */
  | { readonly kind: "close"; readonly connection: number; readonly linger: boolean }
  | EventEffect;
