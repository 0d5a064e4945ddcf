import { formatPrefix } from "../route/index.ts";
import type { Answer, CommandContext } from "./answer.ts";
import type { Arguments, SyntaxProblem } from "./lexer.ts";
import { EVERYTHING, type Selection, readName } from "./pattern.ts";
import { type Reply, last, more } from "./reply.ts";
import type { ControlViews, MemoryView, RouteView } from "./views.ts";

// `show memory`, `show static`, `show symbols`: small tables that BIRD's readers know.

/** `show memory`. */
export function showMemory(_args: Arguments, { views }: CommandContext): Answer {
  return {
    text: () => memoryLines(views.memory()),
    json: () => ({ kind: "one", value: views.memory() }),
  };
}

/** By BIRD's labels. What is the daemon's own besides is its last row but one. */
const MEMORY: readonly (readonly [label: string, key: keyof MemoryView])[] = [
  ["Routing tables:", "tables"],
  ["Route attributes:", "attributes"],
  ["Kernel routes:", "kernel"],
  ["Standby memory:", "rest"],
  ["Total:", "total"],
];

function* memoryLines(memory: MemoryView): Reply {
  yield more(1018, "BIRD memory usage");
  yield more(1018, "                  Effective    Overhead");
  for (const [label, key] of MEMORY) {
    yield more(1018, `${label.padEnd(17)} ${size(memory[key])}   ${size(0)}`);
  }
  yield last(0);
}

/** Four digits at most, then the next unit. */
function size(bytes: number): string {
  let [value, unit] = [bytes, 0];
  while (value >= 10_000 && unit < 3) [value, unit] = [value / 1024, unit + 1];
  return `${(Math.floor(value * 10) / 10).toFixed(1).padStart(6)} ${" kMG"[unit]}B`;
}

/** `show static [NAME]`: the routes of the configuration. */
export function showStatic(args: Arguments, { views }: CommandContext): Answer | SyntaxProblem {
  const selection = args.done ? EVERYTHING : readName(args, () => views.protocols());
  if ("kind" in selection) return selection;
  return {
    text: () => staticLines(views, selection),
    json: () => ({ kind: "list", values: staticValues(views, selection) }),
  };
}

function* staticRoutes(views: ControlViews, selection: Selection): Iterable<RouteView | undefined> {
  const names = [...views.protocols()]
    .filter(({ name, kind }) => kind === "Static" && selection.matches(name))
    .map(({ name }) => name);
  for (const protocol of names) yield* views.routes({ ...ALL, protocol });
}

const ALL = {
  ...{ family: undefined, network: undefined, covering: undefined, inside: undefined },
  ...{ primary: false, filtered: false, exported: undefined },
};

function* staticLines(views: ControlViews, selection: Selection): Reply {
  for (const route of staticRoutes(views, selection)) {
    yield route && more(1009, `${formatPrefix(route.network)}\t${route.type}`);
  }
  yield last(0);
}

function* staticValues(views: ControlViews, selection: Selection): Iterable<unknown> {
  for (const route of staticRoutes(views, selection)) {
    yield route && { network: formatPrefix(route.network), type: route.type };
  }
}

const CLASS = { TABLE: "routing table", PROTOCOL: "protocol", FILTER: "filter" } as const;

/** By the word that asks for them; of those of the last ones there are none here. */
const CLASSES: readonly (readonly [word: string, name: string])[] = [
  ["table", CLASS.TABLE],
  ["protocol", CLASS.PROTOCOL],
  ["filter", CLASS.FILTER],
  ["constant", "constant"],
  ["variable", "variable"],
  ["function", "function"],
  ["template", "protocol template"],
];

interface SymbolRow {
  readonly name: string;
  readonly class: string;
}

/** `show symbols [table | protocol | filter | ... | NAME]`. */
export function showSymbols(args: Arguments, { views }: CommandContext): Answer | SyntaxProblem {
  const word = args.next()?.text;
  const all = [...symbols(views)];
  const kind = CLASSES.find(([name]) => name === word);
  const rows = all.filter((row) => {
    if (word === undefined) return true;
    return kind === undefined ? row.name === word : row.class === kind[1];
  });
  const missing = word !== undefined && kind === undefined && rows.length === 0;
  return {
    text: () => (missing ? [last(8001, "Symbol not known")] : symbolLines(rows)),
    json: () => ({
      kind: "list",
      values: rows,
      ...(missing ? { code: 8001, text: "Symbol not known" } : {}),
    }),
  };
}

function* symbols(views: ControlViews): Iterable<SymbolRow> {
  for (const name of ["master4", "master6"]) yield { name, class: CLASS.TABLE };
  for (const { name } of views.protocols()) yield { name, class: CLASS.PROTOCOL };
  for (const name of views.filters()) yield { name, class: CLASS.FILTER };
}

function* symbolLines(rows: readonly SymbolRow[]): Reply {
  for (const row of rows) yield more(1010, `${row.name.padEnd(8)}\t${row.class}`);
  yield last(0);
}
