import { ClientError, ask } from "./client.ts";
import { jsonError } from "./json.ts";
import { Answered, type Options, readOptions } from "./options.ts";
import { Output } from "./output.ts";
import { pagerOf } from "./pager.ts";
import { printReply } from "./print.ts";
import type { ReplyRow } from "./reply-reader.ts";
import { type Call, findVerb } from "./verbs.ts";
import { commandLine, meanings } from "./words.ts";

/** The whole program; gives the exit status. `argv` as in `process.argv`. */
export async function runCommand(argv: readonly string[]): Promise<number> {
  try {
    return await run(argv.slice(2));
  } catch (error) {
    if (error instanceof Answered) return error.status;
    throw error;
  }
}

async function run(words: readonly string[]): Promise<number> {
  const options = readOptions(words);
  if (options.words.length > 0) {
    const output = openOutput(options);
    return execute(options, output, (line) => askOnce(options, output, line));
  }
  if (process.stdin.isTTY && process.stdout.isTTY) {
    const { converse } = await import("./prompt.ts");
    return converse(options);
  }
  process.stderr.write(`${NOTHING}\n`);
  return 1;
}

const NOTHING = 'underlayctl: no command ("underlayctl --help" shows what there is)';

/** By a connection of its own. */
export function askOnce(
  { socket, restricted, watch }: Options,
  { signal }: Output,
  line: string,
): AsyncIterable<ReplyRow> {
  // A command that is asked again and again must not be one that does something.
  return ask(socket, line, { restricted: restricted || watch !== undefined, signal });
}

/** Standard output, as the options want it. */
export function openOutput({ colour, json, pager, watch }: Options): Output {
  const isPaged = pager && !json && watch === undefined;
  return new Output(process.stdout, { colour, pager: isPaged ? pagerOf(process.env) : undefined });
}

/** One command; gives the exit status. */
export async function execute(
  options: Options,
  output: Output,
  rows: (line: string) => AsyncIterable<ReplyRow>,
): Promise<number> {
  const { json } = options;
  const { words, line } = commandLine(options.words);
  const call: Call = { ...options, words, line, output, ask: rows };
  try {
    const status = await carryOut(call, options);
    await output.close();
    return status;
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    // Whoever wants to see no more does not hear how it ended.
    if (output.broken) return 0;
    await output.complain(json ? jsonError(error.message) : `underlayctl: ${error.message}\n`);
    return 1;
  } finally {
    output.release();
  }
}

async function carryOut(call: Call, { watch, restricted }: Options): Promise<number> {
  const [name] = call.words;
  const several = meanings(name);
  if (several.length > 0) throw new ClientError(`${name} may be ${several.join(", ")}`);
  if (["exit", "quit"].includes(name)) throw new ClientError("there is nothing to leave");
  const verb = findVerb(name);
  const isWriting = verb?.writes === true && verb.looks?.includes(call.words[1]) !== true;
  if (watch !== undefined) {
    if (isWriting || verb?.local) throw new ClientError(`${name} cannot be watched`);
    const { watchReply } = await import("./watch.ts");
    return watchReply(call, watch);
  }
  if (verb === undefined) return printReply(call);
  if (isWriting && restricted) throw new ClientError("Access denied");
  return verb.run(call);
}
