// UPDATEs for those who watch: AS numbers of four octets, and a next hop also where the route has
// none, because it is this node's own.

import { encodeNextHop, UpdateWriter } from "bgp-ts";
import { type AttributeTable, type Family, IPV4 } from "../../route/index.ts";
import type { FamilyRib } from "./family-rib.ts";

/** How the UPDATEs of a source are to be written: as those of its session are read. */
export interface WatchTerms {
  /** 4096, or 65535 (RFC 8654). */
  readonly maximumLength: number;
  /** By family: with path identifiers (RFC 7911). */
  readonly addPath: readonly [boolean, boolean];
}

/** A route of this node's own leads nowhere else. */
const NOWHERE = [new Uint8Array(4), new Uint8Array(16)] as const;

export class WatchEncoder {
  readonly #attributes: AttributeTable;
  readonly #addPath: readonly [boolean, boolean];
  readonly #writer: UpdateWriter;

  constructor(attributes: AttributeTable, { maximumLength, addPath }: WatchTerms) {
    this.#attributes = attributes;
    this.#addPath = addPath;
    this.#writer = new UpdateWriter(maximumLength);
  }

  /** What the prefixes that follow are: announced with an attribute set; 0: withdrawn. */
  begin(family: Family, set: number): void {
    const addPath = this.#addPath[family];
    // What a message cannot hold cannot be told; an earlier route could.
    if (set !== 0 && this.#announce(family, set, addPath)) return;
    this.#writer.withdraw(family, addPath);
  }

  add({ prefixes }: FamilyRib, prefix: number, pathId: number): void {
    this.#writer.add(
      prefixes.word(prefix, 0),
      prefixes.word(prefix, 1),
      prefixes.word(prefix, 2),
      prefixes.word(prefix, 3),
      prefixes.lengthOf(prefix),
      pathId,
    );
  }

  endOfRib(family: Family): void {
    this.#writer.endOfRib(family);
  }

  /** Whole messages. */
  take(): Uint8Array {
    return this.#writer.take();
  }

  #announce(family: Family, set: number, addPath: boolean): boolean {
    const { nextHop } = this.#attributes.get(set);
    const hop = nextHop === undefined ? NOWHERE[family] : encodeNextHop(nextHop);
    if (family !== IPV4 && hop.length === 4) return false;
    return this.#writer.announce(family, this.#attributes.encoded(set), hop, addPath);
  }
}
