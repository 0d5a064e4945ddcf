// Regular expressions over AS paths, as routers have them. A neighbour writes the path and an operator
// the expression, so matching has to take time in proportion to the path whatever both are: the
// expression becomes a finite automaton, and there is no backtracking. That is why there are no back
// references and no look-around; nested repetitions cost nothing and are welcome.
//
//   text -> parse -> tree -> states (each a set of characters, or a fork) -> runs by sets of states,
//   each such set worked out once and remembered (at most 256 of them, then afresh)
//
// What it is matched against is the path as `show` prints it: "64600 64512", sets in braces
// "{64512 64513}", confederations in parentheses.

import { type AsPathSegment, formatAsPath } from "bgp-ts";

/** What an AS path can consist of, and behind them its two ends. */
const ALPHABET = "0123456789 {}()";
const BEGIN = ALPHABET.length;
const END = BEGIN + 1;
const SYMBOLS = END + 1;

const DIGITS = 0x3ff;
const CHARACTERS = (1 << BEGIN) - 1;
/** `_`: whatever stands around an AS number. */
const BORDER = ((1 << SYMBOLS) - 1) & ~DIGITS;

const LONGEST = 256;
/** Sets of states that are remembered at one time. */
const MOST_SETS = 256;
const UNKNOWN = -1;

/** `symbols`: one character out of a set, as bits. */
type Node =
  | { readonly kind: "one"; readonly symbols: number }
  | { readonly kind: "all"; readonly parts: readonly Node[] }
  | { readonly kind: "any"; readonly parts: readonly Node[] }
  | {
      readonly kind: "repeat";
      readonly of: Node;
      readonly optional: boolean;
      readonly many: boolean;
    };

/** Why a text is no expression, and where. */
export interface PatternFault {
  readonly kind: "fault";
  /** Index of the character. */
  readonly at: number;
  readonly reason: string;
}

class Complaint extends Error {
  readonly at: number;

  constructor(at: number, reason: string) {
    super(reason);
    this.at = at;
  }
}

/** What matches: the state with nothing behind it. */
const FINAL = 0;

export class AsPathPattern {
  readonly kind = "pattern";
  readonly text: string;
  /** By state: the characters that lead to `next`; 0: a fork to `next` and `other`. */
  readonly #symbols: number[] = [0];
  readonly #next: number[] = [FINAL];
  readonly #other: number[] = [FINAL];
  readonly #start: number;
  #sets: Uint16Array[] = [];
  #moves: Int16Array[] = [];
  readonly #numbers = new Map<string, number>();

  private constructor(text: string, tree: Node) {
    this.text = text;
    this.#start = this.#build(tree, FINAL);
  }

  /** Characters, `.`, `[0-9]`, `[^1]`, `_`, `^`, `$`, `|`, `( )`, `*`, `+`, `?`, `\d`, and `\` before a sign. */
  static parse(text: string): AsPathPattern | PatternFault {
    if (text.length > LONGEST) {
      return { kind: "fault", at: LONGEST, reason: `more than ${LONGEST} characters` };
    }
    try {
      return new AsPathPattern(text, new Parser(text).read());
    } catch (error) {
      if (!(error instanceof Complaint)) throw error;
      return { kind: "fault", at: error.at, reason: error.message };
    }
  }

  /** Whether the expression matches anywhere in the path. */
  matches(path: readonly AsPathSegment[]): boolean {
    const text = formatAsPath(path);
    let set = this.#step(this.#first(), BEGIN);
    for (let i = 0; i < text.length && set !== FOUND; i++) {
      set = this.#step(set, ALPHABET.indexOf(text[i]));
    }
    return set === FOUND || this.#step(set, END) === FOUND;
  }

  /** The states of a part, that lead on to `next`; gives the first of them. */
  #build(node: Node, next: number): number {
    if (node.kind === "one") return this.#state(node.symbols, next, next);
    if (node.kind === "all")
      return node.parts.reduceRight((to, part) => this.#build(part, to), next);
    if (node.kind === "any") {
      return node.parts
        .map((part) => this.#build(part, next))
        .reduceRight((b, a) => this.#state(0, a, b));
    }
    if (!node.many) return this.#state(0, this.#build(node.of, next), next);
    const fork = this.#state(0, next, next);
    this.#next[fork] = this.#build(node.of, fork);
    return node.optional ? fork : this.#next[fork];
  }

  #state(symbols: number, next: number, other: number): number {
    this.#symbols.push(symbols);
    this.#next.push(next);
    this.#other.push(other);
    return this.#symbols.length - 1;
  }

  /** The set to begin with: in the middle of a path a match may begin anew. */
  #first(): number {
    return this.#sets.length > 0 ? 0 : this.#number(this.#close([]));
  }

