import { formatAddress, formatPrefix } from "../route/index.ts";
import { exportReason, namesOf } from "./explain-link.ts";
import {
  type CandidateView,
  type ExplainedNeighbour,
  type ExplainedNextHop,
  type Explanation,
  type KernelHopView,
  type KernelObjectView,
  type KernelReading,
  type KernelRouteView,
  type OwnedRouteView,
  type PathMtuView,
  isKernelRefusal,
} from "./explain-views.ts";
import { attributeLines, handlingLines } from "./route-attributes.ts";
import { bytesText } from "./route-json.ts";
import { formatTime } from "./time.ts";
import type { TimeFormat } from "./views.ts";

/** Candidates that are shown with all they have; the others with a line each, and so many at most. */
const WITH_ATTRIBUTES = 8;
const CANDIDATES = 64;
/** Octets of attributes in one line. */
const OCTETS = 64;

/** A fact a line; `undefined`: a place to stop for other work. */
type Lines = Generator<string | undefined, void, undefined>;

/** The way of the route in order. */
export function* explanationLines(explanation: Explanation, format: TimeFormat): Lines {
  const { network, target, isAddress, candidates, covering } = explanation;
  const asked = isAddress ? `, asked about by ${formatPrefix(target).replace(/\/.*/, "")}` : "";
  yield `${formatPrefix(network)}${asked}`;
  if (covering !== undefined && !candidates.some(({ best }) => best)) {
    yield `  packets there go by ${formatPrefix(covering)} instead`;
  }
  yield* ownLines(explanation);
  yield "Announced by";
  yield* candidateLines(explanation, format);
  yield "Next hops";
  yield* none(explanation.nextHops.flatMap(nextHopLines(explanation.kernel)));
  yield "Kernel";
  yield* wantedLines(explanation);
  yield* readingLines(explanation);
  yield "Told to";
  yield* tellingLines(explanation.neighbours);
}

function none(lines: string[]): string[] {
  return lines.length === 0 ? ["  none"] : lines;
}

function ownLines({ own, target }: Explanation): string[] {
  const { inPool, block, pod, podReason, withheld, advertise, answering } = own;
  if (block === undefined && pod === undefined && !own.attached) return [];
  const inside = inPool ? "inside pods.pool" : "outside pods.pool";
  const found = pod === undefined ? `no pod here: ${podReason}` : `a pod, found on ${pod}`;
  const of = block === undefined ? "in no block of this node" : `in block ${formatPrefix(block)}`;
  const kept = withheld === "" ? "" : `; withheld: ${withheld}`;
  return [
    "This node's own",
    `  ${formatPrefix(target)}: ${found}`,
    `  ${inside}, ${of}, advertised: ${advertise}${kept}`,
    ...(answering === undefined ? [] : [`  ARP and NDP: ${answering.words}`]),
  ];
}

function* candidateLines({ candidates, now }: Explanation, format: TimeFormat): Lines {
  if (candidates.length === 0) yield "  nobody";
  for (const [at, candidate] of candidates.slice(0, CANDIDATES).entries()) {
    yield candidateLine(candidate, now, format);
    yield* filterLines(candidate);
    if (at < WITH_ATTRIBUTES && candidate.kind !== "pod") yield* detailLines(candidate);
  }
  const more = candidates.length - CANDIDATES;
  if (more > 0) yield `  and ${more} more`;
}

function candidateLine(candidate: CandidateView, now: number, format: TimeFormat): string {
  const { from, address, since, stale, accepted, best, reason } = candidate;
  const who = address === undefined ? from : `${from} (${formatAddress(address)})`;
  const when = formatTime(since, now, format);
  const kept = stale ? ", stale" : "";
  const lost = reason === "multipath" ? "used beside the best" : `not chosen by: ${reason}`;
  const chosen = best ? "the best" : accepted ? lost : "rejected";
  return `  ${who} since ${when}${kept}: ${chosen}`;
}

function filterLines({ kind, accepted, importFilter, rule, reason }: CandidateView): string[] {
  if (kind !== "neighbour") return [];
  const filter = importFilter ?? "none";
  const why = accepted ? (rule ?? "its session has ended since") : reason;
  return [`    import filter ${filter}: ${accepted ? "accepted" : "rejected"} by ${why}`];
}

/** With pauses: a set may have 64 KiB (RFC 8654), which is more than a thousand lines. */
function* detailLines(candidate: CandidateView): Lines {
  const { bytes, received, attributes, accepted, handling } = candidate;
  yield "    attributes, canonical (by type, AS numbers of 4 octets, without next hop):";
  for (let at = 0; at < bytes.length; at += OCTETS) {
    yield `      ${bytesText(bytes.subarray(at, at + OCTETS))}`;
  }
  yield undefined;
  const old = [...attributeLines(received)];
  for (const line of old) yield `      ${line.trim()}`;
  yield undefined;
  if (!accepted) return;
  const now = [...attributeLines(attributes), ...handlingLines(handling)];
  yield undefined;
  const changes = [
    ...missing(old, now).map((line) => `      - ${line.trim()}`),
    ...missing(now, old).map((line) => `      + ${line.trim()}`),
  ];
  if (changes.length > 0) yield "    changed on the way in:";
  yield* changes;
}

