/** Longest that a timer is armed for; setTimeout cannot count beyond 2^31 ms. */
const LONGEST = 3_600_000;

/** One timer for one deadline that moves. */
export class Alarm {
  readonly #clock: () => number;
  readonly #ring: () => void;
  #timer: NodeJS.Timeout | undefined;
  #deadline = Infinity;

  /** `ring`: the deadline has come, or an hour has passed: whoever is called looks at the clock. */
  constructor(clock: () => number, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** On the clock; Infinity: none. Cheap where it has not moved. */
  set(deadline: number): void {
    if (deadline === this.#deadline) return;
    clearTimeout(this.#timer);
    this.#deadline = deadline;
    if (deadline === Infinity) return;
    const delay = Math.min(Math.max(0, deadline - this.#clock()), LONGEST);
    this.#timer = setTimeout(() => {
      this.#deadline = Infinity;
      this.#ring();
    }, delay);
  }

  stop(): void {
    this.set(Infinity);
  }
}
