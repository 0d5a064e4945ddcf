import { Address } from "../route/index.ts";
import { type Variables, readExpression } from "./expression.ts";
import { Symbols } from "./expression-lexer.ts";
import type { Expression, Kind, Values } from "./expression-values.ts";
import type { Arguments, SyntaxProblem } from "./lexer.ts";
import { listedAttributes } from "./route-attributes.ts";
import type { NextHopView, RouteAttributesView } from "./bgp-views.ts";
import type { RouteView } from "./views.ts";

// `show route where EXPRESSION`: routes of which it is true. By BIRD's rules what a route does not have is
// equal to nothing, unequal to anything, and neither less nor more; its lists are empty.

export interface Condition {
  /** How much work it is to calculate it for the route: it may be a million of them. In networks looked at. */
  work(route: RouteView | undefined): number;
  holds(route: RouteView): boolean;
}

export function readCondition(args: Arguments): Condition | SyntaxProblem {
  const symbols = new Symbols(args);
  const found = readExpression(args, VARIABLES, symbols);
  if (found.kind === "syntax") return found;
  if (found.kind !== "bool") return args.unexpected();
  const { taken, scans } = symbols;
  return {
    work: (route) => taken / SYMBOLS + (listed(route?.attributes) * scans) / COMPARISONS,
    holds: (route) => found.of(route) === true,
  };
}

/** As much work as a network: symbols, and comparisons with members of a route's lists. */
const SYMBOLS = 16;
const COMPARISONS = 500;

function listed(attributes: RouteAttributesView | undefined): number {
  if (attributes === undefined) return 0;
  const { communities, largeCommunities, extendedCommunities, clusterList, asPath } = attributes;
  const lists = [communities, largeCommunities, extendedCommunities, clusterList];
  const asns = asPath.reduce((sum, segment) => sum + segment.asns.length, 0);
  return lists.reduce((sum, list) => sum + (list?.length ?? 0), asns);
}

function variable<K extends Kind>(
  kind: K,
  of: (route: RouteView) => Values[K] | undefined,
): { kind: K; of: (route: RouteView | undefined) => Values[K] | undefined } {
  return { kind, of: (route) => route && of(route) };
}

function attribute<K extends Kind>(
  kind: K,
  of: (attributes: RouteAttributesView) => Values[K] | undefined,
): { kind: K; of: (route: RouteView | undefined) => Values[K] | undefined } {
  return variable(kind, ({ attributes }) => attributes && of(attributes));
}

const SOURCES = { BGP: "RTS_BGP", static: "RTS_STATIC", device: "RTS_DEVICE" } as const;
const ORIGINS = ["ORIGIN_IGP", "ORIGIN_EGP", "ORIGIN_INCOMPLETE"] as const;

const VARIABLES: Variables = new Map<string, Expression>([
  ["net", variable("network", ({ network }) => network)],
  ["from", variable("address", (route) => route.from ?? neighbourOf(route))],
  ["gw", variable("address", ({ nextHops }) => nextHops.at(0)?.gateway)],
  ["ifname", variable("text", ({ nextHops }) => nextHops.at(0)?.interface)],
  ["proto", variable("text", ({ protocol }) => protocol)],
  ["preference", variable("number", ({ preference }) => preference)],
  ["source", variable("source", (route) => SOURCES[route.source])],
  ["dest", variable("destination", ({ type }) => `RTD_${type.toUpperCase()}`)],
  ["scope", variable("scope", () => "SCOPE_UNIVERSE")],
  ["bgp_path", attribute("path", ({ asPath }) => asPath)],
  ["bgp_origin", attribute("origin", ({ origin }) => ORIGINS[origin])],
  ["bgp_next_hop", attribute("address", ({ nextHop }) => addressOf(nextHop))],
  ["bgp_med", attribute("number", ({ med }) => med)],
  ["bgp_local_pref", variable("number", (route) => listedAttributes(route)?.localPref)],
  ["bgp_otc", attribute("number", ({ onlyToCustomer }) => onlyToCustomer)],
  ["bgp_originator_id", attribute("address", ({ originatorId }) => quadOf(originatorId))],
  ["bgp_cluster_list", attribute("quads", ({ clusterList }) => clusterList ?? [])],
  ["bgp_community", attribute("pairs", ({ communities }) => communities ?? [])],
  ["bgp_ext_community", attribute("extendeds", (one) => one.extendedCommunities ?? [])],
  ["bgp_large_community", attribute("larges", (one) => one.largeCommunities ?? [])],
]);

/** Where the next hop is the neighbour itself. */
function neighbourOf({ source, attributes }: RouteView): Address | undefined {
  return source === "BGP" ? addressOf(attributes?.nextHop) : undefined;
}

function addressOf(nextHop: NextHopView | undefined): Address | undefined {
  if (nextHop === undefined) return undefined;
  const { family, w0, w1, w2, w3 } = nextHop;
  return new Address(family, w0, w1, w2, w3);
}

function quadOf(word: number | undefined): Address | undefined {
  return word === undefined ? undefined : new Address(0, word, 0, 0, 0);
}
