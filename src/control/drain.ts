import type { Answer, Command, CommandContext, JsonAnswer } from "./answer.ts";
import { drainSentence } from "./drain-text.ts";
import type { DrainResult, DrainView } from "./drain-views.ts";
import { type Arguments, type SyntaxProblem, syntax } from "./lexer.ts";
import { readName } from "./pattern.ts";
import {
  DRAINED,
  DRAIN_BEGUN,
  DRAIN_ROW,
  NOT_DRAINED,
  type Reply,
  type ReplyLine,
  UNDRAINED,
  last,
  more,
  wrapped,
} from "./reply.ts";
import { drainValue } from "./show-status.ts";
import type { ControlViews } from "./views.ts";

// Underlay's own: `drain [NAME] [wait [timeout SECONDS]]`, `drain status`, `undrain [NAME]`. NAME is a
// neighbour or a range; without it, the node is meant. A client that waits and goes away stops
// waiting, and nothing else.

export const drainCommands: readonly Command[] = [
  { words: ["drain", "status"], writes: false, read: (_, { views }) => status(views) },
  { words: ["drain"], writes: true, read: drain },
  { words: ["undrain"], writes: true, read: undrain },
];

/** Between two looks at what is waited for, at most. */
const LOOK_EVERY = 1000;

/** Of seconds; a day. */
const LONGEST = 86_400;

const LATER = "underlayctl drain status";

/** How a reply ends. */
interface Ending {
  readonly code: number;
  readonly text: string;
}

function drain(args: Arguments, { views }: CommandContext): Answer | SyntaxProblem {
  const name = readTarget(args, views, ["wait"]);
  if (typeof name === "object") return name;
  if (!args.keyword("wait")) return answered(views, name, () => begin(views, name));
  const timeout = readTimeout(args);
  if (typeof timeout === "object") return timeout;
  return answered(views, name, function* () {
    const { code, text } = begin(views, name);
    return code >= NOT_DRAINED ? { code, text } : yield* waitFor(views, name, timeout);
  });
}

function undrain(args: Arguments, { views }: CommandContext): Answer | SyntaxProblem {
  const name = readTarget(args, views, []);
  if (typeof name === "object") return name;
  const what = name ?? "This node";
  return answered(views, name, () => {
    const texts: Readonly<Record<DrainResult, Ending>> = {
      done: { code: UNDRAINED, text: `${what} announces its routes again` },
      already: { code: UNDRAINED, text: `${what} is in service already` },
      refused: { code: NOT_DRAINED, text: "The configuration says node.drained: true. Change it" },
    };
    return texts[views.commands.undrain(name)];
  });
}

/** The name of a neighbour or a range; undefined: the node. `words`: what may come in its place. */
function readTarget(
  args: Arguments,
  views: ControlViews,
  words: readonly string[],
): string | undefined | SyntaxProblem {
  const first = args.token(0)?.text ?? "";
  if (args.done || words.includes(first)) return undefined;
  // Whoever is drained and away just now can be put back all the same.
  if (views.drains().some(({ name }) => name === first)) return args.next()?.text;
  const selection = readName(args, views);
  if ("kind" in selection) return selection;
  const { pattern: name, exact } = selection;
  const found = exact && [...views.protocolNames()].find((each) => each.name === name);
  if (found === false || found?.kind !== "BGP") {
    return syntax(`${name} is not the name of a BGP neighbour`);
  }
  return name;
}

/** Seconds; undefined: as long as it takes. */
function readTimeout(args: Arguments): number | undefined | SyntaxProblem {
  if (!args.keyword("timeout")) return undefined;
  const unexpected = args.unexpected();
  const text = args.next()?.text ?? "";
  const seconds = /^[0-9]{1,5}$/.test(text) ? Number(text) : 0;
  if (seconds < 1 || seconds > LONGEST) {
    return syntax(`${unexpected.reason}: a timeout is a number of seconds from 1 to ${LONGEST}`);
  }
  return seconds;
}

function begin(views: ControlViews, name: string | undefined): Ending {
  const result = views.commands.drain(name);
  const { phase } = viewOf(views, name);
  if (phase === "drained") return { code: DRAINED, text: "Drained already" };
  const text = result === "already" ? "Being drained already" : "Drain begun";
  return { code: DRAIN_BEGUN, text: `${text}: "${LATER}" says how far it is` };
}

/** Pauses until it is drained, or will not be. What it gives are views of the way there. */
function* waitFor(
  views: ControlViews,
  name: string | undefined,
  timeout = Infinity,
): Generator<Step, Ending, undefined> {
  const until = views.now + timeout * 1000;
  let phase: string | undefined;
  for (;;) {
    const view = viewOf(views, name);
    if (view.phase === "drained") return { code: DRAINED, text: `Drained: ${name ?? "this node"}` };
    const left = until - views.now;
    const sentence = drainSentence(view);
    if (view.phase === "in service") {
      return { code: NOT_DRAINED, text: `Not drained, it was taken back: ${sentence}` };
    }
    if (left <= 0) {
      return { code: NOT_DRAINED, text: `Not drained within ${timeout} s: ${sentence}` };
    }
    if (view.phase !== phase) yield view;
    ({ phase } = view);
    yield views.drainChange(Math.min(left, LOOK_EVERY));
  }
}

/** On the way: how far it is now; or what has to come first. */
type Step = DrainView | Promise<unknown>;

function answered(
  views: ControlViews,
  name: string | undefined,
  run: () => Ending | Generator<Step, Ending, undefined>,
): Answer {
  return {
    text: () => lines(run),
    json: () => ({ kind: "steps", steps: value(views, name, run) }),
  };
}

function* lines(run: () => Ending | Generator<Step, Ending, undefined>): Reply {
  const running = run();
  if ("code" in running) {
    yield* ended(running);
    return;
  }
  for (;;) {
    const { done, value: step } = running.next();
    if (done === true) {
      yield* ended(step);
      return;
    }
    if (step instanceof Promise) yield step;
    else for (const line of wrapped(drainSentence(step))) yield more(DRAIN_ROW, line);
  }
}

function* ended({ code, text }: Ending): Generator<ReplyLine> {
  const words = wrapped(text);
  const final = words.pop() ?? "";
  for (const line of words) yield more(code, line);
  yield last(code, final);
}

function* value(
  views: ControlViews,
  name: string | undefined,
  run: () => Ending | Generator<Step, Ending, undefined>,
): Generator<Promise<unknown> | undefined, JsonAnswer, undefined> {
  const running = run();
  const ending = "code" in running ? running : yield* pauses(running);
  return { kind: "one", value: drainValue(viewOf(views, name)), ...ending };
}

/** Only the end counts. */
function* pauses(
  running: Generator<Step, Ending, undefined>,
): Generator<Promise<unknown>, Ending, undefined> {
  for (;;) {
    const { done, value: step } = running.next();
    if (done === true) return step;
    if (step instanceof Promise) yield step;
  }
}

function status(views: ControlViews): Answer {
  return {
    text: function* () {
      const all = views.drains();
      for (const line of all.map(drainSentence).flatMap(wrapped)) yield more(DRAIN_ROW, line);
      yield last(0);
    },
    json: () => ({ kind: "list", values: views.drains().map(drainValue) }),
  };
}

function viewOf(views: ControlViews, name: string | undefined): DrainView {
  const found = views.drains().find((each) => each.name === name);
  const none = { remaining: undefined, configured: false, busiest: undefined };
  return found ?? { name, phase: "in service", since: views.now, ...none };
}
