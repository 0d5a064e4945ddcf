import {
  type Answer,
  type Command,
  type CommandContext,
  ErrorRow,
  type JsonAnswer,
} from "./answer.ts";
import type { Arguments, SyntaxProblem } from "./lexer.ts";
import { globMatcher } from "./pattern.ts";
import { type Reply, last } from "./reply.ts";
import type { DumpOutcome } from "./command-views.ts";

// `mrt dump [table NAME | "PATTERN"] to "FILE"`: as BIRD has it, but for its filters. The reply comes
// when the file is complete.

export const mrtDump: Command = { words: ["mrt", "dump"], writes: true, read: dump };

/** By family. */
const TABLES = ["master4", "master6"] as const;

function dump(args: Arguments, { views }: CommandContext): Answer | SyntaxProblem {
  let families: readonly (0 | 1)[] = [0, 1];
  if (args.keyword("table")) {
    const unexpected = args.unexpected();
    const table = args.next();
    if (table === undefined) return unexpected;
    const matches = globMatcher(table.text);
    families = ([0, 1] as const).filter((family) => matches(TABLES[family]));
  }
  const missing = args.unexpected();
  if (!args.keyword("to")) return missing;
  const unexpected = args.unexpected();
  const file = args.next();
  if (file?.kind !== "text" || !file.text.startsWith("/")) {
    return { ...unexpected, reason: `${unexpected.reason}: the whole path of a file "in quotes"` };
  }
  const begin = async (): Promise<DumpOutcome | undefined> =>
    families.length === 0 ? undefined : views.commands.dump(file.text, families);
  return {
    text: () => lines(begin),
    json: () => later(begin()),
  };
}

/** undefined: there is no such table. */
type Outcome = DumpOutcome | undefined;

function* lines(begin: () => Promise<Outcome>): Reply {
  let outcome: Outcome;
  yield begin().then((found) => {
    outcome = found;
  });
  const failure = failureOf(outcome);
  yield failure === undefined ? last(0) : last(failure.code, failure.text);
}

function later(job: Promise<Outcome>): JsonAnswer {
  let outcome: Outcome;
  const ready = job.then((found) => {
    outcome = found;
  });
  const then = (): JsonAnswer => {
    const failure = failureOf(outcome);
    return { kind: "list", values: failure === undefined ? [outcome] : [failure] };
  };
  return { kind: "later", ready, then };
}

function failureOf(outcome: Outcome): ErrorRow | undefined {
  if (outcome === undefined) return new ErrorRow(8001, "No table matches");
  return typeof outcome === "string" ? new ErrorRow(8005, `Cannot dump: ${outcome}`) : undefined;
}
