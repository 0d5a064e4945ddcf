import { encodeAttributes, IPV4, UpdateWriter, type PathAttributes } from "bgp-ts";

/** What the neighbours of a bench say: prepared beforehand, so that only the router works. */

/** The /32s of a bench are this one and those that follow: 100.64.0.0. */
export const FIRST_PREFIX = 0x64400000;
const FIRST_MARK = 0x64000000; // 100.0.0.0
const FIRST_NEXT_HOP = 0x0a014001; // 10.1.64.1, on the segment of the crowd
const NODES = 1000;
const FIRST_UPSTREAM = 65000;

function bytesOf(address: number): Uint8Array {
  return Uint8Array.of(address >>> 24, address >>> 16, address >>> 8, address);
}

/** As an internal neighbour says them. `upstream`: the AS that it has them from; 0: none. */
function attributes(upstream = 0): Uint8Array {
  const set: PathAttributes = {
    origin: 0,
    asPath: upstream === 0 ? [] : [{ type: 2, asns: [FIRST_UPSTREAM + upstream] }],
    localPref: 100,
    nextHop: undefined,
    atomicAggregate: false,
    unknown: [],
  };
  return encodeAttributes(set, { fourOctetAs: true });
}

/** The next hop of a node that has pods; any number is one. */
const nextHop = (node: number): Uint8Array => bytesOf(FIRST_NEXT_HOP + (node % NODES));

/** Node by node: each of a thousand announces its share of the routes, in order. */
export function announcements(routes: number, upstream = 0): Uint8Array {
  const writer = new UpdateWriter(4096);
  const share = Math.ceil(routes / NODES);
  for (let i = 0; i < routes; i++) {
    if (i % share === 0) {
      writer.announce(IPV4, attributes(upstream), nextHop(i / share), false);
    }
    writer.add(FIRST_PREFIX + i, 0, 0, 0, 32, 0);
  }
  return writer.take();
}

/** Pods that move to another node, one in each message, and then to a third: without an end. */
export function moves(routes: number): Uint8Array {
  const share = Math.ceil(routes / NODES);
  const all: Uint8Array[] = [];
  for (let i = 0; i < 2 * routes; i++) {
    const writer = new UpdateWriter(4096);
    const node = Math.floor((i % routes) / share) + (i < routes ? 1 : 2);
    writer.announce(IPV4, attributes(), nextHop(node), false);
    writer.add(FIRST_PREFIX + (i % routes), 0, 0, 0, 32, 0);
    all.push(writer.take());
  }
  return Buffer.concat(all);
}

/** A route that is none of the bench's: what came before it has been worked off where it arrives. */
export function mark(number: number): Uint8Array {
  const writer = new UpdateWriter(4096);
  writer.announce(IPV4, attributes(), nextHop(number), false);
  writer.add(FIRST_MARK + number * 4, 0, 0, 0, 30, 0);
  return writer.take();
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts);
}
