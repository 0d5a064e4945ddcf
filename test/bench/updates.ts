import { encodeAttributes, IPV4, UpdateWriter, type PathAttributes } from "bgp-ts";
import { bytesOf, NODES } from "./routes.ts";

/** What the neighbours of a bench say: prepared beforehand, so that only the router works. */

/** The /32s of a bench are this one and those that follow: 100.64.0.0. */
export const FIRST_PREFIX = 0x64400000;
const FIRST_MARK = 0x64000000; // 100.0.0.0
const FIRST_NEXT_HOP = 0x0a014001; // 10.1.64.1, on the segment of the crowd
const FIRST_UPSTREAM = 65000;

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
const nextHop = (node: number): number => FIRST_NEXT_HOP + (node % NODES);

/** Node by node: each of a thousand announces its share of the routes, in order. */
export function announcements(routes: number, upstream = 0): Uint8Array {
  const writer = new UpdateWriter(4096);
  const share = Math.ceil(routes / NODES);
  for (let i = 0; i < routes; i++) {
    if (i % share === 0) {
      writer.announce(IPV4, attributes(upstream), bytesOf(nextHop(i / share)), false);
    }
    writer.add(FIRST_PREFIX + i, 0, 0, 0, 32, 0);
  }
  return writer.take();
}

/** Pods that move to another node, one in each message, and then to a third: without an end. */
export function moves(routes: number): Uint8Array {
  const all: Uint8Array[] = [];
  for (let i = 0; i < 2 * routes; i++) {
    const writer = new UpdateWriter(4096);
    writer.announce(IPV4, attributes(), bytesOf(nextHop(nodeAfter(i, routes))), false);
    writer.add(FIRST_PREFIX + (i % routes), 0, 0, 0, 32, 0);
    all.push(writer.take());
  }
  return Buffer.concat(all);
}

/** To which node a move leads; `i`: its place in {@link moves}. */
function nodeAfter(i: number, routes: number): number {
  return Math.floor((i % routes) / Math.ceil(routes / NODES)) + (i < routes ? 1 : 2);
}

/** By which next hop an address is reached, both in host order. */
export type Hop = readonly [address: number, nextHop: number];

/** What the last moves have made, when so many of {@link moves} were sent, over and over again. */
export function hopsAfter(sent: number, routes: number, last: number): Hop[] {
  return Array.from({ length: last }, (_, back) => {
    const i = (sent - 1 - back) % (2 * routes);
    return [FIRST_PREFIX + (i % routes), nextHop(nodeAfter(i, routes))];
  });
}

const markAddress = (number: number): number => FIRST_MARK + number * 4;

/** A route that is none of the bench's: what came before it has been worked off where it arrives. */
export function mark(number: number): Uint8Array {
  const writer = new UpdateWriter(4096);
  writer.announce(IPV4, attributes(), bytesOf(nextHop(number)), false);
  writer.add(markAddress(number), 0, 0, 0, 30, 0);
  return writer.take();
}

export const hopOfMark = (number: number): Hop => [markAddress(number), nextHop(number)];

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts);
}
