import { type Answer, type Command, type CommandContext, ErrorRow } from "./answer.ts";
import type { Arguments, SyntaxProblem } from "./lexer.ts";
import { globMatcher } from "./pattern.ts";
import { type Reply, last } from "./reply.ts";
import type { DumpJob } from "./views.ts";

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
  const begin = (): DumpJob => views.commands.dump(file.text, families);
  return {
    text: () => lines(families.length === 0 ? undefined : begin()),
    json: () => ({ kind: "list", values: values(families.length === 0 ? undefined : begin()) }),
  };
}

function* lines(job: DumpJob | undefined): Reply {
  for (const value of values(job)) {
    if (value instanceof ErrorRow) {
      yield last(value.code, value.text);
      return;
    }
    if (value === undefined) yield undefined;
  }
  yield last(0);
}

/** Pauses until it is over; then what there is to say. */
function* values(job: DumpJob | undefined): Iterable<unknown> {
  if (job === undefined) {
    yield new ErrorRow(8001, "No table matches");
    return;
  }
  while (job.outcome === undefined) yield undefined;
  if (typeof job.outcome === "string") yield new ErrorRow(8005, `Cannot dump: ${job.outcome}`);
  else yield job.outcome;
}
