// What may be set for one neighbour beyond what BGP itself asks for; defaults are those of plain BGP.

import type { BlackholeSpec, PrivateAsRemoval, Role } from "./policy/index.ts";

export interface NeighbourKnobs {
  /**
   * IPv6 next hops for IPv4 routes (RFC 8950). "auto" (the default): offered where the session runs
   * over IPv6, and used where it runs over link-local addresses or there is no IPv4 address. "on":
   * always offered, and used wherever there is an IPv6 address.
   */
  readonly extendedNextHop?: "auto" | "on" | "off" | undefined;
  /** What this node is to an external neighbour (RFC 9234 §4.1); undefined: nothing is said. */
  readonly role?: Role | undefined;
  /** A neighbour that tells no role is refused. */
  readonly roleStrict?: boolean | undefined;
  /** How `localAsn` stands in AS paths, where it is not the speaker's (RFC 7705 §3). */
  readonly localAsnOptions?: LocalAsnOptions | undefined;
  /** How often an AS of ours may stand in a received AS_PATH. Default 0. */
  readonly allowOwnAs?: number | undefined;
  /** Paths with AS_SETs are taken, which RFC 9774 has deprecated. Default false. */
  readonly allowAsSets?: boolean | undefined;
  /** AS_PATH of an external neighbour begins with its AS. Default true; false for "rs-client". */
  readonly enforceFirstAs?: boolean | undefined;
  /** Towards an external neighbour: our AS takes the place of its own in AS_PATH. */
  readonly asOverride?: boolean | undefined;
  readonly removePrivateAs?: PrivateAsRemoval | undefined;
  /** Of two paths, the one whose neighbour has the higher weight is better, before all else. Default 0. */
  readonly weight?: number | undefined;
  /** The default route is announced, whether or not this node has one. */
  readonly defaultOriginate?: boolean | undefined;
  /**
   * AIGP (RFC 7311) is sent and taken; "originate": this node's own routes are sent with it, too.
   * Default: "on" within the AS, "off" towards others (§3.4).
   */
  readonly aigp?: "on" | "off" | "originate" | undefined;
  /** Present: the neighbour may have packets dropped here (RFC 7999). */
  readonly blackhole?: BlackholeSpec | undefined;
  /** RFC 8326 §4.3: the session is about to be shut down. */
  readonly gracefulShutdown?: boolean | undefined;
}

export interface LocalAsnOptions {
  /** What is received is taken as it is, without `localAsn` in front. */
  readonly noPrepend: boolean;
  /** What is sent has `localAsn` in place of the speaker's AS, not beside it. */
  readonly replaceAs: boolean;
}
