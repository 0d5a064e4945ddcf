import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { Logger } from "pino";
import type { Config } from "../config/index.ts";
import type {
  ConfigurationView,
  ConfigureRequest,
  ConfigureResult,
  UndoResult,
} from "../control/index.ts";
import { Alarm } from "../transport/index.ts";
import type { Phase } from "./life.ts";
import { type PreparedReload, type RefusedReload, changeNotes } from "./reload.ts";
import type { ServiceManager } from "./service-manager.ts";
import type { WholeConfig } from "./whole-config.ts";

export interface ReconfigurationRooms {
  /** The file of the command line. */
  readonly file: string;
  readonly clock: () => number;
  readonly logger: Pick<Logger, "error" | "info" | "warn">;
  readonly manager: Pick<ServiceManager, "ready" | "reloading">;
  readonly phase: () => Phase;
  /** Reads and checks a file, and all that it names, against what runs. */
  readonly prepare: (file: string, running: WholeConfig) => PreparedReload | RefusedReload;
  /** Makes it run; the result: what that costs, a line each. */
  readonly apply: (whole: WholeConfig, isUndone: boolean) => readonly string[];
  /** Another one runs now, or was refused. */
  readonly onChange: (change: ConfigurationChange) => void;
  /** How the daemon is, for people, one line. */
  readonly status: () => string;
}

/** What has become of a file: `lines` are what changes, or what is wrong. */
export interface ConfigurationChange {
  readonly outcome: "applied" | "refused" | "undone";
  readonly file: string;
  readonly lines: readonly string[];
}

/** What is counted of it; a moment on the monotonic clock. */
export interface ReconfigurationFacts {
  readonly configuredAt: number;
  /** Rises whenever another configuration runs. */
  readonly generation: number;
  readonly applied: number;
  readonly refused: number;
  readonly undone: number;
  /** The last reload was not refused. */
  readonly isLastGood: boolean;
}

/** A configuration, and where it came from. */
interface Version {
  readonly whole: WholeConfig;
  readonly file: string;
  /** The daemon's own file, if that is another one. */
  readonly nextFile: string | undefined;
}

/** Waits to be confirmed. */
interface Trial {
  /** On the clock. */
  readonly until: number;
  readonly onExpired: () => void;
}

const NOBODY = (): void => undefined;

/**
 * The configuration's life while the daemon runs. There are two of them: the one that runs, and the one
 * before it, which `undo` goes back to, once. Both are kept as they were read, with what their files have
 * named.
 *
 * One that was applied with a timeout is on trial until it is confirmed: when its time is over, it is
 * undone. What was on trial is never gone back to: whatever comes after it, `undo` and the end of the time
 * lead to the last one that was not.
 *
 * - Another `configure` with a timeout begins the time anew; one without ends the trial and stays.
 * - One that is refused changes nothing: what is on trial stays on trial.
 * - SIGHUP is refused during a trial: it may come from logrotate, and would confirm what nobody has seen.
 * - Nothing of it outlives the daemon. The next start reads the file that it is given, whoever has
 *   confirmed it; whoever tries another file (`configure "FILE" timeout`) has the old one then.
 */
export class Reconfiguration {
  readonly #rooms: ReconfigurationRooms;
  readonly #alarm: Alarm;
  #current: Version;
  #previous: Version | undefined;
  #trial: Trial | undefined;
  #facts: ReconfigurationFacts;

