import type { Arguments, SyntaxProblem, Token } from "./lexer.ts";
import { syntax } from "./lexer.ts";
import type { ControlViews } from "./views.ts";

/** Which protocols a command is for. */
export interface Selection {
  /** The name or the pattern; undefined: all of them. */
  readonly pattern: string | undefined;
  /** One protocol was named. */
  readonly exact: boolean;
  readonly matches: (name: string) => boolean;
}

/** Every protocol. */
export const EVERYTHING: Selection = {
  pattern: undefined,
  exact: false,
  matches: () => true,
};

/** Reads `all`, a name or a pattern. */
export function readSelection(args: Arguments, views: ControlViews): Selection | SyntaxProblem {
  return args.keyword("all") ? EVERYTHING : readName(args, views);
}

/**
 * Reads a name, or a pattern: in double quotes as BIRD has it, or a bare word with a `*` or a `?`.
 * A name that no protocol has is a syntax error, as with BIRD, whose names are symbols; a pattern
 * that matches nothing is found out later (code 8003).
 */
export function readName(args: Arguments, views: ControlViews): Selection | SyntaxProblem {
  const unexpected = args.unexpected();
  const token = args.next();
  if (token === undefined) return unexpected;
  if (isPattern(token)) {
    return { pattern: token.text, exact: false, matches: globMatcher(token.text) };
  }
  for (const { name } of views.protocolNames()) {
    if (name === token.text) {
      return { pattern: name, exact: true, matches: (other) => other === name };
    }
  }
  return syntax(`no protocol is called ${token.text}`);
}

function isPattern(token: Token): boolean {
  return token.kind === "text" || (token.kind === "word" && /[*?]/.test(token.text));
}

/**
 * A shell's `*` and `?` over whole names. Linear in the length of the name for every `*`: the
 * pattern comes from outside and must not be able to take forever.
 */
export function globMatcher(given: string): (text: string) => boolean {
  const pattern = given.replace(/\*+/g, "*");
  return (text) => {
    let [p, t] = [0, 0];
    let [star, mark] = [-1, 0];
    while (t < text.length) {
      if (p < pattern.length && pattern[p] === "*") {
        star = p++;
        mark = t;
      } else if (p < pattern.length && (pattern[p] === "?" || pattern[p] === text[t])) {
        p++;
        t++;
      } else if (star >= 0) {
        p = star + 1;
        t = ++mark;
      } else {
        return false;
      }
    }
    while (pattern[p] === "*") p++;
    return p === pattern.length;
  };
}
