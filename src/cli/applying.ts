import { resolve } from "node:path";
import { AnswerKeys, type Said } from "./answer-keys.ts";
import { clean } from "./clean.ts";
import { ClientError, DEFAULT_SOCKET } from "./client.ts";
import { jsonError } from "./json.ts";
import { FIRST_ERROR, ROW } from "./reply-reader.ts";
import { parseRow } from "./tables.ts";
import type { Call } from "./verbs.ts";

/** What `configure` answers for programs; times in milliseconds. */
interface Configured {
  readonly file: string;
  readonly applied: boolean;
  readonly outcome: "applied" | "checked" | "ending" | "refused";
  readonly problems: readonly string[];
  readonly notes: readonly string[];
  readonly undoIn: number | null;
  readonly nextFile: string | null;
}

/** What `configure status` answers. */
interface Status {
  readonly generation: number;
  readonly undoIn: number | null;
}

/** Seconds in each. */
const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/** Seconds; the daemon takes no more. */
const LONGEST = 86_400;

/** Milliseconds between two looks at what is left of the time. */
const TICK = 1000;

/**
 * `apply [FILE] [--confirm-within TIME]`. Checks first, and shows what changes; then it is applied. On a
 * terminal the question is asked whether to keep it, as long as there is time. Whatever becomes of this
 * program, the daemon undoes by itself what was not confirmed. Gives the exit status: 0 where it runs.
 */
export async function applyFile(call: Call): Promise<number> {
  const { flags, json, output } = call;
  const file = fileOf(call.words);
  const timeout = timeoutOf(flags["confirmWithin"]);
  const checked = await configured(call, `configure check${file}`);
  if (checked.outcome !== "checked") return refused(call, checked);
  const { notes } = checked;
  if (!json) {
    await output.write(`${clean(checked.file)}${notes.length === 0 ? " changes nothing" : ""}\n`);
    await listed(call, notes);
    // Whoever reads on in a pager is waited for: the time begins afterwards.
    await output.close();
    if (output.broken) return 1;
  }
  const applied = await configured(call, `configure${file}${timeout}`);
  if (!applied.applied) return refused(call, applied);
  if (json) {
    await output.write(`${JSON.stringify(applied)}\n`);
    return 0;
  }
  // Those that were known before have been shown.
  await listed(call, applied.notes.slice(notes.length));
  return conclude(call, applied);
}

/** Throws ClientError where it is not what this program knows: the check comes first, before anything is done. */
async function configured(call: Call, line: string): Promise<Configured> {
  const found = (await value<Partial<Configured> | null>(call, line)) ?? {};
  const { file, applied, outcome, notes, problems, nextFile = null, undoIn = null } = found;
  const isKnown = file !== undefined && applied !== undefined && outcome !== undefined;
  if (isKnown && Array.isArray(notes) && Array.isArray(problems)) {
    return { ...found, file, applied, outcome, notes, problems, nextFile, undoIn };
  }
  throw new ClientError(
    `the answer to ${line} is another than expected: is underlayctl of the daemon's version?`,
  );
}

async function listed({ output }: Call, notes: readonly string[]): Promise<void> {
  for (const note of notes) await output.write(`  ${clean(note)}\n`);
}

async function conclude(call: Call, { nextFile, undoIn }: Configured): Promise<number> {
  const { output } = call;
  if (nextFile !== null) {
    await output.write(`SIGHUP and the next start read ${clean(nextFile)}, which stays as it is\n`);
  }
  if (undoIn === null) {
    await output.write("it runs\n");
    return 0;
  }
  await output.close();
  if (process.stdin.isTTY && output.columns !== undefined) return askToKeep(call);
  const confirm = `${command(call)} configure confirm`;
  await output.write(`it runs, and is undone in ${undoIn / 1000} s unless you say: ${confirm}\n`);
  return 0;
}

/** The file as a text of BIRD's grammar: the daemon is in another folder. */
function fileOf([, file, ...more]: readonly string[]): string {
  if (more.length > 0) throw new ClientError(`apply takes one file, and not also ${more[0]}`);
  if (file === undefined) return "";
  const path = resolve(file);
  if (/["\n\r]/.test(path)) {
    throw new ClientError("apply: a file's name with quotes or line ends cannot be said");
  }
  return ` "${path}"`;
}

function timeoutOf(text: string | boolean | undefined): string {
  if (typeof text !== "string") return "";
  const [, digits, unit = "s"] = /^(\d{1,9})([smh])?$/.exec(text) ?? [];
  const seconds = Number(digits) * UNITS[unit];
  if (seconds >= 1 && seconds <= LONGEST) return ` timeout ${seconds}`;
  throw new ClientError(
    `--confirm-within: found "${text}", expected a time of 1 s to 24 h, such as 60s or 5m`,
  );
}

async function refused({ json, output }: Call, result: Configured): Promise<number> {
  const { outcome, problems } = result;
  if (json) {
    await output.write(`${JSON.stringify(result)}\n`);
    await output.complain(jsonError("Configuration error", 8002));
  } else {
    const reasons = outcome === "ending" ? ["underlayd is ending: nothing was applied"] : problems;
    await output.complain(reasons.map((reason) => `${clean(reason)}\n`).join(""));
  }
  return 1;
}

/** Asks as long as there is time; whatever else becomes of the configuration meanwhile ends it, too. */
async function askToKeep(call: Call): Promise<number> {
  const { generation } = await value<Status>(call, "configure status");
  const keys = new AnswerKeys();
  keys.open();
  try {
    for (let said: Said | undefined; ;) {
      const now = await value<Status>(call, "configure status");
      if (now.generation !== generation) {
        await say(call, "not kept: something else runs again\n");
        return 1;
      }
      if (now.undoIn === null) {
        await say(call, "kept: it was confirmed elsewhere\n");
        return 0;
      }
      // An answer is one to what runs now, not to what did when the key was pressed.
      if (said !== undefined) return await (said === "yes" ? keep(call) : undo(call));
      await say(call, `it runs: keep it? [y/N] (${Math.ceil(now.undoIn / 1000)} s) `);
      said = await keys.next(TICK);
    }
  } finally {
    keys.close();
  }
}

async function keep(call: Call): Promise<number> {
  const { confirmed } = await value<{ confirmed: boolean }>(call, "configure confirm");
  await say(call, confirmed ? "kept\n" : "too late: what ran before runs again\n");
  return confirmed ? 0 : 1;
}

async function undo(call: Call): Promise<number> {
  await value(call, "configure undo");
  await say(call, "not kept: what ran before runs again\n");
  return 1;
}

/** In the place of what was said last. Closed each time: no number of lines is one for the pager. */
async function say({ output }: Call, text: string): Promise<void> {
  await output.write(`\r\x1b[K${text}`);
  await output.close();
}

/** How this program is called, to be typed again. */
function command({ socket }: Call): string {
  return socket === DEFAULT_SOCKET ? "underlayctl" : `underlayctl --socket ${socket}`;
}

/** The one value of a reply for programs; an answer without one is an error. */
async function value<T>(call: Call, line: string): Promise<T> {
  let found: T | undefined;
  let problem = `underlayd has not answered "${line}"`;
  for await (const { code, text, last } of call.ask(`underlay json ${line}`)) {
    if (code === ROW) found = parseRow(text) as T;
    else if (last && code >= FIRST_ERROR) problem = text;
  }
  if (found === undefined) throw new ClientError(problem);
  return found;
}
