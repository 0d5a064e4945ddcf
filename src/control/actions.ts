import type { Answer, Command, CommandContext } from "./answer.ts";
import { configureCommands } from "./configure.ts";
import { type Arguments, type SyntaxProblem, syntax } from "./lexer.ts";
import { type Selection, readSelection } from "./pattern.ts";
import { type Reply, last, more, utf8Length } from "./reply.ts";
import type { CommandResult } from "./command-views.ts";
import type { ControlViews } from "./views.ts";

// The commands that do something. They do it when the first line of their reply is pulled, once.

export const actionCommands: readonly Command[] = [
  ...configureCommands,
  {
    words: ["enable"],
    writes: true,
    read: (args, context) => switchProtocols(args, context, ENABLE),
  },
  {
    words: ["disable"],
    writes: true,
    read: (args, context) => switchProtocols(args, context, DISABLE),
  },
  {
    words: ["restart"],
    writes: true,
    read: (args, context) => switchProtocols(args, context, RESTART),
  },
  { words: ["down"], writes: true, read: (_, context) => down(context) },
  { words: ["graceful", "restart"], writes: true, read: (_, context) => restart(context) },
  { words: ["restrict"], writes: false, read: (_, context) => restrict(context) },
];

/** enable, disable, restart: what they call, and the codes and words of their two outcomes. */
interface Switch {
  readonly call: "enable" | "disable" | "restart";
  readonly done: readonly [code: number, words: string];
  readonly already: readonly [code: number, words: string];
}

const ENABLE: Switch = { call: "enable", done: [11, "enabled"], already: [10, "already enabled"] };
const DISABLE: Switch = {
  call: "disable",
  done: [9, "disabled"],
  already: [8, "already disabled"],
};
const RESTART: Switch = {
  call: "restart",
  done: [12, "restarted"],
  already: [8, "already disabled"],
};

/** A shutdown communication (RFC 9003 §2). */
const MESSAGE_BYTES = 255;

/** `enable | disable | restart NAME | "PATTERN" | all ["MESSAGE"]`. */
function switchProtocols(
  args: Arguments,
  { views }: CommandContext,
  action: Switch,
): Answer | SyntaxProblem {
  const selection = readSelection(args, views);
  if ("kind" in selection) return selection;
  const message = readMessage(args);
  if (typeof message === "object") return message;
  return {
    text: () => switchLines(views, selection, action, message),
    json: () => {
      const results = switchAll(views, selection, action, message);
      const none = results.length === 0 && selection.pattern !== undefined;
      const ending = none ? { code: 8003, text: "No protocols match" } : {};
      return { kind: "list", values: results, ...ending };
    },
  };
}

/** In quotes, as BIRD has it: a bare word is rather the name of a second neighbour. */
function readMessage(args: Arguments): string | undefined | SyntaxProblem {
  if (args.done) return undefined;
  const unexpected = args.unexpected();
  const token = args.next();
  if (token?.kind !== "text") {
    return syntax(`${unexpected.reason}: one name or pattern, then a message "in quotes"`);
  }
  const bytes = utf8Length(token.text);
  if (bytes > MESSAGE_BYTES) {
    return syntax(`the message has ${bytes} bytes, and ${MESSAGE_BYTES} at most may be sent`);
  }
  return token.text === "" ? undefined : token.text;
}

interface SwitchResult {
  readonly name: string;
  readonly result: CommandResult;
}

/** Only BGP neighbours can be switched: without the others underlay would have no purpose. */
function switchAll(
  views: ControlViews,
  selection: Selection,
  action: Switch,
  message: string | undefined,
): SwitchResult[] {
  const names = [...views.protocolNames()]
    .filter(({ name, kind }) => selection.matches(name) && (kind === "BGP" || selection.exact))
    .map(({ name }) => name);
  return names.map((name) => ({ name, result: views.commands[action.call](name, message) }));
}

function* switchLines(
  views: ControlViews,
  selection: Selection,
  action: Switch,
  message: string | undefined,
): Reply {
  const results = switchAll(views, selection, action, message);
  if (results.length === 0 && selection.pattern !== undefined) {
    yield last(8003, "No protocols match");
    return;
  }
  for (const { name, result } of results) {
    if (result === "refused") {
      yield last(8007, `${name}: only BGP neighbours can be ${action.done[1]}`);
      return;
    }
    const [code, words] = action[result];
    yield more(code, `${name}: ${words}`);
  }
  yield last(0);
}

function down(context: CommandContext): Answer {
  const run = (): void => {
    context.ending = true;
    context.views.commands.down();
  };
  return {
    text: function* () {
      run();
      yield last(7, "Shutdown requested");
    },
    json: () => {
      run();
      return { kind: "one", value: { shutdown: true } };
    },
  };
}

/** Ends, and leaves the routes for the next start to take over. */
function restart({ views }: CommandContext): Answer {
  const run = (): void => views.commands.gracefulRestart();
  return {
    text: function* () {
      run();
      yield last(25, "Graceful restart requested");
    },
    json: () => {
      run();
      return { kind: "one", value: { restart: true } };
    },
  };
}

function restrict(context: CommandContext): Answer {
  const run = (): void => {
    context.restricted = true;
  };
  return {
    text: function* () {
      run();
      yield last(16, "Access restricted");
    },
    json: () => {
      run();
      return { kind: "one", value: { restricted: true } };
    },
  };
}
