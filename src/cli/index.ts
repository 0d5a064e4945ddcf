/**
 * `underlayctl`: asks a running underlayd over its control socket.
 *
 *     words ─ expand ─> a line ─ socket ─> replies ─ ReplyReader ─> rows ─> text, table or JSON
 *
 * - In a pipe, the text is BIRD's, without the codes: stable, and the same that birdc prints. On a
 *   terminal, lists become tables that fit its width. `--json` prints one JSON value.
 * - Everything streams: a million routes go through in pieces, and a reader that has seen enough
 *   (`| head`) ends it quietly.
 * - A verb that takes more than to send its line and print the reply is a row of the table in verbs.ts:
 *   `down` comes back when the daemon has ended, as its connection tells.
 * - Without a command, on a terminal: a prompt (prompt.ts) over one connection (session.ts), with a history,
 *   `?` as birdc has it, and completion (complete.ts), which the shells ask for as well.
 * - On a terminal an answer that does not fit goes through a pager (output.ts, pager.ts); the pager's end,
 *   or Ctrl-C at the prompt, ends the connection, and with it what the daemon has still to say.
 * - `--watch` draws the reply anew (watch.ts, screen.ts, changes.ts). It begins with `restrict`: what would
 *   change something is refused by the daemon, which knows best what that is.
 * - `top` asks for `show load` (top-loop.ts), makes rates of two answers (top-rates.ts) and lines of those
 *   (top-view.ts).
 * - With `--json` an error is JSON as well, on standard error.
 * - Exit status: 0, or 1 when the answer is an error (a code of 8000 or more) or there was none, and
 *   when `down` has left anything behind.
 */
export { runCommand } from "./run.ts";
