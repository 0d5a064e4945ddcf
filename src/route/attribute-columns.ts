// What the decision process and the policies look at for every route, by attribute set: one typed
// array a property, filled once when a set is interned.

import { type PathAttributes, asPathLength, firstAs } from "bgp-ts";

/**
 * Marks that policies ask for, one bit each: the communities of RFC 1997, 3765, 7999, 8326 and 9494,
 * and that the set has OTC (RFC 9234).
 */
export const TRAIT = {
  NO_EXPORT: 1,
  NO_ADVERTISE: 2,
  NO_EXPORT_SUBCONFED: 4,
  NO_PEER: 8,
  GRACEFUL_SHUTDOWN: 16,
  ONLY_TO_CUSTOMER: 32,
  LLGR_STALE: 64,
  NO_LLGR: 128,
  BLACKHOLE: 256,
} as const;

/** The registered values of these communities. */
export const COMMUNITY = {
  GRACEFUL_SHUTDOWN: 0xffff0000,
  LLGR_STALE: 0xffff0006,
  NO_LLGR: 0xffff0007,
  BLACKHOLE: 0xffff029a,
  NO_EXPORT: 0xffffff01,
  NO_ADVERTISE: 0xffffff02,
  NO_EXPORT_SUBCONFED: 0xffffff03,
  NO_PEER: 0xffffff04,
} as const;

/** Well-known communities are those of AS 65535 (RFC 1997). */
const FIRST_WELL_KNOWN = 0xffff0000;

/** Beside the traits: which of the optional columns are there, and ORIGIN in two bits. */
const HAS_LOCAL_PREF = 1 << 9;
const HAS_MED = 1 << 10;
const ORIGIN_SHIFT = 11;
const ORIGINS = 3;
const HAS_AIGP = 1 << 13;
const TRAITS = 0x1ff;

export class AttributeColumns {
  #flags: Uint16Array;
  #nextHop: Uint32Array;
  #localPref: Uint32Array;
  #med: Uint32Array;
  #asPathLength: Uint32Array;
  #neighbourAs: Uint32Array;
  #originatorId: Uint32Array;
  #clusterListLength: Uint16Array;
  /** AIGP's 64 bits. */
  #aigpHigh: Uint32Array;
  #aigpLow: Uint32Array;
  /** Id in the table of handlings. */
  #handling: Uint16Array;

  constructor(capacity: number) {
    this.#flags = new Uint16Array(capacity);
    this.#nextHop = new Uint32Array(capacity);
    this.#localPref = new Uint32Array(capacity);
    this.#med = new Uint32Array(capacity);
    this.#asPathLength = new Uint32Array(capacity);
    this.#neighbourAs = new Uint32Array(capacity);
    this.#originatorId = new Uint32Array(capacity);
    this.#clusterListLength = new Uint16Array(capacity);
    this.#aigpHigh = new Uint32Array(capacity);
    this.#aigpLow = new Uint32Array(capacity);
    this.#handling = new Uint16Array(capacity);
  }

  get bytes(): number {
    return this.#flags.length * (2 + 8 * 4 + 2 * 2);
  }

  grow(capacity: number): void {
    this.#flags = copy16(this.#flags, capacity);
    this.#nextHop = copy32(this.#nextHop, capacity);
    this.#localPref = copy32(this.#localPref, capacity);
    this.#med = copy32(this.#med, capacity);
    this.#asPathLength = copy32(this.#asPathLength, capacity);
    this.#neighbourAs = copy32(this.#neighbourAs, capacity);
    this.#originatorId = copy32(this.#originatorId, capacity);
    this.#clusterListLength = copy16(this.#clusterListLength, capacity);
    this.#aigpHigh = copy32(this.#aigpHigh, capacity);
    this.#aigpLow = copy32(this.#aigpLow, capacity);
    this.#handling = copy16(this.#handling, capacity);
  }

