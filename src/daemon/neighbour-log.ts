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
 * from then on once a minute. That one is the last of its minute, and comes before whatever the neighbour has
 * done since: what the log says last is what is so. Who asks for every step has every step.
 */
export class NeighbourLog {
  readonly #options: NeighbourLogOptions;
  /** By neighbour and kind; those whose time is over are in none. */
  readonly #windows = new Map<string, Window>();
  /** Those that keep a line back, by neighbour, in the order in which the lines happened. */
  readonly #held = new Map<string, Map<string, Window>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: NeighbourLogOptions) {
    this.#options = options;
  }

  log(event: EventEffect): void {
    const { write, clock } = this.#options;
    const { neighbour, name, level, fields } = event;
    const isStep = level === "debug" || level === "trace";
    if (neighbour === undefined || isStep) return write(event);
    const key = `${name} ${neighbour}`;
    const now = clock();
    const known = this.#windows.get(key);
    if (ASKED_FOR.has(fields?.["cause"])) {
      this.#release(neighbour, now);
      write(event);
    } else if (known === undefined || (known.held === undefined && known.until <= now)) {
      this.#windows.delete(key);
      this.#open(key, now, 1);
      this.#release(neighbour, now);
      write(event);
    } else if (known.lines < BURST) {
      known.lines++;
      this.#release(neighbour, now);
      write(event);
    } else {
      this.#hold(neighbour, key, known, event);
    }
  }

  /** At the end of the daemon: what is kept back is written. */
  flush(): void {
    for (const neighbour of [...this.#held.keys()]) this.#release(neighbour, this.#options.clock());
    clearTimeout(this.#timer);
    this.#windows.clear();
  }

  #hold(neighbour: string, key: string, window: Window, event: EventEffect): void {
    if (window.held !== undefined) window.suppressed++;
    window.held = event;
    window.heldAt = new Date().toISOString();
    const others = this.#held.get(neighbour) ?? new Map<string, Window>();
    others.delete(key);
    this.#held.set(neighbour, others.set(key, window));
  }

  /** Writes what is kept back of the neighbour; the next of these kinds come a minute from now. */
  #release(neighbour: string, now: number): void {
    const held = this.#held.get(neighbour) ?? [];
    this.#held.delete(neighbour);
    for (const [key, window] of held) {
      this.#windows.delete(key);
      this.#open(key, now, BURST);
      this.#writeHeld(window);
    }
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
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => this.#look(), window.until - now).unref();
        return;
      }
      const neighbour = window.held?.neighbour;
      if (neighbour === undefined) this.#windows.delete(key);
      else this.#release(neighbour, now);
    }
  }

  #writeHeld({ held, heldAt, suppressed }: Window): void {
    if (held === undefined) return;
    const { suppressed: before = 0 } = held.fields ?? {};
    const all = suppressed + Number(before);
    this.#options.write({ ...held, fields: { ...held.fields, at: heldAt, suppressed: all } });
  }
}
