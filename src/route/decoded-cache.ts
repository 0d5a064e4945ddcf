// Decoded attribute sets kept at hand, by id. Bounded by number and by octets: a set of the longest
// kind takes half a megabyte when it is decoded, and a neighbour may send nothing else.

import type { PathAttributes } from "bgp-ts";

/** A power of two. */
const PLACES = 1024;

/** Octets decoded after which the cache begins anew: decoded, a set takes some ten times its octets. */
const MOST_OCTETS = 1 << 22;

export class DecodedCache {
  readonly #ids = new Uint32Array(PLACES);
  readonly #sets = new Array<PathAttributes | undefined>(PLACES).fill(undefined);
  #octets = 0;

  get(id: number): PathAttributes | undefined {
    const place = id & (PLACES - 1);
    return this.#ids[place] === id ? this.#sets[place] : undefined;
  }

  /** `octets`: of the set's encoding. */
  put(id: number, attributes: PathAttributes, octets: number): void {
    this.#octets += octets;
    if (this.#octets > MOST_OCTETS) {
      this.#sets.fill(undefined);
      this.#octets = octets;
    }
    this.#ids[id & (PLACES - 1)] = id;
    this.#sets[id & (PLACES - 1)] = attributes;
  }

  /** The id is free, and soon another set's. */
  forget(id: number): void {
    if (this.get(id) !== undefined) this.#sets[id & (PLACES - 1)] = undefined;
  }
}
