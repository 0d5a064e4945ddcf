import type { EventEffect } from "../speaker/index.ts";

/** Lines of a kind about a neighbour that come at once ... */
const BURST = 10;
/** ... within so many milliseconds; one that goes on comes so often. */
const WINDOW = 60_000;

/** Ends of sessions that somebody here has asked for: no neighbour's storm. */
const ASKED_FOR: ReadonlySet<unknown> = new Set(["administrative", "settings-changed"]);

export interface NeighbourLogOptions {
  readonly write: (event: EventEffect) => void;
  /** Monotonic milliseconds. */
  readonly clock: () => number;
}

interface Window {
  readonly until: number;
  lines: number;
  /** The last one that was kept back, when it happened, and how many there were before it. */
  held: EventEffect | undefined;
  heldAt: string;
  suppressed: number;
}

/**
 * The lines about neighbours: however one of them storms, a kind of line comes ten times in a minute, and
 * from then on once a minute. That one is the last of its minute: what the log says last is what is so. Who asks
 * for every step has every step.
 */
export class NeighbourLog {
  readonly #options: NeighbourLogOptions;
  /** By neighbour and kind; those whose time is over are in none. */
  readonly #windows = new Map<string, Window>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: NeighbourLogOptions) {
    this.#options = options;
  }

  log(event: EventEffect): void {
    const { write, clock } = this.#options;
    const { neighbour, name, level, fields } = event;
    const isStep = level === "debug" || level === "trace";
    const isAskedFor = isStep || ASKED_FOR.has(fields?.["cause"]);
    if (neighbour === undefined || isAskedFor) return write(event);
    const key = `${name} ${neighbour}`;
    const now = clock();
    const known = this.#windows.get(key);
    if (known === undefined || (known.held === undefined && known.until <= now)) {
      this.#windows.delete(key);
      this.#open(key, now, 1);
      write(event);
    } else if (known.lines < BURST) {
      known.lines++;
      write(event);
    } else {
      if (known.held !== undefined) known.suppressed++;
      known.held = event;
      known.heldAt = new Date().toISOString();
    }
  }

  /** At the end of the daemon: what is kept back is written. */
  flush(): void {
    clearTimeout(this.#timer);
    for (const window of this.#windows.values()) this.#writeHeld(window);
    this.#windows.clear();
  }

  #open(key: string, now: number, lines: number): void {
    this.#windows.set(key, {
      ...{ until: now + WINDOW, lines, held: undefined, heldAt: "", suppressed: 0 },
    });
    this.#timer ??= setTimeout(() => this.#look(), WINDOW).unref();
  }

  /** The first are those whose time is over first. */
  #look(): void {
    this.#timer = undefined;
    const now = this.#options.clock();
    for (const [key, window] of this.#windows) {
      if (window.until > now) {
        this.#timer = setTimeout(() => this.#look(), window.until - now).unref();
        return;
      }
      this.#windows.delete(key);
      if (window.held === undefined) continue;
      this.#writeHeld(window);
      this.#open(key, now, BURST);
    }
  }

  #writeHeld({ held, heldAt, suppressed }: Window): void {
    if (held === undefined) return;
    const { suppressed: before = 0 } = held.fields ?? {};
    const all = suppressed + Number(before);
    this.#options.write({ ...held, fields: { ...held.fields, at: heldAt, suppressed: all } });
  }
}
