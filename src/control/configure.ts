import type { Answer, Command, CommandContext, JsonAnswer } from "./answer.ts";
import { type Arguments, type SyntaxProblem, syntax } from "./lexer.ts";
import { type Reply, type ReplyLine, last, more, wrapped } from "./reply.ts";
import { formatSeconds } from "./time.ts";
import type { ConfigureResult, UndoResult } from "./command-views.ts";
import type { ControlViews } from "./views.ts";

// `configure [soft] ["FILE"] [timeout [SECONDS]]`, `check ["FILE"]`, `confirm`, `undo`, `status`.
//
// `configure check` is refused in restricted mode too: the problems it reports quote the file, and
// the file may be any that the daemon can read.

export const configureCommands: readonly Command[] = [
  { words: ["configure", "check"], writes: true, read: check },
  // Sessions are never reset for a filter here: every reconfiguration is a soft one.
  { words: ["configure", "soft"], writes: true, read: configure },
  { words: ["configure", "confirm"], writes: true, read: (_, context) => confirm(context) },
  { words: ["configure", "undo"], writes: true, read: (_, context) => undo(context) },
  { words: ["configure", "status"], writes: false, read: (_, context) => status(context) },
  { words: ["configure"], writes: true, read: configure },
];

/** Seconds; BIRD's. */
const DEFAULT_TIMEOUT = 300;

/** Seconds. Whoever has not come back within a day has not been thrown out by the change. */
const LONGEST_TIMEOUT = 86_400;

const ENDING = "Reconfiguration ignored, shutting down";

const NOTHING = "Nothing to do";

function check(args: Arguments, { views }: CommandContext): Answer | SyntaxProblem {
  const file = readFile(args);
  if (typeof file === "object") return file;
  const request = { check: true, file, timeout: 0, onExpired: () => undefined };
  return configureAnswer(() => views.commands.configure(request));
}

function configure(args: Arguments, context: CommandContext): Answer | SyntaxProblem {
  const file = readFile(args);
  if (typeof file === "object") return file;
  const timeout = readTimeout(args);
  if (typeof timeout === "object") return timeout;
  const onExpired = (): void => context.notify("Config timeout expired, starting undo");
  const request = { check: false, file, timeout: timeout * 1000, onExpired };
  return configureAnswer(() => context.views.commands.configure(request));
}

function readFile(args: Arguments): string | undefined | SyntaxProblem {
  const next = args.token(0);
  if (next === undefined || (next.kind === "word" && next.text === "timeout")) return undefined;
  const unexpected = args.unexpected();
  const token = args.next();
  return token?.kind === "text" ? token.text : unexpected;
}

/** Seconds; 0 where none is given, and where it is 0, as with BIRD. */
function readTimeout(args: Arguments): number | SyntaxProblem {
  if (!args.keyword("timeout")) return 0;
  if (args.done) return DEFAULT_TIMEOUT;
  const unexpected = args.unexpected();
  const text = args.next()?.text ?? "";
  if (!/^[0-9]+$/.test(text)) return syntax(`${unexpected.reason}, expecting END or seconds`);
  const seconds = Number(text);
  if (seconds <= LONGEST_TIMEOUT) return seconds;
  return syntax(`a timeout of ${text} s is over ${LONGEST_TIMEOUT} s, a day`);
}

function configureAnswer(run: () => ConfigureResult): Answer {
  return {
    text: () => configureLines(run()),
    json: () => {
      const result = run();
      const refused = result.outcome === "refused";
      const ending = refused ? { code: 8002, text: "Configuration error" } : {};
      const { undoIn = null, nextFile = null, outcome } = result;
      const value = { ...result, undoIn, nextFile, applied: outcome === "applied" };
      return { kind: "one", value, ...ending };
    },
  };
}

function* configureLines(result: ConfigureResult): Reply {
  const { outcome, undoIn, nextFile } = result;
  yield more(2, `Reading configuration from ${result.file}`);
  yield* noteLines(2, result.notes);
  if (outcome === "applied" && nextFile !== undefined) {
    yield* noteLines(2, [`SIGHUP and the next start read ${nextFile}, which stays as it is`]);
  }
  if (undoIn !== undefined) yield more(22, `Undo scheduled in ${undoIn / 1000} s`);
  switch (outcome) {
    case "applied":
      yield last(3, "Reconfigured");
      return;
    case "checked":
      yield last(20, "Configuration OK");
      return;
    case "ending":
      yield last(6, ENDING);
      return;
    case "refused":
      yield* problemLines(result.problems.flatMap(wrapped));
  }
}

function* noteLines(code: number, notes: readonly string[]): Iterable<ReplyLine> {
  for (const line of notes.flatMap(wrapped)) yield more(code, `  ${line}`);
}

function* problemLines(problems: readonly string[]): Iterable<ReplyLine> {
  for (const line of problems.slice(0, -1)) yield more(8002, line);
  yield last(8002, problems.at(-1));
}

function confirm({ views }: CommandContext): Answer {
  const run = (): boolean => views.commands.confirm() === "confirmed";
  return {
    text: function* () {
      yield run() ? last(18, "Reconfiguration confirmed") : last(19, NOTHING);
    },
    json: () => ({ kind: "one", value: { confirmed: run() } }),
  };
}

function undo({ views }: CommandContext): Answer {
  const run = (): UndoResult => views.commands.undo();
  return {
    text: function* () {
      yield more(21, "Undo requested");
      const { outcome, notes } = run();
      yield* noteLines(21, notes);
      if (outcome === "undone") yield last(3, "Reconfigured");
      else yield outcome === "ending" ? last(6, ENDING) : last(19, NOTHING);
    },
    json: () => {
      const { outcome, notes } = run();
      return { kind: "one", value: { undone: outcome === "undone", notes } };
    },
  };
}

function status({ views }: CommandContext): Answer {
  return {
    text: () => statusLines(views),
    json: (): JsonAnswer => ({ kind: "one", value: configurationValue(views) }),
  };
}

function* statusLines(views: ControlViews): Reply {
  const { ending, undoIn } = views.configuration();
  yield ending ? more(6, "Shutdown in progress") : more(3, "Daemon is up and running");
  if (undoIn !== undefined) yield more(22, unconfirmed(undoIn));
  yield last(0);
}

/** `undoIn`: milliseconds. */
export function unconfirmed(undoIn: number): string {
  return `Configuration unconfirmed, undo in ${formatSeconds(undoIn)} s`;
}

/** What runs, for `--json`. */
export function configurationValue(views: ControlViews): unknown {
  const { undoIn = null, nextFile = null, ...configuration } = views.configuration();
  return { ...configuration, nextFile, undoIn };
}
