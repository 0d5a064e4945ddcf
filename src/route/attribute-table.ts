// Interned attribute sets. A set is decoded once; from then on it is a small integer, and two routes
// have the same attributes exactly when they have the same integer. A set is its canonical encoding
// (four-octet AS numbers, attributes in order of type) together with the id of its next hop, and with
// how this node handles its routes, where a policy has said something about that.

import {
  type Fault,
  type PathAttributes,
  type Section,
  type UpdateReader,
  decodeCanonicalAttributes,
  encodeAttributes,
  strongestFault,
} from "bgp-ts";
import { AttributeColumns, copy16, copy32 } from "./attribute-columns.ts";
import { ByteArena, NO_ROOM } from "./byte-arena.ts";
import { DecodedCache } from "./decoded-cache.ts";
import { isEncodable } from "./encodable.ts";
import { type Handling, HandlingTable, NO_HANDLING, PLAIN } from "./handling.ts";
import { FreshSets } from "./fresh-sets.ts";
import { hashBytes } from "./hash.ts";
import {
  NO_NEXT_HOP,
  NO_ROOM as NO_ROOM_FOR_NEXT_HOP,
  type NextHopTable,
  nextHopOf,
} from "./next-hop-table.ts";
import { Quota, THIS_NODE, weightOf } from "./quota.ts";
import { RawForms } from "./raw-forms.ts";
import { END, Slots } from "./slots.ts";

/** In the column of lengths: this id is free. An encoding has at least ORIGIN, so never length 0. */
const FREE = 0xffffffff;

const NO_FAULTS: readonly Fault[] = [];

/**
 * Bytes that the attribute sets of all neighbours may take, half of them for one: some two million
 * sets of common length, a hundred times what a cluster of thousands of nodes has. The forms they
 * came in may take as much again, and what policies make of them twice that: 1 GiB in all.
 */
const MOST_BYTES = 1 << 28;
const OWN_PART = 2;

/** Of the memory for encodings, which is given out in chunks, before much is in it. */
const CHUNKS_TO_BEGIN_WITH = 1 << 23;

/** Id 0: no attribute set. */
export const NO_ATTRIBUTES = 0;

/** Who has sent a set in its canonical encoding: from others the same octets may have faults. */
const VERBATIM = { INTERNAL: 1, EXTERNAL: 2 } as const;

/** The attributes came in another encoding than their canonical one. */
const NOT_CANONICAL = -1;

/** A canonical encoding: the first `length` bytes. */
interface Encoding {
  readonly bytes: Uint8Array;
  readonly length: number;
}

function encodingOf(attributes: PathAttributes): Encoding {
  const bytes = encodeAttributes(attributes, { fourOctetAs: true });
  return { bytes, length: bytes.length };
}

function verbatimBit(reader: UpdateReader): number {
  return reader.isExternal ? VERBATIM.EXTERNAL : VERBATIM.INTERNAL;
}

export class AttributeTable {
  readonly nextHops: NextHopTable;
  readonly #handlings = new HandlingTable();
  readonly #arena: ByteArena;
  readonly #quota: Quota;
  readonly #forms: RawForms;
  readonly #seed: number;
  readonly #slots: Slots;
  readonly #columns: AttributeColumns;
  #address: Uint32Array;
  #length: Uint32Array;
  #hash: Uint32Array;
  #count: Uint32Array;
  #generation: Uint32Array;
  /** The first raw form of the set, plus 1; 0: none. Of a free id: the next free id. */
  #chain: Uint32Array;
  /** How neighbours have sent it in just its encoding, without a fault: bits of {@link VERBATIM}. */
  #verbatim: Uint8Array;
  /** Whose room the set takes. */
  #owner: Uint16Array;
  #limit = 1;
  #size = 0;
  #free = 0;
  /** New sets that were not held when they were made; see {@link sweep}. */
  readonly #fresh = new FreshSets();
  readonly #cache = new DecodedCache();
  /** What {@link internUpdate} found wrong when it last decoded; empty after a known header. */
  lastFaults: readonly Fault[] = NO_FAULTS;
  /** Why {@link internUpdate} had no room for what came in, in words; undefined: it had. */
  lastRefusal: string | undefined;

