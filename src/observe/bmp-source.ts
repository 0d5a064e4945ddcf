// What a station is told of: the daemon provides it.

import type { BmpEndpoint, BmpTable, PeerDownReason, Statistic } from "../monitor/index.ts";

/** A session of a neighbour. */
export interface BmpSession {
  readonly name: string;
  readonly asn: number;
  /** BGP Identifier, u32. */
  readonly routerId: number;
  readonly endpoints: BmpEndpoint;
  /** Whole messages. */
  readonly opens: { readonly sent: Uint8Array; readonly received: Uint8Array };
  /** AS numbers in UPDATEs to it have four octets. */
  readonly fourOctetAs: boolean;
}

/** Told before anything else of a session: up(). What was told of it before down() is gone then. */
export interface BmpSink {
  up(session: BmpSession): void;
  down(session: BmpSession, reason: PeerDownReason): void;
  /** Whole UPDATEs; without a session of Loc-RIB. `isChange` false: they were there before. */
  updates(
    table: BmpTable,
    session: BmpSession | undefined,
    bytes: Uint8Array,
    isChange: boolean,
  ): void;
  /** What was told can no longer be brought up to date. */
  lost(): void;
}

export interface BmpFeed {
  /** Nothing more for now; changes meanwhile are told as what came of them. */
  blocked(): void;
  drained(): void;
  close(): void;
}

export interface BmpSource {
  /** This node, as its Loc-RIB and its first message name it. */
  node(): {
    readonly name: string;
    readonly description: string;
    readonly asn: number;
    readonly routerId: number;
    /** OPEN that stands for Loc-RIB, which has none (RFC 9069 §4.4). */
    readonly open: Uint8Array;
  };
  /** The sink is told of the sessions that there are before this returns. */
  open(tables: readonly BmpTable[], sink: BmpSink): BmpFeed;
  /** Of each neighbour that is up, by name; of Loc-RIB: the empty name. */
  statistics(): ReadonlyMap<string, readonly Statistic[]>;
}
