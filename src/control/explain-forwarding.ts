// From the best path to the packet: installed, looked up by the kernel, sent to a router that answers,
// with room for it.

import {
  type Prefix,
  addressesEqual,
  formatAddress,
  formatPrefix,
  networkAddress,
  prefixesEqual,
} from "../route/index.ts";
import { type BrokenLink, broken, nextHopAdvice } from "./explain-link.ts";
import {
  type CandidateView,
  type ExplainedNextHop,
  type Explanation,
  type KernelReading,
  type KernelRouteView,
  isKernelRefusal,
} from "./explain-views.ts";

/** The best path leads somewhere. */
export function notUsed({ nextHops }: Explanation, best: CandidateView): BrokenLink | undefined {
  if (best.handling.blackhole === true) return undefined;
  const hop = nextHops.find(({ used }) => used);
  if (hop === undefined || hop.reachable) return undefined;
  return broken(
    "next hop",
    `the next hop ${formatAddress(hop.address)} that ${best.from} gives cannot be reached: ${hop.reason}`,
    nextHopAdvice(hop.reason, best),
  );
}

export function notInstalled(
  { fib, network }: Explanation,
  best: CandidateView,
): BrokenLink | undefined {
  const text = formatPrefix(network);
  switch (fib.state) {
    case "failed":
      return refused(fib.reason, fib.owner, text);
    case "unresolved":
      return broken(
        "next hop",
        `${text} has no usable next hop: ${fib.reason}`,
        nextHopAdvice(fib.reason, best),
      );
    case "pending":
    case "none":
      return broken("installation", `${text} is on its way to the kernel`, "Ask again.");
    case "installed":
      return undefined;
  }
}

/** See overruling() of the room fib. */
const ON_LINK = "it is on a link of this node";

function refused(reason: string, owner: string, text: string): BrokenLink {
  if (owner === "") {
    return broken(
      "kernel",
      `the kernel refuses ${text}: ${reason}`,
      "It is tried again by itself; the kernel's error says what is missing.",
    );
  }
  if (reason === ON_LINK) {
    return broken(
      "kernel",
      `${text} is not put over the route of "${owner}" that leads there: ${reason}`,
      "Nobody else should announce what is on this node's own link: look at who does.",
    );
  }
  return broken(
    "kernel",
    `a route of "${owner}" is in the way of ${text}: ${reason}`,
    `Remove it ("ip route show ${text}" finds it), and ours follows by itself; or give kernel.metric another value, and restart.`,
  );
}

export function notInKernel(explanation: Explanation): BrokenLink | undefined {
  const { kernel, fib, network } = explanation;
  const text = formatPrefix(network);
  if (kernel === undefined) {
    return broken(
      "unanswered",
      `all above is as the daemon has it; whether the kernel holds ${text} is not known, for it did not answer in time`,
      "Nothing is broken by that: the netlink thread is busy with many routes (show load), or the machine is. Ask again.",
    );
  }
  const missing = kernel.objects.find(({ id, kind }) => kind === "missing" && id === fib.object);
  if (missing !== undefined) {
    return broken(
      "kernel",
      `the kernel has no nexthop object ${missing.id}, by which ${text} goes`,
      "Somebody has removed it; it is put back by itself.",
    );
  }
  return notLookedUp(explanation, kernel);
}

/** What the kernel's own lookup makes of the address. */
function notLookedUp(explanation: Explanation, kernel: KernelReading): BrokenLink | undefined {
  const { fib, network, isAddress } = explanation;
  const { match } = kernel;
  const at = isAddress ? "the address" : "its first address";
  if (isKernelRefusal(match)) {
    if (fib.blackhole && match.refusal === "blackhole") return undefined;
    return broken(
      "lookup",
      `${formatPrefix(network)} is installed in table ${fib.table}, and the kernel's lookup of ${at} ends with: ${match.text}`,
      `Look for a rule that leads elsewhere or not to table ${fib.table} ("ip${six(network)} rule"), or a longer route of that kind ("${covering(explanation)}").`,
    );
  }
  const isOurs = match.protocolNumber === fib.protocolNumber && match.table === fib.table;
  if (isOurs && prefixesEqual(match.network, network)) return undefined;
  // Of a network, a longer one may well have its first address.
  if (!isAddress && match.network.length > network.length) return undefined;
  return other(explanation, match, at);
}

