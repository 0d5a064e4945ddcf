import { closeSync, constants, openSync } from "node:fs";
import pino, { type Logger } from "pino";
import type { LogConfig } from "../config/index.ts";
import { systemText } from "./files.ts";
import { LogSink } from "./log-sink.ts";

/**
 * The log: pino's JSON lines, each with a stable `event` name; readable text on a terminal. A log
 * that cannot be written (a full disk, a closed pipe) does not stop routing, see log-sink.ts.
 */
export interface Log {
  readonly logger: Logger;
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
  const logger = pino(
    {
      level: config.level,
      base: { node: name },
      messageKey: "message",
      formatters: { level: (label: string) => ({ level: label }) },
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    {
      write: (line) => {
        sink.write(format !== undefined && descriptor === STDOUT ? format(line) : line);
      },
    },
  );
  if (problem !== undefined) logger.error({ event: "log-failed" }, problem);
  return {
    logger,
    flush: () => sink.flush(),
    setLevel: (level) => {
      logger.level = level;
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
