// The keys of `filters:`: what a rule may ask, and what it may change.

import * as z from "zod";
import {
  AsPathPattern,
  type NumberRange,
  type Origin,
  hostPrefix,
  parseExtendedCommunity,
  parseExtendedCommunityPattern,
  parseLargeCommunity,
  parseLargeCommunityPattern,
  parsePrefixRange,
} from "../route/index.ts";
import {
  COMMUNITY_NAMES,
  maskedPrefix,
  readAddress,
  readCommunityPattern,
  readPrefix,
  readWhole,
} from "./read.ts";
import {
  address,
  asn,
  community,
  flag,
  kernelMetric,
  kernelTable,
  list,
  name,
  oneOf,
  path,
  scalar,
  section,
  text,
  whole,
} from "./schema-kinds.ts";
import { describePlain } from "./source.ts";

const RANGE = "a whole number, or two of them as 100-200";

const range = (description: string, maximum: number) =>
  scalar(description, `${RANGE}, of ${maximum} at most`, (value): NumberRange | undefined => {
    const [first, last = first, ...rest] = value.split("-");
    const [low, high] = [readWhole(first, 0, maximum), readWhole(last, 0, maximum)];
    if (low === undefined || high === undefined || low > high || rest.length > 0) return undefined;
    return { minimum: low, maximum: high };
  });

const prefixRanges = (description: string) =>
  list(
    scalar(
      "A prefix, with ge and le for the lengths inside it.",
      "a prefix with its lengths, as 172.16.0.0/12, 172.16.0.0/12 le 32 or 10.0.0.0/8 ge 16 le 24",
      parsePrefixRange,
      (value) => maskedPrefix(value.split(" ")[0]),
    ),
    description,
  );

const asns = (description: string) => list(asn("An AS number."), description);

const ORIGINS = ["igp", "egp", "incomplete"] as const;

export const origin = (description: string) =>
  scalar(description, "igp, egp or incomplete", (value): Origin | undefined => {
    const code = ORIGINS.findIndex((word) => word === value);
    return code < 0 ? undefined : (code as Origin);
  });

const communityPattern = scalar(
  "A community, with * for any number.",
  `a community as 64512:100, 64512:* or *:100, or ${COMMUNITY_NAMES}`,
  readCommunityPattern,
);

export const extended = scalar(
  "An extended community.",
  "an extended community as rt:64512:100, ro:192.0.2.1:7 or 0x43000000:0x1",
  parseExtendedCommunity,
);

const extendedPattern = scalar(
  "An extended community, with * for any number at its end.",
  "an extended community as rt:64512:100, rt:64512:*, rt:* or 0x43000000:*",
  parseExtendedCommunityPattern,
);

export const large = scalar(
  "A large community.",
  "a large community as 64512:1:2",
  parseLargeCommunity,
);

const largePattern = scalar(
  "A large community, with * for any number.",
  "a large community as 64512:1:2 or 64512:*:2",
  parseLargeCommunityPattern,
);

/** The expression's own complaint is worth more than a sentence about expressions. */
const regex = z
  .string({ error: (issue) => `found ${describePlain(issue.input)}, expected an expression` })
  .transform((value, context): string => {
    const read = AsPathPattern.parse(value);
    if (read.kind === "pattern") return value;
    const message = `found ${describePlain(value)}, expected a regular expression: ${read.reason}, at character ${read.at + 1}`;
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  })
  .describe(
    "A regular expression over the path's text, 64600 64512 {65001 65002}: _ is what stands around a number. Expected: digits and . [ ] ( ) | * + ? ^ $ _ \\d",
  )
  .optional();

const AS_PATH = section(
  {
    regex,
    contains: asns("These ASes, one behind the other."),
    startsWith: asns("The first ASes, the neighbour's own at the front."),
    endsWith: asns("The last ASes, behind them nothing."),
    length: range("How many ASes.", 65535),
  },
  "The AS path: every key that is there must hold.",
);

