import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { DEFAULT_SOCKET } from "./client.ts";
import { DAEMON_COMMANDS, helpLines } from "./help.ts";
import { jsonError } from "./json.ts";
import type { ColourWish } from "./output.ts";
import { VERBS, findVerb } from "./verbs.ts";
import { version } from "./version.ts";
import { commandLine } from "./words.ts";

export interface Options {
  readonly socket: string;
  readonly json: boolean;
  readonly colour: ColourWish;
  readonly pager: boolean;
  /** Nothing may be changed. */
  readonly restricted: boolean;
  /** Seconds between two looks; undefined: one is enough. */
  readonly watch: number | undefined;
  /** None: whoever is at a terminal gets a prompt. */
  readonly words: readonly string[];
  /** The verb's own options. */
  readonly flags: Readonly<Record<string, string | boolean | undefined>>;
}

/** There is nothing to run: what there was to say has been said. */
export class Answered extends Error {
  readonly status: number;

  constructor(status: number) {
    super();
    this.status = status;
  }
}

/** Seconds between two looks, where nobody says so. */
const WATCH = 2;

const COMMANDS = `
Without a command, on a terminal: a prompt, with Tab for what may come next, ? for help, a history.

Commands:
${helpLines([...DAEMON_COMMANDS, ...VERBS.flatMap(({ help }) => help)])}
Words may be shortened as far as they stay clear (sh ro for 10.0.0.1), but for down, drain and
undrain.

Examples:
  underlayctl show protocols
  underlayctl show route for 172.16.3.7 all
  underlayctl show route protocol tor-a count
  underlayctl --watch 1 show protocols
  underlayctl explain 172.16.3.7
  underlayctl --json show protocols | jq '.[] | select(.state != "up") | .name'
  underlayctl configure check && underlayctl configure
  underlayctl plan new.yaml && cp new.yaml /etc/underlay/underlay.yaml && underlayctl configure
  underlayctl restart tor-a
  underlayctl disable tor-a "rack 12 moves, back at 14:00 UTC"

A mark before a route's source: * is the best one, ! is the best one and not in the kernel.

Status: 0; 1 if the daemon has answered with an error or not at all, for a mistake in the command
line, where explain finds a broken link and where plan finds a loss; 2 where plan could not be made,
or could not be applied. With --json an error is {"error": TEXT, "code": NUMBER} on standard error;
what is on standard output is JSON all the same (a list that ends early, or nothing).

Environment:
  UNDERLAY_PAGER, PAGER          the pager for answers longer than the terminal; else less -FRX,
                                 where it is installed
  NO_COLOR                       no colours, as --colour never
  XDG_STATE_HOME                 the history is there, in underlay/history; else in ~/.local/state

The socket speaks the protocol of BIRD 2, so birdc works too: birdc -s ${DEFAULT_SOCKET}
(birdc itself refuses explain, plan and filter, which it does not know; others can send them).
`;

/** Reads the words of a command line. Throws Answered where that was all: --help, and mistakes. */
export function readOptions(typed: readonly string[]): Options {
  const words = withWatch(typed);
  // Wanted for mistakes as well, before the options are read.
  const isJson = words.includes("--json") || words.includes("-j");
  const program = new Command("underlayctl")
    .exitOverride()
    .description("Shows and steers a running underlayd.")
    .usage("[options] [COMMAND]")
    .argument("[words...]", "a command, see below")
    .option("-s, --socket <path>", "the daemon's control socket", DEFAULT_SOCKET)
    .option("-j, --json", "print JSON: one value, or a list of them")
    .option("-r, --restricted", "refuse all that would change something")
    .option(
      "-w, --watch [seconds]",
      `ask again every ${WATCH} (or so many) seconds, and mark what has changed; with --json, a line each time`,
      readInterval,
    )
    .addOption(
      new Option("--colour <when>", "colours").choices(["auto", "always", "never"]).default("auto"),
    )
    .option("--no-pager", "no pager")
    .version(`underlayctl ${version()}`, "--version", "print the version")
    .configureHelp({ visibleArguments: () => [] })
    .showHelpAfterError(isJson ? false : '("underlayctl --help" shows what there is)')
    .configureOutput({
      outputError: (text, write) => write(isJson ? jsonError(text.trim()) : text),
    })
    .addHelpText("after", COMMANDS);
  // Only the verb's own: another command that is given them is told that it has no such option.
  for (const [flags, text] of findVerb(verbOf(words))?.options ?? []) program.option(flags, text);
  try {
    program.parse(words, { from: "user" });
    if (["help", "?"].includes(program.args[0])) program.help();
  } catch (error) {
    if (error instanceof CommanderError) throw new Answered(error.exitCode);
    throw error;
  }
  const { socket, json, restricted, watch, colour, pager, ...flags } = program.opts<
    Partial<Pick<Options, "json" | "restricted">> & Omit<Options, "flags" | "words">
  >();
  const common = { socket, json: json === true, restricted: restricted === true, watch };
  return { ...common, colour, pager, flags, words: program.args };
}

function readInterval(text: string): number {
  const seconds = Number(text);
  if (seconds >= 0.1 && seconds <= 86_400) return seconds;
  throw new InvalidArgumentError("Seconds, from 0.1 to 86400.");
}

/** The number behind --watch may be left out: what follows is a command then. */
function withWatch(words: readonly string[]): string[] {
  const all: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const isWatch = words[at] === "--watch" || words[at] === "-w";
    if (!isWatch) all.push(words[at]);
    else if (/^-?[\d.]+$/.test(words[at + 1] ?? "")) all.push(`--watch=${words[++at]}`);
    else all.push(`--watch=${WATCH}`);
  }
  return all;
}

/** The verb, before it is known which options there are. */
function verbOf(words: readonly string[]): string {
  const first = words.findIndex(
    (word, at) => !word.startsWith("-") && !TAKES_VALUE.includes(words[at - 1]),
  );
  return first < 0 ? "" : commandLine(words.slice(first, first + 1)).words[0];
}

const TAKES_VALUE: readonly (string | undefined)[] = ["-s", "--socket", "--colour"];
