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
  strongestFault,
} from "bgp-ts";
import { AttributeColumns, PROPERTY_COLUMNS } from "./attribute-columns.ts";
import { ByteArena } from "./byte-arena.ts";
import { DecodedCache } from "./decoded-cache.ts";
import { isEncodable } from "./encodable.ts";
import { ENCODING_COLUMNS, type Encoding, Encodings, encodingOf } from "./encodings.ts";
import { type Handling, HandlingTable, NO_HANDLING, PLAIN } from "./handling.ts";
import { FreshSets } from "./fresh-sets.ts";
import { PHASE, fitted32, fitted8, roomOf } from "./grow.ts";
import { hashBytes } from "./hash.ts";
import { NO_NEXT_HOP, NO_ROOM, type NextHopTable, nextHopOf } from "./next-hop-table.ts";
import { Quota, THIS_NODE } from "./quota.ts";
import { RawForms } from "./raw-forms.ts";
import { END, Slots } from "./slots.ts";

/** In the column of counts: this id is free. */
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

function verbatimBit(reader: UpdateReader): number {
  return reader.isExternal ? VERBATIM.EXTERNAL : VERBATIM.INTERNAL;
}

/** Phases of the columns: behind those of the properties the encodings', then its own. */
const ENCODINGS = PHASE.ATTRIBUTES + PROPERTY_COLUMNS;
const phase = (column: number): number => ENCODINGS + ENCODING_COLUMNS + column;

export class AttributeTable extends AttributeColumns {
  readonly nextHops: NextHopTable;
  readonly #handlings = new HandlingTable();
  readonly #arena: ByteArena;
  readonly #encodings: Encodings;
  readonly #forms: RawForms;
  readonly #seed: number;
  readonly #slots: Slots;
  #hash = new Uint32Array(0);
  /** Holders; or {@link FREE}. */
  #count = new Uint32Array(0);
  #generation = new Uint32Array(0);
  /** The first raw form of the set, plus 1; 0: none. Of a free id: the next free id. */
  #chain = new Uint32Array(0);
  /** How neighbours have sent it in just its encoding, without a fault: bits of {@link VERBATIM}. */
  #verbatim = new Uint8Array(0);
  /** Ids that every column has room for. */
  #room = 0;
  #limit = 1;
  #size = 0;
  #free = 0;
  /** New sets that were not held when they were made; see {@link sweep}. */
  readonly #fresh = new FreshSets();
  readonly #cache = new DecodedCache();
  /** What {@link internUpdate} found wrong when it last decoded; empty after a known header. */
  lastFaults: readonly Fault[] = NO_FAULTS;
  /** Why there was no room for the last set that was asked for, in words; undefined: there was. */
  lastRefusal: string | undefined;

  /**
   * `initialCapacity`: sets before the first growth. `seed`: as for a table of prefixes. `maximum`:
   * bytes that the sets of all neighbours may take.
   */
  constructor(nextHops: NextHopTable, initialCapacity = 256, seed = 0, maximum = MOST_BYTES) {
    super(Math.max(initialCapacity, 2));
    this.nextHops = nextHops;
    this.#seed = seed | 0;
    // Sets as they came, as policies made them, and the forms.
    this.#arena = new ByteArena((2 + OWN_PART) * maximum + CHUNKS_TO_BEGIN_WITH);
    const quota = new Quota(maximum, OWN_PART * maximum);
    this.#encodings = new Encodings(this.#arena, quota, ENCODINGS, this.first);
    this.#forms = new RawForms(this.#arena, this.#seed, maximum);
    this.#slots = new Slots(this.first);
    this.#grow(this.first);
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
    const own = this.#columns.reduce((sum, { byteLength }) => sum + byteLength, 0);
    const rest = this.#slots.bytes + this.#forms.bytes + this.#arena.bytes;
    return own + this.propertyBytes + this.#encodings.bytes + rest;
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
   * no room: then `lastRefusal` says of what. `scope` and `owner` as for {@link internUpdate}.
   */
  intern(attributes: PathAttributes, scope = 0, owner = THIS_NODE): number {
    this.lastRefusal = undefined;
    return this.#intern(attributes, scope, owner);
  }

  /** `encoded`: the set's encoding, where it is at hand. */
  #intern(attributes: PathAttributes, scope: number, owner: number, encoded?: Encoding): number {
    if (!isEncodable(attributes)) return NO_ATTRIBUTES;
    const { nextHop } = attributes;
    if (nextHop === undefined)
      return this.#internWith(attributes, NO_NEXT_HOP, owner, PLAIN, encoded);
    const hop = this.nextHops.intern(nextHop, scope, owner);
    if (hop === NO_ROOM) return this.#refuse("next hops");
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
    this.lastRefusal = undefined;
    if (!isEncodable(attributes)) return NO_ATTRIBUTES;
    return this.#internWith(attributes, nextHop, owner, handling);
  }

