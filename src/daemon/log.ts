import { constants, openSync } from "node:fs";
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
  const { descriptor, problem } = destination(config.file);
  const sink = new LogSink(descriptor, {
    limit: BUFFER_LIMIT,
    retryAfter: RETRY_AFTER,
    onRecovered: (dropped, error) => {
      logger.warn(
        { event: "log-recovered", dropped, ...(error !== undefined && { error }) },
        `the log could not be written for a while; ${dropped} lines are lost`,
      );
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
    { write: (line) => sink.write(format === undefined ? line : format(line)) },
  );
  if (problem !== undefined) {
    logger.error({ event: "log-failed" }, `log.file ${problem}; the log goes to standard output`);
  }
  return {
    logger,
    flush: () => sink.flush(),
    setLevel: (level) => {
      logger.level = level;
    },
  };
}

function destination(file: string | undefined): { descriptor: number; problem?: string } {
  if (file === undefined) return { descriptor: STDOUT };
  try {
    return { descriptor: openSync(file, OPEN_FLAGS, 0o644) };
  } catch (error) {
    return { descriptor: STDOUT, problem: systemText(file, error) };
  }
}

async function pretty(): Promise<(line: string) => string> {
  const { prettyFactory } = await import("pino-pretty");
  const format = prettyFactory({
    messageKey: "message",
    ignore: "node,event",
    translateTime: "SYS:HH:MM:ss.l",
    singleLine: true,
  });
  return (line) => format(line);
}
