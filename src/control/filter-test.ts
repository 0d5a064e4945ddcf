import type { Answer, CommandContext } from "./answer.ts";
import {
  type Prefix,
  formatPrefix,
  parseAddress,
  parseCommunity,
  parseExtendedCommunity,
  parseLargeCommunity,
  parsePrefix,
} from "../route/index.ts";
import { type Arguments, type SyntaxProblem, syntax } from "./lexer.ts";
import { type Reply, last, more, wrapped } from "./reply.ts";
import { attributeLines, handlingLines } from "./route-attributes.ts";
import { attributesValue, handlingValue } from "./route-json.ts";
import type { ControlViews, FilterQuestion, FilterTestView } from "./views.ts";

/** underlay's own code, as BIRD has no such command. */
const TEST_ROW = 1102;

type Given = NonNullable<FilterQuestion["route"]>;
type Fields = Given["attributes"];

interface Clauses {
  direction: "import" | "export";
  prefix: Prefix | undefined;
  neighbour: string | undefined;
  source: Given["source"] | undefined;
  from: string | undefined;
  fields: { -readonly [Key in keyof Fields]: Fields[Key] };
}

/**
 * `filter test NAME NETWORK [import | export] [peer NAME] [from NAME] [ATTRIBUTE VALUE]...`. With an
 * attribute, `source`, or `from` (whom it was learnt from), the route is what is given; without, those of
 * the table are asked about.
 */
export function filterTest(args: Arguments, { views }: CommandContext): Answer | SyntaxProblem {
  const unexpected = args.unexpected();
  const filter = args.next()?.text;
  if (filter === undefined) return unexpected;
  const clauses: Clauses = {
    direction: "import",
    prefix: undefined,
    neighbour: undefined,
    source: undefined,
    from: undefined,
    fields: {},
  };
  while (!args.done) {
    const problem = readClause(args, clauses);
    if (problem !== undefined) return problem;
  }
  const { prefix, direction, neighbour, source, from, fields } = clauses;
  if (prefix === undefined) return syntax("no network is given: filter test NAME 192.0.2.0/24");
  const isGiven = [source, from, ...Object.values(fields)].some((each) => each !== undefined);
  const given = { attributes: fields, source: source ?? ("ebgp" as const), from };
  const route = isGiven ? given : undefined;
  const question: FilterQuestion = { filter, direction, prefix, neighbour, route };
  return {
    text: () => lines(views, question),
    json: () => {
      const answers = views.testFilter(question);
      if (typeof answers === "string")
        return { kind: "list", values: [], code: 8003, text: answers };
      return { kind: "list", values: answers.map((each) => valueOf(each, question)) };
    },
  };
}

const SOURCES = ["own-pods", "own-blocks", "static", "ebgp", "ibgp"] as const;
const ORIGINS = ["igp", "egp", "incomplete"] as const;

function readClause(args: Arguments, clauses: Clauses): SyntaxProblem | undefined {
  const unexpected = args.unexpected();
  const word = args.next()?.text ?? "";
  const { fields } = clauses;
  if (word === "import" || word === "export") {
    clauses.direction = word;
    return undefined;
  }
  const prefix = parsePrefix(word);
  if (prefix !== undefined && clauses.prefix === undefined) {
    clauses.prefix = prefix;
    return undefined;
  }
  if (!KEYWORDS.includes(word)) return unexpected;
  const value = args.next()?.text;
  if (value === undefined) return syntax(`unexpected END: ${word} needs a value`);
  const bad = syntax(`${value} is no ${word}`);
  const add = <T>(list: readonly T[] | undefined, one: T | undefined): readonly T[] | undefined =>
    one === undefined ? undefined : [...(list ?? []), one];
  switch (word) {
    case "peer":
      clauses.neighbour = value;
      return undefined;
    case "from":
      clauses.from = value;
      return undefined;
    case "source":
      clauses.source = SOURCES.find((source) => source === value);
      return clauses.source === undefined ? bad : undefined;
    case "origin": {
      const origin = ORIGINS.findIndex((each) => each === value);
      fields.origin = origin === 1 ? 1 : origin === 2 ? 2 : 0;
      return origin < 0 ? bad : undefined;
    }
    case "med":
      fields.med = readNumber(value);
      return fields.med === undefined ? bad : undefined;
    case "local-pref":
      fields.localPref = readNumber(value);
      return fields.localPref === undefined ? bad : undefined;
    case "next-hop":
      fields.nextHop = parseAddress(value);
      return fields.nextHop === undefined ? bad : undefined;
    case "as-path":
      fields.asPath = readPath(value);
      return fields.asPath === undefined ? bad : undefined;
    case "community":
      fields.communities = add(fields.communities, parseCommunity(value));
      return fields.communities === undefined ? bad : undefined;
    case "extended-community":
      fields.extendedCommunities = add(fields.extendedCommunities, parseExtendedCommunity(value));
      return fields.extendedCommunities === undefined ? bad : undefined;
    default:
      fields.largeCommunities = add(fields.largeCommunities, parseLargeCommunity(value));
      return fields.largeCommunities === undefined ? bad : undefined;
  }
}

