import { Command } from "commander";
import { DAEMON_COMMANDS, helpLines } from "./help.ts";
import { VERBS, findVerb } from "./verbs.ts";
import { version } from "./version.ts";
import { commandLine } from "./words.ts";

export interface Options {
  readonly socket: string;
  readonly json: boolean;
  readonly words: readonly string[];
  /** The verb's own options. */
  readonly flags: Readonly<Record<string, string | boolean | undefined>>;
}

export const DEFAULT_SOCKET = "/run/underlay/underlay.ctl";

const COMMANDS = `
Commands:
${helpLines([...DAEMON_COMMANDS, ...VERBS.flatMap(({ help }) => help)])}
Words may be shortened as far as they stay clear (sh ro for 10.0.0.1), but for down.

Examples:
  underlayctl show protocols
  underlayctl show route for 172.16.3.7 all
  underlayctl show route protocol tor-a count
  underlayctl explain 172.16.3.7
  underlayctl --json show protocols | jq '.[] | select(.state != "up") | .name'
  underlayctl configure check && underlayctl configure
  underlayctl restart tor-a
  underlayctl disable tor-a "rack 12 moves, back at 14:00 UTC"

A mark before a route's source: * is the best one, ! is the best one and not in the kernel.
The socket speaks the protocol of BIRD 2, so birdc works too: birdc -s ${DEFAULT_SOCKET}
(birdc itself refuses explain and filter, which it does not know; other clients can send them).
`;

/** Reads the command line. --help and mistakes end the process, with status 0 and 1. */
export function readOptions(argv: readonly string[]): Options {
  const program = new Command("underlayctl")
    .description("Shows and steers a running underlayd.")
    .usage("[options] COMMAND")
    .argument("[words...]", "a command, see below")
    .option("-s, --socket <path>", "the daemon's control socket", DEFAULT_SOCKET)
    .option("-j, --json", "print JSON: one value, or a list of them", false)
    .version(`underlayctl ${version()}`, "--version", "print the version")
    .configureHelp({ visibleArguments: () => [] })
    .showHelpAfterError('("underlayctl --help" shows what there is)')
    .addHelpText("after", COMMANDS);
  // Only the verb's own: another command that is given them is told that it has no such option.
  for (const [flags, text] of findVerb(verbOf(argv))?.options ?? []) program.option(flags, text);
  program.parse(argv);
  // Words of birdc's that its server does not answer; nobody would ever come back.
  if (["help", "?"].includes(program.args[0])) program.help();
  if (["exit", "quit"].includes(program.args[0])) program.error("there is nothing to leave");
  const { socket, json, ...flags } = program.opts<Pick<Options, "json" | "socket">>();
  if (program.args.length === 0) program.help({ error: true });
  return { socket, json, flags, words: program.args };
}

/** The verb, before it is known which options there are. */
function verbOf(argv: readonly string[]): string {
  const words = argv.slice(2);
  const first = words.findIndex(
    (word, at) => !word.startsWith("-") && !["-s", "--socket"].includes(words[at - 1]),
  );
  return first < 0 ? "" : commandLine(words.slice(first, first + 1)).words[0];
}
