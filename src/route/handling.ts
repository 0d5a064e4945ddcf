// How this node itself handles the routes of an attribute set: what a policy has decided here and no
// neighbour is ever told. It is no part of the attributes and yet of what makes two sets different, as
// the next hop is; each handling is kept once, and a set has it by a small integer.

export interface Handling {
  /** In the place of the neighbour's. */
  readonly weight: number | undefined;
  /** Metric of the kernel's routes, 1 or more; undefined: as of all others. */
  readonly kernelMetric: number | undefined;
  /** The kernel's table that they are in, 1 or more; undefined: as of all others. */
  readonly kernelTable: number | undefined;
  /** Packets end here (RFC 7999). */
  readonly blackhole: boolean;
}

/** As routes are handled of which nothing was decided. */
export const PLAIN: Handling = {
  weight: undefined,
  kernelMetric: undefined,
  kernelTable: undefined,
  blackhole: false,
};

/** {@link HandlingTable.intern}: there is no room. */
export const NO_HANDLING = -1;

/** Ids have 16 bits. */
const MOST = 1 << 16;

/** As many as filters can make, not as there are sets: an ordinary map. Id 0 is {@link PLAIN}, for good. */
export class HandlingTable {
  readonly #ids = new Map<string, number>([[keyOf(PLAIN), 0]]);
  readonly #handlings: Handling[] = [PLAIN];
  readonly #counts: number[] = [0];
  readonly #free: number[] = [];

  /** Handlings in the table. */
  get size(): number {
    return this.#ids.size;
  }

  /** A new one has no holder: hold it, or give it back by `release(id, 0)`. */
  intern(handling: Handling): number {
    if (handling === PLAIN) return 0; // of nearly all sets, and without a text for it
    const key = keyOf(handling);
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.#free.pop() ?? this.#handlings.length;
    if (id === MOST) return NO_HANDLING;
    this.#ids.set(key, id);
    this.#handlings[id] = handling;
    this.#counts[id] = 0;
    return id;
  }

  /** Not to be asked about an id that is free. */
  get(id: number): Handling {
    return this.#handlings[id];
  }

  hold(id: number): void {
    this.#counts[id]++;
  }

  /** The id is free from here on when nobody holds it any more. */
  release(id: number, count: 0 | 1 = 1): void {
    this.#counts[id] -= count;
    if (id === 0 || this.#counts[id] > 0) return;
    this.#ids.delete(keyOf(this.#handlings[id]));
    this.#free.push(id);
  }
}

function keyOf({ weight, kernelMetric, kernelTable, blackhole }: Handling): string {
  return `${weight} ${kernelMetric} ${kernelTable} ${blackhole}`;
}
