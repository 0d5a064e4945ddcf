import type { Answer } from "./answer.ts";
import { readExpression } from "./expression.ts";
import { type Expression, type Kind, type Values, textOf } from "./expression-values.ts";
import type { Arguments, SyntaxProblem } from "./lexer.ts";
import { last } from "./reply.ts";

/** `eval 1 + 2 * (3 - 1)`, `eval 10.1.2.0/24 ~ [ 10.0.0.0/8+ ]`. */
export function evaluate(args: Arguments): Answer | SyntaxProblem {
  const found = readExpression(args, new Map());
  if (found.kind === "syntax") return found;
  const value = found.of(undefined);
  const failure = value === undefined ? { code: 8008, text: "runtime error" } : undefined;
  const json = typeof value === "object" ? textOfAny(found) : value;
  return {
    text: () => [failure ? last(failure.code, failure.text) : last(23, textOfAny(found))],
    json: () => ({ kind: "one", value: json ?? null, ...failure }),
  };
}

function textOfAny(found: Expression): string {
  const value: Values[Kind] | undefined = found.of(undefined);
  return value === undefined ? "" : textOf<Kind>(found.kind, value);
}
