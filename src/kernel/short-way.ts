/**
 * The main thread's own way to the kernel, for what is small and soon done: a pod's route. A change of
 * thread costs more than such a batch does, and on a machine that has other work the thread that is
 * woken may wait for milliseconds before it runs (measured: `pod-latency`: p50 a tenth less).
 */
import type { BatchResult, FibBatch, FibOperation } from "../fib/index.ts";
import { Applier } from "./apply.ts";
import { RequestSocket } from "./requests.ts";

/** Routes and operations at most: some hundred microseconds. */
const SMALL = 32;
/** The kernel's lock for routes may be held by others, for however long (rtnl_lock). */
const SLOW = 5; // milliseconds
/** After such a time it is the worker that waits, for so long. */
const REST = 1000; // milliseconds

/**
 * Others need what the worker knows, or wait for files or a link. A group that loses a member leads
 * packets another way at once, but the kernel answers only when no processor can be using what was
 * before (synchronize_net; measured: 0.3 ms, on a busy machine up to 150 ms).
 */
const KINDS: ReadonlySet<FibOperation["kind"]> = new Set(["proxy-add", "proxy-delete"]);

export class ShortWay {
  readonly #requests = new RequestSocket({ waits: false });
  readonly #applier: Applier;
  readonly #clock: () => number;
  #restUntil = 0;

  /** Throws when there is no socket. `clock`: monotonic milliseconds. */
  constructor(protocol: number, clock = (): number => performance.now()) {
    this.#clock = clock;
    this.#applier = new Applier({ requests: this.#requests, protocol });
  }

  get portId(): number {
    return this.#requests.portId;
  }

  /** undefined: it has not been touched, and has to go by the worker. */
  apply(batch: FibBatch): BatchResult | undefined {
    const began = this.#clock();
    if (began < this.#restUntil || !isSmall(batch)) return undefined;
    const result = this.#applier.apply(batch);
    const ended = this.#clock();
    if (ended - began > SLOW) this.#restUntil = ended + REST;
    return result;
  }

  close(): void {
    this.#requests.close();
  }
}

function isSmall({ before, count, after }: FibBatch): boolean {
  if (before.length + count + after.length > SMALL) return false;
  return [before, after].every((operations) => operations.every(({ kind }) => KINDS.has(kind)));
}