/** Those that the others do not have. */
function missing(lines: readonly string[], others: readonly string[]): string[] {
  const there = new Set(others);
  return lines.filter((line) => !there.has(line));
}

function nextHopLines(kernel: KernelReading | undefined): (hop: ExplainedNextHop) => string[] {
  return (hop) => {
    const { address, used, reachable, reason, connected, gateway, by, mtu } = hop;
    const head = `  ${formatAddress(address)}${used ? "" : " (not used)"}`;
    if (!reachable) return [`${head}: cannot be reached: ${reason}`];
    const way = connected
      ? "on the link"
      : `by ${gateway === undefined ? "a link" : formatAddress(gateway)}${by === undefined ? "" : `, ${owned(by)}`}`;
    const name = hop.interface ?? "?";
    const to = gateway ?? address;
    const entry = kernel?.neighbours.find(
      (each) => each.interface === name && formatAddress(each.address) === formatAddress(to),
    );
    const mac = entry === undefined || entry.mac === "" ? "" : `, MAC ${entry.mac}`;
    const state = entry === undefined ? "" : `; neighbour entry ${entry.state}${mac}`;
    const room = mtu === undefined ? "" : `, MTU ${mtu}${pathMtu(entry?.mtu)}`;
    return [`${head}: ${way}, interface ${name}${room}${state}`];
  };
}

function pathMtu(mtu: PathMtuView | undefined): string {
  return mtu === undefined ? "" : ` (path ${mtu.mtu}, ${mtu.locked ? "locked" : "learnt"})`;
}

function owned({ network, owner, table, metric }: OwnedRouteView): string {
  return `route ${formatPrefix(network)} of "${owner}" (table ${table}, metric ${metric})`;
}

function wantedLines({ fib }: Explanation): string[] {
  const { install, state, reason, owner, table, metric, protocol, object, blackhole } = fib;
  const why = reason === "" ? "" : `: ${reason}`;
  const way = owner === "" ? "" : `; a route of "${owner}" is in the way`;
  const by = blackhole ? ", as a blackhole" : object === 0 ? "" : `, by nexthop object ${object}`;
  const wanted = !install
    ? "nothing is installed here (kernel.install is off)"
    : state === "none"
      ? "none of ours is wanted"
      : `ours is ${state}${why}${way}, in table ${table}, metric ${metric}, protocol ${protocol}${by}`;
  return [`  ${wanted}`, ...fib.others.map((other) => `  beside it: ${owned(other)}`)];
}

function readingLines({ kernel, fib, isAddress, network }: Explanation): string[] {
  if (kernel === undefined) return ["  read back: no answer in time"];
  const { exact, match, path, objects } = kernel;
  const at = isAddress ? "the address" : "the first address";
  const own =
    exact === undefined
      ? `no route of exactly ${formatPrefix(network)} is seen`
      : kernelRoute(exact);
  const isSame = exact !== undefined && !isKernelRefusal(match) && kernelRoute(match) === own;
  return [
    ...(exact === undefined && fib.blackhole ? [] : [`  read back: ${own}`]),
    ...(isSame
      ? []
      : [`  lookup of ${at}: ${isKernelRefusal(match) ? match.text : kernelRoute(match)}`]),
    `  a packet to ${at}: ${isKernelRefusal(path) ? path.text : `${hops(path.hops)}${pathMtu(path.mtu)}`}`,
    ...objects.map(objectLine),
  ];
}

function kernelRoute({
  network,
  table,
  owner,
  local,
  metric,
  object,
  hops: list,
}: KernelRouteView) {
  const by = object === 0 ? "" : `, nexthop object ${object}`;
  const ways = list.length === 0 ? "" : `, ${hops(list)}`;
  return `${local ? "this node's own address " : ""}${formatPrefix(network)} of "${owner}", table ${table}, metric ${metric}${by}${ways}`;
}

function hops(list: readonly KernelHopView[]): string {
  return list.map(hopText).join(" and ");
}

function hopText({ gateway, interface: name, dead }: KernelHopView): string {
  const via = gateway === undefined ? "" : `via ${formatAddress(gateway)} `;
  return `${via}on ${name}${dead ? " (dead)" : ""}`;
}

function objectLine({ id, kind, owner, members, hop }: KernelObjectView): string {
  const head = `  nexthop object ${id}`;
  if (kind === "missing") return `${head}: the kernel has none`;
  const what =
    kind === "group"
      ? `group of ${members.join(", ")}`
      : hop === undefined
        ? "blackhole"
        : hopText(hop);
  return `${head} of "${owner}": ${what}`;
}

/** Neighbours of whom the same is true stand in one line: there may be thousands. */
function tellingLines(neighbours: readonly ExplainedNeighbour[]): string[] {
  const alike = new Map<string, ExplainedNeighbour[]>();
  for (const each of neighbours) {
    const filter = each.exportFilter === undefined ? "" : ` (export filter ${each.exportFilter})`;
    const key = `${each.telling}: ${exportReason(each)}${filter}`;
    const list = alike.get(key);
    if (list === undefined) alike.set(key, [each]);
    else list.push(each);
  }
  return none([...alike].map(([key, list]) => `  ${namesOf(list)}: ${key}`));
}
