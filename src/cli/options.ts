import { Command } from "commander";
import { version } from "./version.ts";

export interface Options {
  readonly socket: string;
  readonly json: boolean;
  readonly words: readonly string[];
}

export const DEFAULT_SOCKET = "/run/underlay/underlay.ctl";

const COMMANDS = `
Commands:
  show status                    how the daemon is doing: routes, pods, kernel settings
  show protocols [NAME]          neighbours and their sessions
  show protocols all [NAME]      the same in detail: timers, capabilities, counters
  show route                     all routes
  show route for ADDRESS         the route that a packet to ADDRESS takes
  show route NETWORK             the routes of exactly this network
  show route in NETWORK          those of all networks inside this one
  show route protocol NAME       those that came from a neighbour (or: pods, blocks)
  show route table master4       those of one table: master4 is IPv4, master6 is IPv6
  show route export NAME         what a neighbour is told; preexport: what it would be told but for
                                 its policy; noexport: what it is not told for that
    ... primary | filtered       only the best | only those that an import filter has rejected
    ... where CONDITION          net ~ [ 172.16.0.0/12+ ], bgp_path.last = 65001, from = ADDRESS,
                                 (65001, 100) ~ bgp_community, with && || ! ( )
    ... all | count | stats      with all attributes | only their number | the number behind them
  show interfaces [summary]      the node's interfaces
  show bfd sessions              the watch over the ways to the neighbours
  explain NETWORK | ADDRESS      the whole way of one route, each step with its reason, from the
                                 neighbour's announcement to what the kernel answers now and whom
                                 it is passed on to; or why it is not there, who is in its way, why
                                 a pod is not heard of. The last line names the first broken link
                                 and what to do (status 1; 0: none is broken)
  filter test NAME NETWORK       what a filter does to the routes of a network, or, with attributes
                                 behind it, to one like that: import | export, peer NAME, source,
                                 as-path "64600 65001", next-hop, med, local-pref, origin,
                                 community, large-community, extended-community
  show static | symbols | memory the configuration's routes | names of all kinds | memory in use
  configure                      read the configuration again; what did not change stays up
  configure check ["FILE"]       only look for mistakes
  enable | disable | restart NAME ["MESSAGE"]
                                 a neighbour, or several: "tor-*", all; with disable and
                                 restart, the neighbour's operator gets to see the message
                                 (of one word: '"maintenance"')
  reload [in | out] NAME         all routes once more: "in" asks the neighbour for its own
                                 (ROUTE-REFRESH), "out" tells it ours; sessions stay up
  mrt dump [table NAME] to FILE  all accepted routes into a file (MRT), of master4 or master6 alone;
                                 comes back when it is written
  graceful restart               end, and leave the routes for the next start
  down                           take all routes away and end the daemon; comes back when that is
                                 done, with status 1 if anything is left in the kernel

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
  program.parse(argv);
  // Words of birdc's that its server does not answer; nobody would ever come back.
  if (["help", "?"].includes(program.args[0])) program.help();
  if (["exit", "quit"].includes(program.args[0])) program.error("there is nothing to leave");
  const { socket, json } = program.opts<{ socket: string; json: boolean }>();
  if (program.args.length === 0) program.help({ error: true });
  return { socket, json, words: program.args };
}
