// Where the way of a route is broken first. The links are looked at in the order in which a route goes:
// announced, received, accepted, resolved, chosen, installed, looked up by the kernel, sent to a neighbour
// that answers, with room for the packets; and for this node's own: found, inside the pool, announced,
// told to each neighbour.

import {
  addressesEqual,
  formatAddress,
  formatPrefix,
  networkAddress,
  prefixesEqual,
} from "../route/index.ts";
import {
  type CandidateView,
  type ExplainedNeighbour,
  type Explanation,
  type KernelReading,
  isKernelRefusal,
} from "./explain-views.ts";

/** The first broken link. */
export interface BrokenLink {
  /** For programs. */
  readonly link: Link;
  /** What is wrong. */
  readonly words: string;
  /** What to do about it. */
  readonly advice: string;
}

export type Link =
  | "session"
  | "announcement"
  | "limit"
  | "import"
  | "next hop"
  | "decision"
  | "installation"
  | "kernel"
  | "lookup"
  | "neighbour entry"
  | "mtu"
  | "pod"
  | "pool"
  | "block"
  | "export"
  | "unanswered";

/** undefined: every link holds. */
export function brokenLink(explanation: Explanation): BrokenLink | undefined {
  const best = explanation.candidates.find((each) => each.best);
  if (best === undefined) return notChosen(explanation);
  if (best.kind !== "neighbour") return ownBroken(explanation, best);
  if (isStray(explanation)) return podMissing(explanation);
  const here = notUsed(explanation, best) ?? notInstalled(explanation) ?? notInKernel(explanation);
  // What is dropped here needs nobody who answers, and no room.
  if (here !== undefined || explanation.fib.blackhole) return here;
  return notReached(explanation) ?? tooNarrow(explanation);
}

/** The address is here and no pod's, and all that is heard of it is a way to many more: the default route. */
function isStray({ own, isAddress, network, target }: Explanation): boolean {
  return isAddress && own.attached && own.pod === undefined && !prefixesEqual(network, target);
}

function broken(link: Link, words: string, advice: string): BrokenLink {
  return { link, words, advice };
}

/** There is no best path: nobody announces one, or none of them can be used. */
function notChosen(explanation: Explanation): BrokenLink {
  const { candidates, nextHops } = explanation;
  const network = formatPrefix(explanation.network);
  if (candidates.length === 0) return notAnnounced(explanation);
  const accepted = candidates.filter((each) => each.accepted);
  if (accepted.length === 0) return rejected(explanation);
  const [first] = accepted;
  if (accepted.some(({ reason }) => reason === "undecided")) {
    return broken("decision", `${network} waits for its turn to be decided`, "Ask again.");
  }
  const hop = nextHops.find(({ reachable }) => !reachable);
  const address = first.nextHop === undefined ? "" : ` ${formatAddress(first.nextHop)}`;
  return broken(
    "next hop",
    `the next hop${address} that ${first.from} gives cannot be reached: ${hop?.reason ?? first.reason}`,
    "Give this node a route to it (its link, or a static route), or let the neighbour announce itself as next hop.",
  );
}

function rejected({ candidates, network }: Explanation): BrokenLink {
  const [first] = candidates;
  const { from, importFilter } = first;
  const reason = first.reason;
  const text = formatPrefix(network);
  const where = importFilter === undefined ? "" : ` (import filter ${importFilter})`;
  if (reason.startsWith("more prefixes")) {
    return broken(
      "limit",
      `${from} announces ${text}, beyond its limit: ${reason}`,
      `Raise maxPrefixes of peer ${from}, or let it announce less.`,
    );
  }
  return broken(
    "import",
    `${from} announces ${text}, and it is rejected${where}: ${reason}`,
    importAdvice(reason, from),
  );
}

function importAdvice(reason: string, from: string): string {
  if (reason.startsWith("martian")) return "Nobody may announce this; look at who does.";
  if (
    reason.startsWith("inside this node's own block") ||
    reason.startsWith("this node announces")
  ) {
    return `The addresses are this node's; look at what makes ${from} announce them.`;
  }
  if (reason.startsWith("AS_PATH has this node's own AS")) {
    return `Where nodes share an AS number, let ${from} put its own in its place (as-override), or allow it here: allowOwnAs of peer ${from}.`;
  }
  if (reason.startsWith("filter")) {
    return `Change that rule, or what ${from} announces; "underlayctl filter test" tries a change.`;
  }
  return `Look at what ${from} announces ("show route protocol ${from} all" there, or its log).`;
}

