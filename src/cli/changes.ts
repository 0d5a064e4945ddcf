// What has changed between two replies: a line is compared with the one that begins alike, word by word.

const REVERSE = "\x1b[7m";
const ORDINARY = "\x1b[27m";

/** What changes with every look, and is no news: ages, timers that run down, the time of day. */
const RESTLESS = /^(?:(?:\d+[dhms]){1,2}|[\d.]+\/[\d.]+)$/;
const CLOCK = /server time/;

/** The lines, with the words in reverse video that were others in `before`, or were not there. */
export function markChanges(before: readonly string[], lines: readonly string[]): string[] {
  const old = byKey(before);
  return [...byKey(lines)].map(([key, line]) => marked(old.get(key), line));
}

/** By the first word and how often it has come before; in their order. */
function byKey(lines: readonly string[]): Map<string, string> {
  const counts = new Map<string, number>();
  return new Map(
    lines.map((line) => {
      const word = /\S+/.exec(plain(line))?.[0] ?? "";
      const count = counts.get(word) ?? 0;
      counts.set(word, count + 1);
      return [`${word} ${count}`, line];
    }),
  );
}

function marked(before: string | undefined, line: string): string {
  if (before === line || CLOCK.test(line)) return line;
  const old = before === undefined ? [] : wordsOf(before);
  let at = 0;
  return line.replaceAll(/\S+/g, (word) => {
    const was = old[at++];
    const isRestless = was !== undefined && RESTLESS.test(plain(word)) && RESTLESS.test(plain(was));
    const isSame = isRestless || (was !== undefined && plain(was) === plain(word));
    return isSame ? word : `${REVERSE}${word}${ORDINARY}`;
  });
}

const wordsOf = (line: string): string[] => line.match(/\S+/g) ?? [];

const plain = (text: string): string => text.replaceAll(/\x1b\[[\d;]*m/g, "");
