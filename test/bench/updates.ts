import { encodeAttributes, IPV4, UpdateWriter, type PathAttributes } from "bgp-ts";

/** What the neighbours of a bench say: prepared beforehand, so that only the router works. */

/** The /32s of a bench are this one and those that follow: 100.64.0.0. */
export const FIRST_PREFIX = 0x64400000;
const FIRST_MARK = 0x64000000; // 100.0.0.0
const FIRST_NEXT_HOP = 0x0a014001; // 10.1.64.1, on the segment of the crowd
const NODES = 1000;

function bytesOf(address: number): Uint8Array {
  return Uint8Array.of(address >>> 24, address >>> 16, address >>> 8, address);
}

/** As an internal neighbour says them. */
function attributes(localPref: number): Uint8Array {
  const set: PathAttributes = {
    origin: 0,
    asPath: [],
    localPref,
    nextHop: undefined,
    atomicAggregate: false,
    unknown: [],
  };
  return encodeAttributes(set, { fourOctetAs: true });
}

/** The next hop of a node that has pods; any number is one. */
const nextHop = (node: number): Uint8Array => bytesOf(FIRST_NEXT_HOP + (node % NODES));

/**
 * Node by node: each of a thousand announces its share of the routes, in order. `localPref`: the more
 * the better.
 */
export function announcements(routes: number, localPref = 100): Uint8Array {
  const writer = new UpdateWriter(4096);
  const share = Math.ceil(routes / NODES);
  for (let i = 0; i < routes; i++) {
    if (i % share === 0) {
      writer.announce(IPV4, attributes(localPref), nextHop(i / share), false);
    }
    writer.add(FIRST_PREFIX + i, 0, 0, 0, 32, 0);
  }
  return writer.take();
}

/** Pods that move to another node, one in each message; over and over again by `round`. */
export function moves(routes: number): Uint8Array {
  const writer = new UpdateWriter(4096);
  const share = Math.ceil(routes / NODES);
  for (const round of [1, 2]) {
    for (let i = 0; i < routes; i++) {
      writer.announce(IPV4, attributes(100), nextHop(Math.floor(i / share) + round), false);
      writer.add(FIRST_PREFIX + i, 0, 0, 0, 32, 0);
    }
  }
  return writer.take();
}

/** A route that is none of the bench's: what comes behind it has been worked off where it arrives. */
export function mark(number: number): Uint8Array {
  const writer = new UpdateWriter(4096);
  writer.announce(IPV4, attributes(100), nextHop(number), false);
  writer.add(FIRST_MARK + number * 4, 0, 0, 0, 30, 0);
  return writer.take();
}
