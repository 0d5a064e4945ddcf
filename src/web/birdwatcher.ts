import {
  type Family,
  type Prefix,
  type ProtocolView,
  type RouteQuery,
  type RouteView,
  formatAddress,
  formatQuad,
  hostPrefix,
  parseAddress,
  parsePrefix,
} from "../control/index.ts";
import type { Question, Reply, Turns } from "../http/index.ts";
import { plain } from "../http/index.ts";
import { protocolObject, shortObject } from "./birdwatcher-protocols.ts";
import { routeObject } from "./birdwatcher-routes.ts";
import { birdTime, envelope } from "./envelope.ts";
import { type Member, type Plain, Rows, jsonReply, objectPieces, problem } from "./json.ts";
import type { WebViews } from "./views.ts";

/** What the endpoints are answered from. */
export interface Source {
  readonly views: WebViews;
  /** underlay's own. */
  readonly version: string;
  readonly turns: Pick<Turns, "finish" | "next">;
}

/** `words`: those of the path that stand for something. */
type Endpoint = (source: Source, words: readonly string[], query: URLSearchParams) => Answer;
type Answer = Reply | Promise<Reply>;

/** Protocols, or routes, looked at between two pauses. */
const SLICE = 32;

const TABLES = ["master4", "master6"];

const EVERY: RouteQuery = {
  ...{ family: undefined, network: undefined, covering: undefined, inside: undefined },
  ...{ protocol: undefined, primary: false, filtered: false, exported: undefined },
};

/** birdwatcher's paths; a word with a colon stands for any. */
const ENDPOINTS: readonly (readonly [path: string, endpoint: Endpoint])[] = [
  ["version", ({ version }) => plain(200, version)],
  ["status", statusReply],
  ["protocols", (source) => protocols(source, () => true, protocolObject)],
  ["protocols/bgp", (source) => protocols(source, isSession, protocolObject)],
  ["protocols/short", (source) => protocols(source, () => true, shortObject)],
  ["symbols", async (source) => reply(source, { symbols: await symbols(source) })],
  ["symbols/tables", (source) => reply(source, { symbols: TABLES })],
  ["symbols/protocols", async (source) => reply(source, { symbols: await protocolNames(source) })],
  ["routes/protocol/:p", (source, [p]) => ofProtocol(source, p, { protocol: p })],
  ["routes/filtered/:p", (source, [p]) => ofProtocol(source, p, { protocol: p, filtered: true })],
  ["routes/export/:p", (source, [p]) => ofProtocol(source, p, told(p, "export"))],
  ["routes/noexport/:p", (source, [p]) => ofProtocol(source, p, told(p, "noexport"))],
  ["routes/count/protocol/:p", (source, [p]) => countOf(source, p, { protocol: p })],
  ["routes/count/primary/:p", (source, [p]) => countOf(source, p, { protocol: p, primary: true })],
  ["routes/count/export/:p", (source, [p]) => countOf(source, p, told(p, "export"))],
  ["routes/count/table/:t", (source, [t]) => tableCount(source, t)],
  ["routes/peer/:a", (source, [a]) => ofPeer(source, undefined, a)],
  ["routes/table/:t", (source, [t]) => ofTable(source, t, {})],
  ["routes/table/:t/filtered", (source, [t]) => ofTable(source, t, { filtered: true })],
  ["routes/table/:t/peer/:a", (source, [t, a]) => ofPeer(source, t, a)],
  ["routes/prefix", (source, _, query) => ofPrefix(source, query.getAll("prefix"))],
  ["routes/dump", dump],
  // There are no pipes between tables here, so none filters anything.
  ["routes/pipe/filtered", (source) => reply(source, { routes: [] })],
  ["routes/pipe/filtered/count", (source) => reply(source, { routes: 0 })],
  ["route/net/:n", (source, [n]) => forNetwork(source, n, "master")],
  ["route/net/:n/table/:t", (source, [n, t]) => forNetwork(source, n, t)],
  ["route/net/:n/mask/:m", (source, [n, m]) => forNetwork(source, `${n}/${m}`, "master")],
  ["route/net/:n/mask/:m/table/:t", (source, [n, m, t]) => forNetwork(source, `${n}/${m}`, t)],
];

