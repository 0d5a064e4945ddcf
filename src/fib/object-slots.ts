/** The slots of our range of nexthop ids, and what is known of each: columns, and the object. */
import type { KernelObject } from "./forwarding.ts";
import { OBJECT_LIMIT } from "./object-ids.ts";

export class ObjectSlots {
  /** Routes that point at the object, in the kernel or on their way. */
  routes = new Uint32Array(256);
  /** 1: the kernel has dropped the object and with it, in silence, the routes on it. */
  vanished = new Uint8Array(256);
  /** 1: plain mode: the routes were written with other content than the object has now. */
  stale = new Uint8Array(256);
  /** `changes` when the routes on the object were last marked in either way. */
  changedAt = new Uint32Array(256);
  /** Counts the marks. */
  changes = 0;
  /**
   * Routes that may be in the kernel over an object that we do not know: while there are any, no
   * object is deleted, since the kernel would take such a route along.
   */
  limbo = 0;
  /** Some slot of `vanished` or `stale` is marked. */
  marked = false;
  readonly #objects: (KernelObject | undefined)[] = [undefined];
  /** In our range, but somebody else's by its protocol. */
  readonly #reserved = new Set<number>();
  /** To be used again; some may be in use once more, or named twice. */
  #free: number[] = [];

  get limit(): number {
    return this.#objects.length;
  }

  get(slot: number): KernelObject | undefined {
    return this.#objects[slot];
  }

  *all(): Generator<KernelObject> {
    for (const object of this.#objects) if (object !== undefined) yield object;
  }

  /** A free slot, taken by `set`; 0 when all are in use. */
  allocate(): number {
    for (let slot = this.#free.pop(); slot !== undefined; slot = this.#free.pop()) {
      if (this.#isFree(slot)) return slot;
    }
    return this.#objects.length < OBJECT_LIMIT ? this.#objects.length : 0;
  }

  set(slot: number, object: KernelObject): void {
    this.#occupy(slot);
    this.#objects[slot] = object;
  }

  free(slot: number): void {
    this.#objects[slot] = undefined;
    this.#giveBack(slot);
  }

  reserve(slot: number): void {
    if (this.#reserved.has(slot)) return;
    this.#occupy(slot);
    this.#reserved.add(slot);
  }

  isReserved(slot: number): boolean {
    return this.#reserved.has(slot);
  }

  unreserve(slot: number): boolean {
    if (!this.#reserved.delete(slot)) return false;
    this.#giveBack(slot);
    return true;
  }

  /** The kernel has dropped the routes on the object. */
  markVanished(slot: number): void {
    this.#mark(this.vanished, slot);
  }

  /** The object has other content than the routes on it. */
  markStale(slot: number): void {
    this.#mark(this.stale, slot);
  }

  #mark(column: Uint8Array, slot: number): void {
    if (this.routes[slot] === 0) return;
    column[slot] = 1;
    this.changedAt[slot] = ++this.changes;
    this.marked = true;
  }

  clearMarks(): void {
    this.vanished.fill(0);
    this.stale.fill(0);
    this.marked = false;
  }

  #isFree(slot: number): boolean {
    return this.#objects[slot] === undefined && !this.#reserved.has(slot);
  }

  /** Slots that the kernel names are taken without being looked for among the free: they stay there. */
  #giveBack(slot: number): void {
    this.#free.push(slot);
    if (this.#free.length <= 2 * this.#objects.length) return;
    this.#free = [...new Set(this.#free)].filter((each) => this.#isFree(each));
  }

  #occupy(slot: number): void {
    while (this.#objects.length <= slot) {
      if (this.#objects.length < slot) this.#free.push(this.#objects.length);
      this.#objects.push(undefined);
    }
    if (slot >= this.routes.length) this.#grow(slot);
  }

  #grow(slot: number): void {
    let capacity = this.routes.length;
    while (capacity <= slot) capacity *= 2;
    const routes = new Uint32Array(capacity);
    routes.set(this.routes);
    this.routes = routes;
    const vanished = new Uint8Array(capacity);
    vanished.set(this.vanished);
    this.vanished = vanished;
    const stale = new Uint8Array(capacity);
    stale.set(this.stale);
    this.stale = stale;
    const changedAt = new Uint32Array(capacity);
    changedAt.set(this.changedAt);
    this.changedAt = changedAt;
  }
}
