import {
  type Family,
  type Prefix,
  IPV4,
  IPV6,
  formatAddress,
  hostPrefix,
  parseAddress,
  parsePrefix,
} from "../route/index.ts";
import type { Arguments, SyntaxProblem } from "./lexer.ts";
import { syntax } from "./lexer.ts";
import { type Condition, readCondition } from "./route-condition.ts";
import type { ControlViews, RouteQuery } from "./views.ts";

/** What `show route` was asked, and how the answer is to look. */
export interface RouteRequest {
  readonly query: RouteQuery;
  /** With attributes. */
  readonly all: boolean;
  readonly count: boolean;
  /** The numbers behind the routes. */
  readonly stats: boolean;
  /** undefined: whatever the query finds. */
  readonly where: Condition | undefined;
  /** `table` was there: headings are printed even when nothing follows. */
  readonly named: boolean;
}

/** The words after `show route`, in any order; but for flags and tables, each once. */
type Clauses = {
  -readonly [Key in keyof RouteQuery]?: RouteQuery[Key];
} & {
  all?: boolean;
  count?: boolean;
  stats?: boolean;
  where?: Condition;
  tables?: readonly Family[];
};

/**
 * `[all] [NET] [for X] [in NET] [protocol P] [export | preexport | noexport P] [table T | all] ...
 * [primary] [filtered] [where CONDITION | filter NAME] [count | stats]`. `X` is an address or a network;
 * tables are master4 and master6. Of `count` and `stats` the last one counts.
 */
export function readRouteRequest(
  args: Arguments,
  views: ControlViews,
): RouteRequest | SyntaxProblem {
  const clauses: Clauses = {};
  while (!args.done) {
    const problem = readClause(args, clauses, views);
    if (problem !== undefined) return problem;
  }
  const { exported, tables } = clauses;
  if (clauses.filtered === true && (clauses.primary === true || exported !== undefined)) {
    return syntax("what is filtered is neither the best of its network nor exported");
  }
  const told = exported && toldFamilies(views, exported.to);
  if (told?.length === 0)
    return syntax(`no valid tables: nothing is exported to ${exported?.to} now`);
  const networks = [clauses.network, clauses.covering, clauses.inside].flatMap((net) =>
    net === undefined ? [] : [[net.family]],
  );
  const asked = [...networks, told, tables].filter((families) => families !== undefined);
  const families = BOTH.filter((family) => asked.every((some) => some.includes(family)));
  if (families.length === 0) return syntax("IPv4 and IPv6 in one question");
  return {
    query: {
      family: families.length === 1 ? families[0] : undefined,
      network: clauses.network,
      covering: clauses.covering,
      inside: clauses.inside,
      protocol: clauses.protocol,
      filter: clauses.filter,
      primary: clauses.primary ?? false,
      filtered: clauses.filtered ?? false,
      exported,
    },
    all: clauses.all ?? false,
    count: clauses.count ?? false,
    stats: clauses.stats ?? false,
    where: clauses.where,
    named: tables !== undefined,
  };
}

const BOTH: readonly Family[] = [IPV4, IPV6];

/** The families of what the protocol is told: of the channels of a neighbour that are up, of a kernel table. */
function toldFamilies(views: ControlViews, name: string): readonly Family[] {
  for (const { kind, table, channels } of views.protocols((other) => other === name)) {
    if (kind === "Kernel") return [table === "master4" ? IPV4 : IPV6];
    if (kind === "BGP")
      return channels.filter(({ state }) => state === "UP").map((one) => one.family);
  }
  return [];
}