  #internWith(
    attributes: PathAttributes,
    nextHop: number,
    owner: number,
    handling: Handling,
    known?: Encoding,
  ): number {
    const how = this.#handlings.intern(handling);
    if (how === NO_HANDLING) return this.#refuse("ways to handle routes");
    const encoded = known ?? encodingOf(attributes);
    const hash = this.#hashFor(encoded, nextHop, how);
    const found = this.#find(encoded, nextHop, how, hash);
    if (found !== NO_ATTRIBUTES) return found;
    const id = this.#takeId();
    if (this.#encodings.put(id, encoded, owner)) {
      this.#add(id, attributes, hash, nextHop, how);
      return id;
    }
    this.#giveId(id);
    this.#handlings.release(how, 0);
    return this.#refuse("attribute sets");
  }

  /** Adds `count` holders. */
  hold(id: number, count = 1): void {
    if (!this.has(id)) throw new Error(`attribute set ${id} is held, and does not exist`);
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

  /** Frees what was interned and nobody holds: while no id is in anybody's hands, as between messages. */
  sweep(): void {
    for (const id of this.#fresh.take()) if (this.#isUnheld(id)) this.#freeId(id);
  }

  has(id: number): boolean {
    return id > 0 && id < this.#limit && this.#count[id] !== FREE;
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
    const nextHop = this.nextHop(id);
    const via = nextHop === NO_NEXT_HOP ? undefined : nextHopOf(this.nextHops.get(nextHop));
    // The next hop as the table knows it.
    const attributes = { ...decodeCanonicalAttributes(this.encoded(id)), nextHop: via };
    this.#cache.put(id, attributes, this.#encodings.lengthOf(id));
    return attributes;
  }

  /**
   * The canonical encoding: four-octet AS numbers, without NEXT_HOP and MP_REACH_NLRI. A view of the
   * table's memory: not to be written to, and valid as long as the set is held.
   */
  encoded(id: number): Uint8Array {
    if (!this.has(id)) throw new Error(`attribute set ${id} does not exist`);
    return this.#encodings.view(id);
  }

  /** Octets of that. */
  encodedLength(id: number): number {
    return this.#encodings.lengthOf(id);
  }

  /** How this node handles routes with these attributes. */
  handling(id: number): Handling {
    return this.#handlings.get(this.handlingId(id));
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

  #is(id: number, encoded: Encoding, nextHop: number, how: number): boolean {
    if (this.nextHop(id) !== nextHop || this.handlingId(id) !== how) return false;
    return this.#encodings.isEqual(id, encoded);
  }

  #refuse(what: string): number {
    this.lastRefusal = `no room for more ${what}`;
    return NO_ATTRIBUTES;
  }

  /** `hash`: of its key. The encoding is there. */
  #add(
    id: number,
    attributes: PathAttributes,
    hash: number,
    nextHop: number,
    handling: number,
  ): void {
    this.#hash[id] = hash;
    this.#count[id] = 0;
    this.#chain[id] = 0;
    this.#verbatim[id] = 0;
    this.setProperties(id, attributes, nextHop, handling);
    this.nextHops.hold(nextHop);
    this.#handlings.hold(handling);
    this.#slots.insert(id, this);
    this.#size++;
    this.#fresh.add(id, (other) => this.#isUnheld(other));
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
    if (this.#limit === this.#room) this.#grow(this.#limit + 1);
    return this.#limit++;
  }

  #giveId(id: number): void {
    this.#count[id] = FREE;
    this.#chain[id] = this.#free;
    this.#free = id;
  }

  #freeId(id: number): void {
    this.#forms.removeChain(this.#chain[id] - 1);
    this.#slots.remove(id, this);
    this.#encodings.free(id);
    this.nextHops.release(this.nextHop(id));
    this.#handlings.release(this.handlingId(id));
    this.#giveId(id);
    this.#generation[id]++;
    this.#size--;
    this.#cache.forget(id);
  }

  /** Room for so many ids in the columns that have none; mostly that is one. */
  #grow(size: number): void {
    const { first } = this;
    const others = Math.min(this.growProperties(size), this.#encodings.grow(size));
    this.#hash = fitted32(this.#hash, phase(0), size, first);
    const known = this.#count.length;
    this.#count = fitted32(this.#count, phase(1), size, first).fill(FREE, known);
    this.#generation = fitted32(this.#generation, phase(2), size, first);
    this.#chain = fitted32(this.#chain, phase(3), size, first);
    this.#verbatim = fitted8(this.#verbatim, phase(4), size, first);
    this.#room = Math.min(others, roomOf(this.#columns));
  }

  get #columns(): readonly (Uint8Array | Uint32Array)[] {
    return [this.#hash, this.#count, this.#generation, this.#chain, this.#verbatim];
  }
}
