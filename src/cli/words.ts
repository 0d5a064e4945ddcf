import { resolve } from "node:path";

/** What may be shortened, and the second words. `down` is not here: it must be written out. */
const VOCABULARY: Readonly<Record<string, readonly string[]>> = {
  show: ["status", "protocols", "route", "interfaces"],
  configure: ["check"],
  enable: [],
  disable: [],
  restart: [],
  restrict: [],
  echo: [],
};

/**
 * The command line for the socket: the first two words written out where they are beginnings of
 * exactly one word, and what the shell has taken the quotes off put back into quotes.
 */
export function commandLine(words: readonly string[]): string {
  // One argument may hold the whole command: underlayctl "show route".
  const [first = "", second, ...rest] = words.length === 1 ? words[0].trim().split(/\s+/) : words;
  const verb = complete(first, Object.keys(VOCABULARY));
  const nouns = Object.hasOwn(VOCABULARY, verb) ? VOCABULARY[verb] : [];
  const tail = second === undefined ? rest : [complete(second, nouns), ...rest];
  const spell = verb === "configure" ? (word: string) => spellFile(word, nouns) : spellWord;
  return [verb, ...tail.map(spell)].join(" ");
}

/** The file of `configure`: a text in BIRD's grammar, and the daemon is in another folder. */
function spellFile(word: string, keywords: readonly string[]): string {
  const isFile = /[/.]/.test(word) && !keywords.includes(word) && !word.startsWith('"');
  return isFile ? quoted(resolve(word)) : spellWord(word);
}

function spellWord(word: string): string {
  return needsQuotes(word) ? quoted(word) : word;
}

function complete(word: string, candidates: readonly string[]): string {
  if (candidates.includes(word)) return word;
  const longer = candidates.filter((candidate) => candidate.startsWith(word));
  return longer.length === 1 ? longer[0] : word;
}

function needsQuotes(word: string): boolean {
  return word === "" || /[^A-Za-z0-9_.:/%*?{},'"-]/.test(word);
}

function quoted(word: string): string {
  return word.startsWith('"') ? word : `"${word.replaceAll(/["\r\n]/g, "")}"`;
}