const MATCH = section(
  {
    prefix: prefixRanges("The route is one of these."),
    notPrefix: prefixRanges("The route is none of these."),
    length: range("The prefix is so long.", 128),
    family: list(
      scalar("An address family.", "ipv4 or ipv6", (value) =>
        value === "ipv4" ? 0 : value === "ipv6" ? 1 : undefined,
      ),
      "The route is of one of these families.",
    ),
    source: list(
      oneOf("A source of routes.", "own-pods", "own-blocks", "static", "ebgp", "ibgp"),
      "The route is this node's own (static: of `static` or `announce`), or came from an external or internal neighbour.",
    ),
    nextHop: list(
      scalar(
        "An address, or a prefix that it is in.",
        "an address or a prefix, as 192.0.2.1 or 192.0.2.0/24",
        (value) => {
          const host = readAddress(value);
          return host === undefined ? readPrefix(value) : hostPrefix(host);
        },
        maskedPrefix,
      ),
      "The next hop is one of these.",
    ),
    asPath: AS_PATH,
    communities: list(communityPattern, "The route carries one of these."),
    extendedCommunities: list(extendedPattern, "The route carries one of these (RFC 4360)."),
    largeCommunities: list(largePattern, "The route carries one of these (RFC 8092)."),
    origin: list(origin("An origin."), "ORIGIN is one of these."),
    med: range("MULTI_EXIT_DISC; a route without it does not match.", 4294967295),
    localPref: range("LOCAL_PREF; a route without it does not match.", 4294967295),
    neighbour: list(
      name("The name of a peer."),
      "The neighbour that the filter is at work for, on import and on export. A range's name: all that are out of it.",
    ),
    group: list(name("The name of a group."), "The group of that neighbour."),
    fromNeighbour: list(
      name("The name of a peer."),
      "Export: the neighbour that the route was learnt from; on import the same as neighbour. A range's name: all that are out of it.",
    ),
    fromGroup: list(
      name("The name of a group."),
      "The group of the neighbour that it was learnt from.",
    ),
    peerType: oneOf("Whether that neighbour is external or internal.", "ebgp", "ibgp"),
  },
  "What the rule is for: every condition must hold. Without any: every route.",
);

const SET = section(
  {
    localPref: whole(
      "LOCAL_PREF: of several paths, the one with the highest is taken.",
      0,
      4294967295,
    ),
    med: whole("MULTI_EXIT_DISC.", 0, 4294967295),
    origin: origin("ORIGIN."),
    nextHop: address("The next hop, on routes of its own family."),
    addCommunities: list(community("A community."), "Communities that are added."),
    removeCommunities: list(
      communityPattern,
      "Communities that are taken away, before others are added.",
    ),
    setCommunities: list(
      community("A community."),
      "Communities in the place of all that are there; []: none.",
    ),
    addExtendedCommunities: list(extended, "The same for extended communities (RFC 4360)."),
    removeExtendedCommunities: list(extendedPattern, "The same for extended communities."),
    setExtendedCommunities: list(extended, "The same for extended communities."),
    addLargeCommunities: list(large, "The same for large communities (RFC 8092)."),
    removeLargeCommunities: list(largePattern, "The same for large communities."),
    setLargeCommunities: list(large, "The same for large communities."),
    prepend: whole(
      "How many times more an AS is put in front of the path: our own on export, the neighbour's on import. External neighbours only.",
      1,
      10,
    ),
    prependAsn: asns(
      "ASes that are put in front of the path; on export behind our own, and to external neighbours only.",
    ),
    gracefulShutdown: flag("true: the community GRACEFUL_SHUTDOWN, and LOCAL_PREF 0 (RFC 8326)."),
    weight: whole("Import: the route's weight in the place of the neighbour's.", 0, 65535),
    kernelMetric: kernelMetric("Import: the route's metric in the place of kernel.metric."),
    kernelTable: kernelTable("Import: the route's table in the place of kernel.table."),
    blackhole: flag(
      "Import. true: packets of the route are dropped by the kernel, and NO_EXPORT is added. false: they are not, whatever the neighbour's blackhole says.",
    ),
  },
  "What is changed on the route.",
);

const RULE = section(
  {
    name: text("What the rule is called in `show route all`. Default: its number."),
    match: MATCH,
    then: oneOf(
      "What becomes of a route that matches. default: what becomes of it without a filter. next: it is changed, and the rules behind are asked; they look at it as it came in.",
      "accept",
      "reject",
      "default",
      "next",
    ),
    goto: name("Instead of then: this filter decides, and the rules behind are not asked."),
    set: SET,
  },
  "A rule.",
);

const RULES = list(RULE, "Rules, tried in order. A route that none matches is rejected.");

const FROM_FILE = section(
  { file: path("A file with a BGPFilter of Calico's. Must be there.") },
  "A filter that is read from a file.",
);

export const FILTERS = z
  .record(z.string(), z.union([RULES, FROM_FILE]).describe("Rules, or a file that has them."), {
    error: (issue) =>
      `found ${describePlain(issue.input)}, expected names and their rules: { ... }`,
  })
  .describe("Filters by name, for `import` and `export`.")
  .optional();

export type LooseFilters = NonNullable<z.output<typeof FILTERS>>;
export type LooseRule = NonNullable<NonNullable<z.output<typeof RULES>>[number]>;
export type LooseMatch = NonNullable<LooseRule["match"]>;
export type LooseChange = NonNullable<LooseRule["set"]>;
