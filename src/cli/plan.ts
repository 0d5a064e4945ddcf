import { ClientError } from "./client.ts";
import { jsonError } from "./json.ts";
import { printReply } from "./print.ts";
import { FIRST_ERROR, FOUND, PROGRESS, type ReplyRow } from "./reply-reader.ts";
import type { Call, Verb } from "./verbs.ts";

/** Milliseconds until it is worth saying how far it is. */
const PATIENCE = 2000;

/** Exit status where there is no answer: the file is wrong, or nobody is there. */
const FAILED = 2;

/** `plan [FILE]`: what a configuration would do. */
export const plan: Verb = {
  name: "plan",
  words: [],
  help: [
    {
      usage: "plan [--all | --first N] [FILE]",
      text: "what the configuration in FILE would do, and nothing is done: sessions that would reset and why; prefixes that would be announced, accepted and routed, or no longer, and the rule that decides; leaks; kernel settings. Status 0: nothing is lost by it; 1: sessions or routes are, or it LEAKS: look at it; 2: it cannot be applied, or there is no answer",
    },
  ],
  options: [
    ["-a, --all", "name all prefixes, one by one as they are found"],
    ["-n, --first <number>", "name so many of each kind, 0 to 1000 (default: 20)"],
  ],
  writes: false,
  run,
};

async function run(call: Call): Promise<number> {
  const { flags, output, json } = call;
  const { all, first } = flags;
  const words = [call.line];
  if (all === true) words.push("all");
  else if (typeof first === "string") words.push("first", first);
  // How far it is goes to the terminal alone, and never between the lines of an answer in a file.
  const isWatched = !json && process.stderr.isTTY;
  if (isWatched) words.push("progress");
  const outcome = { failed: true };
  try {
    const rows = (line: string) => watched(call.ask(line), outcome);
    const status = await printReply({ ...call, line: words.join(" ") }, rows);
    return outcome.failed ? FAILED : status;
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    await output.complain(json ? jsonError(error.message) : `underlayctl: ${error.message}\n`);
    return FAILED;
  }
}

/** Shows how far it is, and notes how it ends. */
async function* watched(
  rows: AsyncIterable<ReplyRow>,
  outcome: { failed: boolean },
): AsyncGenerator<ReplyRow> {
  const since = performance.now();
  let shown = false;
  const clear = (): void => {
    if (shown) process.stderr.write("\r\x1b[K");
    shown = false;
  };
  try {
    for await (const row of rows) {
      if (row.code === PROGRESS) {
        if (performance.now() - since < PATIENCE) continue;
        process.stderr.write(`\r\x1b[K${row.text}`);
        shown = true;
        continue;
      }
      clear();
      if (row.last) outcome.failed = row.code >= FIRST_ERROR && row.code !== FOUND;
      yield row;
    }
  } finally {
    clear();
  }
}
