// One neighbour: its session, its place in the RIB, and what is remembered of it for show.

import type { UpdateContext } from "bgp-ts";
import { Address, IPV6, isUnspecified } from "../route/index.ts";
import type { NeighbourConfig } from "./config.ts";
import type { Endpoints } from "./effects.ts";
import { Limiter } from "./limiter.ts";
import type { SharedExport, SharedImport } from "./policies.ts";
import type { Range } from "./range.ts";
import type { Kept } from "./retention.ts";
import type { Negotiated, Opens, Session } from "./session/index.ts";
import { Switchable } from "./switchable.ts";

/** No place in the RIB yet. */
export const NO_SOURCE = -1;

/** What counts since the session came up, in one family. */
export class ChangeCounters {
  /** Prefixes announced, and of these rejected by the import policy. */
  updates = 0;
  filtered = 0;
  /** Not taken, or not accepted, for a limit (prefix-limits.ts). */
  blocked = 0;
  withdrawals = 0;
  /** Withdrawals of what was not there. */
  ignoredWithdrawals = 0;
  /** Routes that it was sent, and withdrawals; the same one each time. */
  announced = 0;
  withdrawn = 0;
  endOfRib = false;
}

/** An Established session. */
export class Up {
  readonly connection: number;
  readonly negotiated: Negotiated;
  readonly opens: Opens;
  /** Its own next hops change with this node's addresses. */
  endpoints: Endpoints;
  /** How UPDATEs are read; a family that broke is taken out of it (RFC 7606 §2). */
  context: UpdateContext;
  import: SharedImport;
  export: SharedExport;
  /** By family: it has been said that routes are not announced for want of an own next hop. */
  readonly saidToLack: [boolean, boolean] = [false, false];
  readonly counters: readonly [ChangeCounters, ChangeCounters] = [
    new ChangeCounters(),
    new ChangeCounters(),
  ];

  constructor(
    connection: number,
    endpoints: Endpoints,
    negotiated: Negotiated,
    opens: Opens,
    policies: { readonly import: SharedImport; readonly export: SharedExport },
  ) {
    this.connection = connection;
    this.endpoints = endpoints;
    this.negotiated = negotiated;
    this.opens = opens;
    this.import = policies.import;
    this.export = policies.export;
    this.context = {
      fourOctetAs: negotiated.fourOctetAs,
      external: negotiated.external,
      addPath: negotiated.addPathReceive,
      families: negotiated.families,
      extendedNextHop: negotiated.extendedNextHop,
    };
  }
}

/** Where a neighbour is that nobody has found yet. */
export const NOWHERE = new Address(IPV6, 0);

export class Neighbour extends Switchable {
  readonly name: string;
  /** The remote end; of an unnumbered neighbour that has not been found yet, ::. */
  address: Address;
  /** The range that it came out of; undefined: configured by its address. */
  readonly range: Range | undefined;
  readonly session: Session;
  readonly limiter = new Limiter();
  config: NeighbourConfig;
  /** Id of the connection that is being tried; 0: none. */
  attempt = 0;
  up: Up | undefined;
  source = NO_SOURCE;
  /** Routes of a session that has ended, by family (retention.ts). */
  readonly kept: [Kept | undefined, Kept | undefined] = [undefined, undefined];
  /** A dynamic neighbour without a session is forgotten then. */
  idleDeadline = Infinity;
  /** When expire() has something to do for it; never later than that, sometimes earlier. */
  deadline = Infinity;

  constructor(
    config: NeighbourConfig,
    address: Address,
    range: Range | undefined,
    session: Session,
    now: number,
  ) {
    super(config.enabled ?? true, now);
    this.name = config.name;
    this.config = config;
    this.address = address;
    this.range = range;
    this.session = session;
    if (range !== undefined) this.traced = range.traced;
  }

  /** It is known by its interface, and its link-local address is found out. */
  get isUnnumbered(): boolean {
    return this.range === undefined && this.config.address === undefined;
  }

  get isFound(): boolean {
    return !isUnspecified(this.address);
  }
}
