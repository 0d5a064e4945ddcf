// A command line in words. BIRD's own lexer knows symbols, 'quoted symbols', "texts", numbers and
// addresses; here a bare word may have all the characters that those have, so that names with a
// dash or a colon need no quotes (but take them, looking glasses quote every name).

/** `word` may be a keyword, a name, an address or a prefix; a `name` was in 'single' quotes, a `text` in "double" ones. */
export interface Token {
  readonly kind: "word" | "name" | "text";
  readonly text: string;
}

/** The command cannot be read; `reason` goes to the client after "syntax error, ". */
export interface SyntaxProblem {
  readonly kind: "syntax";
  readonly reason: string;
}

export function syntax(reason: string): SyntaxProblem {
  return { kind: "syntax", reason };
}

const WORD = /&&|\|\||[!<>]=|!~|[{}[\](),~=!<>+]|[A-Za-z0-9_.:/%*?-]+/y;
const NAME = /'([A-Za-z0-9_.:%-]+)'/y;
const TEXT = /"([^"\n]*)"/y;

/** Words of a line; texts in quotes may be empty. What is behind a `#` is a remark. */
export function readTokens(line: string): Token[] | SyntaxProblem {
  const tokens: Token[] = [];
  let at = 0;
  while (at < line.length) {
    if (line[at] === " " || line[at] === "\t") {
      at++;
      continue;
    }
    if (line[at] === "#") break;
    const token = match(WORD, "word", line, at) ?? quoted(line, at);
    if (token === undefined) return syntax(`unexpected ${describe(line, at)}`);
    tokens.push(token.token);
    at = token.end;
  }
  return tokens;
}

function quoted(line: string, at: number): Match | undefined {
  return match(NAME, "name", line, at) ?? match(TEXT, "text", line, at);
}

interface Match {
  readonly token: Token;
  readonly end: number;
}

function match(pattern: RegExp, kind: Token["kind"], line: string, at: number): Match | undefined {
  pattern.lastIndex = at;
  const found = pattern.exec(line);
  if (found === null) return undefined;
  return { token: { kind, text: found[1] ?? found[0] }, end: pattern.lastIndex };
}

function describe(line: string, at: number): string {
  const character = String.fromCodePoint(line.codePointAt(at) ?? 0);
  return character === '"' || character === "'" ? "unterminated string" : `'${character}'`;
}

/** The words of a command, read from left to right. */
export class Arguments {
  readonly #tokens: readonly Token[];
  #at: number;

  constructor(tokens: readonly Token[], at = 0) {
    this.#tokens = tokens;
    this.#at = at;
  }

  get done(): boolean {
    return this.#at === this.#tokens.length;
  }

  /** Takes the next word if it is this keyword. */
  keyword(word: string): boolean {
    const token = this.#tokens[this.#at] as Token | undefined;
    if (token?.kind !== "word" || token.text !== word) return false;
    this.#at++;
    return true;
  }

  /** The token so many places on, which is not taken; undefined: there is none. */
  token(ahead: number): Token | undefined {
    return this.#tokens[this.#at + ahead];
  }

  /** Takes the next token, whatever it is; undefined at the end. */
  next(): Token | undefined {
    return this.#at < this.#tokens.length ? this.#tokens[this.#at++] : undefined;
  }

  /** "unexpected X" for the token that comes next, in BIRD's words at the end. */
  unexpected(): SyntaxProblem {
    const token = this.#tokens[this.#at] as Token | undefined;
    return syntax(token === undefined ? "unexpected END" : `unexpected ${token.text}`);
  }
}
