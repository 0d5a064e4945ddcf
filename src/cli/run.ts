import { ClientError, ask, askToEnd } from "./client.ts";
import { printJson } from "./json.ts";
import { readOptions } from "./options.ts";
import { Output } from "./output.ts";
import type { ReplyRow } from "./reply-reader.ts";
import { printText } from "./text.ts";
import { commandLine } from "./words.ts";

const sayPatience = (): void => {
  process.stderr.write("underlayctl: still removing routes ...\n");
};

/** The whole program; gives the exit status. `argv` as in `process.argv`. */
export async function runCommand(argv: readonly string[]): Promise<number> {
  const options = readOptions(argv);
  const output = new Output(process.stdout);
  const line = commandLine(options.words);
  try {
    // Whoever ends the daemon waits for its end.
    const rows = (question: string): AsyncIterable<ReplyRow> =>
      line === "down"
        ? askToEnd(options.socket, question, sayPatience)
        : ask(options.socket, question);
    if (options.json) return await printJson(rows(`underlay json ${line}`), output);
    if (output.columns !== undefined) {
      // Only on a terminal: in a pipe the tables need not be loaded.
      const { printTable, tableFor } = await import("./tables.ts");
      const table = tableFor(line);
      if (table !== undefined) {
        return await printTable(table, rows(`underlay json ${line}`), output);
      }
    }
    return await printText(rows(line), output);
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    await output.flush();
    process.stderr.write(`underlayctl: ${error.message}\n`);
    return 1;
  }
}