  set(id: number, attributes: PathAttributes, nextHop: number, handling: number): void {
    this.#flags[id] =
      traitsOf(attributes) |
      (attributes.localPref === undefined ? 0 : HAS_LOCAL_PREF) |
      (attributes.med === undefined ? 0 : HAS_MED) |
      (attributes.aigp === undefined ? 0 : HAS_AIGP) |
      (attributes.origin << ORIGIN_SHIFT);
    this.#nextHop[id] = nextHop;
    this.#localPref[id] = attributes.localPref ?? 0;
    this.#med[id] = attributes.med ?? 0;
    this.#asPathLength[id] = asPathLength(attributes.asPath);
    this.#neighbourAs[id] = firstAs(attributes.asPath);
    this.#originatorId[id] = attributes.originatorId ?? 0;
    this.#clusterListLength[id] = attributes.clusterList?.length ?? 0;
    const { aigp } = attributes;
    this.#aigpHigh[id] = aigp === undefined ? 0 : Number(aigp >> 32n);
    this.#aigpLow[id] = aigp === undefined ? 0 : Number(aigp & 0xffffffffn);
    this.#handling[id] = handling;
  }

  nextHop(id: number): number {
    return this.#nextHop[id];
  }

  localPref(id: number): number {
    return (this.#flags[id] & HAS_LOCAL_PREF) === 0 ? -1 : this.#localPref[id];
  }

  med(id: number): number {
    return (this.#flags[id] & HAS_MED) === 0 ? -1 : this.#med[id];
  }

  origin(id: number): number {
    return (this.#flags[id] >>> ORIGIN_SHIFT) & ORIGINS;
  }

  traits(id: number): number {
    return this.#flags[id] & TRAITS;
  }

  asPathLength(id: number): number {
    return this.#asPathLength[id];
  }

  neighbourAs(id: number): number {
    return this.#neighbourAs[id];
  }

  originatorId(id: number): number {
    return this.#originatorId[id];
  }

  clusterListLength(id: number): number {
    return this.#clusterListLength[id];
  }

  hasAigp(id: number): boolean {
    return (this.#flags[id] & HAS_AIGP) !== 0;
  }

  aigpHigh(id: number): number {
    return this.#aigpHigh[id];
  }

  aigpLow(id: number): number {
    return this.#aigpLow[id];
  }

  handling(id: number): number {
    return this.#handling[id];
  }
}

const TRAIT_OF: ReadonlyMap<number, number> = new Map([
  [COMMUNITY.GRACEFUL_SHUTDOWN, TRAIT.GRACEFUL_SHUTDOWN],
  [COMMUNITY.BLACKHOLE, TRAIT.BLACKHOLE],
  [COMMUNITY.LLGR_STALE, TRAIT.LLGR_STALE],
  [COMMUNITY.NO_LLGR, TRAIT.NO_LLGR],
  [COMMUNITY.NO_EXPORT, TRAIT.NO_EXPORT],
  [COMMUNITY.NO_ADVERTISE, TRAIT.NO_ADVERTISE],
  [COMMUNITY.NO_EXPORT_SUBCONFED, TRAIT.NO_EXPORT_SUBCONFED],
  [COMMUNITY.NO_PEER, TRAIT.NO_PEER],
]);

function traitsOf({ communities, onlyToCustomer }: PathAttributes): number {
  let traits = onlyToCustomer === undefined ? 0 : TRAIT.ONLY_TO_CUSTOMER;
  for (const community of communities ?? []) {
    if (community >= FIRST_WELL_KNOWN) traits |= TRAIT_OF.get(community) ?? 0;
  }
  return traits;
}

/** A larger array with the old content. */
export function copy32(from: Uint32Array, capacity: number): Uint32Array<ArrayBuffer> {
  const to = new Uint32Array(capacity);
  to.set(from);
  return to;
}

export function copy16(from: Uint16Array, capacity: number): Uint16Array<ArrayBuffer> {
  const to = new Uint16Array(capacity);
  to.set(from);
  return to;
}
