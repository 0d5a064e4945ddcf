import type { Sink } from "./output.ts";
import { FIRST_ERROR, FOUND, LIST, ROW, type ReplyRow } from "./reply-reader.ts";

/** An error for programs, as it goes to standard error; `code`: the daemon's, where it is one of its. */
export function jsonError(error: string, code?: number): string {
  return `${JSON.stringify({ error, code })}\n`;
}

/**
 * The values of a JSON reply: one, or a list with a value a line (or all of it in one). What is printed is whole JSON
 * also when an error ends the list; the error goes to standard error, as JSON too.
 */
export async function printJson(
  rows: AsyncIterable<ReplyRow>,
  output: Sink,
  form: "line" | "lines" = "lines",
): Promise<number> {
  const gap = form === "lines" ? "\n" : "";
  let list = false;
  let count = 0;
  let error = "";
  try {
    for await (const { code, text, last } of rows) {
      if (output.broken) return 0;
      if (code === LIST) {
        list = true;
        await output.write("[");
      } else if (code === ROW) {
        const comma = list && count++ > 0 ? "," : "";
        await output.write(list ? `${comma}${gap}${text}` : `${text}\n`);
      } else if (code >= FIRST_ERROR && code !== FOUND) {
        error = jsonError(text, code);
      }
      if (last) return code >= FIRST_ERROR ? 1 : 0;
    }
    return 1;
  } finally {
    if (list) await output.write(count === 0 ? "]\n" : `${gap}]\n`);
    await output.flush();
    if (error !== "") await output.complain(error);
  }
}