  /**
   * `initialCapacity`: sets before the first growth. `seed`: as for a table of prefixes. `maximum`:
   * bytes that the sets of all neighbours may take.
   */
  constructor(nextHops: NextHopTable, initialCapacity = 256, seed = 0, maximum = MOST_BYTES) {
    const capacity = Math.max(initialCapacity, 2);
    this.nextHops = nextHops;
    this.#seed = seed | 0;
    // Sets as they came, as policies made them, and the forms.
    this.#arena = new ByteArena((2 + OWN_PART) * maximum + CHUNKS_TO_BEGIN_WITH);
    this.#quota = new Quota(maximum, OWN_PART * maximum);
    this.#forms = new RawForms(this.#arena, this.#seed, maximum);
    this.#slots = new Slots(capacity);
    this.#columns = new AttributeColumns(capacity);
    this.#address = new Uint32Array(capacity);
    this.#length = new Uint32Array(capacity).fill(FREE);
    this.#hash = new Uint32Array(capacity);
    this.#count = new Uint32Array(capacity);
    this.#generation = new Uint32Array(capacity);
    this.#chain = new Uint32Array(capacity);
    this.#verbatim = new Uint8Array(capacity);
    this.#owner = new Uint16Array(capacity);
  }

  /** Sets in the table. */
  get size(): number {
    return this.#size;
  }

  /** Every id is below this; it never shrinks. */
  get limit(): number {
    return this.#limit;
  }

  /** Memory held, in bytes, without the cache of decoded sets. */
  get bytes(): number {
    const own = this.#length.length * (6 * 4 + 2 + 1);
    return own + this.#columns.bytes + this.#slots.bytes + this.#forms.bytes + this.#arena.bytes;
  }

  /**
   * The id of the attributes of the UPDATE which the reader has just read. A header that is known
   * costs a hash and a comparison. 0: the attributes cannot be used; `lastFaults` holds why, and the
   * strongest of them says the treatment (RFC 7606). With an id, `lastFaults` holds what was
   * discarded, the first time that this header is seen.
   *
   * `scope`: index of the session's interface, which a link-local next hop belongs to; else 0.
   * `owner`: the neighbour whose room a new set takes, 1 to 65535. 0 also when it has none left:
   * then `lastRefusal` says of what.
   * A new set has no holder: see {@link hold} and {@link sweep}.
   */
  internUpdate(reader: UpdateReader, section: Section, scope: number, owner = THIS_NODE): number {
    this.lastFaults = NO_FAULTS;
    this.lastRefusal = undefined;
    const canonical = this.#findVerbatim(reader, section, scope);
    if (canonical !== NO_ATTRIBUTES && canonical !== NOT_CANONICAL) return canonical;
    const key = {
      bytes: reader.bytes,
      pairs: reader.keyRanges(section),
      ranges: reader.keys,
      tag: reader.keyTag(section),
      scope,
    };
    const hash = this.#forms.hash(key);
    const known = this.#forms.find(key, hash);
    if (known !== NO_ATTRIBUTES) return known;
    const { attributes, faults } = reader.decodeAttributes(section);
    this.lastFaults = faults;
    const worst = strongestFault(faults);
    if (worst !== undefined && worst.treatment !== "attribute-discard") return NO_ATTRIBUTES;
    const isVerbatim = canonical === NO_ATTRIBUTES && faults.length === 0;
    const encoded = isVerbatim ? reader.canonical : undefined;
    const id = this.#intern(attributes, scope, owner, encoded);
    if (id === NO_ATTRIBUTES) return id;
    this.#cache.putLatest(id, attributes);
    if (isVerbatim) this.#verbatim[id] |= verbatimBit(reader);
    else this.#chain[id] = this.#forms.add(id, this.#chain[id] - 1, key, hash) + 1;
    return id;
  }

