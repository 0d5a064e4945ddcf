import { ClientError } from "./client.ts";
import { readOptions } from "./options.ts";
import { Output } from "./output.ts";
import { printReply } from "./print.ts";
import { type Call, findVerb } from "./verbs.ts";
import { commandLine } from "./words.ts";

/** The whole program; gives the exit status. `argv` as in `process.argv`. */
export async function runCommand(argv: readonly string[]): Promise<number> {
  const options = readOptions(argv);
  const output = new Output(process.stdout);
  const { words, line } = commandLine(options.words);
  const call: Call = { ...options, words, line, output };
  try {
    const verb = findVerb(words[0]);
    return await (verb === undefined ? printReply(call) : verb.run(call));
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    await output.flush();
    process.stderr.write(`underlayctl: ${error.message}\n`);
    return 1;
  }
}
