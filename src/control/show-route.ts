import { type Family, IPV4, IPV6, formatAddress, formatPrefix } from "../route/index.ts";
import { type Answer, type CommandContext, ErrorRow } from "./answer.ts";
import type { Arguments, SyntaxProblem } from "./lexer.ts";
import { familyNumber } from "./protocol-details.ts";
import { type Reply, type ReplyLine, last, more } from "./reply.ts";
import { attributeLines, handlingLines, listedAttributes } from "./route-attributes.ts";
import { routeValue } from "./route-json.ts";
import { type RouteRequest, readRouteRequest } from "./route-query.ts";
import { formatTime } from "./time.ts";
import {
  type ControlViews,
  type RouteCounts,
  type RouteNextHopView,
  type RouteView,
  newCounts,
} from "./views.ts";

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

/**
 * The routes, with a pause after every 64 networks, sooner where a long condition makes more work of them;
 * ends with `stopped` after a reconfiguration.
 */
function* walk(
  views: ControlViews,
  { query, where }: RouteRequest,
  counts = newCounts(),
): Generator<RouteView | "stopped" | undefined> {
  const generation = views.generation;
  let work = 0;
  let before: RouteView["network"] | undefined;
  for (const route of views.routes(query, counts)) {
    if (where !== undefined) work += where.work(route);
    if (route !== undefined && where?.holds(route) !== false) {
      // A network's routes are one after the other and share the prefix.
      if (!sameNetwork(route, before)) work++;
      before = route.network;
      counts[route.network.family].found++;
      yield route;
    }
    if (route !== undefined && work < SLICE) continue;
    work = 0;
    yield undefined;
    if (views.generation !== generation) {
      yield "stopped";
      return;
    }
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
  const counts = newCounts();
  const listing = new Listing(request, counts);
  const changes = views.networkChanges;
  let before: RouteView | undefined;
  for (const route of walk(views, request, counts)) {
    if (route === "stopped") {
      yield last(8004, STOPPED);
      return;
    }
    if (route === undefined) {
      yield undefined;
      continue;
    }
    yield* listing.turnTo(route.network.family);
    const net = before && sameNetwork(route, before.network) ? "" : formatPrefix(route.network);
    yield more(1007, routeLine(route, net, formatTime(route.since, now, views.timeFormats.route)));
    for (const hop of route.nextHops) {
      const line = nextHopLine(hop);
      if (line !== undefined) yield more(1007, line);
    }
    if (request.all) yield* detailLines(route);
    before = route;
  }
  if (isUnknown(request, counts)) {
    yield last(8001, "Network not found");
    return;
  }
  yield* listing.end(meanwhile(views.networkChanges - changes));
}

/** One network is asked about, and there is nothing of it, whatever else is asked. */
function isUnknown({ query: { network, covering } }: RouteRequest, counts: RouteCounts): boolean {
  return (network ?? covering) !== undefined && counts.every(({ routes }) => routes === 0);
}

/**
 * A listing is made while it is read. Each network is shown as it is when its turn comes; those that stay
 * are there once. What is said of the others has no place but the last line, which nobody reads for more
 * than its code.
 */
function meanwhile(changes: number): string {
  return changes === 0
    ? ""
    : `${changes} networks came or went meanwhile: these may be missing, or there twice`;
}

/** The lines of a listing that are no routes: headings of tables, and sums where they are asked for. */
class Listing {
  readonly #request: RouteRequest;
  readonly #counts: RouteCounts;
  /** Tables that are still to come. */
  #rest: readonly Family[];
  #family: Family | undefined;

  constructor(request: RouteRequest, counts: RouteCounts) {
    this.#request = request;
    this.#counts = counts;
    this.#rest = familiesOf(request);
  }

  /** A route of this family comes next. */
  *turnTo(family: Family): Generator<ReplyLine> {
    if (this.#family === family) return;
    yield* this.#pass(this.#rest.filter((other) => other < family));
    yield* this.#sum();
    yield* this.#heading(family);
  }

  *end(note: string): Generator<ReplyLine> {
    yield* this.#pass(this.#rest);
    yield* this.#sum();
    if (!this.#request.stats || familiesOf(this.#request).length === 1) {
      yield last(0, note);
      return;
    }
    yield more(1007, "");
    yield total(this.#counts);
  }

  /** Tables without a route. */
  *#pass(families: readonly Family[]): Generator<ReplyLine> {
    if (!this.#request.named && !this.#request.stats) return;
    for (const family of families) {
      yield* this.#sum();
      yield* this.#heading(family);
    }
  }

  *#heading(family: Family): Generator<ReplyLine> {
    if (this.#family !== undefined) yield more(1007, "");
    yield more(1007, `Table master${familyNumber(family)}:`);
    this.#family = family;
    this.#rest = this.#rest.filter((other) => other > family);
  }

  *#sum(): Generator<ReplyLine> {
    if (this.#request.stats && this.#family !== undefined) yield sum(this.#family, this.#counts);
  }
}

function familiesOf({ query: { family } }: RouteRequest): readonly Family[] {
  return family === undefined ? [IPV4, IPV6] : [family];
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

/** ` [AS65001i]`: the AS that the route began in, and its ORIGIN; what was not learnt began here. */
function pathInfo({ attributes, source }: RouteView): string {
  if (attributes === undefined || source !== "BGP") return "";
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
  const attributes = listedAttributes(route);
  if (attributes !== undefined) {
    for (const line of attributeLines(attributes)) yield more(1012, line);
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
  const counts = newCounts();
  const changes = views.networkChanges;
  for (const route of walk(views, request, counts)) {
    if (route === "stopped") {
      yield new ErrorRow(8004, STOPPED);
      return;
    }
    yield route && routeValue(route, request.all);
  }
  if (isUnknown(request, counts)) yield new ErrorRow(8001, "Network not found");
  else yield new ErrorRow(0, meanwhile(views.networkChanges - changes));
}

/** What is counted; `undefined` values on the way are pauses, the last value is the result. */
function* countRoutes(
  views: ControlViews,
  request: RouteRequest,
): Generator<RouteCounts | "stopped" | undefined> {
  if (request.where === undefined) {
    yield yield* counted(views, request);
    return;
  }
  const counts = newCounts();
  for (const route of walk(views, request, counts)) {
    if (route === "stopped") {
      yield route;
      return;
    }
    if (route === undefined) yield route;
  }
  yield counts;
}

/** Without a look at the routes. */
function* counted(
  views: ControlViews,
  { query }: RouteRequest,
): Generator<undefined, RouteCounts | "stopped", undefined> {
  const { generation } = views;
  const steps = views.count(query);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    yield undefined;
    if (views.generation !== generation) return "stopped";
  }
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
    const families = familiesOf(request);
    for (const family of families) yield sum(family, step);
    yield families.length === 1 ? last(0) : total(step);
  }
}

/** What was found of what there is. */
function sum(family: Family, counts: RouteCounts): ReplyLine {
  const table = `table master${familyNumber(family)}`;
  const { found, routes, networks } = counts[family];
  return more(1007, `${found} of ${routes} routes for ${networks} networks in ${table}`);
}

/** The end of a reply about both tables. */
function total(counts: RouteCounts): ReplyLine {
  const [found, routes, networks] = (["found", "routes", "networks"] as const).map(
    (key) => counts[IPV4][key] + counts[IPV6][key],
  );
  return last(14, `Total: ${found} of ${routes} routes for ${networks} networks in 2 tables`);
}

function* countValues(views: ControlViews, request: RouteRequest): Iterable<unknown> {
  for (const step of countRoutes(views, request)) {
    if (step === "stopped") {
      yield new ErrorRow(8004, STOPPED);
      return;
    }
    if (step === undefined) {
      yield undefined;
      continue;
    }
    for (const family of familiesOf(request)) {
      const { found: routes, networks, routes: all } = step[family];
      yield { table: `master${familyNumber(family)}`, routes, networks, all };
    }
  }
}
