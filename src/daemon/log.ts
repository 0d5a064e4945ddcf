import { closeSync, constants, openSync } from "node:fs";
import pino, { type DestinationStream, type Logger } from "pino";
import type { LogConfig } from "../config/index.ts";
import type { ControlViews } from "../control/index.ts";
import { systemText } from "./files.ts";
import { LogFeed, type LogLine } from "./log-feed.ts";
import { LogSink } from "./log-sink.ts";

/**
 * The log: pino's JSON lines, each with a stable `event` name; readable text on a terminal. A log
 * that cannot be written (a full disk, a closed pipe) does not stop routing, see log-sink.ts.
 */
export interface Log {
  readonly logger: Logger;
  /** For what somebody has asked to have traced: written whatever the level is. */
  readonly tracer: Pick<Logger, "trace">;
  readonly listen: ControlViews["listen"];
  /** Writes out what is buffered; to be called before the process ends. */
  flush(): void;
  /** The level can be changed by a reload; the destination cannot. */
  setLevel(level: LogConfig["level"]): void;
  /** Opens the file anew, where the log goes to one: the old may have been moved away (logrotate). */
  reopen(): void;
  /** What keeps lines from being written where they should, a sentence each; mostly none. */
  problems(): string[];
}

const BUFFER_LIMIT = 1 << 20;
const RETRY_AFTER = 1000;
const STDOUT = 1;

/** A pipe that nobody reads (O_NONBLOCK) and a terminal (O_NOCTTY) do no harm. */
const OPEN_FLAGS =
  constants.O_WRONLY |
  constants.O_APPEND |
  constants.O_CREAT |
  constants.O_NONBLOCK |
  constants.O_NOCTTY;

/** A file that cannot be opened is reported on standard output, and the log goes there too. */
export async function openLog(config: LogConfig, name: string): Promise<Log> {
  const { file } = config;
  const first = file === undefined ? STDOUT : openFile(file);
  let descriptor = typeof first === "number" ? first : STDOUT;
  let problem =
    typeof first === "number" ? undefined : `${first.text}; the log goes to standard output`;
  const sink = new LogSink(descriptor, {
    limit: BUFFER_LIMIT,
    retryAfter: RETRY_AFTER,
    onRecovered: (dropped, error) => {
      logger.warn(
        { event: "log-recovered", dropped, ...(error !== undefined && { error }) },
        `the log could not be written for a while; ${dropped} lines are lost`,
      );
    },
    onReleased: (old) => {
      if (old !== STDOUT) closeSync(old);
    },
  });
  const format = descriptor === STDOUT && process.stdout.isTTY ? await pretty() : undefined;
  let { level } = config;
  const feed = new LogFeed(() => (logger.level = lower(level, feed.level)));
  const logger = pino(
    {
      level,
      base: { node: name },
      messageKey: "message",
      formatters: { level: (label: string) => ({ level: label }) },
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    destination((line, of) => {
      if (of.level === TRACE || of.level >= pino.levels.values[level]) {
        sink.write(format !== undefined && descriptor === STDOUT ? format(line) : line);
      }
      feed.tell(of);
    }),
  );
  if (problem !== undefined) logger.error({ event: "log-failed" }, problem);
  return {
    logger,
    tracer: logger.child({}, { level: "trace" }),
    listen: (classes, onLine) => feed.listen(classes, onLine),
    flush: () => sink.flush(),
    setLevel: (wanted) => {
      level = wanted;
      logger.level = lower(level, feed.level);
    },
    reopen: () => {
      if (file === undefined) return;
      const opened = openFile(file);
      if (typeof opened === "number") {
        descriptor = opened;
        problem = undefined;
        sink.switchTo(opened);
      } else {
        problem = `${opened.text}; the log goes where it went before`;
        logger.error({ event: "log-failed" }, problem);
      }
    },
    problems: () => [problem, sink.problem].filter((text) => text !== undefined),
  };
}

/** pino's least level: here only of what somebody has asked for. */
const TRACE = 10;

/** The level of which less is left out; `number`: pino's. */
function lower(level: LogConfig["level"], number: number): string {
  return number < pino.levels.values[level] ? pino.levels.labels[number] : level;
}

/** What pino knows of the line that it writes (its "pino.metadata"). */
interface Written {
  readonly lastLevel: number;
  readonly lastObj: { readonly event?: string; readonly cause?: unknown } | null;
  readonly lastMsg: string;
}

function destination(write: (line: string, of: LogLine) => void): DestinationStream {
  return {
    [Symbol.for("pino.metadata")]: true,
    write(this: Written, line: string) {
      const { lastLevel, lastObj, lastMsg } = this;
      const cause = typeof lastObj?.cause === "string" ? lastObj.cause : undefined;
      write(line, { level: lastLevel, event: lastObj?.event, cause, text: lastMsg });
    },
  };
}

/** Its descriptor, or what is wrong with it. */
function openFile(file: string): number | { readonly text: string } {
  try {
    return openSync(file, OPEN_FLAGS, 0o644);
  } catch (error) {
    return { text: `log.file ${systemText(file, error)}` };
  }
}

async function pretty(): Promise<(line: string) => string> {
  // The whole of a CommonJS module is its default export, built into one piece or not.
  const { default: pinoPretty } = await import("pino-pretty");
  const format = pinoPretty.prettyFactory({
    messageKey: "message",
    ignore: "node,event",
    translateTime: "SYS:HH:MM:ss.l",
    singleLine: true,
  });
  return (line) => format(harmless(line));
}

/** What steers a terminal, in the text or in JSON's escapes, as `?`: names and files may hold anything. */
function harmless(json: string): string {
  return json
    .replaceAll(/[\x7f-\x9f\u2028\u2029]/g, "?")
    .replaceAll(/\\(?:u00[01].|[^u])/g, (escape) => (STEERING.test(escape) ? "?" : escape));
}

/** Line end and tab stay: an error's trace has them. */
const STEERING = /^\\(?:u00|[bfr])/;
