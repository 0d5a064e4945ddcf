import type { Output } from "./output.ts";
import { FIRST_ERROR, FOUND, LIST, ROW, type ReplyRow } from "./reply-reader.ts";

/**
 * The values of a JSON reply: one, or a list with a value a line. What is printed is whole JSON
 * also when an error ends the list; the error goes to standard error.
 */
export async function printJson(rows: AsyncIterable<ReplyRow>, output: Output): Promise<number> {
  let list = false;
  let count = 0;
  try {
    for await (const { code, text, last } of rows) {
      if (output.broken) return 0;
      if (code === LIST) {
        list = true;
        await output.write("[");
      } else if (code === ROW) {
        await output.write(
          `${list ? (count++ === 0 ? "\n" : ",\n") : ""}${text}${list ? "" : "\n"}`,
        );
      } else if (code >= FIRST_ERROR && code !== FOUND) {
        process.stderr.write(`${text}\n`);
      }
      if (last) return code >= FIRST_ERROR ? 1 : 0;
    }
    return 1;
  } finally {
    if (list) await output.write(count === 0 ? "]\n" : "\n]\n");
    await output.flush();
  }
}
