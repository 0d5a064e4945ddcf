import { type Family, IPV4, IPV6, formatAddress, formatPrefix } from "../route/index.ts";
import { type Answer, type CommandContext, ErrorRow } from "./answer.ts";
import type { Arguments, SyntaxProblem } from "./lexer.ts";
import { familyNumber } from "./protocol-details.ts";
import { type Reply, type ReplyLine, last, more } from "./reply.ts";
import { attributeLines, handlingLines } from "./route-attributes.ts";
import { routeValue } from "./route-json.ts";
import { type RouteRequest, readRouteRequest } from "./route-query.ts";
import { formatSince } from "./time.ts";
import type { ControlViews, RouteNextHopView, RouteView } from "./views.ts";

/** Networks after which other work gets its turn, and a new configuration is looked for. */
const SLICE = 64;

const STOPPED = "Stopped due to reconfiguration";

/** `show route ...`, see readRouteRequest. */
export function showRoute(args: Arguments, { views }: CommandContext): Answer | SyntaxProblem {
  const request = readRouteRequest(args, views);
  if ("kind" in request) return request;
  if (request.count) {
    return {
      text: () => countLines(views, request),
      json: () => ({ kind: "list", values: countValues(views, request) }),
    };
  }
  return {
    text: () => routeLines(views, request),
    json: () => ({ kind: "list", values: routeValues(views, request) }),
  };
}

/** The routes, with a pause after every 64 networks; ends with `stopped` after a reconfiguration. */
function* walk(
  views: ControlViews,
  request: RouteRequest,
): Generator<RouteView | "stopped" | undefined> {
  const generation = views.generation;
  let networks = 0;
  let before: RouteView["network"] | undefined;
  for (const route of views.routes(request.query)) {
    if (route !== undefined && request.where?.(route) === false) continue;
    // A network's routes are one after the other and share the prefix.
    const isNext = route !== undefined && !sameNetwork(route, before);
    if (route !== undefined) before = route.network;
    if (route === undefined || (isNext && ++networks % SLICE === 0)) {
      yield undefined;
      if (views.generation !== generation) {
        yield "stopped";
        return;
      }
    }
    if (route !== undefined) yield route;
  }
}

function sameNetwork({ network }: RouteView, other: RouteView["network"] | undefined): boolean {
  return (
    network === other ||
    (other !== undefined &&
      network.family === other.family &&
      network.w0 === other.w0 &&
      network.w1 === other.w1 &&
      network.w2 === other.w2 &&
      network.w3 === other.w3 &&
      network.length === other.length)
  );
}

function* routeLines(views: ControlViews, request: RouteRequest): Reply {
  const now = views.now;
  const counts = newCounts(request);
  let before: RouteView | undefined;
  for (const route of walk(views, request)) {
    if (route === "stopped") {
      yield last(8004, STOPPED);
      return;
    }
    if (route === undefined) {
      yield undefined;
      continue;
    }
    const family = route.network.family;
    if (before?.network.family !== family) {
      if (before !== undefined) yield more(1007, "");
      yield more(1007, tableHeading(family));
    }
    const net = before && sameNetwork(route, before.network) ? "" : formatPrefix(route.network);
    yield more(1007, routeLine(route, net, formatSince(route.since, now, views.timeFormat, 2)));
    for (const hop of route.nextHops) {
      const line = nextHopLine(hop);
      if (line !== undefined) yield more(1007, line);
    }
    if (request.all) yield* detailLines(route);
    note(counts, route, before?.network);
    before = route;
  }
  if (before === undefined && !request.stats) yield* nothing(request);
  else if (request.stats) yield* sums(views, counts);
  else yield last(0);
}

function* nothing({ query, named }: RouteRequest): Generator<ReplyLine> {
  if (query.network !== undefined || query.covering !== undefined) {
    yield last(8001, "Network not found");
    return;
  }
  if (named && query.family !== undefined) yield more(1007, tableHeading(query.family));
  yield last(0);
}

function tableHeading(family: Family): string {
  return `Table master${familyNumber(family)}:`;
}

function routeLine(route: RouteView, net: string, since: string): string {
  const type = route.fib?.state === "unresolved" ? "unreachable" : route.type;
  const from = route.from === undefined ? "" : ` from ${formatAddress(route.from)}`;
  const info = `(${route.preference}${route.stale ? "s" : ""})${pathInfo(route)}`;
  return `${net.padEnd(20)} ${type} [${route.protocol} ${since}${from}]${mark(route)} ${info}`;
}

/** `*` the best of its network; `!` the best, and the kernel does not have it. */
function mark({ primary, fib }: RouteView): string {
  if (!primary) return "";
  return fib?.state === "failed" || fib?.state === "unresolved" ? " !" : " *";
}

