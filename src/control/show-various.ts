import { formatPrefix } from "../route/index.ts";
import type { Answer, CommandContext } from "./answer.ts";
import { type Arguments, type SyntaxProblem, syntax } from "./lexer.ts";
import { EVERYTHING, readName } from "./pattern.ts";
import { type Reply, last, more } from "./reply.ts";
import type { ControlViews, MemoryView } from "./views.ts";

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
  const selection = args.done ? EVERYTHING : readName(args, views);
  if ("kind" in selection) return selection;
  const names = [...views.protocolNames()]
    .filter(({ name, kind }) => kind === "Static" && selection.matches(name))
    .map(({ name }) => name);
  if (selection.exact && names.length === 0) {
    return syntax(`${selection.pattern} is no static protocol`);
  }
  return {
    text: () => staticLines(views, names),
    json: () => ({ kind: "list", values: staticValues(views, names) }),
  };
}

const ALL = {
  ...{ family: undefined, network: undefined, covering: undefined, inside: undefined },
  ...{ primary: false, filtered: false, exported: undefined },
};

function* staticLines(views: ControlViews, names: readonly string[]): Reply {
  for (const protocol of names) {
    if (protocol !== names[0]) yield more(1009, "");
    for (const route of views.routes({ ...ALL, protocol })) {
      yield route && more(1009, `${formatPrefix(route.network)}\t${route.type}`);
    }
  }
  yield last(0);
}

function* staticValues(views: ControlViews, names: readonly string[]): Iterable<unknown> {
  for (const protocol of names) {
    for (const route of views.routes({ ...ALL, protocol })) {
      yield route && { network: formatPrefix(route.network), type: route.type };
    }
  }
}

const CLASS = { TABLE: "routing table", PROTOCOL: "protocol", FILTER: "filter" } as const;

/** By the word that asks for them; of the last two there are none here. */
const CLASSES: ReadonlyMap<string | undefined, string> = new Map([
  ["table", CLASS.TABLE],
  ["protocol", CLASS.PROTOCOL],
  ["filter", CLASS.FILTER],
  ["function", "function"],
  ["template", "protocol template"],
]);

interface SymbolRow {
  readonly name: string;
  readonly class: string;
}

/** `show symbols [table | protocol | filter | function | template | NAME]`. */
export function showSymbols(args: Arguments, { views }: CommandContext): Answer | SyntaxProblem {
  const unexpected = args.unexpected();
  const word = args.next()?.text;
  if (word === "all") return unexpected;
  const kind = CLASSES.get(word);
  if (word !== undefined && kind === undefined) return oneSymbol(views, word);
  const rows = function* (): Iterable<SymbolRow> {
    for (const row of symbols(views)) if (kind === undefined || row.class === kind) yield row;
  };
  return {
    text: () => symbolLines(rows()),
    json: () => ({ kind: "list", values: rows() }),
  };
}

/** Of a name alone, BIRD says also that it knows nothing of it. */
function oneSymbol(views: ControlViews, name: string): Answer {
  const row = (): SymbolRow => {
    for (const symbol of symbols(views)) if (symbol.name === name) return symbol;
    return { name, class: "undefined" };
  };
  return {
    text: () => [last(1010, symbolText(row()))],
    json: () => ({ kind: "list", values: [row()] }),
  };
}

function* symbols(views: ControlViews): Iterable<SymbolRow> {
  for (const name of ["master4", "master6"]) yield { name, class: CLASS.TABLE };
  for (const { name } of views.protocolNames()) yield { name, class: CLASS.PROTOCOL };
  for (const name of views.filters()) yield { name, class: CLASS.FILTER };
}

function* symbolLines(rows: Iterable<SymbolRow>): Reply {
  for (const row of rows) yield more(1010, symbolText(row));
  yield last(0);
}

function symbolText(row: SymbolRow): string {
  return `${row.name.padEnd(8)}\t${row.class}`;
}
