// What the control room may do, and not only see, and how it went (views.ts).

import type { Family } from "../route/index.ts";
import type { DrainResult } from "./drain-views.ts";
import type { TraceClass } from "./log-views.ts";

/** What may be done. All are synchronous: they start the thing and say what was started. */
export interface ControlCommands {
  configure(request: ConfigureRequest): ConfigureResult;
  /** What runs is to stay: it is not undone by itself any more. */
  confirm(): "confirmed" | "nothing";
  /** Back to what ran before, as it was then, whatever has become of its files. */
  undo(): UndoResult;
  /**
   * `message`: what the operator says with it, of 255 octets at most. It is shown; `disable` and
   * `restart` tell the neighbour too (RFC 9003).
   */
  enable(name: string, message: string | undefined): CommandResult;
  disable(name: string, message: string | undefined): CommandResult;
  restart(name: string, message: string | undefined): CommandResult;
  /** The neighbour is asked for its routes again ("in"), or told all again ("out"). */
  reload(name: string, direction: ReloadDirection): ReloadResult;
  /** What of the neighbour, or of a range's, is logged step by step from now on, and nothing else. */
  trace(name: string, classes: ReadonlySet<TraceClass>): "done" | "refused";
  /** Begins to write the routes of these families into a file (RFC 6396); settled when it is complete. */
  dump(file: string, families: readonly Family[]): Promise<DumpOutcome>;
  /** Begins to take the node, or a neighbour or range, out of service; and back. */
  drain(name: string | undefined): DrainResult;
  undrain(name: string | undefined): DrainResult;
  /** End, and leave the routes in the kernel: neighbours keep theirs where they agreed to (RFC 4724). */
  gracefulRestart(): void;
  /** Withdraw, remove, end; {@link ControlConnection.farewell} says how that went. */
  down(): void;
}

export interface ConfigureRequest {
  /** Only look for mistakes. */
  readonly check: boolean;
  /** As given; undefined: the file the daemon was started with. */
  readonly file: string | undefined;
  /** Milliseconds until it is undone unless it is confirmed; 0: it is not. */
  readonly timeout: number;
  /** That time is over, and what ran before is about to run again. */
  readonly onExpired: () => void;
}

export interface ConfigureResult {
  /** The file that was read. */
  readonly file: string;
  /** checked: it is good, and was only looked at; ending: the daemon takes no other any more. */
  readonly outcome: "applied" | "checked" | "refused" | "ending";
  /** Empty, but for what was refused. */
  readonly problems: readonly string[];
  /** What changes, one line each: `peer tor-a: holdTime changed, the session is reset`. */
  readonly notes: readonly string[];
  /** Milliseconds until it is undone unless it is confirmed; undefined: it is not. */
  readonly undoIn: number | undefined;
  /** SIGHUP and the next start read this one, and not `file`; undefined: they read it. */
  readonly nextFile: string | undefined;
}

export interface UndoResult {
  /** nothing: there was no other configuration, or it was gone back to already. */
  readonly outcome: "undone" | "nothing" | "ending";
  /** As of ConfigureResult, where it is undone. */
  readonly notes: readonly string[];
}

/** What runs, and for how long. */
export interface ConfigurationView {
  /** As of {@link ControlViews}. */
  readonly generation: number;
  /** Where it was read from. */
  readonly file: string;
  /** SIGHUP and the next start read this one, and not `file`; undefined: they read it. */
  readonly nextFile: string | undefined;
  /** Milliseconds until it is undone; undefined: it stays. */
  readonly undoIn: number | undefined;
  /** The daemon takes no other any more. */
  readonly ending: boolean;
}

/** Of a dump; a text: why it has failed. */
export type DumpOutcome =
  { readonly file: string; readonly networks: number; readonly routes: number } | string;

export type ReloadDirection = "in" | "out" | "both";

/** already: it is disabled; down: it has no session; unable: its neighbour takes no ROUTE-REFRESH. */
export type ReloadResult = "done" | "already" | "down" | "unable" | "refused";

/** done; already: it was so before; refused: this protocol cannot be switched. */
export type CommandResult = "done" | "already" | "refused";
