import { type Answer, type CommandContext, ErrorRow, type JsonAnswer, JsonText } from "./answer.ts";
import { type Arguments, type SyntaxProblem, syntax } from "./lexer.ts";
import { planBody, planDoubts, planHead, wholeItemLine } from "./plan-text.ts";
import { type PlanVerdict, planVerdict } from "./plan-verdict.ts";
import type { BusyPlan, PlanItem, PlanQuestion, PlanView, RefusedPlan } from "./plan-views.ts";
import { BROKEN, PLAN_ROW, PROGRESS_ROW, type Reply, WHOLE, last, more, wrapped } from "./reply.ts";
import type { ControlViews } from "./views.ts";

// `plan ["FILE"] [all | first N] [progress]`: underlay's own. What the file would do, and nothing is done.
// The last line has code 0100 where it may be applied without a second thought, 8100 where something is
// lost, leaks or cannot be said, 8002 where the file cannot be applied. As `configure check` it may quote
// any file that the daemon can read, and is refused in restricted mode.

/** Prefixes of one kind that are named where nobody says how many. */
const FIRST = 20;
/** More than this are not kept at once: who wants them takes them one by one, by `all`. */
const MOST = 1000;
/** Neighbours between two pauses. */
const PEERS = 64;

interface Asked extends PlanQuestion {
  /** Rows are wanted that say how far it is. */
  readonly progress: boolean;
}

export function plan(args: Arguments, context: CommandContext): Answer | SyntaxProblem {
  const asked = readQuestion(args);
  if ("kind" in asked) return asked;
  return { text: () => lines(context, asked), json: () => answer(context, asked) };
}

/** To be closed. */
function begin(context: CommandContext, asked: Asked): PlanView | RefusedPlan | BusyPlan {
  const { views } = context;
  const first = views.plan(asked);
  const found = first.kind === "busy" && context.makeRoom() ? views.plan(asked) : first;
  if (found.kind !== "plan") return found;
  context.holding = true;
  return found;
}

function end(context: CommandContext, found: PlanView): void {
  context.holding = false;
  found.close();
}

function readQuestion(args: Arguments): Asked | SyntaxProblem {
  let file: string | undefined;
  let most = FIRST;
  let progress = false;
  while (!args.done) {
    const unexpected = args.unexpected();
    if (args.keyword("progress")) progress = true;
    else if (args.keyword("all")) most = Infinity;
    else if (args.keyword("first")) {
      const text = args.next()?.text ?? "";
      most = /^[0-9]{1,4}$/.test(text) ? Number(text) : NaN;
      if (!(most <= MOST)) return syntax(`first ${text}: 0 to ${MOST}, or all`);
    } else {
      const token = args.next();
      if (file !== undefined || token?.kind !== "text") return unexpected;
      file = token.text;
    }
  }
  return { file, most, progress };
}

const STALE = "another configuration was applied meanwhile: ask again";

function* lines(context: CommandContext, asked: Asked): Reply {
  const { views } = context;
  const found = begin(context, asked);
  if (found.kind === "busy") {
    yield last(8001, found.text);
    return;
  }
  if (found.kind === "refused") {
    yield more(PLAN_ROW, `Plan of ${found.file}: it would be refused, and the running one stays`);
    yield* ending(8002, found.problems.join("\n"));
    return;
  }
  const say = (line: string) => wrapped(line).map((part) => more(PLAN_ROW, part));
  try {
    for (const line of planHead(found)) yield* say(line);
    const items: PlanItem[] = [];
    const progress = new Progress(found);
    const walk = new Walk(views, found);
    for (const item of walk.items()) {
      if (item === undefined) {
        if (asked.progress && progress.hasMoved()) yield more(PROGRESS_ROW, progress.text);
        yield undefined;
      } else if (asked.most === Infinity) yield* say(wholeItemLine(item));
      else items.push(item);
    }
    if (walk.isStale) {
      yield last(8004, STALE);
      return;
    }
    for (const line of planBody(found, items)) yield* say(line);
    for (const line of planDoubts(found)) yield* say(line);
    const verdict = planVerdict(found);
    yield* ending(codeOf(verdict), verdict.summary);
  } finally {
    end(context, found);
  }
}

