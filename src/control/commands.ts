import { actionCommands } from "./actions.ts";
import {
  type Answer,
  type Command,
  type CommandContext,
  ErrorRow,
  type JsonAnswer,
  toJson,
} from "./answer.ts";
import { drainCommands } from "./drain.ts";
import { explain } from "./explain.ts";
import { filterTest } from "./filter-test.ts";
import { Arguments, type SyntaxProblem, readTokens } from "./lexer.ts";
import { mrtDump } from "./mrt.ts";
import { plan } from "./plan.ts";
import { reloadCommands } from "./reload.ts";
import { JSON_LIST, JSON_ROW, type Reply, last, more } from "./reply.ts";
import { showBfd } from "./show-bfd.ts";
import { showInterfaces } from "./show-interfaces.ts";
import { showLoad } from "./show-load.ts";
import { showProtocols } from "./show-protocols.ts";
import { showRoute } from "./show-route.ts";
import { evaluate } from "./evaluate.ts";
import { showMemory, showStatic, showSymbols } from "./show-various.ts";
import { showStatus } from "./show-status.ts";
import { tracingCommands } from "./tracing.ts";

// The commands as a table. birdc sends whole words (it expands what its user has typed), so the
// words are compared as they are.

const COMMANDS: readonly Command[] = [
  { words: ["show", "status"], writes: false, read: showStatus },
  { words: ["show", "protocols"], writes: false, read: showProtocols },
  { words: ["show", "route"], writes: false, read: showRoute },
  { words: ["show", "interfaces"], writes: false, read: showInterfaces },
  { words: ["show", "bfd", "sessions"], writes: false, read: showBfd },
  { words: ["show", "memory"], writes: false, read: showMemory },
  { words: ["show", "load"], writes: false, read: showLoad },
  { words: ["show", "static"], writes: false, read: showStatic },
  { words: ["show", "symbols"], writes: false, read: showSymbols },
  { words: ["eval"], writes: false, read: evaluate },
  { words: ["explain"], writes: false, read: explain },
  { words: ["plan"], writes: true, read: plan },
  { words: ["filter", "test"], writes: false, read: filterTest },
  mrtDump,
  ...actionCommands,
  ...reloadCommands,
  ...drainCommands,
  ...tracingCommands,
];

/** birdc handles these itself; BIRD has no answer to them at all, and neither have we. */
const CLIENT_COMMANDS: readonly string[] = ["help", "exit", "quit"];

/** The reply to one line. Nothing is done before the first line of it is pulled. */
export function* answer(line: string, context: CommandContext): Reply {
  const tokens = readTokens(line);
  if ("kind" in tokens) {
    yield syntaxError(tokens);
    return;
  }
  if (tokens.length === 1 && CLIENT_COMMANDS.includes(tokens[0].text)) return;
  const args = new Arguments(tokens);
  const json = args.keyword("underlay");
  if (json && !args.keyword("json")) {
    yield syntaxError(args.unexpected());
    return;
  }
  const understood = readCommand(args, context);
  if ("kind" in understood) {
    yield understood.kind === "denied" ? last(8007, "Access denied") : syntaxError(understood);
    return;
  }
  yield* json ? jsonReply(understood.json()) : understood.text();
}

function readCommand(
  args: Arguments,
  context: CommandContext,
): Answer | SyntaxProblem | { readonly kind: "denied" } {
  const command = findCommand(args);
  if (command === undefined) return args.unexpected();
  if (command.writes && context.restricted) return { kind: "denied" };
  const understood = command.read(args, context);
  return "kind" in understood || args.done ? understood : args.unexpected();
}

/** Takes the words of the command that they begin. */
function findCommand(args: Arguments): Command | undefined {
  let candidates = COMMANDS;
  for (let depth = 0; ; depth++) {
    const next = candidates.filter((command) => command.words.length > depth);
    const word = next.map((command) => command.words[depth]).find((text) => args.keyword(text));
    if (word === undefined) return candidates.find((command) => command.words.length === depth);
    candidates = next.filter((command) => command.words[depth] === word);
  }
}

function syntaxError(problem: SyntaxProblem) {
  return last(9001, `syntax error, ${problem.reason}`);
}

/** underlay's own: a value a line, in a list if the heading says so. */
function* jsonReply(answered: JsonAnswer): Reply {
  if (answered.kind === "later") {
    yield answered.ready;
    yield* jsonReply(answered.then());
    return;
  }
  if (answered.kind === "steps") {
    yield* jsonReply(yield* answered.steps);
    return;
  }
  if (answered.kind === "one") {
    yield more(JSON_ROW, toJson(answered.value));
  } else {
    // Said when the list has begun: one that has not does not hear that the client has gone.
    let isBegun = false;
    for (const value of answered.values) {
      if (!isBegun) yield more(JSON_LIST, "list");
      isBegun = true;
      if (value instanceof ErrorRow) {
        yield last(value.code, value.text);
        return;
      }
      yield value === undefined ? undefined : more(JSON_ROW, toJson(value));
    }
    if (!isBegun) yield more(JSON_LIST, "list");
  }
  yield last(answered.code ?? 0, answered.text ?? "");
}
