// What the decision process and the policies look at for every route, by attribute set: one typed
// array a property, filled once when a set is interned.

import { type PathAttributes, asPathLength, firstAs } from "bgp-ts";
import { PHASE, fitted16, fitted32, roomOf } from "./grow.ts";

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

/** The columns, by their phases; those of {@link AttributeTable} are behind them. */
const phase = (column: number): number => PHASE.ATTRIBUTES + column;
export const PROPERTY_COLUMNS = 11;

export abstract class AttributeColumns {
  /** Sets before the first growth. */
  protected readonly first: number;
  #flags = new Uint16Array(0);
  #nextHop = new Uint32Array(0);
  #localPref = new Uint32Array(0);
  #med = new Uint32Array(0);
  #asPathLength = new Uint32Array(0);
  #neighbourAs = new Uint32Array(0);
  #originatorId = new Uint32Array(0);
  #clusterListLength = new Uint16Array(0);
  /** AIGP's 64 bits. */
  #aigpHigh = new Uint32Array(0);
  #aigpLow = new Uint32Array(0);
  /** Id in the table of handlings. */
  #handling = new Uint16Array(0);

  constructor(first: number) {
    this.first = first;
  }

  protected get propertyBytes(): number {
    return this.#columns.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  /** Makes room for so many sets in the columns that have none; the result is how many all have room for. */
  protected growProperties(size: number): number {
    const { first } = this;
    this.#flags = fitted16(this.#flags, phase(0), size, first);
    this.#nextHop = fitted32(this.#nextHop, phase(1), size, first);
    this.#localPref = fitted32(this.#localPref, phase(2), size, first);
    this.#med = fitted32(this.#med, phase(3), size, first);
    this.#asPathLength = fitted32(this.#asPathLength, phase(4), size, first);
    this.#neighbourAs = fitted32(this.#neighbourAs, phase(5), size, first);
    this.#originatorId = fitted32(this.#originatorId, phase(6), size, first);
    this.#clusterListLength = fitted16(this.#clusterListLength, phase(7), size, first);
    this.#aigpHigh = fitted32(this.#aigpHigh, phase(8), size, first);
    this.#aigpLow = fitted32(this.#aigpLow, phase(9), size, first);
    this.#handling = fitted16(this.#handling, phase(10), size, first);
    return roomOf(this.#columns);
  }

  protected setProperties(
    id: number,
    attributes: PathAttributes,
    nextHop: number,
    handling: number,
  ): void {
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

  /** Id in the table of next hops; 0: none, the route is this node's own. */
  nextHop(id: number): number {
    return this.#nextHop[id];
  }

  /** LOCAL_PREF; -1 when it is absent. */
  localPref(id: number): number {
    return (this.#flags[id] & HAS_LOCAL_PREF) === 0 ? -1 : this.#localPref[id];
  }

  /** MULTI_EXIT_DISC; -1 when it is absent. */
  med(id: number): number {
    return (this.#flags[id] & HAS_MED) === 0 ? -1 : this.#med[id];
  }

  /** ORIGIN: 0 IGP, 1 EGP, 2 INCOMPLETE. */
  origin(id: number): number {
    return (this.#flags[id] >>> ORIGIN_SHIFT) & ORIGINS;
  }

  /** The well-known communities, as bits of {@link TRAIT}. */
  traits(id: number): number {
    return this.#flags[id] & TRAITS;
  }

  /** As the decision process counts it (RFC 4271 §9.1.2.2 a). */
  asPathLength(id: number): number {
    return this.#asPathLength[id];
  }

  /** The AS that the route was learnt from: the first of AS_PATH; 0 when that is empty. */
  neighbourAs(id: number): number {
    return this.#neighbourAs[id];
  }

  /** ORIGINATOR_ID; 0 when it is absent. */
  originatorId(id: number): number {
    return this.#originatorId[id];
  }

  clusterListLength(id: number): number {
    return this.#clusterListLength[id];
  }

  /** AIGP (RFC 7311): whether it is there, and its 64 bits. */
  hasAigp(id: number): boolean {
    return (this.#flags[id] & HAS_AIGP) !== 0;
  }

  aigpHigh(id: number): number {
    return this.#aigpHigh[id];
  }

  aigpLow(id: number): number {
    return this.#aigpLow[id];
  }

  protected handlingId(id: number): number {
    return this.#handling[id];
  }

  get #columns(): readonly (Uint16Array | Uint32Array)[] {
    const words = [this.#nextHop, this.#localPref, this.#med, this.#asPathLength];
    const others = [this.#neighbourAs, this.#originatorId, this.#aigpHigh, this.#aigpLow];
    return [...words, ...others, this.#flags, this.#clusterListLength, this.#handling];
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
