import { setImmediate } from "node:timers/promises";
import type {
  CandidateView,
  ExplainQuestion,
  ExplainedFib,
  ExplainedNextHop,
  Explanation,
  OwnPrefixView,
  OwnedRouteView,
} from "../control/index.ts";
import { type ForeignRouteView, matchesAny, protocolName } from "../fib/index.ts";
import type { Inquiry } from "../kernel/index.ts";
import {
  type Address,
  type Prefix,
  bitsOf,
  maskWord,
  networkAddress,
  prefixContains,
} from "../route/index.ts";
import type { PathTrial } from "../speaker/index.ts";
import { wallTime } from "./clock.ts";
import type { Rooms } from "./rooms.ts";
import { kernelReading } from "./views-explain-kernel.ts";

// `explain`: first it is settled which network is meant and what the kernel is to be asked; when that has
// answered, or has not in time, everything else is read in one go, but for attributes: they are held, and
// decoded in turns.

/**
 * Milliseconds after the question at which the kernel's answer must be there, so that the whole is within
 * 100: while a table loads the rest takes up to 35 (measured: bench `questions`, where nine answers of ten
 * are there in 17).
 */
const PATIENCE = 45;

/** Octets of attributes that are decoded in one turn: about a millisecond. */
const OCTETS = 1 << 16;

/** Next hops that are shown at most, the used ones first. */
const NEXT_HOPS = 32;

export async function explain(rooms: Rooms, question: ExplainQuestion): Promise<Explanation> {
  const until = rooms.clock() + PATIENCE;
  const asked = inquiry(rooms, question, subject(rooms, question));
  const report = await rooms.kernel.inquire(asked, Math.max(1, until - rooms.clock()));
  const network = subject(rooms, question);
  const { target } = question;
  const id = idOf(rooms, network);
  const { paths, neighbours } = rooms.survey.explain(network.family, id);
  const rest = {
    ...question,
    network,
    now: wallTime(rooms.clock()),
    covering: covering(rooms, target, network),
    neighbours,
    own: own(rooms, target),
    nextHops: nextHops(rooms, paths),
    fib: wanted(rooms, network, id),
    kernel: report && kernelReading(rooms, report),
    podMtu: podMtu(rooms),
  };
  return { ...rest, candidates: await candidates(rooms, paths) };
}

/**
 * The network that is explained: the longest one that is announced and has the address. For an address
 * of the pods' pool one from inside the pool, for a default route says nothing about a pod.
 */
function subject(rooms: Rooms, { target, isAddress }: ExplainQuestion): Prefix {
  if (!isAddress) return target;
  const table = rooms.prefixes[target.family];
  const pool = rooms.config().pods.pool.find((each) => prefixContains(each, target));
  const least = pool?.length ?? 0;
  const id = table.longestMatch(
    ...words(target),
    (each) => table.lengthOf(each) >= least && rooms.survey.paths(target.family, each).length > 0,
  );
  return id < 0 ? target : table.prefix(id);
}

/** What packets go by where the network has no best path. */
function covering(rooms: Rooms, target: Prefix, network: Prefix): Prefix | undefined {
  const table = rooms.prefixes[target.family];
  const id = table.longestMatch(
    ...words(target),
    (each) =>
      table.lengthOf(each) < network.length &&
      rooms.survey.paths(target.family, each).some(({ best }) => best),
  );
  return id < 0 ? undefined : table.prefix(id);
}

function words({ w0, w1, w2, w3 }: Prefix): [number, number, number, number] {
  return [w0, w1, w2, w3];
}

function idOf({ prefixes }: Rooms, network: Prefix): number {
  return prefixes[network.family].findPrefix(network);
}

// What the kernel is asked

function inquiry(rooms: Rooms, { target, isAddress }: ExplainQuestion, prefix: Prefix): Inquiry {
  const id = idOf(rooms, prefix);
  const { kernelId } = rooms.fib.route(prefix.family, id);
  const paths = id < 0 ? [] : rooms.survey.paths(prefix.family, id);
  const neighbours = paths.slice(0, NEXT_HOPS).flatMap(({ attributes }) => {
    const hop = rooms.fib.nextHop(rooms.attributes.nextHop(attributes));
    const link = hop?.reachable === true ? rooms.fib.interface(hop.interface) : undefined;
    if (hop === undefined || link === undefined) return [];
    return [{ interface: link.index, address: hop.gateway ?? hop.address }];
  });
  const inside = [networkAddress(prefix), lastAddress(prefix)];
  return {
    addresses: isAddress ? [networkAddress(target), ...inside] : inside,
    prefix,
    objects: kernelId !== 0 && rooms.state().nexthopObjects ? [kernelId] : [],
    neighbours,
  };
}

