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

/** The way of the route in order, a fact a line. */
export function explanationLines(explanation: Explanation, format: TimeFormat): string[] {
  const { network, target, isAddress, candidates, covering } = explanation;
  const asked = isAddress ? `, asked about by ${formatPrefix(target).replace(/\/.*/, "")}` : "";
  const isUsed = covering !== undefined && !candidates.some(({ best }) => best);
  const instead = isUsed ? [`  packets there go by ${formatPrefix(covering)} instead`] : [];
  return [
    `${formatPrefix(network)}${asked}`,
    ...instead,
    ...ownLines(explanation),
    "Announced by",
    ...candidateLines(explanation, format),
    "Next hops",
    ...none(explanation.nextHops.flatMap(nextHopLines(explanation.kernel))),
    "Kernel",
    ...wantedLines(explanation),
    ...readingLines(explanation),
    "Told to",
    ...tellingLines(explanation.neighbours),
  ];
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

function candidateLines({ candidates, now }: Explanation, format: TimeFormat): string[] {
  if (candidates.length === 0) return ["  nobody"];
  const shown = candidates.slice(0, CANDIDATES);
  const more = candidates.length - shown.length;
  return [
    ...shown.flatMap((each, at) => candidateBlock(each, now, format, at < WITH_ATTRIBUTES)),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}

function candidateBlock(
  candidate: CandidateView,
  now: number,
  format: TimeFormat,
  all: boolean,
): string[] {
  const { from, address, since, stale, accepted, best, reason, kind } = candidate;
  const who = address === undefined ? from : `${from} (${formatAddress(address)})`;
  const when = formatTime(since, now, format);
  const kept = stale ? ", stale" : "";
  const lost = reason === "multipath" ? "used beside the best" : `not chosen by: ${reason}`;
  const chosen = best ? "the best" : accepted ? lost : "rejected";
  const head = `  ${who} since ${when}${kept}: ${chosen}`;
  return [
    head,
    ...filterLines(candidate),
    ...(all && kind !== "pod" ? detailLines(candidate) : []),
  ];
}

function filterLines({ kind, accepted, importFilter, rule, reason }: CandidateView): string[] {
  if (kind !== "neighbour") return [];
  const filter = importFilter ?? "none";
  const why = accepted ? (rule ?? "its session has ended since") : reason;
  return [`    import filter ${filter}: ${accepted ? "accepted" : "rejected"} by ${why}`];
}

function detailLines({ bytes, received, attributes, accepted, handling }: CandidateView): string[] {
  const text = bytesText(bytes);
  const rows: string[] = [];
  for (let at = 0; at < text.length; at += OCTETS * 2) {
    rows.push(`      ${text.slice(at, at + OCTETS * 2)}`);
  }
  const old = [...attributeLines(received)];
  const now = [...attributeLines(attributes), ...handlingLines(handling)];
  const changes = accepted
    ? [
        ...old.filter((line) => !now.includes(line)).map((line) => `      - ${line.trim()}`),
        ...now.filter((line) => !old.includes(line)).map((line) => `      + ${line.trim()}`),
      ]
    : [];
  return [
    "    attributes, canonical (by type, AS numbers of 4 octets, without next hop):",
    ...rows,
    ...old.map((line) => `      ${line.trim()}`),
    ...(changes.length > 0 ? ["    changed on the way in:", ...changes] : []),
  ];
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
