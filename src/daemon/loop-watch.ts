import { monitorEventLoopDelay } from "node:perf_hooks";
import type { LoopDelayView } from "../control/index.ts";
import { clock } from "./clock.ts";

/** Milliseconds between two samples; a sample is the time between two of them, so this is in it. */
const RESOLUTION = 10;

/** Milliseconds of a stretch at least: two who look once a second see the same one. */
const STRETCH = 900;

/** Milliseconds without a question, after which nothing is measured any more. */
const PATIENCE = 5000;

/**
 * By how much timers of this thread come late, measured only while somebody looks: the sampler is a timer
 * of 10 ms, which would wake an idle node a hundred times a second.
 */
export class LoopWatch {
  readonly #patience: number;
  #histogram: ReturnType<typeof monitorEventLoopDelay> | undefined;
  #since = 0;
  #last: LoopDelayView | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** `patience`: milliseconds without a question until it stops. */
  constructor(patience = PATIENCE) {
    this.#patience = patience;
  }

  /** Of the last stretch that is over; undefined: this is the first question for a while. */
  look(): LoopDelayView | undefined {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#stop(), this.#patience).unref();
    const now = clock();
    if (this.#histogram === undefined) {
      this.#histogram = monitorEventLoopDelay({ resolution: RESOLUTION });
      this.#histogram.enable();
      this.#since = now;
    } else if (now - this.#since >= STRETCH && this.#histogram.count > 0) {
      this.#last = delays(this.#histogram, now - this.#since);
      this.#histogram.reset();
      this.#since = now;
    }
    return this.#last;
  }

  get isMeasuring(): boolean {
    return this.#histogram !== undefined;
  }

  #stop(): void {
    this.#histogram?.disable();
    this.#histogram = undefined;
    this.#last = undefined;
  }
}

function delays(histogram: ReturnType<typeof monitorEventLoopDelay>, over: number): LoopDelayView {
  const late = (nanoseconds: number): number =>
    Math.max(0, Math.round(nanoseconds / 1e4 - RESOLUTION * 100) / 100);
  return {
    p50: late(histogram.percentile(50)),
    p99: late(histogram.percentile(99)),
    max: late(histogram.max),
    over: Math.round(over),
  };
}
