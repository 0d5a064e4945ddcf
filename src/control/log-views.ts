// What the control room sees of the log, and may ask it for.

/** BIRD's classes of what a log says, by what `echo` calls them. */
export const LOG_CLASSES = [
  "debug",
  "trace",
  "info",
  "remote",
  "warning",
  "error",
  "auth",
  "fatal",
  "bug",
] as const;

export type LogClass = (typeof LOG_CLASSES)[number];

/**
 * What of a neighbour can be logged step by step: its states, what becomes of its connections each time,
 * every message from and to it.
 */
export const TRACE_CLASSES = ["states", "events", "packets"] as const;

export type TraceClass = (typeof TRACE_CLASSES)[number];
