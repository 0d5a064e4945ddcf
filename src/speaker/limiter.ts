// Keeps repeated mistakes, of one neighbour or of strangers, from filling the log.

/** Milliseconds between two lines about the same kind of thing. */
const INTERVAL = 60_000;
/** Kinds remembered; who is more inventive than this within an interval is heard less often. */
const KINDS = 64;
/** What all further kinds share. */
const OTHER = "";

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
    const name = this.#nameOf(kind, now);
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

  /** The kind itself where there is room for it, or can be made by forgetting who was quiet since. */
  #nameOf(kind: string, now: number): string {
    const entries = this.#entries;
    if (entries.has(kind)) return kind;
    if (entries.size >= KINDS) {
      for (const [name, { next }] of entries) if (next <= now) entries.delete(name);
    }
    return entries.size < KINDS ? kind : OTHER;
  }
}
