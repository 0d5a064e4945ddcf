import {
  type Prefix,
  formatPrefix,
  hostPrefix,
  parseAddress,
  parsePrefix,
} from "../route/index.ts";
import type { Answer, CommandContext, JsonAnswer } from "./answer.ts";
import { explanationLines } from "./explain-text.ts";
import { explanationJson } from "./explain-json.ts";
import { type BrokenLink, namesOf } from "./explain-link.ts";
import { brokenLink, passedOnTo } from "./explain-verdict.ts";
import { type ExplainQuestion, type Explanation, isKernelRefusal } from "./explain-views.ts";
import type { Arguments, SyntaxProblem } from "./lexer.ts";
import { BROKEN, EXPLAIN_ROW, type Reply, WHOLE, last, more, wrapped } from "./reply.ts";
import type { ControlViews, TimeFormat } from "./views.ts";

// `explain NETWORK | ADDRESS`: underlay's own, as BIRD has no such command. A row a fact under a code of
// our own; the last line says which link is broken first. The explanation is of one moment and refers to no
// table, so that an answer may pause: what is gone meanwhile is shown as it was.

export function explain(args: Arguments, { views }: CommandContext): Answer | SyntaxProblem {
  const question = readTarget(args);
  if ("kind" in question) return question;
  return {
    text: () => lines(views, question),
    json: () => ({ kind: "steps", steps: value(views, question) }),
  };
}

function readTarget(args: Arguments): ExplainQuestion | SyntaxProblem {
  const unexpected = args.unexpected();
  const text = args.next()?.text ?? "";
  const address = parseAddress(text);
  if (address !== undefined) return { target: hostPrefix(address), isAddress: true };
  const target: Prefix | undefined = parsePrefix(text);
  return target === undefined ? unexpected : { target, isAddress: false };
}

/** What the views have answered, when that is there. */
interface Asked {
  readonly ready: Promise<unknown>;
  found: Explanation | undefined;
  /** Why there is no answer. */
  failure: string;
}

function ask(views: ControlViews, question: ExplainQuestion): Asked {
  const ready = views.explain(question).then(
    (explanation) => (asked.found = explanation),
    (error: unknown) => (asked.failure = `this cannot be explained: ${String(error)}`),
  );
  const asked: Asked = { ready, found: undefined, failure: "" };
  return asked;
}

function* lines(views: ControlViews, question: ExplainQuestion): Reply {
  const asked = ask(views, question);
  yield asked.ready;
  const { found, failure } = asked;
  if (found === undefined) {
    yield last(8001, failure);
    return;
  }
  for (const line of explanationLines(found, views.timeFormats.route)) {
    if (line === undefined) yield undefined;
    else for (const part of wrapped(line)) yield more(EXPLAIN_ROW, part);
  }
  const verdict = brokenLink(found);
  const code = verdict === undefined ? WHOLE : BROKEN;
  const words = wrapped(sentence(found, verdict));
  const final = words.pop() ?? "";
  for (const line of words) yield more(code, line);
  yield last(code, final);
}

export interface ExplainReport {
  /** What is explained. */
  readonly network: string;
  /** The way of the route in order: a heading, and what is true there, a fact a line. */
  readonly sections: readonly { readonly title: string; readonly lines: readonly string[] }[];
  /** undefined: every link holds. */
  readonly broken: (BrokenLink & { readonly section: string }) | undefined;
  readonly summary: string;
}

/** The same for those who show it in a form of their own; with pauses for other work. */
export function* explanationReport(
  found: Explanation,
  format: TimeFormat,
): Generator<undefined, ExplainReport, undefined> {
  const sections: { title: string; lines: string[] }[] = [];
  for (const line of explanationLines(found, format)) {
    if (line === undefined) yield undefined;
    else if (line.startsWith("  ")) sections.at(-1)?.lines.push(line.slice(2));
    else sections.push({ title: line, lines: [] });
  }
  // What it is about is said by `network`.
  if (sections[0].lines.length === 0) sections.shift();
  const verdict = brokenLink(found);
  return {
    network: formatPrefix(found.network),
    sections,
    broken: verdict && { ...verdict, section: SECTIONS[verdict.link] },
    summary: sentence(found, verdict),
  };
}

/** Where in the lines a link shows. */
const SECTIONS: Readonly<Record<BrokenLink["link"], string>> = {
  session: "Announced by",
  announcement: "Announced by",
  limit: "Announced by",
  import: "Announced by",
  decision: "Announced by",
  "next hop": "Next hops",
  "neighbour entry": "Next hops",
  mtu: "Next hops",
  installation: "Kernel",
  kernel: "Kernel",
  lookup: "Kernel",
  unanswered: "Kernel",
  pod: "This node's own",
  pool: "This node's own",
  block: "This node's own",
  answering: "This node's own",
  export: "Told to",
};

/** The last line. */
function sentence(explanation: Explanation, verdict: BrokenLink | undefined): string {
  if (verdict !== undefined) {
    const meanwhile = explanation.candidates.some(({ best }) => best) ? "" : instead(explanation);
    return `Broken link (${verdict.link}): ${verdict.words}. ${verdict.advice}${meanwhile}`;
  }
  return `No broken link: ${soundWords(explanation)}.`;
}

/** What packets go by where there is no best path: by the kernel's word, where it has given one. */
function instead({ covering, kernel, network, fib }: Explanation): string {
  const { match } = kernel ?? {};
  const isWhole = match !== undefined && !isKernelRefusal(match);
  if (isWhole && match.network.length <= network.length) {
    const owner = match.protocolNumber === fib.protocolNumber ? "" : ` of "${match.owner}"`;
    return ` Until then packets go by ${formatPrefix(match.network)}${owner}.`;
  }
  return covering === undefined ? "" : ` Until then packets go by ${formatPrefix(covering)}.`;
}

function soundWords(explanation: Explanation): string {
  const best = explanation.candidates.find((each) => each.best);
  if (best?.kind !== "neighbour") return "every neighbour is told of it";
  if (explanation.fib.install) {
    return "announced, accepted, chosen, in the kernel, and its next hop can be reached";
  }
  const told = namesOf(passedOnTo(explanation, best));
  return `announced, accepted, chosen, and passed on to ${told}; nothing is installed here (kernel.install is off)`;
}

function* value(
  views: ControlViews,
  question: ExplainQuestion,
): Generator<Promise<unknown> | undefined, JsonAnswer, undefined> {
  const asked = ask(views, question);
  yield asked.ready;
  const { found, failure } = asked;
  if (found === undefined) return { kind: "one", value: null, code: 8001, text: failure };
  const verdict = brokenLink(found);
  const summary = sentence(found, verdict);
  const value = yield* explanationJson(found, { broken: verdict ?? null, summary });
  return { kind: "one", value, code: verdict === undefined ? WHOLE : BROKEN, text: summary };
}
