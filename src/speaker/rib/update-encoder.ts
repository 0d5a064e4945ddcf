// UPDATEs for one update group: what its members negotiated decides how attributes are written.

import { encodeAttributes, encodeNextHop, UpdateWriter } from "bgp-ts";
import { type AttributeTable, type Family, IPV4, NO_NEXT_HOP } from "../../route/index.ts";
import type { FamilyRib } from "./family-rib.ts";
import type { GroupSettings } from "./types.ts";

/** Octets of a message beside its attributes, with one prefix: there are not more. */
const ENVELOPE = 128;

export class UpdateEncoder {
  readonly #attributes: AttributeTable;
  readonly #settings: GroupSettings;
  readonly #writer: UpdateWriter;
  #rib: FamilyRib | undefined;
  /** What the writer is at; -1: nothing yet. */
  #set = -1;

  constructor(attributes: AttributeTable, settings: GroupSettings) {
    this.#attributes = attributes;
    this.#settings = settings;
    this.#writer = new UpdateWriter(settings.maximumLength);
  }

  /** Of a message, in octets. */
  get maximumLength(): number {
    return this.#settings.maximumLength;
  }

  /**
   * Whether a set has a next hop, and a prefix fits into a message beside its attributes (RFC 8654 §4).
   * Not to be asked between begin() and end().
   */
  fits(rib: FamilyRib, set: number): boolean {
    // With two octets AS4_PATH comes beside AS_PATH, and together they are less than twice as long.
    const octets = this.#attributes.encodedLength(set) * (this.#settings.fourOctetAs ? 1 : 2);
    const isShort = octets + ENVELOPE <= this.maximumLength;
    if (isShort && this.#attributes.nextHop(set) !== NO_NEXT_HOP) return true;
    return this.#announce(rib, set);
  }

  begin(rib: FamilyRib): void {
    this.#rib = rib;
    this.#set = -1;
  }

  sendsPathIds(family: Family): boolean {
    return this.#settings.paths !== undefined && this.#settings.paths[family] > 0;
  }

  /** Announces a prefix with an attribute set; 0 withdraws it. Quickest in runs of the same set. */
  add(prefix: number, pathId: number, set: number): void {
    const rib = this.#rib;
    if (rib === undefined) throw new Error("add() before begin()");
    if (set !== this.#set) this.#change(rib, set);
    const table = rib.prefixes;
    this.#writer.add(
      table.word(prefix, 0),
      table.word(prefix, 1),
      table.word(prefix, 2),
      table.word(prefix, 3),
      table.lengthOf(prefix),
      pathId,
    );
  }

  end(): Uint8Array {
    this.#rib = undefined;
    return this.#writer.take();
  }

  endOfRib(family: Family): Uint8Array {
    this.#writer.endOfRib(family);
    return this.#writer.take();
  }

  /** What cannot be announced is withdrawn, in case that an earlier route could. */
  #change(rib: FamilyRib, set: number): void {
    this.#set = set;
    if (set !== 0 && this.#announce(rib, set)) return;
    this.#writer.withdraw(rib.family, this.sendsPathIds(rib.family));
  }

  /** False: no next hop for the family, or no room for a prefix beside the attributes (RFC 8654 §4). */
  #announce(rib: FamilyRib, set: number): boolean {
    const attributes = this.#attributes.get(set);
    const { nextHop } = attributes;
    if (nextHop === undefined || !this.#isUsable(nextHop.family, rib.family)) return false;
    const encoded = this.#settings.fourOctetAs
      ? this.#attributes.encoded(set)
      : encodeAttributes(attributes, { fourOctetAs: false });
    const withPathIds = this.sendsPathIds(rib.family);
    return this.#writer.announce(rib.family, encoded, encodeNextHop(nextHop), withPathIds);
  }

  /** A next hop of the other family would cost the session (RFC 4760 §3), but for RFC 8950's case. */
  #isUsable(nextHop: Family, family: Family): boolean {
    if (nextHop === family) return true;
    return family === IPV4 && this.#settings.extendedNextHop === true;
  }
}
