import {
  type Prefix,
  type RouteQuery,
  type RouteView,
  asPathWords,
  bitsOf,
  formatAddress,
  formatPrefix,
  networkOf,
  nextHopWords,
  prefixContains,
} from "../control/index.ts";
import type { WebViews } from "./views.ts";

// Where the pods of the cluster are, as this node sees it: each block inside `pods.pool`, and the single
// pods that are announced, above all those that do not go the way of the block around them.

/** Blocks that are shown, and single pods; the others are counted. */
const BLOCKS = 1000;
const SINGLES = 200;
/** Single pods that are looked at for those that are away from their block. */
const LOOKED_AT = 5000;
/** Networks between two pauses, where a little is done for each. */
const SLICE = 64;

/** One way of a network. */
interface Way {
  /** Neighbour, or what of this node's own it is. */
  readonly from: string;
  readonly isOwn: boolean;
  readonly nextHop: string | undefined;
  readonly interface: string | undefined;
  readonly asPath: string | undefined;
}

interface Place {
  readonly prefix: Prefix;
  readonly network: string;
  /** The best, and those that share its traffic. */
  readonly ways: Way[];
  readonly since: number;
  /** installed, pending, unresolved, failed; undefined: it is none for the kernel. */
  readonly kernel: string | undefined;
  readonly kernelReason: string | undefined;
  readonly stale: boolean;
}

interface Found {
  readonly blocks: Place[];
  readonly singles: Place[];
  moreBlocks: number;
  moreSingles: number;
}

export function* places(views: WebViews): Generator<undefined, object, undefined> {
  const found: Found = { blocks: [], singles: [], moreBlocks: 0, moreSingles: 0 };
  const pool = views.pool();
  for (const part of pool) yield* collect(views, part, found);
  const singles = yield* placed(found);
  const shown = singles.slice(0, SINGLES);
  return {
    pool: pool.map(formatPrefix),
    blocks: found.blocks.sort((a, b) => compare(a.prefix, b.prefix)).map(shownPlace),
    moreBlocks: found.moreBlocks,
    singles: shown,
    moreSingles: found.moreSingles + singles.length - shown.length,
  };
}

function shownPlace({ prefix: _, ...place }: Place): object {
  return place;
}

/** Each network once; its paths come one after the other, the best first. */
function* collect(views: WebViews, inside: Prefix, found: Found): Generator<undefined, void> {
  let last: Place | undefined;
  for (const route of views.routes(asked(inside))) {
    if (route === undefined) yield undefined;
    else if (route.primary) {
      const isSingle = route.network.length === bitsOf(route.network.family);
      const [list, most] = isSingle ? [found.singles, LOOKED_AT] : [found.blocks, BLOCKS];
      if (list.length < most) list.push((last = place(route)));
      else {
        last = undefined;
        if (isSingle) found.moreSingles++;
        else found.moreBlocks++;
      }
    } else if (route.reason === "multipath" && last?.network === formatPrefix(route.network)) {
      last.ways.push(way(route));
    }
  }
}

const asked = (inside: Prefix): RouteQuery => ({
  ...{ family: inside.family, network: undefined, covering: undefined, inside },
  ...{ protocol: undefined, primary: false, filtered: false, exported: undefined },
});

function place(route: RouteView): Place {
  return {
    prefix: route.network,
    network: formatPrefix(route.network),
    ways: [way(route)],
    since: route.since,
    kernel: route.fib?.state,
    kernelReason: route.fib?.reason,
    stale: route.stale,
  };
}

function way({ protocol, source, nextHops: [hop], attributes }: RouteView): Way {
  const announced = attributes?.nextHop && nextHopWords(attributes.nextHop)[0];
  return {
    from: protocol,
    isOwn: source !== "BGP",
    nextHop: announced ?? (hop?.gateway && formatAddress(hop.gateway)),
    interface: hop?.interface,
    asPath: attributes && asPathWords(attributes.asPath).join(" "),
  };
}

/** Single pods with the block that each is in; those that do not go the block's way first. */
function* placed({ blocks, singles }: Found): Generator<undefined, object[], undefined> {
  const known = new Map(blocks.map((block) => [block.network, block]));
  const lengths = [...new Set(blocks.map(({ prefix }) => prefix.length))].sort((a, b) => b - a);
  const away: Place[] = [];
  const others: Place[] = [];
  const around = new Map<Place, Place>();
  let looked = 0;
  for (const single of singles) {
    if (++looked % SLICE === 0) yield undefined;
    const block = blockOf(single.prefix, lengths, known);
    if (block !== undefined) around.set(single, block);
    const isAway = block !== undefined && wayText(block.ways[0]) !== wayText(single.ways[0]);
    (isAway ? away : others).push(single);
  }
  const order = (list: Place[]): Place[] => list.sort((a, b) => compare(a.prefix, b.prefix));
  const rows = (list: Place[], isAway: boolean): object[] =>
    order(list).map((each) => ({
      ...shownPlace(each),
      isAway,
      block: around.get(each)?.network,
    }));
  return [...rows(away, true), ...rows(others, false)];
}

function blockOf(
  pod: Prefix,
  lengths: readonly number[],
  known: ReadonlyMap<string, Place>,
): Place | undefined {
  for (const length of lengths) {
    if (length >= pod.length) continue;
    const block = known.get(formatPrefix(networkOf(pod, length)));
    if (block !== undefined && prefixContains(block.prefix, pod)) return block;
  }
  return undefined;
}

/** What this node's own go is one way, whatever they are called. */
function wayText({ isOwn, from, nextHop, asPath }: Way): string {
  return isOwn ? "here" : `${from} ${nextHop} ${asPath}`;
}

function compare(a: Prefix, b: Prefix): number {
  return (
    a.family - b.family ||
    a.w0 - b.w0 ||
    a.w1 - b.w1 ||
    a.w2 - b.w2 ||
    a.w3 - b.w3 ||
    a.length - b.length
  );
}
