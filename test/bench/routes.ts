import { pathAttributes, type PathAttributes } from "bgp-ts";

/**
 * What is announced, the same in every program that asks: pods' addresses, or a full table's mix.
 * A million routes are typed arrays; nothing is random but by a generator with a fixed seed.
 */

export type TableKind = "pods" | "table";

/** Which routes: by it, a helper program of the bench knows all of them. */
export interface RouteSpec {
  readonly kind: TableKind;
  readonly size: number;
  /** Next hops. */
  readonly nodes: number;
  /**
   * As after a while: each hundredth set of attributes is no longer there, and each one after such
   * leads to another node.
   */
  readonly isLater?: boolean;
}

export interface RouteList {
  /** Host order. */
  readonly addresses: Uint32Array;
  readonly lengths: Uint8Array;
  /** From 0: the number of the node that is the next hop. */
  readonly hops: Uint16Array;
  /** The number of the attribute set. Routes of one set stand together. */
  readonly sets: Uint32Array;
}

/** The segment's 10.0.0.0/16 has the nodes from 10.0.4.0 on. */
export const FIRST_NODE = 0x0a000400;
export const NODES = 1000;
const FIRST_POD = 0x64400000; // 100.64.0.0
/** Routes of one attribute set, on average: what full tables have. */
const SET_SIZE = 5;
/** Of a thousand prefixes of a full table: how many have the length (from /12 on). */
const LENGTHS = [1, 2, 2, 4, 14, 8, 15, 28, 45, 52, 110, 100, 619];
const SHORTEST = 12;
/** First octets that hold private, reserved or multicast networks. */
const RESERVED = [0, 10, 100, 127, 169, 172, 192, 198, 203];

export function routesOf({ kind, size, nodes, isLater = false }: RouteSpec): RouteList {
  const all = kind === "pods" ? podRoutes(size, nodes) : tableRoutes(size, nodes);
  return isLater ? later(all, nodes) : all;
}

/** Node by node: each announces its share of the /32s, in order. */
function podRoutes(size: number, nodes: number): RouteList {
  const list = emptyList(size);
  const share = Math.ceil(size / nodes);
  for (let i = 0; i < size; i++) {
    list.addresses[i] = FIRST_POD + i;
    list.lengths[i] = 32;
    list.hops[i] = list.sets[i] = Math.floor(i / share);
  }
  return list;
}

/** Prefixes all over the address space, in no order; next hops at random, set by set. */
function tableRoutes(size: number, nodes: number): RouteList {
  const list = emptyList(size);
  const random = generator(size);
  const seen = new Set<number>();
  let [set, hop] = [0, random(nodes)];
  for (let i = 0; i < size; i++) {
    if (i > 0 && random(SET_SIZE) === 0) [set, hop] = [set + 1, random(nodes)];
    const length = randomLength(random);
    const address = (random(2 ** 32) & (-1 << (32 - length))) >>> 0;
    const isTaken = seen.has(address * 64 + length);
    if (isTaken || address >>> 24 >= 224 || RESERVED.includes(address >>> 24)) {
      i--;
      continue;
    }
    seen.add(address * 64 + length);
    list.addresses[i] = address;
    list.lengths[i] = length;
    list.hops[i] = hop;
    list.sets[i] = set;
  }
  return list;
}

function randomLength(random: (below: number) => number): number {
  let left = random(1000);
  for (const [i, share] of LENGTHS.entries()) {
    left -= share;
    if (left < 0) return SHORTEST + i;
  }
  throw new RangeError("the shares are a thousand");
}

function later(all: RouteList, nodes: number): RouteList {
  const kept = [...all.sets.keys()].filter((i) => !isGone(all.sets[i]));
  const list = emptyList(kept.length);
  for (const [to, from] of kept.entries()) {
    const set = all.sets[from];
    list.addresses[to] = all.addresses[from];
    list.lengths[to] = all.lengths[from];
    list.hops[to] = isMoved(set) ? laterHop(all.hops[from], nodes) : all.hops[from];
    list.sets[to] = set;
  }
  return list;
}

/** What becomes of a set later on. */
export const isGone = (set: number): boolean => set % 100 === 50;
export const isMoved = (set: number): boolean => set % 100 === 51;
export const laterHop = (hop: number, nodes: number): number => (hop + 1) % nodes;

/** Of a set's routes, without the next hop. Pods have nothing but a way; tables are more talkative. */
export function attributesOf(kind: TableKind, set: number, asn: number): PathAttributes {
  const path = [asn];
  if (kind === "pods") return pathAttributes({ asPath: [{ type: 2, asns: path }] });
  const random = generator(set);
  // Below the private numbers: nobody is to find its own.
  for (let hops = 1 + random(6); hops > 0; hops--) path.push(1 + random(64_000));
  const communities = Array.from({ length: random(8) }, () => random(2 ** 32 - 2 ** 16));
  return pathAttributes({
    asPath: [{ type: 2, asns: path }],
    ...(random(3) === 0 && { med: random(1000) }),
    ...(communities.length > 0 && { communities }),
  });
}

/** An address as an UPDATE has it. */
export function bytesOf(address: number): Uint8Array {
  return Uint8Array.of(address >>> 24, address >>> 16, address >>> 8, address);
}

function emptyList(size: number): RouteList {
  return {
    addresses: new Uint32Array(size),
    lengths: new Uint8Array(size),
    hops: new Uint16Array(size),
    sets: new Uint32Array(size),
  };
}

/** Whole numbers below a bound, evenly: splitmix32. */
function generator(seed: number): (below: number) => number {
  let state = seed | 0;
  return (below) => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return Math.floor((((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32) * below);
  };
}
