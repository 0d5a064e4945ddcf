import type { TimeFormat } from "./views.ts";

const HOUR = 3_600_000;

/**
 * A time in a table, without blanks unless it is asked for: clients split rows at blanks. `short` is
 * BIRD's default: the time of day, the date when it is more than 20 hours ago. `digits`: of a second.
 */
export function formatSince(at: number, now: number, format: TimeFormat, digits = 3): string {
  switch (format) {
    case "short":
      if (now - at > 20 * HOUR) return date(at);
      return `${timeOfDay(at)}.${milliseconds(at).slice(0, digits)}`;
    case "epoch":
      return Math.floor(at / 1000).toString();
    case "long":
      return `${date(at)} ${timeOfDay(at)}`;
  }
}

/** A time in `show status`: date and time, in BIRD's default with milliseconds. */
export function formatTime(at: number, format: TimeFormat): string {
  const seconds = `${date(at)} ${timeOfDay(at)}`;
  return format === "short" ? `${seconds}.${milliseconds(at)}` : seconds;
}

/** Seconds with three decimals: `84.928`. */
export function formatSeconds(duration: number): string {
  return (duration / 1000).toFixed(3);
}

function date(at: number): string {
  const time = new Date(at);
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
}

function timeOfDay(at: number): string {
  const time = new Date(at);
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}

function milliseconds(at: number): string {
  return (Math.floor(at) % 1000).toString().padStart(3, "0");
}

function two(value: number): string {
  return value.toString().padStart(2, "0");
}
