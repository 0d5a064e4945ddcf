import type { Arguments, SyntaxProblem, Token } from "./lexer.ts";
import { syntax } from "./lexer.ts";

// BIRD's filter language cuts a line finer than commands do: `1+2` are three words there, and one in a
// command, where names may have such characters. So words are cut here, as they are come to.

/** `text` was in quotes. */
export interface Symbol {
  readonly kind: "address" | "number" | "name" | "sign" | "text";
  readonly text: string;
}

const ADDRESS =
  /(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|(?:[0-9a-fA-F]{0,4}:){2,}[0-9a-fA-F:.]*)(?:\/[0-9]+)?/y;
const NUMBER = /0x[0-9a-fA-F]+|[0-9]+/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const SIGN = /&&|\|\||[!<>]=|!~|\.\.|\S/y;
const PATTERNS = [
  ["address", ADDRESS],
  ["number", NUMBER],
  ["name", NAME],
  ["sign", SIGN],
] as const;

/**
 * A route may have 16,000 communities, or places in its path: half a million comparisons for one route,
 * up to 70 ms (measured).
 */
const MOST_SCANS = 32;

/** The symbols of an expression, from left to right; it ends where nothing fits any more. */
export class Symbols {
  readonly #args: Arguments;
  /** Of the word that is being read. */
  #rest: readonly Symbol[] = [];
  #at = 0;
  /** Of the word after it, once that was looked at. */
  #upcoming: readonly Symbol[] | undefined;
  #taken = 0;
  #scans = 0;

  constructor(args: Arguments) {
    this.#args = args;
  }

  /** How many have been taken: what an expression costs whoever calculates it. */
  get taken(): number {
    return this.#taken;
  }

  /** How often each member of one of a route's lists is compared with something. */
  get scans(): number {
    return this.#scans;
  }

  /** One more: a `~` with a list, a range of a set, a part of a mask. A problem: there are too many. */
  takeScan(): SyntaxProblem | undefined {
    return ++this.#scans <= MOST_SCANS
      ? undefined
      : syntax(`more than ${MOST_SCANS} matches of lists, ranges in sets and parts of masks`);
  }

  /** The symbol that comes next; undefined: the line is at its end. */
  get next(): Symbol | undefined {
    return this.ahead(0);
  }

  /** The symbol so many places on, within this word or the one after it. */
  ahead(places: number): Symbol | undefined {
    const at = this.#at + places;
    return at < this.#rest.length ? this.#rest[at] : this.#ofNextWord[at - this.#rest.length];
  }

  /** Takes the next symbol, which must be there. */
  take(): Symbol | undefined {
    if (this.isWhole) {
      [this.#rest, this.#at] = [this.#ofNextWord, 0];
      this.#nextWord();
    }
    this.#taken++;
    return this.#rest[this.#at++];
  }

  /** Takes the next symbol if it is this sign or name. */
  accept(text: string): boolean {
    const { next } = this;
    if (next === undefined || next.kind === "text" || next.text !== text) return false;
    this.take();
    return true;
  }

  /** Takes a whole word, whatever its characters, where one begins: names have dashes. */
  wholeWord(): string | undefined {
    return this.isWhole ? this.#nextWord()?.text : undefined;
  }

  unexpected(): SyntaxProblem {
    return syntax(`unexpected ${this.next?.text ?? "END"}`);
  }

  /** No word was left in the middle. */
  get isWhole(): boolean {
    return this.#at >= this.#rest.length;
  }

  get #ofNextWord(): readonly Symbol[] {
    if (this.#upcoming === undefined) {
      const word = this.#args.token(0);
      this.#upcoming = word === undefined ? [] : symbolsOf(word);
    }
    return this.#upcoming;
  }

  #nextWord(): Token | undefined {
    this.#upcoming = undefined;
    return this.#args.next();
  }
}

function symbolsOf({ kind, text }: Token): Symbol[] {
  if (kind !== "word") return [{ kind: "text", text }];
  const symbols: Symbol[] = [];
  for (let at = 0; at < text.length; at += symbols.at(-1)?.text.length ?? 1) {
    symbols.push(symbolAt(text, at));
  }
  return symbols;
}

/** There is always one: the last pattern takes any character. */
function symbolAt(text: string, at: number): Symbol {
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found !== null) return { kind, text: found[0] };
  }
  return { kind: "sign", text: text[at] };
}
