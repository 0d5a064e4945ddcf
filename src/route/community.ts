// Communities as text (RFC 1997): "65001:100", or the name of a well-known one.

import { COMMUNITY } from "./attribute-columns.ts";

const NAMES: ReadonlyMap<string, number> = new Map([
  ["graceful-shutdown", COMMUNITY.GRACEFUL_SHUTDOWN],
  ["blackhole", COMMUNITY.BLACKHOLE],
  ["llgr-stale", COMMUNITY.LLGR_STALE],
  ["no-llgr", COMMUNITY.NO_LLGR],
  ["no-export", COMMUNITY.NO_EXPORT],
  ["no-advertise", COMMUNITY.NO_ADVERTISE],
  ["no-export-subconfed", COMMUNITY.NO_EXPORT_SUBCONFED],
  ["no-peer", COMMUNITY.NO_PEER],
]);

/** Reads two decimal numbers of 16 bits around a colon, or a name; as a 32-bit unsigned number. */
export function parseCommunity(text: string): number | undefined {
  const named = NAMES.get(text);
  if (named !== undefined) return named;
  const parts = /^(0|[1-9][0-9]{0,4}):(0|[1-9][0-9]{0,4})$/.exec(text);
  if (parts === null) return undefined;
  const high = Number(parts[1]);
  const low = Number(parts[2]);
  return high > 0xffff || low > 0xffff ? undefined : high * 0x10000 + low;
}

/** Always the two numbers, which every other tool understands too. */
export function formatCommunity(community: number): string {
  return `${community >>> 16}:${community & 0xffff}`;
}
