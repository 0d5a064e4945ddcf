/**
 * Where a route may be in the kernel: the table and the metric are, with the prefix, its key. Two routes
 * of one prefix in two places have nothing to do with each other; one is put in before the other goes.
 */

/** Places have 8 bits; 0 is none. */
const MOST = 255;

/** The place where routes are of which nothing else is said. */
export const USUAL = 1;

export class Places {
  readonly #tables = new Uint32Array(MOST + 1);
  readonly #metrics = new Uint32Array(MOST + 1);
  /** No place in use is above. */
  #last = 0;

  constructor(table: number, metric: number) {
    this.intern(table, metric);
  }

  /** 0: there is none. A handful of places: looking at each is faster than any index of them. */
  find(table: number, metric: number): number {
    let place = this.#last;
    while (place > 0 && (this.#tables[place] !== table || this.#metrics[place] !== metric)) place--;
    return place;
  }

  /** 0: there is no room, see {@link keepOnly}. */
  intern(table: number, metric: number): number {
    const known = this.find(table, metric);
    if (known !== 0) return known;
    let place = 1;
    while (place <= this.#last && this.#tables[place] !== 0) place++;
    if (place > MOST) return 0;
    this.#last = Math.max(this.#last, place);
    this.#tables[place] = table;
    this.#metrics[place] = metric;
    return place;
  }

  /** `used`: 1 by place. The others, but for the usual one, are forgotten. */
  keepOnly(used: Uint8Array): void {
    for (let place = USUAL + 1; place <= this.#last; place++) {
      if (used[place] !== 0) continue;
      this.#tables[place] = 0;
      this.#metrics[place] = 0;
    }
  }

  tableOf(place: number): number {
    return this.#tables[place];
  }

  metricOf(place: number): number {
    return this.#metrics[place];
  }
}