  /**
   * The set that has come in just this encoding before; it needs no form to be known by (measured,
   * 68,000 sets: with a form and an encoding made for each, interning takes 1.8 times as long, and 9 MiB
   * more). {@link NO_ATTRIBUTES}: the encoding is canonical, but not known so; or {@link NOT_CANONICAL}.
   */
  #findVerbatim(reader: UpdateReader, section: Section, scope: number): number {
    const nextHop = reader.readCanonical(section);
    if (nextHop === undefined) return NOT_CANONICAL;
    const hop = this.nextHops.find(nextHop, scope);
    if (hop === NO_NEXT_HOP) return NO_ATTRIBUTES;
    const how = this.#handlings.intern(PLAIN);
    const id = this.#find(reader.canonical, hop, how, this.#hashFor(reader.canonical, hop, how));
    return (this.#verbatim[id] & verbatimBit(reader)) !== 0 ? id : NO_ATTRIBUTES;
  }

  /**
   * The id of a set of attributes; 0 when one of them has grown too long to be written, or there is
   * no room. `scope` and `owner` as for {@link internUpdate}.
   */
  intern(attributes: PathAttributes, scope = 0, owner = THIS_NODE): number {
    return this.#intern(attributes, scope, owner, undefined);
  }

  /** `encoded`: the set's encoding, where it is at hand. */
  #intern(
    attributes: PathAttributes,
    scope: number,
    owner: number,
    encoded: Encoding | undefined,
  ): number {
    if (!isEncodable(attributes)) return NO_ATTRIBUTES;
    const { nextHop } = attributes;
    if (nextHop === undefined)
      return this.#internWith(attributes, NO_NEXT_HOP, owner, PLAIN, encoded);
    const hop = this.nextHops.intern(nextHop, scope, owner);
    if (hop === NO_ROOM_FOR_NEXT_HOP) return this.#refuse("next hops");
    const id = this.#internWith(attributes, hop, owner, PLAIN, encoded);
    if (id === NO_ATTRIBUTES) this.nextHops.release(hop, 0);
    return id;
  }

  /** The same with a next hop that is interned already; `attributes.nextHop` is not looked at. */
  internWith(
    attributes: PathAttributes,
    nextHop: number,
    owner = THIS_NODE,
    handling: Handling = PLAIN,
  ): number {
    if (!isEncodable(attributes)) return NO_ATTRIBUTES;
    return this.#internWith(attributes, nextHop, owner, handling, undefined);
  }

  #internWith(
    attributes: PathAttributes,
    nextHop: number,
    owner: number,
    handling: Handling,
    known: Encoding | undefined,
  ): number {
    const how = this.#handlings.intern(handling);
    if (how === NO_HANDLING) return this.#refuse("ways to handle routes");
    const encoded = known ?? encodingOf(attributes);
    const hash = this.#hashFor(encoded, nextHop, how);
    const found = this.#find(encoded, nextHop, how, hash);
    if (found !== NO_ATTRIBUTES) return found;
    const address = this.#allocate(encoded, owner);
    if (address !== NO_ROOM) {
      return this.#add(attributes, encoded.length, address, hash, nextHop, owner, how);
    }
    this.#handlings.release(how, 0);
    return this.#refuse("attribute sets");
  }

  /** Adds `count` holders. */
  hold(id: number, count = 1): void {
    this.#count[id] += count;
  }

  /**
   * Takes `count` holders away; a set that nobody holds is freed at once, and its id is used again.
   * `release(id, 0)` gives back a set that was interned and never held.
   */
  release(id: number, count = 1): void {
    if (!this.has(id) || this.#count[id] < count) {
      throw new Error(`attribute set ${id} is released more often than held`);
    }
    this.#count[id] -= count;
    if (this.#count[id] === 0) this.#freeId(id);
  }

  /**
   * Frees the sets that were interned and that nobody holds. To be called when no id is in
   * anybody's hands, such as between two messages.
   */
  sweep(): void {
    for (const id of this.#fresh.take()) if (this.#isUnheld(id)) this.#freeId(id);
  }

  has(id: number): boolean {
    return id > 0 && id < this.#limit && this.#length[id] !== FREE;
  }

  /**
   * Counts how often the id was freed. Whoever remembers something about a set keeps the id and this
   * number; when they no longer go together, the memory is of another set.
   */
  generation(id: number): number {
    return this.#generation[id];
  }

  /** The set in host terms, with its next hop. From a cache of bounded size, else decoded. */
  get(id: number): PathAttributes {
    const cached = this.#cache.get(id);
    if (cached !== undefined) return cached;
    const attributes = this.#withNextHop(id, decodeCanonicalAttributes(this.encoded(id)));
    this.#cache.put(id, attributes, this.#length[id]);
    return attributes;
  }

  /** With the next hop as the table knows it. */
  #withNextHop(id: number, attributes: PathAttributes): PathAttributes {
    const nextHop = this.nextHop(id);
    const via = nextHop === NO_NEXT_HOP ? undefined : nextHopOf(this.nextHops.get(nextHop));
    return { ...attributes, nextHop: via };
  }

  /**
   * The canonical encoding: four-octet AS numbers, without NEXT_HOP and MP_REACH_NLRI. A view of the
   * table's memory: not to be written to, and valid as long as the set is held.
   */
  encoded(id: number): Uint8Array {
    if (!this.has(id)) throw new Error(`attribute set ${id} does not exist`);
    return this.#arena.view(this.#address[id], this.#length[id]);
  }

  /** Id in the table of next hops; 0: none, the route is this node's own. */
  nextHop(id: number): number {
    return this.#columns.nextHop(id);
  }

  /** LOCAL_PREF; -1 when it is absent. */
  localPref(id: number): number {
    return this.#columns.localPref(id);
  }

  /** MULTI_EXIT_DISC; -1 when it is absent. */
  med(id: number): number {
    return this.#columns.med(id);
  }

  /** ORIGIN: 0 IGP, 1 EGP, 2 INCOMPLETE. */
  origin(id: number): number {
    return this.#columns.origin(id);
  }

  /** As the decision process counts it (RFC 4271 §9.1.2.2 a). */
  asPathLength(id: number): number {
    return this.#columns.asPathLength(id);
  }

  /** The AS that the route was learnt from: the first of AS_PATH; 0 when that is empty. */
  neighbourAs(id: number): number {
    return this.#columns.neighbourAs(id);
  }

  /** ORIGINATOR_ID; 0 when it is absent. */
  originatorId(id: number): number {
    return this.#columns.originatorId(id);
  }

  clusterListLength(id: number): number {
    return this.#columns.clusterListLength(id);
  }

  /** AIGP (RFC 7311): whether it is there, and its 64 bits. */
  hasAigp(id: number): boolean {
    return this.#columns.hasAigp(id);
  }

  aigpHigh(id: number): number {
    return this.#columns.aigpHigh(id);
  }

  aigpLow(id: number): number {
    return this.#columns.aigpLow(id);
  }

  /** The well-known communities, as bits of {@link TRAIT}. */
  traits(id: number): number {
    return this.#columns.traits(id);
  }

  /** How this node handles routes with these attributes. */
  handling(id: number): Handling {
    return this.#handlings.get(this.#columns.handling(id));
  }

  /** For the index of this table only. */
  hashOf(id: number): number {
    return this.#hash[id];
  }

  #hashFor({ bytes, length }: Encoding, nextHop: number, how: number): number {
    return hashBytes(this.#seed ^ nextHop ^ (how << 16), bytes, 0, length) >>> 0;
  }

  #find(encoded: Encoding, nextHop: number, how: number, hash: number): number {
    const slots = this.#slots;
    for (let at = slots.first(hash); at !== END; at = slots.next(at, hash)) {
      const id = slots.at(at);
      if (this.#hash[id] === hash && this.#is(id, encoded, nextHop, how)) return id;
    }
    return NO_ATTRIBUTES;
  }

  #is(id: number, { bytes, length }: Encoding, nextHop: number, how: number): boolean {
    if (this.#length[id] !== length || this.#columns.nextHop(id) !== nextHop) return false;
    if (this.#columns.handling(id) !== how) return false;
    const chunk = this.#arena.chunkOf(this.#address[id]);
    const offset = this.#arena.offsetOf(this.#address[id]);
    for (let i = 0; i < length; i++) if (chunk[offset + i] !== bytes[i]) return false;
    return true;
  }

  #refuse(what: string): number {
    this.lastRefusal = `no room for more ${what}`;
    return NO_ATTRIBUTES;
  }

  /** Where an encoding lies from now on. */
  #allocate({ bytes, length }: Encoding, owner: number): number {
    const weight = weightOf(length);
    if (!this.#quota.take(owner, weight)) return NO_ROOM;
    const address = this.#arena.allocate(length);
    if (address === NO_ROOM) {
      this.#quota.give(owner, weight);
      return address;
    }
    const chunk = this.#arena.chunkOf(address);
    const offset = this.#arena.offsetOf(address);
    for (let i = 0; i < length; i++) chunk[offset + i] = bytes[i];
    return address;
  }

  #add(
    attributes: PathAttributes,
    length: number,
    address: number,
    hash: number,
    nextHop: number,
    owner: number,
    handling: number,
  ): number {
    const id = this.#takeId();
    this.#address[id] = address;
    this.#length[id] = length;
    this.#owner[id] = owner;
    this.#hash[id] = hash;
    this.#count[id] = 0;
    this.#chain[id] = 0;
    this.#verbatim[id] = 0;
    this.#columns.set(id, attributes, nextHop, handling);
    this.nextHops.hold(nextHop);
    this.#handlings.hold(handling);
    this.#slots.insert(id, this);
    this.#size++;
    this.#fresh.add(id, (other) => this.#isUnheld(other));
    return id;
  }

  #isUnheld(id: number): boolean {
    return this.has(id) && this.#count[id] === 0;
  }

  #takeId(): number {
    if (this.#free !== 0) {
      const id = this.#free;
      this.#free = this.#chain[id];
      return id;
    }
    if (this.#limit === this.#length.length) this.#grow(this.#limit * 2);
    return this.#limit++;
  }

  #freeId(id: number): void {
    this.#forms.removeChain(this.#chain[id] - 1);
    this.#slots.remove(id, this);
    this.#arena.free(this.#address[id], this.#length[id]);
    this.#quota.give(this.#owner[id], weightOf(this.#length[id]));
    this.nextHops.release(this.#columns.nextHop(id));
    this.#handlings.release(this.#columns.handling(id));
    this.#length[id] = FREE;
    this.#generation[id]++;
    this.#chain[id] = this.#free;
    this.#free = id;
    this.#size--;
    this.#cache.forget(id);
  }

  #grow(capacity: number): void {
    this.#columns.grow(capacity);
    this.#address = copy32(this.#address, capacity);
    const length = new Uint32Array(capacity).fill(FREE);
    length.set(this.#length);
    this.#length = length;
    this.#hash = copy32(this.#hash, capacity);
    this.#count = copy32(this.#count, capacity);
    this.#generation = copy32(this.#generation, capacity);
    this.#chain = copy32(this.#chain, capacity);
    const verbatim = new Uint8Array(capacity);
    verbatim.set(this.#verbatim);
    this.#verbatim = verbatim;
    this.#owner = copy16(this.#owner, capacity);
  }
}