/** No path at all: whose session is missing, who is still talking, whom a limit has cut short. */
function notAnnounced(explanation: Explanation): BrokenLink {
  const { neighbours, own, network } = explanation;
  const text = formatPrefix(network);
  // What lies in its own block is this node's to say, and nobody else's.
  if (own.block !== undefined || own.pod !== undefined || own.attached) {
    return podMissing(explanation);
  }
  const limited = neighbours.find(({ blocked }) => blocked > 0);
  if (limited !== undefined) {
    return broken(
      "limit",
      `no neighbour's ${text} was taken, and ${limited.blocked} prefixes of ${limited.name} were not taken for its limit`,
      `Raise maxPrefixes of peer ${limited.name}, then "underlayctl reload in ${limited.name}".`,
    );
  }
  const up = neighbours.filter(({ speaks }) => speaks);
  const down = neighbours.filter(({ speaks }) => !speaks);
  if (up.length === 0) return noSession(text, down);
  const talking = up.find(({ endOfRib }) => !endOfRib);
  if (talking !== undefined) {
    return broken(
      "announcement",
      `nobody announces ${text}, and ${talking.name} has not said yet that it has told all (End-of-RIB)`,
      "Ask again when it has; a neighbour without graceful restart never says it.",
    );
  }
  const silent = down.length === 0 ? "" : `; ${namesOf(down)} cannot: ${whyDown(down[0])}`;
  return broken(
    "announcement",
    `no neighbour announces ${text}: ${namesOf(up)} ${up.length === 1 ? "has" : "have"} told all${silent}`,
    "Look on the node or router that should announce it, and at the export filter of whoever is between.",
  );
}

function noSession(text: string, down: readonly ExplainedNeighbour[]): BrokenLink {
  if (down.length === 0) {
    return broken(
      "session",
      `nobody can announce ${text}: there is no neighbour`,
      "Configure a peer.",
    );
  }
  return broken(
    "session",
    `nobody can announce ${text}: the session to ${down[0].name} is not up: ${whyDown(down[0])}`,
    `"underlayctl show protocols all ${down[0].name}" shows its session.`,
  );
}

function whyDown({ enabled, state, lastError }: ExplainedNeighbour): string {
  if (!enabled) return "it is disabled";
  if (state === "Established") return "it does not speak the family";
  return `${state}${lastError === undefined ? "" : `, ${lastError}`}`;
}