  /** `first`: what the daemon starts with. */
  constructor(rooms: ReconfigurationRooms, first: WholeConfig) {
    const { file, clock } = rooms;
    this.#rooms = rooms;
    this.#alarm = new Alarm(clock, () => this.#expire());
    this.#current = { whole: first, file, nextFile: undefined };
    this.#facts = {
      ...{ configuredAt: clock(), generation: 0, isLastGood: true },
      ...{ applied: 0, refused: 0, undone: 0 },
    };
  }

  /** The one that runs. */
  get config(): Config {
    return this.#current.whole.config;
  }

  /** The same, with what its files have said. */
  get whole(): WholeConfig {
    return this.#current.whole;
  }

  /** Host order; 0: not known yet. */
  get routerId(): number {
    return this.#current.whole.speaker.routerId;
  }

  get facts(): ReconfigurationFacts {
    return this.#facts;
  }

  /** The daemon starts with the first one, as this router. */
  start(routerId: number): void {
    const { whole } = this.#current;
    const speaker = { ...whole.speaker, routerId };
    this.#current = { ...this.#current, whole: { ...whole, speaker } };
    this.#facts = { ...this.#facts, configuredAt: this.#rooms.clock() };
  }

  /** Reads a file and lets it run; nothing changes when anything in it is wrong. */
  configure(request: ConfigureRequest): ConfigureResult {
    const { check, file = this.#rooms.file } = request;
    const phase = this.#rooms.phase();
    if (phase === "ending") return this.#result(file, "ending");
    // The start goes on with the configuration that it began with.
    if (phase === "starting") return this.#refuse(file, check, STARTING);
    const { manager, prepare } = this.#rooms;
    if (!check) manager.reloading();
    const prepared = prepare(file, this.#current.whole);
    if (prepared.kind === "refused") {
      const result = this.#refuse(file, check, prepared.problems);
      if (!check) manager.ready(`configuration refused, the running one stays (${file})`);
      return result;
    }
    if (check) return this.#result(file, "checked", { notes: prepared.notes });
    const notes = this.#run(prepared, file, request);
    this.#ready();
    const undoIn = request.timeout > 0 ? request.timeout : undefined;
    return this.#result(file, "applied", { notes, undoIn });
  }

  /** SIGHUP: the daemon's own file once more. */
  hangUp(): void {
    const { file, clock } = this.#rooms;
    if (this.#trial === undefined) {
      this.configure({ check: false, file: undefined, timeout: 0, onExpired: NOBODY });
      return;
    }
    const left = Math.ceil((this.#trial.until - clock()) / 1000);
    this.#refuse(file, false, [
      `SIGHUP while the configuration of ${this.#current.file} waits to be confirmed (${left} s are left): nothing was read, for a signal confirms nothing; "underlayctl configure confirm" keeps what runs, "underlayctl configure undo" takes it back, and then SIGHUP reads the file`,
    ]);
    this.#ready();
  }

  /** What is on trial is to stay. */
  confirm(): "confirmed" | "nothing" {
    const { logger } = this.#rooms;
    if (this.#trial === undefined) return "nothing";
    this.#setTrial(undefined);
    const { file } = this.#current;
    logger.info({ event: "configure-confirmed", file }, `the configuration of ${file} stays`);
    this.#ready();
    return "confirmed";
  }

  undo(): UndoResult {
    if (this.#rooms.phase() === "ending") return { outcome: "ending", notes: [] };
    if (this.#previous === undefined) return { outcome: "nothing", notes: [] };
    return { outcome: "undone", notes: this.#goBack(this.#previous, "operator") };
  }

  view(): ConfigurationView {
    const { clock, phase } = this.#rooms;
    const { file, nextFile } = this.#current;
    const trial = this.#trial;
    return {
      generation: this.#facts.generation,
      file,
      nextFile,
      undoIn: trial && Math.max(0, trial.until - clock()),
      ending: phase() === "ending",
    };
  }

  /** The daemon ends, however: nothing happens by itself any more. */
  end(): void {
    if (this.#trial === undefined) return;
    this.#setTrial(undefined);
    const { file, logger } = this.#rooms;
    logger.warn(
      { event: "configure-unconfirmed", file: this.#current.file },
      `the configuration of ${this.#current.file} was not confirmed; it is not undone, the next start reads ${file}`,
    );
  }

  #run({ whole, notes: changes }: PreparedReload, file: string, request: ConfigureRequest) {
    const { apply, clock, logger } = this.#rooms;
    const { timeout, onExpired } = request;
    if (this.#trial === undefined) this.#previous = this.#current;
    this.#current = { whole, file, nextFile: this.#nextFile(file) };
    const notes = [...changes, ...apply(whole, false)];
    const until = clock() + timeout;
    this.#setTrial(timeout > 0 ? { until, onExpired } : undefined);
    this.#count("applied");
    this.#rooms.onChange({ outcome: "applied", file, lines: notes });
    const [undoIn, unless] =
      timeout > 0 ? [timeout / 1000, `; undone in ${timeout / 1000} s unless confirmed`] : [];
    logger.info(
      { event: "configured", file, changes: notes, undoIn },
      `configured from ${file}${unless ?? ""}`,
    );
    return notes;
  }

  #goBack(to: Version, by: "operator" | "timeout"): readonly string[] {
    const { apply, logger, manager } = this.#rooms;
    const from = this.#current;
    this.#setTrial(undefined);
    this.#previous = undefined;
    this.#current = to;
    manager.reloading();
    const changes = [...changeNotes(from.whole, to.whole), ...apply(to.whole, true)];
    this.#count("undone");
    this.#rooms.onChange({ outcome: "undone", file: from.file, lines: changes });
    const why = by === "timeout" ? "nobody has confirmed it" : "as was asked for";
    logger.warn(
      { event: "configure-undone", by, file: to.file, changes },
      `the configuration of ${from.file} is undone, ${why}: what ran before it runs again`,
    );
    this.#ready();
    return changes;
  }

  #expire(): void {
    const trial = this.#trial;
    if (trial === undefined) return;
    if (this.#rooms.clock() < trial.until) this.#alarm.set(trial.until);
    else if (this.#previous !== undefined) {
      trial.onExpired();
      this.#goBack(this.#previous, "timeout");
    }
  }

  /** The service manager hears how the daemon is. */
  #ready(): void {
    const { manager, status } = this.#rooms;
    const unconfirmed = this.#trial === undefined ? "" : "; its configuration is unconfirmed";
    manager.ready(`${status()}${unconfirmed}`);
  }

  #setTrial(trial: Trial | undefined): void {
    this.#trial = trial;
    this.#alarm.set(trial?.until ?? Infinity);
  }

  #refuse(file: string, check: boolean, problems: readonly string[]): ConfigureResult {
    this.#rooms.logger.error(
      { event: "configure-refused", file, problems },
      `configuration refused, the running one stays: ${problems.join("; ")}`,
    );
    const { refused } = this.#facts;
    if (!check) {
      this.#facts = { ...this.#facts, refused: refused + 1, isLastGood: false };
      this.#rooms.onChange({ outcome: "refused", file, lines: problems });
    }
    return this.#result(file, "refused", { problems });
  }

  #count(what: "applied" | "undone"): void {
    const facts = this.#facts;
    this.#facts = {
      ...facts,
      [what]: facts[what] + 1,
      configuredAt: this.#rooms.clock(),
      generation: facts.generation + 1,
      isLastGood: true,
    };
  }

  #result(
    file: string,
    outcome: ConfigureResult["outcome"],
    more: Partial<ConfigureResult> = {},
  ): ConfigureResult {
    const nextFile = this.#nextFile(file);
    return { file, outcome, problems: [], notes: [], undoIn: undefined, nextFile, ...more };
  }

  /** The daemon's own file, if `file` is another one. */
  #nextFile(file: string): string | undefined {
    const own = this.#rooms.file;
    return isSameFile(file, own) ? undefined : own;
  }
}

const STARTING = ["the daemon is still starting: try again"];

/** Two names of one file, as far as can be seen. */
function isSameFile(one: string, other: string): boolean {
  if (resolve(one) === resolve(other)) return true;
  try {
    const [a, b] = [one, other].map((file) => statSync(file));
    return a.dev === b.dev && a.ino === b.ino;
  } catch {
    return false;
  }
}
