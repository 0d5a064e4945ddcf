/** The end of the process. */
import * as libc from "./libc.ts";

/**
 * Ends the process, whatever its threads do (_exit(2)). process.exit() waits for Node.js's own, one of
 * which may hang in a write to a disk; its "exit" event does not come.
 */
export function exitAtOnce(code: number): never {
  libc.exit(code);
}
