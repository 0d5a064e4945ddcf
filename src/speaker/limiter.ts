// Keeps one neighbour's repeated mistakes from filling the log.

/** Milliseconds between two lines about the same kind of thing. */
const INTERVAL = 60_000;
/** Kinds remembered; a neighbour that is more inventive than this is heard less often. */
const KINDS = 64;

interface Entry {
  next: number;
  suppressed: number;
}

export class Limiter {
  readonly #entries = new Map<string, Entry>();

  /**
   * May a line about `kind` be written now? Returns how many were kept back since the last one, or
   * -1: keep this one back too.
   */
  pass(kind: string, now: number): number {
    const name = this.#entries.has(kind) || this.#entries.size < KINDS ? kind : "other";
    const entry = this.#entries.get(name);
    if (entry === undefined) {
      this.#entries.set(name, { next: now + INTERVAL, suppressed: 0 });
      return 0;
    }
    if (now < entry.next) {
      entry.suppressed++;
      return -1;
    }
    const { suppressed } = entry;
    entry.next = now + INTERVAL;
    entry.suppressed = 0;
    return suppressed;
  }
}
