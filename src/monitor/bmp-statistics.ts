// Statistics Report (RFC 7854 §4.8, RFC 8671 §6.2): numbers about a neighbour, or about Loc-RIB.

import { concat, u16 } from "bgp-ts";
import { BMP, bmpMessage, informationTlv } from "./bmp-message.ts";
import { type BmpPeer, peerHeader } from "./bmp-peer.ts";
import { u32, u64 } from "./octets.ts";

/** Types, by their numbers; counters have 32 bits, gauges 64. */
export const STATISTIC = {
  REJECTED_BY_POLICY: 0,
  DUPLICATE_WITHDRAWALS: 2,
  ADJ_RIB_IN: 7,
  LOC_RIB: 8,
  ADJ_RIB_IN_OF_FAMILY: 9,
  LOC_RIB_OF_FAMILY: 10,
  ADJ_RIB_OUT_POST_POLICY: 15,
  ADJ_RIB_OUT_POST_POLICY_OF_FAMILY: 17,
} as const;

export interface Statistic {
  readonly type: number;
  /** Of the types that are about a family: its AFI; SAFI is unicast. */
  readonly afi?: number;
  readonly value: number;
}

const COUNTERS: readonly number[] = [STATISTIC.REJECTED_BY_POLICY, STATISTIC.DUPLICATE_WITHDRAWALS];
const UNICAST = 1;

export function statisticsReport(
  peer: BmpPeer,
  statistics: readonly Statistic[],
  time: number,
): Uint8Array {
  const tlvs = statistics.map(({ type, afi, value }) => {
    const number = COUNTERS.includes(type) ? u32(value) : u64(value);
    const family = afi === undefined ? [] : [u16(afi), Uint8Array.of(UNICAST)];
    return informationTlv(type, concat([...family, number]));
  });
  const count = u32(statistics.length);
  return bmpMessage(BMP.STATISTICS_REPORT, peerHeader(peer, time), count, ...tlvs);
}