const KEYWORDS = [
  "peer",
  "from",
  "source",
  "origin",
  "med",
  "local-pref",
  "next-hop",
  "as-path",
  "community",
  "extended-community",
  "large-community",
];

function readNumber(text: string): number | undefined {
  const value = /^[0-9]{1,10}$/.test(text) ? Number(text) : Infinity;
  return value <= 0xffffffff ? value : undefined;
}

/** AS numbers, with blanks between them in quotes, or with commas: `"64600 65001"`, sets in braces. */
function readPath(text: string): Fields["asPath"] | undefined {
  if (
    !/^(?:[0-9]{1,10}|\{[0-9]{1,10}(?: [0-9]{1,10})*\})?(?: (?:[0-9]{1,10}|\{[0-9]{1,10}(?: [0-9]{1,10})*\}))*$/.test(
      text,
    )
  ) {
    return undefined;
  }
  const path = (text.match(/\{[^}]*\}|[0-9]+(?: [0-9]+)*/g) ?? []).map((part) => ({
    type: part.startsWith("{") ? (1 as const) : (2 as const),
    asns: (part.match(/[0-9]+/g) ?? []).map(Number),
  }));
  const good = path.every(
    ({ asns }) => asns.length <= 255 && asns.every((asn) => asn > 0 && asn <= 0xffffffff),
  );
  return good ? path : undefined;
}

const NO_ROUTE = `: no route of it is known; to try one that might come, say more of it, like as-path "64600"`;

const WORDS = { accept: "accepted", reject: "rejected", default: "left to the built-in rules" };

function* lines(views: ControlViews, question: FilterQuestion): Reply {
  const answers = views.testFilter(question);
  if (typeof answers === "string") {
    yield last(8003, answers);
    return;
  }
  if (answers.length === 0) {
    const why = question.route === undefined ? NO_ROUTE : "";
    yield last(8001, `Network not found${why}`);
    return;
  }
  for (const { from, then, rule, before, after, handling } of answers) {
    const whose = from === undefined ? "" : ` from ${from}`;
    const head = `${formatPrefix(question.prefix)}${whose}: ${WORDS[then]} by ${rule}`;
    for (const line of wrapped(head)) yield more(TEST_ROW, line);
    if (after === undefined) continue;
    const old = [...attributeLines(before)];
    const now = [...attributeLines(after), ...handlingLines(handling)];
    for (const line of old) if (!now.includes(line)) yield more(TEST_ROW, `\t- ${line.trim()}`);
    for (const line of now) if (!old.includes(line)) yield more(TEST_ROW, `\t+ ${line.trim()}`);
  }
  yield last(0);
}

function valueOf(answer: FilterTestView, { prefix }: FilterQuestion) {
  const { from, then, rule, before, after, handling } = answer;
  const [old, now] = [attributesValue(before), after && attributesValue(after)];
  const network = formatPrefix(prefix);
  return { network, from, then, rule, before: old, after: now, handling: handlingValue(handling) };
}
