import pino, { type DestinationStream, type Logger } from "pino";
import type { LogConfig } from "../config/index.ts";

/**
 * The log: pino's JSON lines, each with a stable `event` name; readable text on a terminal.
 *
 * A log that cannot be written (a full disk, a closed pipe) must not stop routing: what does not fit
 * into a bounded buffer is dropped and counted, and the count is logged when writing works again.
 */
export interface Log {
  readonly logger: Logger;
  /** Writes out what is buffered; to be called before the process ends. */
  flush(): void;
  /** The level can be changed by a reload; the destination cannot. */
  setLevel(level: LogConfig["level"]): void;
}

/** Characters that may wait for a disk or a pipe. */
const BUFFER_LIMIT = 1 << 20;

export async function openLog(config: LogConfig, name: string): Promise<Log> {
  const options = {
    level: config.level,
    base: { node: name },
    messageKey: "message",
    formatters: { level: (label: string) => ({ level: label }) },
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  if (config.file === undefined && process.stdout.isTTY) {
    const { default: pretty } = await import("pino-pretty");
    const stream: DestinationStream = pretty({
      messageKey: "message",
      ignore: "node,event",
      translateTime: "SYS:HH:MM:ss.l",
      singleLine: true,
      sync: true,
    });
    return handle(pino(options, stream), () => undefined);
  }
  const destination = pino.destination({
    dest: config.file ?? 1,
    append: true,
    sync: false,
    // A log file that cannot be opened or written is reported by events, see below.
    maxLength: BUFFER_LIMIT,
  });
  let dropped = 0;
  let failure: string | undefined;
  destination.on("error", (error: NodeJS.ErrnoException) => {
    failure ??= error.message;
  });
  destination.on("drop", () => dropped++);
  const logger = pino(options, destination);
  destination.on("drain", () => {
    if (failure === undefined) return;
    logger.warn(
      { event: "log-recovered", dropped, error: failure },
      `the log could not be written for a while; ${dropped} lines are lost`,
    );
    failure = undefined;
    dropped = 0;
  });
  return handle(logger, () => {
    try {
      destination.flushSync();
    } catch {
      // Nothing can be said about a log that cannot be written.
    }
  });
}

function handle(logger: Logger, flush: () => void): Log {
  return {
    logger,
    flush,
    setLevel: (level) => {
      logger.level = level;
    },
  };
}
