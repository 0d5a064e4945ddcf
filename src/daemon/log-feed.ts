import type { LogClass } from "../control/index.ts";

/** A line of the log, as pino knows it. */
export interface LogLine {
  /** pino's number. */
  readonly level: number;
  readonly event: string | undefined;
  /** Of a session's end, or of an attempt's. */
  readonly cause: string | undefined;
  readonly text: string;
}

/** pino's numbers, and BIRD's classes for them. */
const CLASSES: readonly (readonly [level: number, name: LogClass])[] = [
  [60, "fatal"],
  [50, "error"],
  [40, "warning"],
  [30, "info"],
  [20, "debug"],
  [10, "trace"],
];

/** Faults of our own. */
const BUGS: ReadonlySet<string | undefined> = new Set([
  ...["crash", "control-fault", "bfd-thread-died", "kernel-worker-died", "rehearsal-failed"],
]);

/** A neighbour is not as it should be: by what it says, or by what it says of us. */
const REMOTE: ReadonlySet<string | undefined> = new Set([
  ...["malformed-update", "limit-near", "limit-exceeded"],
  ...["notification", "notification-configuration", "collision-there"],
  ...["bad-open", "header-error", "update-error", "fsm-error"],
]);

const AUTHENTICATION = "authentication-timeout";

/** Classes that are not by level, and pino's number of the least important lines of each. */
const BY_CONTENT: readonly (readonly [name: LogClass, level: number])[] = [
  ["bug", 50],
  ["remote", 30],
  ["auth", 30],
];

function classOf({ level, event, cause }: LogLine): LogClass {
  if (BUGS.has(event)) return "bug";
  if (level >= 30 && (REMOTE.has(event) || REMOTE.has(cause))) return "remote";
  if (cause === AUTHENTICATION) return "auth";
  return CLASSES.find(([least]) => level >= least)?.[1] ?? "trace";
}

interface Listener {
  readonly classes: ReadonlySet<LogClass>;
  readonly onLine: (text: string) => void;
}

/** Those who hear the log as it is written, whatever is written of it to its file (BIRD's `echo`). */
export class LogFeed {
  readonly #onChange: () => void;
  readonly #listeners = new Set<Listener>();

  /** `onChange`: another `level` may be wanted. */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** pino's number of the least important lines that somebody wants; Infinity: nobody wants any. */
  get level(): number {
    let least = Infinity;
    for (const [level, name] of CLASSES) {
      for (const { classes } of this.#listeners) if (classes.has(name)) least = level;
    }
    for (const [name, level] of BY_CONTENT) {
      for (const { classes } of this.#listeners) {
        if (classes.has(name)) least = Math.min(least, level);
      }
    }
    return least;
  }

  /** Until the result is called. */
  listen(classes: ReadonlySet<LogClass>, onLine: (text: string) => void): () => void {
    const listener = { classes, onLine };
    this.#listeners.add(listener);
    this.#onChange();
    return () => {
      this.#listeners.delete(listener);
      this.#onChange();
    };
  }

  tell(line: LogLine): void {
    if (this.#listeners.size === 0) return;
    const name = classOf(line);
    for (const { classes, onLine } of this.#listeners) if (classes.has(name)) onLine(line.text);
  }
}
