import { clean } from "./clean.ts";
import { Connection, DEFAULT_SOCKET } from "./client.ts";
import { ROW } from "./reply-reader.ts";
import { findVerb } from "./verbs.ts";
import { THIRD, VOCABULARY, commandLine } from "./words.ts";

// What may come next: words out of the grammar, and names out of the daemon.

/** Kinds of names, as `show symbols` has them, and what is not one of its. */
type Kind = "filter" | "interface" | "protocol" | "routing table";

/** What may stand in one place. */
interface Place {
  readonly words?: readonly string[];
  readonly names?: readonly Kind[];
  readonly file?: true;
}

const ROUTE_WORDS = [
  ...["for", "in", "table", "protocol", "export", "preexport", "noexport"],
  ...["where", "filter", "primary", "filtered", "all", "count", "stats"],
];

const FILTER_WORDS = [
  ...["import", "export", "peer", "source", "as-path", "next-hop", "med", "local-pref"],
  ...["origin", "community", "large-community", "extended-community"],
];

const SOURCES = ["own-pods", "own-blocks", "static", "ebgp", "ibgp"];

const PROTOCOL = { names: ["protocol"] } as const satisfies Place;
const NOTHING: Place = {};

/** By what is before, written out; the first row that fits. */
const PLACES: readonly (readonly [before: RegExp, place: Place])[] = [
  [/^show protocols( all)?$/, { words: ["all"], ...PROTOCOL }],
  [/^show protocols \S+$/, { words: ["all"] }],
  [/^show route.* (protocol|export|preexport|noexport)$/, PROTOCOL],
  [/^show route.* table$/, { names: ["routing table"] }],
  [/^show route.* filter$/, { names: ["filter"] }],
  [/^show route.* (for|in|where)$/, NOTHING],
  [/^show route( .*)?$/, { words: ROUTE_WORDS }],
  [/^show interfaces( summary)?$/, { words: ["summary"], names: ["interface"] }],
  [/^show bfd$/, { words: ["sessions"] }],
  [/^show static$/, PROTOCOL],
  [
    /^show symbols$/,
    {
      words: ["table", "protocol", "filter"],
      names: ["routing table", "protocol", "filter"],
    },
  ],
  [/^show$/, { words: [...VOCABULARY.show, "static", "symbols"] }],
  [/^(enable|disable|restart|debug|mrtdump)$/, { words: ["all"], ...PROTOCOL }],
  [/^reload$/, { words: ["in", "out", "all"], ...PROTOCOL }],
  [/^reload (in|out)$/, { words: ["all"], ...PROTOCOL }],
  [/^filter test$/, { names: ["filter"] }],
  [/^filter test .* peer$/, PROTOCOL],
  [/^filter test .* source$/, { words: SOURCES }],
  [/^filter test .* origin$/, { words: ["igp", "egp", "incomplete"] }],
  [/^filter test \S+ \S+( .*)?$/, { words: FILTER_WORDS }],
  [/^mrt dump$/, { words: ["table", "to"] }],
  [/^mrt dump table$/, { names: ["routing table"] }],
  [/^mrt dump table \S+$/, { words: ["to"] }],
  [/^mrt dump.* to$/, { file: true }],
  [/^(apply|plan|configure check)$/, { file: true }],
  [/^drain$/, { words: ["status"], ...PROTOCOL }],
  [/^undrain$/, PROTOCOL],
  [/^configure soft$/, { words: ["timeout"], file: true }],
];

function placeAfter(before: readonly string[]): Place {
  const line = before.join(" ");
  const found = PLACES.find(([pattern]) => pattern.test(line));
  if (found !== undefined) return found[1];
  if (line === "") return { words: Object.keys(VOCABULARY) };
  if (before.length === 1 && Object.hasOwn(VOCABULARY, line)) return { words: VOCABULARY[line] };
  return Object.hasOwn(THIRD, line) ? { words: THIRD[line] } : NOTHING;
}

