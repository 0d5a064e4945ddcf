import { printJson } from "./json.ts";
import type { Sink } from "./output.ts";
import type { ReplyRow } from "./reply-reader.ts";
import { printText } from "./text.ts";
import type { Call } from "./verbs.ts";

/**
 * Asks, and prints the reply in the form that is wanted: JSON, a table on a terminal, else text. Gives
 * the exit status. `rows`: the reply to a line, if not that of the daemon's to the call's own.
 */
export async function printReply(
  call: Pick<Call, "ask" | "json" | "line"> & { readonly output: Sink },
  rows: (line: string) => AsyncIterable<ReplyRow> = (line) => call.ask(line),
): Promise<number> {
  const { line, output } = call;
  if (call.json) return printJson(rows(`underlay json ${line}`), output);
  if (output.columns !== undefined) {
    // Only on a terminal: in a pipe the tables need not be loaded.
    const { printTable, tableFor } = await import("./tables.ts");
    const table = tableFor(line);
    if (table !== undefined) return printTable(table, rows(`underlay json ${line}`), output);
  }
  return printText(rows(line), output);
}