function lastAddress({ family, w0, w1, w2, w3, length }: Prefix): Address {
  const last = (word: number, index: number): number => {
    const isThere = index * 32 < bitsOf(family);
    return isThere ? (word | ~maskWord(length, index)) >>> 0 : 0;
  };
  return { family, w0: last(w0, 0), w1: last(w1, 1), w2: last(w2, 2), w3: last(w3, 3) };
}

// What there is

/** As they are now, though some of them may go while others have their turn. */
async function candidates(rooms: Rooms, paths: readonly PathTrial[]): Promise<CandidateView[]> {
  const { attributes } = rooms;
  const sets = paths.flatMap((path) => [path.received, path.attributes]);
  for (const set of sets) attributes.hold(set);
  try {
    const views: CandidateView[] = [];
    let octets = 0;
    for (const path of paths) {
      octets += attributes.encodedLength(path.received) + attributes.encodedLength(path.attributes);
      if (octets > OCTETS) {
        await setImmediate();
        octets = 0;
      }
      views.push(candidate(rooms, path));
    }
    return views;
  } finally {
    for (const set of sets) attributes.release(set);
  }
}

function candidate({ attributes }: Rooms, path: PathTrial): CandidateView {
  const set = path.attributes;
  const { nextHop } = attributes.get(set);
  return {
    from: path.kind === "neighbour" ? path.source : `this node's ${path.kind}`,
    kind: path.kind,
    address: path.address,
    since: Math.round(wallTime(path.receivedAt) / 10) * 10,
    accepted: path.accepted,
    best: path.best,
    used: path.multipath,
    stale: path.stale,
    importFilter: path.importFilter,
    rule: path.rule,
    reason: path.reason,
    bytes: attributes.encoded(path.received).slice(),
    received: attributes.get(path.received),
    attributes: attributes.get(set),
    handling: attributes.handling(set),
    nextHop,
  };
}

function nextHops(rooms: Rooms, paths: readonly PathTrial[]): ExplainedNextHop[] {
  const shown = new Map<number, ExplainedNextHop>();
  for (const path of [...paths].sort((a, b) => Number(b.multipath) - Number(a.multipath))) {
    const id = rooms.attributes.nextHop(path.attributes);
    const hop = shown.has(id) || shown.size === NEXT_HOPS ? undefined : rooms.fib.nextHop(id);
    if (hop === undefined || path.kind !== "neighbour") continue;
    const { address, reachable, reason, connected, gateway } = hop;
    const link = reachable ? rooms.fib.interface(hop.interface) : undefined;
    const by = connected ? undefined : rooms.fib.lookup(address);
    shown.set(id, {
      ...{ address, reachable, reason: reachable ? "" : reason, connected, gateway },
      used: path.multipath,
      interface: link?.name,
      by: by && ownedRoute(by),
      mtu: link?.mtu,
    });
  }
  return [...shown.values()];
}

function ownedRoute({ prefix, table, metric, owner }: ForeignRouteView): OwnedRouteView {
  return { network: prefix, table, metric, owner };
}

function own(rooms: Rooms, target: Prefix): OwnPrefixView {
  const { pool, blocks, advertise } = rooms.config().pods;
  const block = blocks.find((each) => prefixContains(each, target));
  const { pod, podReason, attached, answering } = rooms.fib.trial(target, -1);
  return {
    inPool: pool.some((each) => prefixContains(each, target)),
    block,
    advertise,
    pod,
    podReason,
    attached,
    answering,
    withheld: block === undefined ? "" : rooms.fib.trial(block, -1).withheld,
  };
}

function wanted(rooms: Rooms, network: Prefix, id: number): ExplainedFib {
  const { install, protocol } = rooms.config().kernel;
  const { status, reason, owner, kernelId, blackhole } = rooms.fib.route(network.family, id);
  const { foreign, table, metric } = rooms.fib.trial(network, id);
  return {
    install,
    state: status,
    reason: install ? reason : "",
    owner,
    table,
    metric,
    protocol: protocolName(protocol),
    protocolNumber: protocol,
    blackhole,
    object: rooms.state().nexthopObjects ? kernelId : 0,
    others: foreign.map(ownedRoute),
  };
}

/** The largest packet that a pod of this node sends. */
function podMtu(rooms: Rooms): number | undefined {
  const patterns = rooms.config().pods.interfaces;
  let largest: number | undefined;
  for (const { name, mtu, up } of rooms.fib.interfaces()) {
    if (!up || mtu <= (largest ?? 0) || !matchesAny(patterns, name)) continue;
    largest = mtu;
  }
  return largest;
}