/** Names, but not hundreds of them. */
export function namesOf(list: readonly { readonly name: string }[], most = 8): string {
  const names = list.slice(0, most).map(({ name }) => name);
  const more = list.length - names.length;
  return `${names.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** An address of this node's own that is not announced. */
function podMissing({ own, target, isAddress }: Explanation): BrokenLink {
  const text = formatPrefix(target);
  const { block, pod, podReason, withheld } = own;
  if (withheld !== "") {
    return broken("block", `${text} is not announced: ${withheld}`, "Remove what is in the way.");
  }
  if (pod === undefined && block !== undefined && prefixesEqual(block, target)) {
    return broken(
      "block",
      `the block ${text} is not announced: pods.advertise is ${own.advertise}`,
      "Set it to block or both.",
    );
  }
  if (pod === undefined) {
    return broken(
      own.inPool ? "pod" : "pool",
      `no pod of this node has ${text}: ${podReason}`,
      isAddress
        ? "Wire the pod (its CNI plugin makes the route), or fix pods.pool and pods.interfaces."
        : "Only single addresses, and subnets of bridges, are pods.",
    );
  }
  return broken(
    "block",
    `the pod ${text} is found on ${pod}, and goes by its block, not by a route of its own (pods.advertise: ${own.advertise})`,
    `See "explain ${block === undefined ? text : formatPrefix(block)}"; for routes of their own say hosts or both.`,
  );
}

/** A best route of this node's own: who does not hear of it. */
function ownBroken(explanation: Explanation, best: CandidateView): BrokenLink | undefined {
  const { own, neighbours, target, network, isAddress } = explanation;
  if (best.kind === "block" && own.withheld !== "") {
    return broken("block", `the block is withheld: ${own.withheld}`, "Remove what is in the way.");
  }
  // Asked about one address of the block: the block alone is no pod.
  if (best.kind === "block" && isAddress && own.pod === undefined) {
    return broken(
      own.inPool ? "pod" : "pool",
      `packets to ${formatAddress(networkAddress(target))} come to this node by its block ` +
        `${formatPrefix(network)}, and no pod has it: ${own.podReason}`,
      "Wire the pod (its CNI plugin makes the route), or fix pods.pool and pods.interfaces.",
    );
  }
  const deaf = neighbours.filter(({ telling }) => telling !== "told");
  if (neighbours.length === 0) {
    return broken("export", "there is no neighbour that could be told", "Configure a peer.");
  }
  if (deaf.length === 0) return undefined;
  const [first] = deaf;
  const isWithheld = first.reason.startsWith("withheld");
  const others = deaf.length === 1 ? "" : ` (nor are ${deaf.length - 1} others)`;
  return broken(
    first.speaks ? "export" : "session",
    `${first.name} is not told of ${formatPrefix(network)}: ${exportReason(first)}${others}`,
    isWithheld
      ? '"underlayctl drain status" says who is out of service, "underlayctl undrain" takes it back.'
      : first.speaks
        ? `Change ${first.exportFilter === undefined ? "that" : `the export filter ${first.exportFilter}`}, or ask again if it is under way.`
        : `"underlayctl show protocols all ${first.name}" shows its session.`,
  );
}

/** With the session's last error, where it is down. */
export function exportReason(neighbour: ExplainedNeighbour): string {
  const { speaks, enabled, lastError, reason } = neighbour;
  return !speaks && enabled && lastError !== undefined ? `${reason}, ${lastError}` : reason;
}

/** The best path leads somewhere. */
function notUsed({ nextHops }: Explanation, best: CandidateView): BrokenLink | undefined {
  if (best.handling.blackhole === true) return undefined;
  const hop = nextHops.find(({ used }) => used);
  if (hop === undefined || hop.reachable) return undefined;
  return broken(
    "next hop",
    `the next hop ${formatAddress(hop.address)} that ${best.from} gives cannot be reached: ${hop.reason}`,
    "Give this node a route to it (its link, or a static route), or let the neighbour announce itself as next hop.",
  );
}

function notInstalled({ fib, network }: Explanation): BrokenLink | undefined {
  const text = formatPrefix(network);
  if (!fib.install) {
    return broken(
      "installation",
      `${text} is not meant for the kernel: kernel.install is off`,
      "This node only passes routes on; set kernel.install: true where packets are to go by them.",
    );
  }
  switch (fib.state) {
    case "failed":
      return refused(fib.reason, fib.owner, text);
    case "unresolved":
      return broken(
        "next hop",
        `${text} has no usable next hop: ${fib.reason}`,
        "See its next hop.",
      );
    case "pending":
    case "none":
      return broken("installation", `${text} is on its way to the kernel`, "Ask again.");
    case "installed":
      return undefined;
  }
}

function refused(reason: string, owner: string, text: string): BrokenLink {
  if (owner === "") {
    return broken(
      "kernel",
      `the kernel refuses ${text}: ${reason}`,
      "It is tried again by itself; the kernel's error says what is missing.",
    );
  }
  return broken(
    "kernel",
    `a route of "${owner}" is in the way of ${text}: ${reason}`,
    `Remove it ("ip route show ${text}" finds it), or give kernel.metric another value; ours follows by itself.`,
  );
}

function notInKernel(explanation: Explanation): BrokenLink | undefined {
  const { kernel, fib, network } = explanation;
  const text = formatPrefix(network);
  if (kernel === undefined) {
    return broken(
      "unanswered",
      `all above is as the daemon has it; whether the kernel holds ${text} is not known, for it did not answer within 60 ms`,
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
  const text = formatPrefix(network);
  const { match } = kernel;
  const at = isAddress ? "the address" : "its first address";
  if (isKernelRefusal(match)) {
    if (fib.blackhole && match.refusal === "blackhole") return undefined;
    return broken(
      "lookup",
      `${text} is installed in table ${fib.table}, and the kernel's lookup of ${at} ends with: ${match.text}`,
      `Look for a rule that leads elsewhere or does not lead to table ${fib.table} ("ip rule").`,
    );
  }
  const isOurs = match.protocolNumber === fib.protocolNumber;
  const isSame = prefixesEqual(match.network, network);
  if (isOurs && isSame) return undefined;
  const winner = `${formatPrefix(match.network)} of "${match.owner}" (table ${match.table}, metric ${match.metric})`;
  // Of a network, a longer one may well have its first address.
  if (!isAddress && match.network.length > network.length) return undefined;
  return broken(
    "lookup",
    `packets to ${at} go by another route: ${winner}`,
    isSame
      ? "It wins by its table or metric: remove it, or lower kernel.metric."
      : "Remove it, or announce the longer network by BGP.",
  );
}

function notReached({ kernel, nextHops }: Explanation): BrokenLink | undefined {
  const used = nextHops.filter((each) => each.used);
  const failed = kernel?.neighbours.find(
    ({ state, address }) =>
      state === "FAILED" && used.some((hop) => addressesEqual(hop.gateway ?? hop.address, address)),
  );
  if (failed === undefined) return undefined;
  return broken(
    "neighbour entry",
    `${formatAddress(failed.address)} does not answer on ${failed.interface} (ARP or NDP: ${failed.state})`,
    "Look at the router and the wire; the kernel asks again when packets go there.",
  );
}

/** Whether pods' packets fit. */
function tooNarrow({ kernel, nextHops, podMtu }: Explanation): BrokenLink | undefined {
  if (podMtu === undefined) return undefined;
  const link = nextHops.find(({ used, mtu }) => used && mtu !== undefined && mtu < podMtu);
  if (link !== undefined) {
    return broken(
      "mtu",
      `${link.interface ?? "the link"} takes packets of ${link.mtu ?? 0} bytes, and pods send ${podMtu}`,
      "Raise the MTU of the link, or lower that of the pods.",
    );
  }
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
