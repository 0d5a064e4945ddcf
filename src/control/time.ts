import type { TimeField, TimeFormat, TimePart } from "./views.ts";

/** A time as the format has it; local time, as BIRD's. Milliseconds since the epoch. */
export function formatTime(at: number, now: number, format: TimeFormat): string {
  const parts = now - at > format.limit ? format.older : format.recent;
  const time = new Date(at);
  return parts.map((part) => (typeof part === "string" ? part : fieldText(time, part))).join("");
}

/** Seconds with three decimals: `84.928`. */
export function formatSeconds(duration: number): string {
  return (duration / 1000).toFixed(3);
}

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = [
  ...["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
];

const FIELDS: Readonly<Record<Exclude<TimeField, "f">, (time: Date) => string>> = {
  Y: (time) => time.getFullYear().toString(),
  y: (time) => padded(time.getFullYear() % 100, 2),
  m: (time) => padded(time.getMonth() + 1, 2),
  d: (time) => padded(time.getDate(), 2),
  e: (time) => time.getDate().toString().padStart(2, " "),
  H: (time) => padded(time.getHours(), 2),
  M: (time) => padded(time.getMinutes(), 2),
  S: (time) => padded(time.getSeconds(), 2),
  s: (time) => Math.floor(time.getTime() / 1000).toString(),
  j: (time) => padded(dayOfYear(time), 3),
  a: (time) => DAYS[time.getDay()],
  b: (time) => MONTHS[time.getMonth()],
  z: (time) => zone(-time.getTimezoneOffset()),
};

function fieldText(time: Date, { field, digits }: Exclude<TimePart, string>): string {
  if (field !== "f") return FIELDS[field](time);
  return padded(time.getMilliseconds(), 3).padEnd(6, "0").slice(0, digits);
}

function padded(value: number, digits: number): string {
  return value.toString().padStart(digits, "0");
}

/** Noon of both days: a change of the clocks does not count. */
function dayOfYear(time: Date): number {
  const noon = (month: number, day: number): number =>
    Date.UTC(time.getFullYear(), month, day, 12) / 86_400_000;
  return Math.round(noon(time.getMonth(), time.getDate()) - noon(0, 0));
}

/** `+0130`. */
function zone(minutes: number): string {
  const size = Math.abs(minutes);
  return `${minutes < 0 ? "-" : "+"}${padded(Math.floor(size / 60), 2)}${padded(size % 60, 2)}`;
}