/** The last lines, all with the code. */
function* ending(code: number, text: string): Reply {
  const words = text.split("\n").flatMap(wrapped);
  const final = words.pop() ?? "";
  for (const line of words) yield more(code, line);
  yield last(code, final);
}

function codeOf({ outcome }: PlanVerdict): number {
  return outcome === "nothing" || outcome === "safe" ? WHOLE : BROKEN;
}

/** A plan's items, until there are no more or what it is held against is another one. */
class Walk {
  isStale = false;
  readonly #views: ControlViews;
  readonly #plan: PlanView;

  constructor(views: ControlViews, plan: PlanView) {
    this.#views = views;
    this.#plan = plan;
  }

  *items(): Generator<PlanItem | undefined, void, undefined> {
    const { generation } = this.#views;
    for (const item of this.#plan.walk()) {
      this.isStale = this.#views.generation !== generation;
      if (this.isStale) return;
      yield item;
    }
  }
}

/** Every hundredth part of the way is worth a row. */
class Progress {
  readonly #plan: PlanView;
  #told = 0;

  constructor(plan: PlanView) {
    this.#plan = plan;
  }

  hasMoved(): boolean {
    const { done, total } = this.#plan;
    const part = Math.floor((done * 100) / Math.max(1, total));
    if (part === this.#told) return false;
    this.#told = part;
    return true;
  }

  get text(): string {
    return `${this.#plan.done} of ${this.#plan.total} prefixes`;
  }
}

// For programs. Where all prefixes are wanted they are a list, and the plan itself is its last value.

function answer(context: CommandContext, asked: Asked): JsonAnswer {
  const found = begin(context, asked);
  if (found.kind === "busy") return { kind: "one", value: null, code: 8001, text: found.text };
  if (found.kind === "refused") {
    const { file, problems } = found;
    return { kind: "one", value: { file, problems }, code: 8002, text: problems.join("; ") };
  }
  if (asked.most === Infinity) return { kind: "list", values: values(context, found) };
  return { kind: "steps", steps: steps(context, found) };
}

function* values(context: CommandContext, found: PlanView): Generator<unknown, void, undefined> {
  try {
    const walk = new Walk(context.views, found);
    yield* walk.items();
    if (walk.isStale) {
      yield new ErrorRow(8004, STALE);
      return;
    }
    const verdict = planVerdict(found);
    yield yield* planJson(found, verdict);
    yield new ErrorRow(codeOf(verdict), verdict.summary);
  } finally {
    end(context, found);
  }
}

function* steps(
  context: CommandContext,
  found: PlanView,
): Generator<undefined, JsonAnswer, undefined> {
  try {
    const items: string[] = [];
    const walk = new Walk(context.views, found);
    for (const item of walk.items()) {
      if (item === undefined) yield undefined;
      else items.push(JSON.stringify(item));
    }
    if (walk.isStale) return { kind: "one", value: null, code: 8004, text: STALE };
    const verdict = planVerdict(found);
    const value = yield* planJson(found, verdict, items);
    return { kind: "one", value, code: codeOf(verdict), text: verdict.summary };
  } finally {
    end(context, found);
  }
}

/** The plan's own value, with `items`, each of them JSON, as its last part; with pauses for other work. */
function* planJson(
  plan: PlanView,
  { outcome, summary }: PlanVerdict,
  items?: readonly string[],
): Generator<undefined, JsonText, undefined> {
  const { file, notes, peers, kernel, total, changes, disturbed } = plan;
  const texts: string[] = [];
  for (const peer of peers) {
    if (texts.push(JSON.stringify(peer)) % PEERS === 0) yield undefined;
  }
  const value = { file, outcome, summary, notes, kernel, prefixes: total, changes, disturbed };
  const lists = [`"peers":[${texts.join(",")}]`];
  if (items !== undefined) lists.push(`"items":[${items.join(",")}]`);
  return new JsonText(`${JSON.stringify(value).slice(0, -1)},${lists.join(",")}}`);
}
