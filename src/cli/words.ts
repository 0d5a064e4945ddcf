import { resolve } from "node:path";
import { VERBS, findVerb } from "./verbs.ts";

/** What may be shortened, and the second words. */
export const VOCABULARY: Readonly<Record<string, readonly string[]>> = {
  // Without "static" and "symbols", which are typed in full: `s` is "status", as it was before them.
  show: ["status", "protocols", "route", "interfaces", "bfd", "load", "memory"],
  explain: [],
  eval: [],
  debug: [],
  mrtdump: [],
  graceful: ["restart"],
  configure: ["check", "confirm", "soft", "status", "timeout", "undo"],
  enable: [],
  disable: [],
  reload: ["in", "out"],
  restart: [],
  filter: ["test"],
  mrt: ["dump"],
  restrict: [],
  echo: [],
  // Also those that are not to be shortened: they are in the way of others (`d` is not clear).
  ...Object.fromEntries(VERBS.map(({ name, words }) => [name, words])),
};

/** Third words: what birdc completes, too. */
export const THIRD: Readonly<Record<string, readonly string[]>> = {
  "show protocols": ["all"],
  "show interfaces": ["summary"],
};

/**
 * The command's words, the first ones written out where they are beginnings of exactly one word; and
 * the line for the socket, in which what the shell has taken the quotes off is put back into quotes.
 */
export function commandLine(words: readonly string[]): { words: string[]; line: string } {
  // One argument may hold the whole command: underlayctl "show route".
  const [first = "", ...rest] = words.length === 1 ? splitWords(words[0]) : words;
  const verb = complete(first, Object.keys(VOCABULARY));
  const nouns = Object.hasOwn(VOCABULARY, verb) ? VOCABULARY[verb] : [];
  const [second, third, ...tail] = rest;
  const noun = second === undefined ? [] : [complete(second, nouns)];
  const thirds = Object.hasOwn(THIRD, `${verb} ${noun[0]}`) ? THIRD[`${verb} ${noun[0]}`] : [];
  const next = third === undefined ? [] : [complete(third, thirds)];
  const spell =
    verb === "configure" || verb === "mrt" || verb === "plan"
      ? (word: string) => spellFile(word, nouns)
      : spellWord;
  const others = [...noun, ...next, ...tail];
  const end = expressionAt(verb, others);
  const spelled = others.map((word, at) => (at < end ? spell(word) : word));
  return { words: [verb, ...others], line: [verb, ...spelled].join(" ") };
}

/** From where on the words are an expression, in which signs are no part of a text. */
function expressionAt(verb: string, others: readonly string[]): number {
  if (verb === "eval") return 0;
  const where = verb === "show" && others[0] === "route" ? others.indexOf("where") : -1;
  return where < 0 ? others.length : where;
}

/** What a shortened verb may stand for, where that is not clear; else nothing. */
export function meanings(verb: string): readonly string[] {
  const verbs = Object.keys(VOCABULARY);
  const longer = verbs.filter((word) => word.startsWith(verb));
  return verb === "" || verbs.includes(verb) || longer.length < 2 ? [] : longer;
}

/** Words and "texts in quotes" of a whole command. */
export function splitWords(line: string): string[] {
  return line.match(/"[^"]*"|\S+/g) ?? [];
}

/** The file of `configure` or `mrt dump`: a text in BIRD's grammar, and the daemon is in another folder. */
function spellFile(word: string, keywords: readonly string[]): string {
  const isFile = /[/.]/.test(word) && !keywords.includes(word) && !word.startsWith('"');
  return isFile ? quoted(resolve(word)) : spellWord(word);
}

function spellWord(word: string): string {
  return needsQuotes(word) ? quoted(word) : word;
}

function complete(word: string, candidates: readonly string[]): string {
  if (word === "" || candidates.includes(word)) return word;
  const longer = candidates.filter((candidate) => candidate.startsWith(word));
  return longer.length === 1 && findVerb(longer[0])?.full !== true ? longer[0] : word;
}

function needsQuotes(word: string): boolean {
  return word === "" || /[^A-Za-z0-9_.:/%*?{},'"-]/.test(word) || /^".*[^"]$|^"$/s.test(word);
}

/** A text of BIRD's grammar, without double quotes inside. */
function quoted(word: string): string {
  return /^"[^"]*"$/.test(word) ? word : `"${word.replaceAll('"', "'")}"`;
}
