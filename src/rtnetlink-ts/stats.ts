/** Counters of links: struct if_stats_msg (family, padding, index, mask) and struct rtnl_link_stats64. */
import {
  AF_UNSPEC,
  IFLA_STATS_FILTER_LINK_64,
  IFLA_STATS_LINK_64,
  NLM_F_DUMP,
  RTM_GETSTATS,
} from "./constants.ts";
import { i32, u64 } from "./bytes.ts";
import { AttributeCursor } from "./cursor.ts";
import type { NetlinkWriter } from "./writer.ts";

const STATS_HEADER_LENGTH = 12;

/** Both directions, as the kernel counts them at this end of the link. Exact up to 2^53. */
export interface LinkCounters {
  readonly index: number;
  readonly packetsReceived: number;
  readonly packetsSent: number;
}

/** RTM_NEWSTATS. @returns undefined: too short, or the counters that were asked for are not in it */
export function decodeStats(
  bytes: Uint8Array,
  start: number,
  end: number,
): LinkCounters | undefined {
  if (end - start < STATS_HEADER_LENGTH) return undefined;
  const attributes = new AttributeCursor().reset(bytes, start + STATS_HEADER_LENGTH, end);
  while (attributes.next()) {
    if (attributes.type !== IFLA_STATS_LINK_64 || !attributes.holds(16)) continue;
    const at = attributes.start;
    return {
      index: i32(bytes, start + 4),
      packetsReceived: u64(bytes, at),
      packetsSent: u64(bytes, at + 8),
    };
  }
  return undefined;
}

/** Asks for the counters of all links. */
export function writeDumpStats(writer: NetlinkWriter, sequence: number): void {
  writer.begin(RTM_GETSTATS, NLM_F_DUMP, sequence);
  writer.u8(AF_UNSPEC);
  writer.u8(0);
  writer.u16(0);
  writer.u32(0);
  writer.u32(IFLA_STATS_FILTER_LINK_64);
  writer.end();
}
