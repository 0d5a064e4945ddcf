// How much there is to do, as `show load` and metrics need it.
//
// Wall-clock times are milliseconds since the epoch; durations are milliseconds.

/** What the daemon is busy with. Counters never fall while it runs. */
export interface LoadView {
  readonly now: number;
  readonly startedAt: number;
  readonly version: string;
  readonly hostname: string;
  readonly pods: number;
  readonly warnings: number;
  readonly kernel: KernelView;
  readonly turns: TurnsView;
  readonly delay: LoopDelayView | undefined;
  readonly process: ProcessView;
}

/** What the kernel holds of ours, and what it was asked for. */
export interface KernelView {
  /** Routes by family. */
  readonly wanted: readonly [number, number];
  readonly installed: readonly [number, number];
  readonly failed: number;
  readonly unresolved: number;
  /** Of an earlier run, claimed by nobody yet. */
  readonly stale: number;
  readonly queued: number;
  readonly inFlight: number;
  readonly nextHops: number;
  readonly nexthopObjects: number;
  readonly pathLists: number;
  /** Since the start. */
  readonly batches: number;
  readonly routeOperations: number;
  readonly otherOperations: number;
  readonly failures: number;
  readonly overruns: number;
}

/** Turns of the main thread by their length. */
export interface TurnsView {
  /** Milliseconds, upper ends. */
  readonly bounds: readonly number[];
  /** One more than bounds: the last are longer than all of them. */
  readonly counts: readonly number[];
  /** Milliseconds of all turns. */
  readonly total: number;
}

/**
 * By how much a timer of the main thread came late, in milliseconds, in the last whole stretch of time.
 * It is measured while somebody asks again and again; before the second question there is none.
 */
export interface LoopDelayView {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** Length of the stretch. */
  readonly over: number;
}

/** What Node says of the process. Bytes and seconds. */
export interface ProcessView {
  readonly resident: number;
  readonly heap: number;
  readonly arrayBuffers: number;
  readonly cpu: number;
  readonly loopActive: number;
  readonly loopIdle: number;
}