/** Packets go by another route. */
function other(explanation: Explanation, match: KernelRouteView, at: string): BrokenLink {
  const { fib, network } = explanation;
  const text = formatPrefix(network);
  const winner = `${formatPrefix(match.network)} of "${match.owner}" (table ${match.table}, metric ${match.metric})`;
  if (match.table === fib.table && match.network.length < network.length) {
    return broken(
      "kernel",
      `${text} is not in table ${fib.table}, where it was put: packets to ${at} go by ${winner}`,
      "Somebody has removed it, and it is put back by itself: ask again. The log (routes-removed) says when that was.",
    );
  }
  return broken(
    "lookup",
    `packets to ${at} go by another route: ${winner}`,
    lookupAdvice(explanation, match),
  );
}

function lookupAdvice(explanation: Explanation, match: KernelRouteView): string {
  const { fib, network } = explanation;
  const other = formatPrefix(match.network);
  if (match.local) {
    return `It is an address of this node itself: "ip address show to ${other}" has the interface.`;
  }
  if (match.table !== fib.table) {
    return `Table ${match.table} is asked before table ${fib.table}: "ip${six(network)} rule" has the rule; remove that, or the route ("ip${six(network)} route show table ${match.table} ${other}").`;
  }
  return prefixesEqual(match.network, network)
    ? "It wins by its metric: remove it, or lower kernel.metric and restart."
    : "Remove it, or announce the longer network by BGP.";
}

const six = ({ family }: Prefix): string => (family === 0 ? "" : " -6");

/** The command that has all routes over the address. */
function covering({ target, network }: Explanation): string {
  const address = formatAddress(networkAddress(target));
  return `ip${six(network)} route show table all match ${address}`;
}

/** The kernel has asked, and nobody has answered; it goes on asking while packets come. */
const SILENT: readonly string[] = ["FAILED", "INCOMPLETE"];

export function notReached({ kernel, nextHops }: Explanation): BrokenLink | undefined {
  const used = nextHops.filter((each) => each.used);
  const silent = kernel?.neighbours.find(
    ({ state, address, interface: link }) =>
      SILENT.includes(state) &&
      used.some(
        (hop) => hop.interface === link && addressesEqual(hop.gateway ?? hop.address, address),
      ),
  );
  if (silent === undefined) return undefined;
  return broken(
    "neighbour entry",
    `${formatAddress(silent.address)} does not answer on ${silent.interface} (ARP or NDP: ${silent.state})`,
    "Look at the router and the wire; the kernel asks again when packets go there.",
  );
}

/** Whether pods' packets fit. */
export function tooNarrow({ kernel, nextHops, podMtu }: Explanation): BrokenLink | undefined {
  if (podMtu === undefined) return undefined;
  const link = nextHops.find(({ used, mtu }) => used && mtu !== undefined && mtu < podMtu);
  if (link !== undefined) return narrowLink(link, podMtu);
  const { path } = kernel ?? {};
  if (path === undefined || isKernelRefusal(path) || path.mtu === undefined) return undefined;
  const { mtu, locked } = path.mtu;
  if (mtu >= podMtu) return undefined;
  return broken(
    "mtu",
    `the kernel ${locked ? "was told" : "has learnt"} that packets there may have ${mtu} bytes, and pods send ${podMtu}`,
    "Find the narrow link on the way, or lower the MTU of the pods.",
  );
}

function narrowLink({ interface: name = "the link", mtu = 0 }: ExplainedNextHop, podMtu: number) {
  return broken(
    "mtu",
    `${name} takes packets of ${mtu} bytes, and pods send ${podMtu}`,
    "Raise the MTU of the link, or lower that of the pods.",
  );
}
