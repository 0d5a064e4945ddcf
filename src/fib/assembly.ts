/** The parts of a Fib, put together: who knows whom stands here and nowhere else. */
import type { NextHopTable, PrefixTable } from "../route/index.ts";
import { Blocks } from "./blocks.ts";
import type { FibEvent } from "./events.ts";
import { FactReader } from "./fact-reader.ts";
import { ForeignRoutes } from "./foreign-routes.ts";
import { LinkTable } from "./links.ts";
import { NextHops } from "./next-hops.ts";
import { NexthopObjects } from "./nexthop-objects.ts";
import { ObjectBook } from "./object-book.ts";
import { ObjectClaims } from "./object-claims.ts";
import { ObjectFacts } from "./object-facts.ts";
import { ObjectSlots } from "./object-slots.ts";
import { PathLists } from "./path-lists.ts";
import { Pods } from "./pods.ts";
import { Proxies } from "./proxies.ts";
import { Resolver } from "./resolver.ts";
import { RouteAnswers } from "./route-answers.ts";
import { RouteBatches } from "./route-batches.ts";
import { RouteFacts } from "./route-facts.ts";
import { Routes } from "./routes.ts";
import type { FibSettings } from "./settings.ts";
import { Submissions } from "./submissions.ts";
import { Sysctls } from "./sysctls.ts";

export interface FibOptions {
  /** Shared with the other rooms; the Fib holds what it has with HOLDER.FIB. */
  readonly prefixes: readonly [PrefixTable, PrefixTable];
  readonly nextHops: NextHopTable;
  readonly settings: FibSettings;
  /** 1; more makes the slices of work so many times smaller. */
  readonly share?: number;
}

/** `events`: where every part leaves what it has to tell. */
export function assemble({ prefixes, nextHops, settings, share }: FibOptions, events: FibEvent[]) {
  const { table, metric, protocol, install } = settings;
  const links = new LinkTable();
  const foreign = new ForeignRoutes(links, table);
  const resolver = new Resolver(links, foreign, settings.onlink);
  const hops = new NextHops(nextHops, resolver);
  const book = new ObjectBook(new ObjectSlots());
  const claims = new ObjectClaims(book.slots);
  const objectFacts = new ObjectFacts(book, claims, settings, events);
  const objects = new NexthopObjects({ book, claims, facts: objectFacts, nextHops: hops, events });
  const paths = new PathLists(hops);
  const routes = new Routes({
    prefixes,
    paths,
    book,
    objectFacts,
    objects,
    foreign,
    table,
    metric,
    share,
  });
  const routeFacts = new RouteFacts(routes, events);
  const answers = new RouteAnswers(routes, events);
  const batches = new RouteBatches(routes, answers);
  const pods = new Pods(links, foreign, settings.pods, events);
  const blocks = new Blocks(pods, routes, install, events);
  const proxies = new Proxies(links, protocol, events);
  const sysctls = new Sysctls(events);
  const facts = {
    ...{ links, foreign, hops, objects: objectFacts, routes, routeFacts, pods, proxies, sysctls },
  };
  return {
    links,
    foreign,
    resolver,
    hops,
    objectFacts,
    objects,
    paths,
    routes,
    routeFacts,
    answers,
    batches,
    pods,
    blocks,
    proxies,
    sysctls,
    reader: new FactReader(facts, settings.onlink),
    submissions: new Submissions({ sysctls, proxies, objects, routes, batches }),
  };
}

export type Parts = ReturnType<typeof assemble>;