/** Stands for the files of the folder, which a shell completes better. */
export const FILES = ":files";

/**
 * What the word may be that goes on from `begun`, after these words. `names`: asked when names may
 * stand there.
 */
export async function candidates(
  before: readonly string[],
  begun: string,
  names: (kinds: readonly Kind[]) => Promise<Names>,
): Promise<string[]> {
  const written = before.length === 0 ? [] : commandLine(before).words;
  if (begun.startsWith("-")) return matching(optionsFor(written[0]), begun);
  const place = placeAfter(written);
  const known = place.names === undefined ? undefined : await names(place.names);
  const found = (place.names ?? []).flatMap((kind) => known?.get(kind) ?? []);
  const words = (place.words ?? []).filter((word) => !written.slice(2).includes(word));
  const all = matching([...words, ...found], begun);
  return place.file === true ? [...all, FILES] : all;
}

function matching(words: readonly string[], begun: string): string[] {
  return [...new Set(words)].filter((word) => word.startsWith(begun));
}

const OPTIONS = [
  ...["--colour", "--help", "--json", "--no-pager", "--restricted", "--socket", "--version"],
  "--watch",
];

function optionsFor(verb: string | undefined): string[] {
  const own = (verb === undefined ? undefined : findVerb(verb))?.options ?? [];
  return [...OPTIONS, ...own.map(([flags]) => /--[\w-]+/.exec(flags)?.[0] ?? "")];
}

/** Names by their kind. */
type Names = ReadonlyMap<string, readonly string[]>;

/** Milliseconds for the daemon to say all names in; nobody who presses Tab waits for longer. */
const PATIENCE = 500;

/** The names of these kinds that the daemon knows now; none where it does not answer at once. */
export async function namesOf(socket: string, kinds: readonly Kind[]): Promise<Names> {
  const names = new Map<string, string[]>();
  const signal = AbortSignal.timeout(PATIENCE);
  let connection: Connection | undefined;
  const collect = async (
    line: string,
    kindOf: (value: Partial<Symbol>) => string,
  ): Promise<void> => {
    connection ??= await Connection.open(socket);
    for await (const { code, text } of connection.ask(`underlay json ${line}`, signal)) {
      if (code !== ROW) continue;
      const value = JSON.parse(text) as Partial<Symbol>;
      // Of an interface's name the kernel takes nearly everything.
      if (typeof value.name !== "string" || clean(value.name) !== value.name) continue;
      names.set(kindOf(value), [...(names.get(kindOf(value)) ?? []), value.name]);
    }
  };
  try {
    if (kinds.some((kind) => kind !== "interface"))
      await collect("show symbols", (value) => value.class ?? "");
    if (kinds.includes("interface")) await collect("show interfaces", () => "interface");
  } catch {
    // Away, silent, or another: then there are no names to offer, and no place to say why.
  } finally {
    connection?.close();
  }
  return names;
}

interface Symbol {
  readonly name: string;
  readonly class?: string;
}

const COLOURS = ["auto", "always", "never"];

/**
 * `underlayctl --complete WORDS`: a candidate a line, for the shells' completion. The last word is the one
 * that is being typed.
 */
export async function printCandidates(words: readonly string[]): Promise<number> {
  const begun = words.at(-1) ?? "";
  const before: string[] = [];
  let socket = DEFAULT_SOCKET;
  let option = "";
  for (const word of words.slice(0, -1)) {
    if (option !== "") {
      if (option !== "--colour") socket = word;
      option = "";
    } else if (["-s", "--socket", "--colour"].includes(word)) {
      option = word;
    } else if (!word.startsWith("-")) {
      before.push(word);
    }
  }
  const found =
    option === "--colour"
      ? matching(COLOURS, begun)
      : option !== ""
        ? [FILES]
        : await candidates(before, begun, (kinds) => namesOf(socket, kinds));
  process.stdout.write(found.map((word) => `${word}\n`).join(""));
  return 0;
}