  #step(set: number, symbol: number): number {
    if (set === FOUND) return FOUND;
    const known = this.#moves[set][symbol];
    if (known !== UNKNOWN) return known;
    const reached: number[] = [];
    for (const state of this.#sets[set]) {
      if ((this.#symbols[state] & (1 << symbol)) !== 0) reached.push(this.#next[state]);
    }
    const moves = this.#moves[set];
    const closed = this.#close(reached);
    const next = closed.includes(FINAL) ? FOUND : this.#number(closed);
    moves[symbol] = next;
    return next;
  }

  /** Where forks lead to, and the beginning; ascending, without the forks. */
  #close(states: readonly number[]): number[] {
    const seen = new Set<number>();
    const open = [...states, this.#start];
    for (let state = open.pop(); state !== undefined; state = open.pop()) {
      if (seen.has(state)) continue;
      seen.add(state);
      if (state !== FINAL && this.#symbols[state] === 0)
        open.push(this.#next[state], this.#other[state]);
    }
    return [...seen]
      .filter((state) => state === FINAL || this.#symbols[state] !== 0)
      .sort((a, b) => a - b);
  }

  #number(states: readonly number[]): number {
    const key = states.join();
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    if (this.#sets.length === MOST_SETS) {
      this.#numbers.clear();
      this.#sets = [];
      this.#moves = [];
      // Number 0 is the first one's.
      this.#number(this.#close([]));
      const again = this.#numbers.get(key);
      if (again !== undefined) return again;
    }
    this.#numbers.set(key, this.#sets.length);
    this.#moves.push(new Int16Array(SYMBOLS).fill(UNKNOWN));
    return this.#sets.push(Uint16Array.from(states)) - 1;
  }
}

/** In the place of a set's number: the expression has matched. */
const FOUND = -2;

/** Recursive descent; a Complaint where it cannot go on. */
class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): Node {
    const node = this.#alternatives();
    if (this.#at < this.#text.length) throw this.#complaint("a ) without its (");
    return node;
  }

  #alternatives(): Node {
    const parts = [this.#sequence()];
    while (this.#take("|")) parts.push(this.#sequence());
    return parts.length === 1 ? parts[0] : { kind: "any", parts };
  }

  #sequence(): Node {
    const parts: Node[] = [];
    while (this.#at < this.#text.length && !"|)".includes(this.#text[this.#at])) {
      parts.push(this.#repeated());
    }
    return { kind: "all", parts };
  }

  #repeated(): Node {
    const of = this.#atom();
    const sign = this.#text.charAt(this.#at);
    if (sign === "" || !"*+?".includes(sign)) return of;
    this.#at++;
    if ("*+?".includes(this.#text.charAt(this.#at) || " ")) {
      throw this.#complaint("two repetitions in a row");
    }
    return { kind: "repeat", of, optional: sign !== "+", many: sign !== "?" };
  }

  #atom(): Node {
    const sign = this.#text[this.#at++];
    switch (sign) {
      case "(": {
        const inner = this.#alternatives();
        if (!this.#take(")")) throw this.#complaint("a ( without its )");
        return inner;
      }
      case "[":
        return { kind: "one", symbols: this.#choice() };
      case ".":
        return { kind: "one", symbols: CHARACTERS };
      case "_":
        return { kind: "one", symbols: BORDER };
      case "^":
        return { kind: "one", symbols: 1 << BEGIN };
      case "$":
        return { kind: "one", symbols: 1 << END };
      case "*":
      case "+":
      case "?":
        this.#at--;
        throw this.#complaint(`nothing before the ${sign} that could be repeated`);
      case "\\":
        return { kind: "one", symbols: this.#escaped() };
      default:
        return { kind: "one", symbols: this.#literal(sign) };
    }
  }

  #escaped(): number {
    const sign = this.#text[this.#at++] as string | undefined;
    if (sign === "d") return DIGITS;
    if (sign === undefined || /[0-9]/.test(sign)) {
      this.#at--;
      throw this.#complaint(sign === undefined ? "nothing behind the \\" : "a back reference");
    }
    return this.#literal(sign);
  }

  #literal(sign: string): number {
    const symbol = ALPHABET.indexOf(sign);
    if (symbol >= 0) return 1 << symbol;
    this.#at--;
    throw this.#complaint(`${JSON.stringify(sign)}, which is never part of an AS path`);
  }

  /** What is between [ and ]. */
  #choice(): number {
    const not = this.#take("^");
    let symbols = 0;
    while (!this.#take("]")) {
      if (this.#at === this.#text.length) throw this.#complaint("a [ without its ]");
      const sign = this.#text[this.#at++];
      const first = sign === "\\" ? this.#escaped() : this.#literal(sign);
      if (!this.#take("-")) {
        symbols |= first;
        continue;
      }
      const last = this.#literal(this.#text.charAt(this.#at++));
      if (first > last || last > 1 << 9) throw this.#complaint("a range that is none, as 0-9 is");
      symbols |= (last << 1) - first;
    }
    const left = not ? CHARACTERS & ~symbols : symbols;
    if (left === 0) throw this.#complaint("a choice of nothing");
    return left;
  }

  #take(sign: string): boolean {
    if (this.#text[this.#at] !== sign) return false;
    this.#at++;
    return true;
  }

  #complaint(reason: string): Complaint {
    return new Complaint(this.#at, reason);
  }
}
