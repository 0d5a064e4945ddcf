// What --help says of the commands, and `?` of those that go on from what is typed.

/** How a command is written, and what it is for. */
export interface HelpEntry {
  readonly usage: string;
  readonly text: string;
}

/** Commands that go to the daemon as they are; those that underlayctl does itself are in verbs.ts. */
export const DAEMON_COMMANDS: readonly HelpEntry[] = [
  {
    usage: "show status",
    text: "how the daemon is doing: routes, pods, kernel settings",
  },
  { usage: "show protocols [NAME]", text: "neighbours and their sessions" },
  {
    usage: "show protocols all [NAME]",
    text: "the same in detail: timers, capabilities, counters",
  },
  { usage: "show route", text: "all routes" },
  { usage: "show route for ADDRESS", text: "the route that a packet to ADDRESS takes" },
  { usage: "show route NETWORK", text: "the routes of exactly this network" },
  { usage: "show route in NETWORK", text: "those of all networks inside this one" },
  {
    usage: "show route protocol NAME",
    text: "those that came from a neighbour (or: pods, blocks)",
  },
  {
    usage: "show route table master4",
    text: "those of one table: master4 is IPv4, master6 is IPv6",
  },
  {
    usage: "show route export NAME",
    text: "what a neighbour is told; preexport: what it would be told but for its policy; noexport: what it is not told for that",
  },
  {
    usage: "  ... primary | filtered",
    text: "only the best | only those that an import filter has rejected",
  },
  {
    usage: "  ... where CONDITION",
    text: "net ~ [ 172.16.0.0/12+ ], bgp_path.last = 65001, from = ADDRESS, (65001, 100) ~ bgp_community, with && || ! ( )",
  },
  {
    usage: "  ... filter NAME",
    text: "those that this filter of the configuration would let in",
  },
  {
    usage: "  ... all | count | stats",
    text: "with all attributes | only their number | the number behind them",
  },
  { usage: "show interfaces [summary] [NAME]", text: "the node's interfaces" },
  { usage: "show bfd sessions", text: "the watch over the ways to the neighbours" },
  {
    usage: "show load",
    text: "what the daemon is busy with: messages, queues, how long the event loop is held, memory",
  },
  {
    usage: "explain NETWORK | ADDRESS",
    text: "the whole way of one route, each step with its reason, from the neighbour's announcement to what the kernel answers now and whom it is passed on to; or why it is not there, who is in its way, why a pod is not heard of. The last line names the first broken link and what to do (status 1; 0: none is broken)",
  },
  {
    usage: "filter test NAME NETWORK",
    text: 'what a filter does to the routes of a network, or, with attributes behind it, to one like that: import | export, peer NAME, source, as-path "64600 65001", next-hop, med, local-pref, origin, community, large-community, extended-community',
  },
  {
    usage: "show static | symbols | memory",
    text: "the configuration's routes | names of all kinds | memory in use",
  },
  {
    usage: "configure",
    text: "read the configuration again; what did not change stays up",
  },
  { usage: 'configure check ["FILE"]', text: "only look for mistakes" },
  {
    usage: "configure timeout [SECONDS]",
    text: "configure, and go back to what runs now unless it is confirmed in that time (300)",
  },
  {
    usage: "configure confirm | undo | status",
    text: "keep it | go back to what ran before, as it was then | how long there is to confirm",
  },
  {
    usage: 'enable | disable | restart NAME ["MESSAGE"]',
    text: 'a neighbour, or several: "tor-*", all; with disable and restart, the neighbour\'s operator gets to see the message (of one word: \'"maintenance"\')',
  },
  {
    usage: "reload [in | out] NAME",
    text: 'all routes once more: "in" asks the neighbour for its own (ROUTE-REFRESH), "out" tells it ours; sessions stay up',
  },
  {
    usage: "mrt dump [table NAME] to FILE",
    text: "all accepted routes into a file (MRT), of master4 or master6 alone; comes back when it is written",
  },
  {
    usage: "debug NAME all | off",
    text: 'log a neighbour ("tor-*", all: several) step by step: states, events, packets, until off or the end of the daemon',
  },
  {
    usage: "echo all | off",
    text: "at the prompt: the lines of the log as they come, those of debug among them | none any more",
  },
  { usage: "graceful restart", text: "end, and leave the routes for the next start" },
];

const LEFT = 2;
const COLUMN = 33;
const WIDTH = 100;

/** The entries in two columns, a line each and more where the text needs them; lines end in "\n". */
export function helpLines(entries: readonly HelpEntry[], width = WIDTH): string {
  return entries.map((entry) => entryLines(entry, Math.max(width, 2 * COLUMN))).join("");
}

function entryLines({ usage, text }: HelpEntry, width: number): string {
  const head = " ".repeat(LEFT) + usage;
  const lines = wrap(text, width - COLUMN);
  const isLong = head.length > COLUMN - 1;
  const first = isLong
    ? [head, ...lines.splice(0, 1).map(indented)]
    : [head.padEnd(COLUMN) + lines.shift()];
  return [...first, ...lines.map(indented)].map((line) => `${line}\n`).join("");
}

const indented = (line: string): string => " ".repeat(COLUMN) + line;

/** Lines of so many characters at most, broken between words. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/**
 * The entries for what goes on from these words; the last one may be the beginning of a word. An entry
 * that begins with blanks belongs to the one before it.
 */
export function entriesFor(
  entries: readonly HelpEntry[],
  words: readonly string[],
): readonly HelpEntry[] {
  let isIn = false;
  return entries.filter(({ usage }) => {
    if (!usage.startsWith(" ")) isIn = headsOf(usage).some((head) => fits(head, words));
    return isIn;
  });
}

/** `show static | symbols NAME` -> show static, show symbols: the words that are typed as they are. */
function headsOf(usage: string): string[][] {
  const tokens = usage.split(" ");
  let heads: string[][] = [[]];
  for (let at = 0; at < tokens.length && /^[a-z]+$/.test(tokens[at]); at++) {
    const choices = [tokens[at]];
    for (; tokens[at + 1] === "|" && /^[a-z]+$/.test(tokens[at + 2] ?? ""); at += 2) {
      choices.push(tokens[at + 2]);
    }
    heads = heads.flatMap((head) => choices.map((choice) => [...head, choice]));
  }
  return heads;
}

function fits(head: readonly string[], words: readonly string[]): boolean {
  return words.every((word, at) => {
    const isLast = at === words.length - 1;
    return at >= head.length || (isLast ? head[at].startsWith(word) : head[at] === word);
  });
}
