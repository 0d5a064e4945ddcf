import type { Sink } from "./output.ts";
import { FIRST_ERROR, FOUND, type ReplyRow } from "./reply-reader.ts";

/** The lines of a reply without their codes, as birdc prints them; errors go to standard error. */
export async function printText(rows: AsyncIterable<ReplyRow>, output: Sink): Promise<number> {
  for await (const { code, text, last } of rows) {
    if (output.broken) return 0;
    if (code >= FIRST_ERROR && code !== FOUND) await output.complain(`${text}\n`);
    else if (!last || text !== "") await output.write(`${text}\n`);
    if (last) {
      await output.flush();
      return code >= FIRST_ERROR ? 1 : 0;
    }
  }
  return 1;
}
