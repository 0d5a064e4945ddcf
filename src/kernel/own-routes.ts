/** Our own routes, packed as FibBatch packs them, in chunks that are transferred and not copied. */
import { ROUTE_WORDS, packRoute } from "../fib/index.ts";
import type { RouteReader } from "rtnetlink-ts";
import type { Outbox } from "./outbox.ts";

const CHUNK = 4096; // routes: 128 KiB

export class OwnRoutes {
  readonly #outbox: Outbox;
  readonly #capacity: number;
  #packed: Uint32Array<ArrayBuffer> | undefined;
  #count = 0;

  constructor(outbox: Outbox, capacity = CHUNK) {
    this.#outbox = outbox;
    this.#capacity = capacity;
  }

  /** `nexthopId`: where the worker stands for objects that the kernel does not have. */
  add(route: RouteReader, nexthopId = route.nexthopId): void {
    const packed = (this.#packed ??= new Uint32Array(this.#capacity * ROUTE_WORDS));
    const { family, length, type, metric, table } = route;

    packRoute(packed, this.#count, 0, family, length, type, nexthopId, metric, table);
    const at = this.#count * ROUTE_WORDS;
    packed[at + 2] = route.w0;
    packed[at + 3] = route.w1;
    packed[at + 4] = route.w2;
    packed[at + 5] = route.w3;
    if (++this.#count === this.#capacity) this.flush();
  }

  flush(): void {
    if (this.#packed === undefined || this.#count === 0) return;
    const packed = this.#packed;
    const count = this.#count;
    this.#packed = undefined;
    this.#count = 0;
    this.#outbox.post({ kind: "own-routes", packed, count }, [packed.buffer]);
  }
}