const ROUTER = ENDPOINTS.map(([path, endpoint]) => ({ words: path.split("/"), endpoint }));

/** undefined: birdwatcher has no such path. */
export function birdwatcher(source: Source, { path, query }: Question): Answer | undefined {
  // Alice-LG has a slash before the question mark of one of them.
  const parts = path.replace(/^\//, "").replace(/\/$/, "").split("/").map(unescaped);
  const words = parts.filter((part) => part !== undefined);
  if (words.length < parts.length) return problem(400, "the path has escapes that are none");
  for (const { words: pattern, endpoint } of ROUTER) {
    if (pattern.length !== words.length) continue;
    const fits = pattern.every((word, at) => word.startsWith(":") || word === words[at]);
    if (fits)
      return endpoint(
        source,
        words.filter((_, at) => pattern[at].startsWith(":")),
        query,
      );
  }
  return undefined;
}

function unescaped(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

function reply({ version, views }: Source, members: Readonly<Record<string, Member>>): Reply {
  return jsonReply(objectPieces({ ...envelope(version, views.now), ...members }));
}

async function statusReply(source: Source): Promise<Reply> {
  const status = await source.turns.finish(source.views.status());
  return reply(source, {
    status: {
      version: `underlay ${status.version}`,
      router_id: formatQuad(status.routerId),
      hostname: status.hostname,
      current_server: birdTime(status.now),
      last_reboot: birdTime(status.startedAt),
      last_reconfig: birdTime(status.configuredAt),
      message: "Daemon is up and running",
    },
  });
}

/** A range is nobody yet: those who come out of it are. */
function isSession({ kind, bgp }: ProtocolView): boolean {
  return kind === "BGP" && bgp?.neighbourRange === undefined;
}

function protocols(
  source: Source,
  isAskedFor: (protocol: ProtocolView) => boolean,
  value: (protocol: ProtocolView) => object,
): Reply {
  const rows = paused(source.views.protocols(), isAskedFor);
  return reply(source, { protocols: Rows.object(rows, (each) => [each.name, value(each)]) });
}

function* paused<T>(all: Iterable<T>, isAskedFor: (one: T) => boolean): Iterable<T | undefined> {
  let looked = 0;
  for (const one of all) {
    if (++looked % SLICE === 0) yield undefined;
    if (isAskedFor(one)) yield one;
  }
}

async function symbols(source: Source): Promise<Plain> {
  return {
    "routing table": TABLES,
    protocol: await protocolNames(source),
    filter: [...source.views.filters()],
  };
}

function protocolNames({ views, turns }: Source): Promise<string[]> {
  return turns.finish(names(views));
}

function* names(views: WebViews): Generator<undefined, string[], undefined> {
  const found: string[] = [];
  for (const protocol of paused(views.protocols(), () => true)) {
    if (protocol === undefined) yield undefined;
    else found.push(protocol.name);
  }
  return found;
}

const told = (to: string, how: "export" | "noexport"): Partial<RouteQuery> => ({
  exported: { to, how },
});

async function ofProtocol(
  source: Source,
  name: string,
  query: Partial<RouteQuery>,
): Promise<Reply> {
  return (await unknownProtocol(source, name)) ?? routes(source, query);
}

async function unknownProtocol(source: Source, name: string): Promise<Reply | undefined> {
  const all = await protocolNames(source);
  return all.includes(name) ? undefined : problem(404, `no protocol is called ${name}`);
}

function ofTable(source: Source, name: string, query: Partial<RouteQuery>): Reply {
  const family = tableFamily(name);
  return family === undefined ? noTable(name) : routes(source, { ...query, ...family });
}

/** `master`, which birdwatcher makes one of the two by its own setting, is both. */
function tableFamily(name: string): { readonly family: Family | undefined } | undefined {
  if (name === "master") return { family: undefined };
  return name === "master4" ? { family: 0 } : name === "master6" ? { family: 1 } : undefined;
}

const noTable = (name: string): Reply =>
  problem(404, `no table is called ${name}: there are master4, master6, and master for both`);

/** Routes of whoever has the address. */
function ofPeer(source: Source, table: string | undefined, text: string): Reply {
  const address = parseAddress(text.replace(/%.*/, ""));
  if (address === undefined) return problem(400, `${text} is no address`);
  const family = tableFamily(table ?? "master");
  if (family === undefined) return noTable(table ?? "");
  const wanted = formatAddress(address);
  return routes(source, family, (_, neighbour) => neighbour === wanted);
}

function ofPrefix(source: Source, texts: readonly string[]): Reply {
  if (texts.length !== 1) return problem(400, "need a prefix as single query parameter");
  const [text] = texts;
  const network = parsePrefix(text);
  if (network !== undefined) return routes(source, { network, family: network.family });
  const covering = hostOf(text);
  return covering === undefined
    ? noNetwork(text)
    : routes(source, { covering, family: covering.family });
}

function forNetwork(source: Source, text: string, table: string): Reply {
  const family = tableFamily(table);
  if (family === undefined) return noTable(table);
  const covering = parsePrefix(text) ?? hostOf(text);
  return covering === undefined ? noNetwork(text) : routes(source, { covering, ...family });
}

function hostOf(text: string): Prefix | undefined {
  const address = parseAddress(text);
  return address && hostPrefix(address);
}

const noNetwork = (text: string): Reply =>
  problem(400, `${text} is no address and no network (bits behind its length are 0)`);

type Condition = (route: RouteView, neighbour: string) => boolean;

/** A route, and the address of the neighbour that it came from. */
type Learnt = readonly [route: RouteView, neighbour: string];

function routes(source: Source, query: Partial<RouteQuery>, fits?: Condition): Reply {
  return reply(source, { routes: listed(source, query, fits) });
}

function listed({ views }: Source, query: Partial<RouteQuery>, fits?: Condition): Rows {
  return Rows.list(learnt(views, { ...EVERY, ...query }, fits), ([route, from]) =>
    routeObject(route, from),
  );
}

function* learnt(
  views: WebViews,
  query: RouteQuery,
  fits: Condition = () => true,
): Iterable<Learnt | undefined> {
  const addresses = new Map<string, string>();
  for (const protocol of paused(views.protocols(), isSession)) {
    if (protocol === undefined) yield undefined;
    else if (protocol.bgp?.neighbourAddress !== undefined) {
      addresses.set(protocol.name, formatAddress(protocol.bgp.neighbourAddress));
    }
  }
  for (const route of views.routes(query)) {
    if (route === undefined) yield undefined;
    else {
      const from = addresses.get(route.protocol) ?? "";
      if (fits(route, from)) yield [route, from];
    }
  }
}

/** What Alice-LG asked for once: everything, in two lists. */
function dump(source: Source): Reply {
  return reply(source, {
    imported: listed(source, {}),
    filtered: listed(source, { filtered: true }),
  });
}

async function countOf(source: Source, name: string, query: Partial<RouteQuery>): Promise<Reply> {
  const unknown = await unknownProtocol(source, name);
  if (unknown !== undefined) return unknown;
  const found = source.views.routes({ ...EVERY, ...query });
  return reply(source, { routes: await source.turns.finish(counted(found)) });
}

function* counted(found: Iterable<RouteView | undefined>): Generator<undefined, number, undefined> {
  let count = 0;
  for (const route of found) {
    if (route !== undefined) count++;
    yield undefined;
  }
  return count;
}

function tableCount(source: Source, name: string): Reply {
  const family = tableFamily(name);
  if (family === undefined) return noTable(name);
  const families: readonly Family[] = family.family === undefined ? [0, 1] : [family.family];
  const sizes = families.map((each) => source.views.tableSize(each).routes);
  return reply(source, { routes: sizes.reduce((sum, each) => sum + each, 0) });
}
