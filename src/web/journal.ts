/** What a line of the journal is about. */
export type HappeningKind =
  | "session-up"
  | "session-down"
  | "appeared"
  | "vanished"
  | "moved"
  | "announced"
  | "withdrawn"
  | "pod-found"
  | "pod-gone"
  | "configured"
  | "undone"
  | "warning"
  | "over";

export interface Happening {
  readonly kind: HappeningKind;
  /** When it happened first, and last. */
  readonly at: number;
  readonly until: number;
  /** How often, or to how many. */
  readonly count: number;
  /** Whom it is about, or who is behind it: a neighbour, an interface. */
  readonly subject: string;
  /** Why, or what exactly; "": there is no more to say. */
  readonly detail: string;
  /** What it happened to: the first of them, each once. */
  readonly things: readonly string[];
}

/** What tells apart what is told apart: everything else about it is folded into one line. */
export type HappeningKey = Pick<Happening, "detail" | "kind" | "subject">;

interface Line extends Happening {
  until: number;
  count: number;
  readonly things: string[];
}

/** Milliseconds. */
const HOUR = 3_600_000;
/** Without any more of it, after which a line is closed. */
const QUIET = 5000;
/** That a line covers at most: what goes on for long is a line a minute. */
const LONGEST = 60_000;

/** Lines of a kind at most, so that a storm of one does not drive out the others: the oldest go. */
const MOST = 100;
/** New lines of a kind within QUIET; what comes besides is one, about several. */
const AT_ONCE = 32;
/** Things that are named in a line. */
const NAMED = 8;

/** Whom a line is about that stands for many. */
const SEVERAL = { subject: "several", detail: "" };

function goesOn(line: Line, at: number): boolean {
  return at - line.until <= QUIET && at - line.at <= LONGEST;
}

/**
 * What happened within the last hour. Storms are folded: a full table that comes is one line, with a few
 * of its networks and their number. Moments are of any clock that does not go back.
 */
export class Journal {
  /** The oldest first. */
  readonly #lines = new Map<HappeningKind, Line[]>();
  /**
   * The last one of each key, by kind, subject and detail. Not by one text made of the three: to make that
   * for each route of a full table costs more than all the rest (measured: 1.4 of 1.7 s a million).
   */
  readonly #last = new Map<HappeningKind, Map<string, Map<string, Line>>>();

  /** `thing`: asked for only as long as more are named in the line. */
  note(at: number, key: HappeningKey, thing?: () => string): void {
    const line = this.#line(at, key);
    line.until = at;
    line.count++;
    if (thing === undefined || line.things.length >= NAMED) return;
    const text = thing();
    if (!line.things.includes(text)) line.things.push(text);
  }

  /** The newest first. */
  *since(now: number): Iterable<Happening> {
    const lines = [...this.#lines.values()].flat().filter(({ until }) => now - until <= HOUR);
    yield* lines.sort((a, b) => b.at - a.at);
  }

  #line(at: number, key: HappeningKey): Line {
    const last = this.#open(at, key);
    if (last !== undefined) return last;
    const lines = this.#lines.get(key.kind) ?? [];
    const isCrowded = lines.length >= AT_ONCE && at - lines[lines.length - AT_ONCE].at <= QUIET;
    const { kind, subject, detail } = isCrowded ? { ...key, ...SEVERAL } : key;
    if (isCrowded) {
      const several = this.#open(at, { kind, subject, detail });
      if (several !== undefined) return several;
    }
    const line: Line = { kind, subject, detail, at, until: at, count: 0, things: [] };
    this.#lines.set(kind, lines);
    lines.push(line);
    this.#remember(line);
    if (lines.length > MOST) this.#forget(lines);
    return line;
  }

  /** The line that more of it is added to. */
  #open(at: number, { kind, subject, detail }: HappeningKey): Line | undefined {
    const last = this.#last.get(kind)?.get(subject)?.get(detail);
    return last && goesOn(last, at) ? last : undefined;
  }

  #remember(line: Line): void {
    const { kind, subject, detail } = line;
    const bySubject = this.#last.get(kind) ?? new Map<string, Map<string, Line>>();
    const byDetail = bySubject.get(subject) ?? new Map<string, Line>();
    this.#last.set(kind, bySubject.set(subject, byDetail.set(detail, line)));
  }

  #forget(lines: Line[]): void {
    const gone = lines.shift();
    if (gone === undefined) return;
    const bySubject = this.#last.get(gone.kind);
    const byDetail = bySubject?.get(gone.subject);
    if (byDetail?.get(gone.detail) !== gone) return;
    byDetail.delete(gone.detail);
    if (byDetail.size === 0) bySubject?.delete(gone.subject);
  }
}