/** ` [AS65001i]`: the AS that the route began in, and its ORIGIN. */
function pathInfo({ attributes }: RouteView): string {
  if (attributes === undefined) return "";
  const segment = attributes.asPath.at(-1);
  // BIRD's as_path_get_last: a path that ends in a set has no single origin.
  const origin = segment?.type === 2 ? `AS${segment.asns.at(-1) ?? ""}` : "";
  return ` [${origin}${"ie?"[attributes.origin]}]`;
}

function nextHopLine({ gateway, interface: name, weight, onlink }: RouteNextHopView) {
  if (name === undefined) return undefined;
  const extra = `${onlink ? " onlink" : ""}${weight === undefined ? "" : ` weight ${weight}`}`;
  return gateway === undefined
    ? `\tdev ${name}${extra}`
    : `\tvia ${formatAddress(gateway)} on ${name}${extra}`;
}

function* detailLines(route: RouteView): Generator<ReplyLine> {
  yield more(1008, `\tType: ${route.source} univ`);
  if (route.attributes !== undefined) {
    for (const line of attributeLines(route.attributes)) yield more(1012, line);
  }
  for (const line of handlingLines(route.handling)) yield more(1012, line);
  // Attributes of our own, under a name that no reader of BIRD's takes for one of those.
  if (route.fib !== undefined) {
    const reason = route.fib.reason === undefined ? "" : `: ${route.fib.reason}`;
    yield more(1012, `\tunderlay.kernel: ${route.fib.state}${reason}`);
  }
  if (route.stale)
    yield more(1012, "\tunderlay.stale: its session has ended, or a refresh is under way");
  if (route.reason !== undefined) yield more(1012, `\tunderlay.reason: ${route.reason}`);
}

function* routeValues(views: ControlViews, request: RouteRequest): Iterable<unknown> {
  let found = false;
  for (const route of walk(views, request)) {
    if (route === "stopped") {
      yield new ErrorRow(8004, STOPPED);
      return;
    }
    found ||= route !== undefined;
    yield route && routeValue(route, request.all);
  }
  const asked = request.query.network ?? request.query.covering;
  if (!found && asked !== undefined) yield new ErrorRow(8001, "Network not found");
}

interface Count {
  readonly family: Family;
  /** That the question was about. */
  routes: number;
  networks: number;
}

/** Routes by table; `undefined` values on the way are pauses, the last value is the result. */
function* countRoutes(
  views: ControlViews,
  request: RouteRequest,
): Generator<Count[] | "stopped" | undefined> {
  const counts = newCounts(request);
  let before: RouteView["network"] | undefined;
  for (const route of walk(views, request)) {
    if (route === "stopped" || route === undefined) {
      yield route;
      continue;
    }
    note(counts, route, before);
    before = route.network;
  }
  yield counts;
}

function newCounts({ query: { family } }: RouteRequest): Count[] {
  const families: Family[] = family === undefined ? [IPV4, IPV6] : [family];
  return families.map((one) => ({ family: one, routes: 0, networks: 0 }));
}

/** One route more; `before`: the network of the one before it. */
function note(
  counts: readonly Count[],
  route: RouteView,
  before: RouteView["network"] | undefined,
) {
  const count = counts.find((one) => one.family === route.network.family);
  if (count === undefined) return;
  count.routes++;
  if (!sameNetwork(route, before)) count.networks++;
}

function* countLines(views: ControlViews, request: RouteRequest): Reply {
  for (const step of countRoutes(views, request)) {
    if (step === "stopped") {
      yield last(8004, STOPPED);
      return;
    }
    if (step === undefined) {
      yield undefined;
      continue;
    }
    yield* sums(views, step);
  }
}

/** What was found of what there is, and the end of the reply. */
function* sums(views: ControlViews, counts: readonly Count[]): Generator<ReplyLine> {
  const tables = counts.map((count) => ({ ...count, all: views.tableSize(count.family).routes }));
  for (const { family, routes, networks, all } of tables) {
    const table = `table master${familyNumber(family)}`;
    yield more(1007, `${routes} of ${all} routes for ${networks} networks in ${table}`);
  }
  if (tables.length === 1) {
    yield last(0);
    return;
  }
  const sum = (key: "routes" | "networks" | "all"): number =>
    tables.reduce((total, table) => total + table[key], 0);
  const totals = `${sum("routes")} of ${sum("all")} routes for ${sum("networks")} networks`;
  yield last(14, `Total: ${totals} in ${tables.length} tables`);
}

function* countValues(views: ControlViews, request: RouteRequest): Iterable<unknown> {
  for (const step of countRoutes(views, request)) {
    if (step === "stopped") {
      yield new ErrorRow(8004, STOPPED);
      return;
    }
    if (step === undefined) yield undefined;
    for (const { family, routes, networks } of step ?? []) {
      const all = views.tableSize(family).routes;
      yield { table: `master${familyNumber(family)}`, routes, networks, all };
    }
  }
}
