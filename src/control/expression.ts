import { parseAddress, parsePrefix } from "../route/index.ts";
import { Symbols } from "./expression-lexer.ts";
import { masked, methodOf } from "./expression-methods.ts";
import { SUBTYPES, readMask, readNumber, readSet } from "./expression-set.ts";
import { type Expression, comparison, constant, isScan } from "./expression-values.ts";
import { type Arguments, type SyntaxProblem, syntax } from "./lexer.ts";

// Expressions of BIRD's filter language, as `show route where` and `eval` have them: what looking glasses and
// people ask. Kinds are compared when a line is read, so that what makes no sense is an error there.

/** Parentheses one inside the other, at most. */
const DEPTH = 32;

type Read = Expression | SyntaxProblem;

/** Names that stand for something of a route. */
export type Variables = ReadonlyMap<string, Expression>;

/** Takes all symbols that belong to one expression. */
export function readExpression(
  args: Arguments,
  variables: Variables,
  symbols = new Symbols(args),
): Read {
  const found = new ExpressionReader(symbols, variables).read(0);
  return found.kind === "syntax" || symbols.isWhole ? found : symbols.unexpected();
}

const WORDS: ReadonlyMap<string, Expression> = new Map<string, Expression>([
  ["true", constant("bool", true)],
  ["false", constant("bool", false)],
  ...["IP4", "IP6"].map((name) => word("networkType", `NET_${name}`)),
  ...["STATIC", "INHERIT", "DEVICE", "RIP", "OSPF", "BGP", "PIPE", "BABEL"].map((name) =>
    word("source", `RTS_${name}`),
  ),
  ...["UNICAST", "BLACKHOLE", "UNREACHABLE", "PROHIBIT"].map((name) =>
    word("destination", `RTD_${name}`),
  ),
  ...["HOST", "LINK", "SITE", "ORGANIZATION", "UNIVERSE"].map((name) =>
    word("scope", `SCOPE_${name}`),
  ),
  ...["IGP", "EGP", "INCOMPLETE"].map((name) => word("origin", `ORIGIN_${name}`)),
]);

function word(
  kind: "networkType" | "source" | "destination" | "scope" | "origin",
  name: string,
): [string, Expression] {
  return [name, constant(kind, name)];
}

const COMPARISONS = ["=", "!=", "<=", ">=", "<", ">", "~", "!~"];

class ExpressionReader {
  readonly #symbols: Symbols;
  readonly #variables: Variables;

  constructor(symbols: Symbols, variables: Variables) {
    this.#symbols = symbols;
    this.#variables = variables;
  }

  /** `&&` and `||` bind alike, from left to right, as BIRD has it. */
  read(depth: number): Read {
    let left = this.#comparison(depth);
    for (;;) {
      if (left.kind === "syntax") return left;
      const isBoth = this.#symbols.accept("&&");
      if (!isBoth && !this.#symbols.accept("||")) return left;
      const unexpected = this.#symbols.unexpected();
      const right = this.#comparison(depth);
      if (right.kind === "syntax") return right;
      if (left.kind !== "bool" || right.kind !== "bool") return unexpected;
      const [one, other] = [left.of, right.of];
      left = {
        kind: "bool",
        of: (route) =>
          isBoth ? one(route) === true && other(route) === true : one(route) || other(route),
      };
    }
  }

  #comparison(depth: number): Read {
    const left = this.#sum(depth);
    const sign = COMPARISONS.find((one) => this.#symbols.accept(one));
    if (left.kind === "syntax" || sign === undefined) return left;
    const unexpected = this.#symbols.unexpected();
    const right = left.kind === "text" ? this.#text() : this.#sum(depth);
    if (right.kind === "syntax") return right;
    const problem =
      sign.endsWith("~") && isScan(left, right) ? this.#symbols.takeScan() : undefined;
    return problem ?? comparison(left, sign, right) ?? unexpected;
  }

  /** A name, in quotes as BIRD wants it or without. */
  #text(): Read {
    const unexpected = this.#symbols.unexpected();
    const text = this.#symbols.wholeWord();
    return text === undefined ? unexpected : constant("text", text);
  }

