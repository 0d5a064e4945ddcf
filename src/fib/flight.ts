/** The routes of one batch, column by column; what is out of use is used again. */
import { ROUTE_WORDS } from "./operations.ts";

export class Flight {
  count = 0;
  /** ObjectSlots.changes when it began: what was marked later was marked under way. */
  began = 0;
  /** Written here before it sets out, only read while it is out: by the thread that carries it out. */
  readonly packed: Uint32Array<SharedArrayBuffer>;
  readonly refs: Uint32Array;
  /** Slot that each route pointed at, and points at now (0: removed). */
  readonly before: Uint32Array;
  readonly after: Uint32Array;
  /** Place that each has moved away from, or 0; and that of the other route which is deleted, or 0. */
  readonly left: Uint8Array;
  readonly dropped: Uint8Array;

  constructor(capacity: number) {
    const bytes = capacity * ROUTE_WORDS * Uint32Array.BYTES_PER_ELEMENT;
    this.packed = new Uint32Array(new SharedArrayBuffer(bytes));
    this.refs = new Uint32Array(capacity);
    this.before = new Uint32Array(capacity);
    this.after = new Uint32Array(capacity);
    this.left = new Uint8Array(capacity);
    this.dropped = new Uint8Array(capacity);
  }
}

/**
 * Flights that have landed: as many as were ever out at a time (measured, 1,000,000 routes by
 * `npm run bench`: new ones for each batch are 44 MB of garbage each way, and 10 MiB more at the peak).
 */
export class Hangar {
  readonly #flights: Flight[] = [];

  /** An empty one for `capacity` routes at least. */
  take(capacity: number): Flight {
    const flight = this.#flights.pop();
    if (flight === undefined || flight.refs.length < capacity) return new Flight(capacity);
    flight.count = 0;
    return flight;
  }

  giveBack(flight: Flight): void {
    this.#flights.push(flight);
  }
}
