import type { Answer } from "./answer.ts";
import { type Arguments, type SyntaxProblem, syntax } from "./lexer.ts";
import { last } from "./reply.ts";

// `eval 1 + 2 * (3 - 1)`: what of BIRD's language has a meaning here, integers of 32 bits.

/** Parentheses one inside the other, at most. */
const DEPTH = 32;

export function evaluate(args: Arguments): Answer | SyntaxProblem {
  const words: string[] = [];
  while (!args.done) words.push(args.next()?.text ?? "");
  const tokens = words.join(" ").match(/[0-9]+|\S/g) ?? [];
  const sum = new Sum(tokens);
  const value = sum.read();
  if (typeof value === "string") return syntax(value);
  const failure = Number.isNaN(value) ? { code: 8008, text: "runtime error" } : undefined;
  return {
    text: () => [failure ? last(failure.code, failure.text) : last(23, String(value))],
    json: () => ({ kind: "one", value: failure ? null : value, ...failure }),
  };
}

class Sum {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  /** The value, NaN where there is none (division by 0); in words, what is wrong. */
  read(): number | string {
    const value = this.#sum(0);
    return this.#at < this.#tokens.length && typeof value === "number" ? this.#unexpected() : value;
  }

  #sum(depth: number): number | string {
    return this.#chain(["+", "-"], () => this.#product(depth));
  }

  #product(depth: number): number | string {
    return this.#chain(["*", "/"], () => this.#value(depth));
  }

  /** Operands with signs between, from left to right. */
  #chain(signs: readonly string[], operand: () => number | string): number | string {
    let left = operand();
    while (typeof left === "number" && signs.includes(this.#tokens[this.#at] ?? "")) {
      const sign = this.#tokens[this.#at++];
      const right = operand();
      left = typeof right === "number" ? apply(sign, left, right) : right;
    }
    return left;
  }

  #value(depth: number): number | string {
    if (depth > DEPTH) return "too many parentheses";
    const token = this.#tokens[this.#at] ?? "";
    if (token === "(") {
      this.#at++;
      const value = this.#sum(depth + 1);
      if (typeof value === "string") return value;
      return this.#tokens[this.#at] === ")" ? (this.#at++, value) : this.#unexpected();
    }
    if (!/^[0-9]{1,10}$/.test(token) || Number(token) > 0xffffffff) return this.#unexpected();
    this.#at++;
    return Number(token);
  }

  #unexpected(): string {
    return `unexpected ${this.#tokens[this.#at] ?? "END"}`;
  }
}

/** As BIRD counts: without sign, and beyond 32 bits from 0 again. What has no value has none in a sum. */
function apply(sign: string, a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return NaN;
  if (sign === "+") return (a + b) >>> 0;
  if (sign === "-") return (a - b) >>> 0;
  if (sign === "*") return Math.imul(a, b) >>> 0;
  return b === 0 ? NaN : Math.floor(a / b);
}
