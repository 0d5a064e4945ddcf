/**
 * What is wanted and what is in the kernel for every prefix of one family: five columns by prefix
 * id, 11 bytes a route.
 */

/** Bits of the flags column. */
export const FLAG = {
  /** In the queue; or to be queued when its answer comes, if FLYING. */
  QUEUED: 1,
  /** In a batch whose answer is out. */
  FLYING: 2,
  /** The kernel may or may not have a route of ours; `actual` is 0. */
  UNSURE: 4,
  /** Refused; waits for its retry. */
  FAILED: 8,
  /** Mentioned in the dump that is going on. */
  SEEN: 16,
  /** One of this node's blocks: a blackhole is wanted, whatever `desired` says. */
  BLOCK: 32,
  /** Found in the kernel; nobody has spoken for or against it yet. */
  ADOPTED: 64,
  /** Something happened to it while FLYING: the answer proves nothing. */
  DISTURBED: 128,
} as const;

/** Values of `actual` that are not slots of nexthop objects; all are above every slot. */
export const BLACKHOLE = 0xffffffff;
/** A route of ours with some other content. */
export const OTHER = 0xfffffffe;
/** In a batch's "before" column only: it was UNSURE. */
export const UNKNOWN = 0xfffffffd;

export class RouteColumns {
  /** Path list id, 0 = nobody wants it. */
  desired = new Uint32Array(0);
  /** Slot of the nexthop object that it points at in the kernel (or does when its batch is done). */
  actual = new Uint32Array(0);
  flags = new Uint8Array(0);
  /** Where `actual` is, or what is doubted (places.ts). */
  place = new Uint8Array(0);
  /** Where another route of ours is, that has to go: it was the one before, or has been found. 0: none. */
  extra = new Uint8Array(0);
  /** No route below is ADOPTED. */
  #claimedTo = 0;

  get capacity(): number {
    return this.flags.length;
  }

  get bytes(): number {
    return this.desired.byteLength + this.actual.byteLength + 3 * this.flags.byteLength;
  }

  /** Found in the kernel, of an earlier run: to be said after its flags are set. */
  noteAdopted(id: number): void {
    this.#claimedTo = Math.min(this.#claimedTo, id);
  }

  /** Whether any route is ADOPTED. Each is looked at once, however often it is asked. */
  get hasAdopted(): boolean {
    const { flags } = this;
    let id = this.#claimedTo;
    while (id < flags.length && (flags[id] & FLAG.ADOPTED) === 0) id++;
    this.#claimedTo = id;
    return id < flags.length;
  }

  ensure(id: number): void {
    if (id < this.flags.length) return;
    const capacity = Math.max(1024, id + 1, this.flags.length * 2);
    const desired = new Uint32Array(capacity);
    desired.set(this.desired);
    this.desired = desired;
    const actual = new Uint32Array(capacity);
    actual.set(this.actual);
    this.actual = actual;
    this.flags = grown(this.flags, capacity);
    this.place = grown(this.place, capacity);
    this.extra = grown(this.extra, capacity);
  }
}

function grown(from: Uint8Array, capacity: number): Uint8Array<ArrayBuffer> {
  const to = new Uint8Array(capacity);
  to.set(from);
  return to;
}
