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
 * - Exit status: 0, or 1 when the answer is an error (a code of 8000 or more) or there was none, and
 *   when `down` has left anything behind.
 */
export { runCommand } from "./run.ts";
