import { readDuration } from "./read.ts";

// How `show` prints times: BIRD's `timeformat`. A format is a text with strftime's conversions; BIRD has
// added `%f`, the fraction of a second, with its digits before it (`%3f`).

/** strftime's letters; `f` is BIRD's. */
export type TimeField =
  "Y" | "y" | "m" | "d" | "e" | "H" | "M" | "S" | "s" | "f" | "j" | "a" | "b" | "z";

/** A text as it is, or a part of the time. `digits`: of `f`. */
export type TimePart = string | { readonly field: TimeField; readonly digits: number };

export interface TimeFormat {
  readonly recent: readonly TimePart[];
  /** What is longer ago, in milliseconds, is printed by `older`. */
  readonly limit: number;
  readonly older: readonly TimePart[];
}

/** Longest text of a format: a column of a table is made of it. */
const LONGEST = 64;

const FIELDS = "YymdeHMSsfjabz";
const COMPOSED: Readonly<Record<string, string>> = {
  T: "%H:%M:%S",
  R: "%H:%M",
  F: "%Y-%m-%d",
};

/** BIRD's words; a date where the time of day would say too little. */
const DAY = "limit 20h %F";
const WORDS: Readonly<Record<string, string>> = {
  "iso short": `%T ${DAY}`,
  "iso short ms": `%T.%3f ${DAY}`,
  "iso short us": `%T.%6f ${DAY}`,
  "iso long": "%F %T",
  "iso long ms": "%F %T.%3f",
  "iso long us": "%F %T.%6f",
  short: `%T.%3f ${DAY}`,
  long: "%F %T",
  epoch: "%s",
};

export const TIME_FORMAT_WORDS =
  "iso short, iso short ms, iso long, iso long ms, epoch, or strftime's conversions as %F %T.%3f, with another format for what is long ago: %T limit 20h %F";

/** One of the words, `FORMAT`, or `FORMAT limit TIME FORMAT`. */
export function readTimeFormat(text: string): TimeFormat | undefined {
  const words = Object.hasOwn(WORDS, text) ? WORDS[text] : text;
  const limited = /^(.+) limit (\S+) (.+)$/.exec(words);
  if (limited === null && words.includes("limit")) return undefined;
  const [recent, older] = [limited?.[1] ?? words, limited?.[3] ?? words].map(readParts);
  const limit = limited === null ? Infinity : readDuration(limited[2]);
  if (recent === undefined || older === undefined || limit === undefined) return undefined;
  return { recent, limit, older };
}

function readParts(text: string): TimePart[] | undefined {
  if (text.length > LONGEST || !text.includes("%") || /[^\x20-\x7e]/.test(text)) return undefined;
  const parts: TimePart[] = [];
  for (const [piece, digits, letter] of text.matchAll(/%([1-6]?)(.?)|[^%]+/g)) {
    if (!piece.startsWith("%")) parts.push(piece);
    else if (letter === "%" && digits === "") parts.push("%");
    else if (digits === "" && Object.hasOwn(COMPOSED, letter)) {
      parts.push(...(readParts(COMPOSED[letter]) ?? []));
    } else if (isField(letter) && (digits === "" || letter === "f")) {
      parts.push({ field: letter, digits: Number(digits || "6") });
    } else return undefined;
  }
  return parts;
}

function isField(letter: string): letter is TimeField {
  return letter.length === 1 && FIELDS.includes(letter);
}

/** The three kinds of times, by what is shown. */
export interface TimeFormats {
  /** `show status`. */
  readonly base: TimeFormat;
  /** Protocols and BFD sessions. */
  readonly protocol: TimeFormat;
  readonly route: TimeFormat;
}

/** Texts that are good, or undefined: BIRD's defaults. Times of routes are kept to 10 ms. */
export function timeFormats({ base, protocol, route }: Partial<TimeFormats>): TimeFormats {
  const standard = (text: string): TimeFormat => {
    const format = readTimeFormat(text);
    if (format === undefined) throw new Error(text);
    return format;
  };
  return {
    base: base ?? standard("iso long ms"),
    protocol: protocol ?? standard("iso short ms"),
    route: route ?? standard(`%T.%2f ${DAY}`),
  };
}

/** One text is for the tables. `epoch` and `long` have no fractions, `show status` neither. */
export function splitTimeFormat(text: string): Readonly<Record<string, string>> {
  if (text === "short") return {};
  const tables = { protocol: text, route: text };
  return text === "epoch" || text === "long" ? { ...tables, base: "iso long" } : tables;
}
