import type { Answer, Command, CommandContext } from "./answer.ts";
import { ECHO_BYTES } from "./echo.ts";
import { type Arguments, type SyntaxProblem, syntax } from "./lexer.ts";
import { LOG_CLASSES, TRACE_CLASSES, type TraceClass } from "./log-views.ts";
import { type Selection, readSelection } from "./pattern.ts";
import { type Reply, type ReplyLine, TRACE_ROW, last, more, wrapped } from "./reply.ts";
import type { ControlViews } from "./views.ts";

// `debug`, `mrtdump`: what is recorded of protocols; `echo`: the log on the control socket. All take classes:
// `all | off | { CLASS, ... }`.

export const tracingCommands: readonly Command[] = [
  { words: ["debug"], writes: true, read: debug },
  { words: ["mrtdump"], writes: true, read: mrtDumpOf },
  { words: ["echo"], writes: false, read: echo },
];

/** BIRD's; those that a neighbour is not traced by here are told by `explain`, or are no neighbour's. */
const DEBUG_CLASSES = [...TRACE_CLASSES, "routes", "filters", "interfaces"] as const;
const MRT_CLASSES = ["states", "messages"] as const;

/**
 * `debug NAME | "PATTERN" | all  all | off | { CLASS, ... }`: what is logged step by step of neighbours from now
 * on, until the next `debug`. What was asked for and does not exist is said.
 */
function debug(args: Arguments, { views }: CommandContext): Answer | SyntaxProblem {
  const selection = readSelection(args, views);
  if ("kind" in selection) return selection;
  const isAll = args.token(0)?.text === "all";
  const classes = readClasses(args, DEBUG_CLASSES);
  if ("kind" in classes) return classes;
  const run = (): string[] | undefined => {
    const names = matching(views, selection);
    if (names.length === 0) return undefined;
    const wanted = new Set(TRACE_CLASSES.filter((each) => classes.has(each)));
    const untraced = names.filter((name) => views.commands.trace(name, wanted) === "refused");
    return [
      ...(selection.exact && classes.size > 0 ? untraced.map(noNeighbour) : []),
      ...(isAll ? [] : unknownTraces(classes)),
    ];
  };
  return tracingAnswer(run);
}

function noNeighbour(name: string): string {
  return `${name} is no BGP neighbour: nothing of it is traced, log.level says what is logged`;
}

function unknownTraces(classes: ReadonlySet<string>): string[] {
  const others = [...classes].filter((each) => !TRACE_CLASSES.includes(each as TraceClass));
  if (others.length === 0) return [];
  const words = others.join(" and ");
  return [
    `not traced: ${words}; "explain NETWORK" says how a route was decided, and by which filter`,
  ];
}

/** `mrtdump`, in the same form: the configuration decides here, and for all neighbours. */
function mrtDumpOf(args: Arguments, { views }: CommandContext): Answer | SyntaxProblem {
  const selection = readSelection(args, views);
  if ("kind" in selection) return selection;
  const classes = readClasses(args, MRT_CLASSES);
  if ("kind" in classes) return classes;
  return tracingAnswer(() => {
    if (matching(views, selection).length === 0) return undefined;
    const file = views.updatesFile();
    if (file !== undefined) return [`the configuration decides: mrt.updates, all to ${file}`];
    return classes.size === 0 ? [] : ["nothing is dumped: the configuration has no mrt.updates"];
  });
}

function matching(views: ControlViews, selection: Selection): string[] {
  return [...views.protocolNames()].map(({ name }) => name).filter(selection.matches);
}

/** `run` does it, and says what there is to say; undefined: no protocol matches. */
function tracingAnswer(run: () => readonly string[] | undefined): Answer {
  const none = { code: 8003, text: "No protocols match" };
  return {
    text: function* (): Reply {
      const lines = run();
      yield* (lines ?? []).flatMap(wrapped).map((line): ReplyLine => more(TRACE_ROW, line));
      yield lines === undefined ? last(none.code, none.text) : last(0);
    },
    json: () => {
      const notes = run();
      return { kind: "one", value: { notes: notes ?? [] }, ...(notes === undefined && none) };
    },
  };
}

/** `echo all | off | { CLASS, ... } [SIZE]`. */
function echo(args: Arguments, context: CommandContext): Answer | SyntaxProblem {
  const classes = readClasses(args, LOG_CLASSES);
  if ("kind" in classes) return classes;
  const unexpected = args.unexpected();
  const size = args.next()?.text ?? String(ECHO_BYTES.usual);
  if (!/^[0-9]+$/.test(size)) return unexpected;
  if (Number(size) < ECHO_BYTES.least || Number(size) > ECHO_BYTES.most) {
    return syntax(
      `${size} is no size of a log buffer: ${ECHO_BYTES.least} to ${ECHO_BYTES.most} bytes`,
    );
  }
  const run = (): void => context.echo(classes, Number(size));
  return {
    text: function* () {
      run();
      yield last(0);
    },
    json: () => {
      run();
      return { kind: "one", value: {} };
    },
  };
}

/** Reads `all`, `off`, or `{ CLASS, CLASS }`. */
function readClasses<Class extends string>(
  args: Arguments,
  known: readonly Class[],
): ReadonlySet<Class> | SyntaxProblem {
  if (args.keyword("all")) return new Set(known);
  if (args.keyword("off")) return new Set();
  const found = new Set<Class>();
  if (!args.keyword("{")) return args.unexpected();
  do {
    const word = args.token(0)?.text;
    const one = known.find((each) => each === word);
    if (one === undefined) return args.unexpected();
    found.add(one);
    args.next();
  } while (args.keyword(","));
  return args.keyword("}") ? found : args.unexpected();
}
