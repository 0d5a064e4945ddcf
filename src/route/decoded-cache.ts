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
  /** The set that came in last; id 0: none. */
  #latestId = 0;
  #latest: PathAttributes | undefined;

  get(id: number): PathAttributes | undefined {
    if (id === this.#latestId) return this.#latest;
    const place = id & (PLACES - 1);
    return this.#ids[place] === id ? this.#sets[place] : undefined;
  }

  /**
   * A set that has just come in and is decoded for that. Its policy asks for it at once, and mostly
   * nobody after that, so it is remembered until the next one only: in the cache it would outlive
   * the collector's young generation (measured: `npm run bench -- fib-table`: peak 30 MiB less, and
   * a tenth of the main thread's time).
   */
  putLatest(id: number, attributes: PathAttributes | undefined): void {
    this.#latestId = id;
    this.#latest = attributes;
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
    if (id === this.#latestId) this.putLatest(0, undefined);
    if (this.get(id) !== undefined) this.#sets[id & (PLACES - 1)] = undefined;
  }
}
