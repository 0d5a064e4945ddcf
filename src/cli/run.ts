import { ClientError, ask } from "./client.ts";
import { printJson } from "./json.ts";
import { readOptions } from "./options.ts";
import { Output } from "./output.ts";
import { printText } from "./text.ts";
import { commandLine } from "./words.ts";

/** The whole program; gives the exit status. `argv` as in `process.argv`. */
export async function runCommand(argv: readonly string[]): Promise<number> {
  const options = readOptions(argv);
  const output = new Output(process.stdout);
  const line = commandLine(options.words);
  try {
    if (options.json) return await printJson(ask(options.socket, `underlay json ${line}`), output);
    if (output.columns !== undefined) {
      // Only on a terminal: in a pipe the tables need not be loaded.
      const { printTable, tableFor } = await import("./tables.ts");
      const table = tableFor(line);
      if (table !== undefined) {
        return await printTable(table, ask(options.socket, `underlay json ${line}`), output);
      }
    }
    return await printText(ask(options.socket, line), output);
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    await output.flush();
    process.stderr.write(`underlayctl: ${error.message}\n`);
    return 1;
  }
}
