/** Thrown out of a start that has been told to end. */
export class Interrupted extends Error {}

export type Phase = "starting" | "running" | "ending";

/** "stop": forwarding stays as it is; "down": everything is withdrawn and taken out. */
export type End = "stop" | "down";

/**
 * Where a daemon is in its life. It may be told to end while it starts, when nobody knows yet what must
 * be undone: that is remembered, and the start sees to it between two of its steps.
 */
export class Life {
  #phase: Phase = "starting";
  #runningSince = Infinity;
  #wish: End | undefined;

  get phase(): Phase {
    return this.#phase;
  }

  /** Milliseconds on the monotonic clock; Infinity: it has not been running yet. */
  get runningSince(): number {
    return this.#runningSince;
  }

  /** Between two steps of the start. Throws Interrupted. */
  goOn(): void {
    if (this.#wish === "stop") throw new Interrupted();
  }

  /** Whether the start, from where all that an earlier run has left is known, is to take it down. */
  get isDownAsked(): boolean {
    return this.#wish === "down";
  }

  run(now: number): void {
    this.#phase = "running";
    this.#runningSince = now;
  }

  /** Whether to end now; of two who ask the first is heard. */
  mayEnd(how: End): boolean {
    if (this.#phase === "starting") this.#wish ??= how;
    if (this.#phase !== "running") return false;
    this.#phase = "ending";
    return true;
  }

  /** The start has failed, or was told to end. */
  fail(): void {
    this.#phase = "ending";
  }
}
