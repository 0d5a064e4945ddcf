import type { Answer, Command, CommandContext } from "./answer.ts";
import type { Arguments, SyntaxProblem } from "./lexer.ts";
import { type Selection, readSelection } from "./pattern.ts";
import { type Reply, last, more } from "./reply.ts";
import type { ReloadDirection, ReloadResult } from "./command-views.ts";
import type { ControlViews } from "./views.ts";

// `reload [in | out] NAME | "PATTERN" | all`: routes are announced again, by the neighbour or to it.
// Codes and words are BIRD's, with a reason behind those of what has failed. As with BIRD, nothing is
// said of a session that is down: it has no routes, and will hear and tell all when it comes up.

export const reloadCommands: readonly Command[] = [
  command(["reload", "in"], "in"),
  command(["reload", "out"], "out"),
  command(["reload"], "both"),
];

function command(words: readonly string[], direction: ReloadDirection): Command {
  return { words, writes: true, read: (args, context) => reload(args, context, direction) };
}

function reload(
  args: Arguments,
  { views }: CommandContext,
  direction: ReloadDirection,
): Answer | SyntaxProblem {
  const selection = readSelection(args, views);
  if ("kind" in selection) return selection;
  return {
    text: () => reloadLines(views, selection, direction),
    json: () => {
      const results = reloadAll(views, selection, direction);
      const none = results.length === 0 && selection.pattern !== undefined;
      const ending = none ? { code: 8003, text: "No protocols match" } : {};
      return { kind: "list", values: results, ...ending };
    },
  };
}

interface Reloaded {
  readonly name: string;
  readonly result: ReloadResult;
}

/** BGP neighbours, and a range only by its name: its neighbours have names of their own. */
function reloadAll(
  views: ControlViews,
  selection: Selection,
  direction: ReloadDirection,
): Reloaded[] {
  const names = [...views.protocolNames()]
    .filter(({ name, kind, isRange }) => {
      const isNeighbour = kind === "BGP" && !isRange;
      return selection.matches(name) && (isNeighbour || selection.exact);
    })
    .map(({ name }) => name);
  return names.map((name) => ({ name, result: views.commands.reload(name, direction) }));
}

function* reloadLines(
  views: ControlViews,
  selection: Selection,
  direction: ReloadDirection,
): Reply {
  const results = reloadAll(views, selection, direction);
  if (results.length === 0 && selection.pattern !== undefined) {
    yield last(8003, "No protocols match");
    return;
  }
  for (const { name, result } of results) {
    const failure = FAILURES[result];
    // Of one alone it is the answer, so that scripts see it in the exit status.
    if (failure !== undefined && selection.exact) {
      yield last(8006, `${name}: reload failed: ${failure}`);
      return;
    }
    if (failure !== undefined) yield more(8006, `${name}: reload failed: ${failure}`);
    else if (result === "already") yield more(8, `${name}: already disabled`);
    else if (result === "done") yield more(15, `${name}: reloading`);
  }
  yield last(0);
}

const FAILURES: Readonly<Partial<Record<ReloadResult, string>>> = {
  unable: "its neighbour takes no ROUTE-REFRESH",
  refused: "it is no BGP neighbour",
};