  #sum(depth: number): Read {
    return this.#chain(["+", "-"], () => this.#product(depth));
  }

  #product(depth: number): Read {
    return this.#chain(["*", "/"], () => this.#value(depth));
  }

  /** Numbers with signs between, from left to right. */
  #chain(signs: readonly string[], operand: () => Read): Read {
    let left = operand();
    for (;;) {
      if (left.kind !== "number") return left;
      const sign = signs.find((one) => this.#symbols.accept(one));
      if (sign === undefined) return left;
      const unexpected = this.#symbols.unexpected();
      const right = operand();
      if (right.kind === "syntax") return right;
      if (right.kind !== "number") return unexpected;
      const [a, b] = [left.of, right.of];
      left = { kind: "number", of: (route) => calculated(sign, a(route), b(route)) };
    }
  }

  /** A value with all that stands behind dots. */
  #value(depth: number): Read {
    if (depth > DEPTH) return syntax("too many parentheses");
    let value = this.#primary(depth);
    while (value.kind !== "syntax" && this.#symbols.accept(".")) {
      const unexpected = this.#symbols.unexpected();
      const name = this.#symbols.take()?.text ?? "";
      if (name === "mask") value = this.#mask(value, depth, unexpected);
      else value = methodOf(value, name) ?? unexpected;
    }
    return value;
  }

  #primary(depth: number): Read {
    const symbols = this.#symbols;
    if (symbols.accept("!")) return this.#not(depth);
    if (symbols.accept("(")) return this.#parenthesis(depth);
    if (symbols.accept("["))
      return symbols.accept("=") ? readMask(symbols) : readSet(symbols, WORDS);
    if (symbols.next?.kind === "number") {
      const number = readNumber(symbols);
      return typeof number === "number" ? constant("number", number) : number;
    }
    const unexpected = symbols.unexpected();
    const symbol = symbols.take();
    if (symbol?.kind === "text") return constant("text", symbol.text);
    if (symbol?.kind === "address") return addressOf(symbol.text) ?? unexpected;
    if (symbol?.kind !== "name") return unexpected;
    if (symbol.text === "defined") return this.#defined(depth);
    return this.#variables.get(symbol.text) ?? WORDS.get(symbol.text) ?? unexpected;
  }

  #not(depth: number): Read {
    const unexpected = this.#symbols.unexpected();
    const inner = this.#value(depth + 1);
    if (inner.kind === "syntax") return inner;
    if (inner.kind !== "bool") return unexpected;
    return { kind: "bool", of: (route) => inner.of(route) !== true };
  }

  /** An expression in parentheses, or a community: `(65001, 100)`, `(rt, 65001, 7)`. */
  #parenthesis(depth: number): Read {
    const { next } = this.#symbols;
    const subtype = next?.kind === "name" ? SUBTYPES.get(next.text) : undefined;
    if (subtype !== undefined) {
      this.#symbols.take();
      return this.#extended(subtype);
    }
    const inner = this.read(depth + 1);
    if (inner.kind === "number" && this.#symbols.next?.text === ",") return this.#community(inner);
    return inner.kind === "syntax" ? inner : this.#closed(inner);
  }

  #closed(value: Expression): Read {
    const unexpected = this.#symbols.unexpected();
    return this.#symbols.accept(")") ? value : unexpected;
  }

  #community(first: Extract<Expression, { kind: "number" }>): Read {
    const unexpected = this.#symbols.unexpected();
    const begin = first.of(undefined);
    if (begin === undefined) return unexpected;
    const parts = [begin];
    while (this.#symbols.accept(",")) {
      const part = readNumber(this.#symbols);
      if (typeof part !== "number") return part;
      parts.push(part);
    }
    const [a, b, c] = parts;
    if (parts.length === 2) {
      if (a > 0xffff || b > 0xffff) return syntax(`(${a},${b}) has more than 16 bits in a number`);
      return this.#closed(constant("pair", ((a << 16) | b) >>> 0));
    }
    return parts.length === 3
      ? this.#closed(constant("large", [a, b, c]))
      : this.#symbols.unexpected();
  }

  /** The administrator is an AS or an address (RFC 4360 §3, RFC 5668). */
  #extended(subtype: number): Read {
    const symbols = this.#symbols;
    const comma = symbols.unexpected();
    if (!symbols.accept(",")) return comma;
    const unexpected = symbols.unexpected();
    const address =
      symbols.next?.kind === "address" ? parseAddress(symbols.take()?.text ?? "") : undefined;
    const administrator = address === undefined ? readNumber(symbols) : address.w0;
    if (typeof administrator !== "number") return administrator;
    if (address?.family === 1) return unexpected;
    const second = symbols.unexpected();
    if (!symbols.accept(",")) return second;
    const number = readNumber(symbols);
    if (typeof number !== "number") return number;
    const type = address === undefined ? (administrator > 0xffff ? 2 : 0) : 1;
    if (type > 0 && number > 0xffff) return syntax(`${number} has more than 16 bits`);
    const high = (type << 24) | (subtype << 16);
    const value =
      type === 0
        ? ([(high | administrator) >>> 0, number] as const)
        : ([
            (high | (administrator >>> 16)) >>> 0,
            (((administrator & 0xffff) << 16) | number) >>> 0,
          ] as const);
    return this.#closed(constant("extended", value));
  }

  /** `defined(bgp_med)`. */
  #defined(depth: number): Read {
    const inner = this.#argument(depth);
    if (inner.kind === "syntax") return inner;
    return { kind: "bool", of: (route) => inner.of(route) !== undefined };
  }

  #mask(value: Expression, depth: number, unexpected: SyntaxProblem): Read {
    const length = this.#argument(depth);
    return length.kind === "syntax" ? length : (masked(value, length) ?? unexpected);
  }

  /** `( EXPRESSION )`. */
  #argument(depth: number): Read {
    const unexpected = this.#symbols.unexpected();
    if (!this.#symbols.accept("(")) return unexpected;
    const inner = this.read(depth + 1);
    return inner.kind === "syntax" ? inner : this.#closed(inner);
  }
}

function addressOf(text: string): Expression | undefined {
  const address = parseAddress(text);
  if (address !== undefined) return constant("address", address);
  const network = parsePrefix(text);
  return network && constant("network", network);
}

/** As BIRD counts: without sign, and beyond 32 bits from 0 again. What has no value has none in a sum. */
function calculated(
  sign: string,
  a: number | undefined,
  b: number | undefined,
): number | undefined {
  if (a === undefined || b === undefined) return undefined;
  if (sign === "+") return (a + b) >>> 0;
  if (sign === "-") return (a - b) >>> 0;
  if (sign === "*") return Math.imul(a, b) >>> 0;
  return b === 0 ? undefined : Math.floor(a / b);
}
