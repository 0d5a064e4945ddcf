import { encodeNextHop } from "bgp-ts";
import { type MrtPeer, peerIndexTable, type RibEntry, ribEntries } from "../monitor/index.ts";
import { Address, type Family, IPV4 } from "../route/index.ts";
import type { PathView } from "../speaker/index.ts";
import { wallTime } from "./clock.ts";
import type { Rooms } from "./rooms.ts";

/** Paths looked at between two pauses; a network without any counts as one. */
const SLICE = 64;

/** Of the index of peers (RFC 6396 §4.3.1). */
const MOST_PEERS = 0xffff;

/** This node's own routes lead nowhere else; readers want a next hop all the same. */
const NOWHERE = [new Uint8Array(4), new Uint8Array(16)] as const;

/** What a dump holds, counted while it is made. */
export interface DumpCount {
  networks: number;
  routes: number;
}

/**
 * The records of a table dump (RFC 6396 §4.3): the accepted paths of these families, with their
 * attributes after the import policy. Peer 0 is this node. The tables may change while it is made:
 * every network is as it was when it was looked at. undefined after every slice.
 */
export function* tableDump(
  rooms: Pick<Rooms, "attributes" | "clock" | "prefixes" | "survey"> & {
    readonly asn: number;
    readonly routerId: number;
  },
  families: readonly Family[],
  count: DumpCount,
): Generator<Uint8Array | undefined> {
  const { asn, routerId, prefixes, survey, clock } = rooms;
  const peers: MrtPeer[] = [{ routerId, address: new Address(IPV4, routerId), asn }];
  const index = new Map<string, number>();
  for (const { name, address, peerAsn, peerRouterId = 0 } of survey.neighbours(clock())) {
    if (address === undefined || peers.length >= MOST_PEERS) continue;
    index.set(name, peers.length);
    peers.push({ routerId: peerRouterId, address, asn: peerAsn });
  }
  yield peerIndexTable(routerId, "", peers, Date.now());
  let looked = 0;
  for (const family of families) {
    const table = prefixes[family];
    for (let id = 0; id < table.limit; id++) {
      const paths = table.has(id) ? survey.paths(family, id) : [];
      const entries = paths.flatMap((path) => {
        const peer = path.kind === "neighbour" ? index.get(path.source) : 0;
        return path.accepted && peer !== undefined ? [entryOf(rooms, family, path, peer)] : [];
      });
      if (entries.length > 0) {
        count.routes += entries.length;
        yield ribEntries(count.networks++, table.prefix(id), entries, Date.now());
      }
      looked += Math.max(1, paths.length);
      if (looked < SLICE) continue;
      looked = 0;
      yield undefined;
    }
  }
}

function entryOf(
  { attributes }: Pick<Rooms, "attributes">,
  family: Family,
  path: PathView,
  peer: number,
): RibEntry {
  const { nextHop } = attributes.get(path.attributes);
  return {
    peer,
    since: wallTime(path.receivedAt),
    pathId: peer === 0 ? 0 : path.pathId,
    attributes: attributes.encoded(path.attributes),
    nextHop: nextHop === undefined ? NOWHERE[family] : encodeNextHop(nextHop),
  };
}