function readClause(
  args: Arguments,
  clauses: Clauses,
  views: ControlViews,
): SyntaxProblem | undefined {
  const again = args.unexpected();
  for (const flag of ["all", "primary", "filtered", "count", "stats"] as const) {
    if (!args.keyword(flag)) continue;
    clauses[flag] = true;
    if (flag === "count") clauses.stats = false;
    if (flag === "stats") clauses.count = false;
    return undefined;
  }
  if (args.keyword("for")) return take(clauses, "covering", again, readTarget(args));
  if (args.keyword("in")) return take(clauses, "inside", again, readNetwork(args));
  if (args.keyword("protocol")) return take(clauses, "protocol", again, readProtocol(args, views));
  for (const how of ["export", "preexport", "noexport"] as const) {
    if (args.keyword(how)) return take(clauses, "exported", again, readExport(args, views, how));
  }
  if (args.keyword("where")) return takeFilter(clauses, "where", again, readCondition(args));
  if (args.keyword("filter")) return takeFilter(clauses, "filter", again, readFilter(args, views));
  if (args.keyword("table")) {
    const tables = readTable(args);
    if ("kind" in tables) return tables;
    clauses.tables = [...(clauses.tables ?? []), ...tables];
    return undefined;
  }
  return take(clauses, "network", again, readNetwork(args));
}

/** Stores what was read, unless it is there already. */
function take<Key extends keyof Clauses>(
  clauses: Clauses,
  key: Key,
  again: SyntaxProblem,
  value: Clauses[Key] | SyntaxProblem,
): SyntaxProblem | undefined {
  if (typeof value === "object" && "kind" in value) return value;
  if (clauses[key] !== undefined) return again;
  clauses[key] = value;
  return undefined;
}

/** A condition and a filter are one question, as BIRD has it. */
function takeFilter<Key extends "filter" | "where">(
  clauses: Clauses,
  key: Key,
  again: SyntaxProblem,
  value: Clauses[Key] | SyntaxProblem,
): SyntaxProblem | undefined {
  const isSecond = clauses[key === "where" ? "filter" : "where"] !== undefined;
  return isSecond ? syntax("filter specified twice") : take(clauses, key, again, value);
}

/** An address or a network: what a packet to it, or to all of it, would be routed by. */
function readTarget(args: Arguments): Prefix | SyntaxProblem {
  const unexpected = args.unexpected();
  const text = args.next()?.text;
  if (text === undefined) return unexpected;
  const address = parseAddress(text);
  return (address === undefined ? parsePrefix(text) : hostPrefix(address)) ?? unexpected;
}

function readNetwork(args: Arguments): Prefix | SyntaxProblem {
  const unexpected = args.unexpected();
  const token = args.next();
  const prefix = token?.kind === "word" ? parsePrefix(token.text) : undefined;
  if (prefix !== undefined) return prefix;
  const address = token === undefined ? undefined : parseAddress(token.text);
  if (address === undefined) return unexpected;
  const text = formatAddress(address);
  return syntax(`${text} is no network: "show route for ${text}" finds the one it is in`);
}

function readProtocol(args: Arguments, views: ControlViews): string | SyntaxProblem {
  const unexpected = args.unexpected();
  const name = args.next()?.text;
  if (name === undefined) return unexpected;
  for (const protocol of views.protocolNames()) if (protocol.name === name) return name;
  return syntax(`no protocol is called ${name}`);
}

/** By its name: one in braces, as BIRD has it too, is not known here. */
function readFilter(args: Arguments, views: ControlViews): string | SyntaxProblem {
  const unexpected = args.unexpected();
  const name = args.next()?.text;
  if (name === undefined || name === "{") return unexpected;
  for (const filter of views.filters()) if (filter === name) return name;
  return syntax(`no filter is called ${name}`);
}

function readExport(
  args: Arguments,
  views: ControlViews,
  how: "export" | "preexport" | "noexport",
): RouteQuery["exported"] | SyntaxProblem {
  const to = readProtocol(args, views);
  return typeof to === "string" ? { to, how } : to;
}

function readTable(args: Arguments): readonly Family[] | SyntaxProblem {
  const unexpected = args.unexpected();
  const name = args.next()?.text;
  if (name === "all") return BOTH;
  if (name === "master4") return [IPV4];
  if (name === "master6") return [IPV6];
  return name === undefined ? unexpected : syntax(`no table is called ${name}`);
}
