// An address or a network of this node's own: found, inside the pool, announced, told to each neighbour,
// and in l2 answered for on the segment.

import { formatAddress, formatPrefix, networkAddress, prefixesEqual } from "../route/index.ts";
import { type BrokenLink, broken, exportReason, sessionAdvice } from "./explain-link.ts";
import type { CandidateView, ExplainedNeighbour, Explanation } from "./explain-views.ts";

/** An address of this node's own that is not announced. */
export function podMissing({ own, target, isAddress }: Explanation): BrokenLink {
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
      isAddress ? podAdvice(podReason) : "Only single addresses, and subnets of bridges, are pods.",
    );
  }
  return broken(
    "block",
    `the pod ${text} is found on ${pod}, and goes by its block, not by a route of its own (pods.advertise: ${own.advertise})`,
    `See "explain ${block === undefined ? text : formatPrefix(block)}"; for routes of their own say hosts or both.`,
  );
}

/** By how the reason begins. */
const POD_ADVICE: readonly (readonly [reason: RegExp, advice: string])[] = [
  [
    /^outside pods\.pool/,
    "Give the pod an address of the pool (its CNI plugin's subnet), or widen pods.pool.",
  ],
  [/does not match$/, "Add the interface's name to pods.interfaces."],
  [/^its (interface|bridge) .* is down$/, 'Bring it up, or look at the pod: "ip -br link".'],
  [
    /^it is an address of this node/,
    "The address is given twice: a pod may not have one of the node's.",
  ],
  [/^its route is in table/, "Let its CNI plugin make the route in table main."],
];

function podAdvice(reason: string): string {
  const found = POD_ADVICE.find(([pattern]) => pattern.test(reason));
  return (
    found?.[1] ??
    "Wire the pod: its CNI plugin makes the route, onto an interface that pods.interfaces matches."
  );
}

/** A best route of this node's own: who does not hear of it. */
export function ownBroken(explanation: Explanation, best: CandidateView): BrokenLink | undefined {
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
      podAdvice(own.podReason),
    );
  }
  if (neighbours.length === 0) {
    return broken("export", "there is no neighbour that could be told", "Configure a peer.");
  }
  const deaf = neighbours.filter(isDeaf);
  return deaf.length > 0 ? untold(explanation, deaf) : unanswered(explanation);
}

/** Who hears the aggregate sends packets here, too. */
const BY_AGGREGATE = "an aggregate is announced in its place";

function isDeaf({ telling, reason }: ExplainedNeighbour): boolean {
  return telling !== "told" && reason !== BY_AGGREGATE;
}

function untold({ network }: Explanation, deaf: readonly ExplainedNeighbour[]): BrokenLink {
  const [first] = deaf;
  const others = deaf.length - 1;
  const more =
    others === 0 ? "" : others === 1 ? " (nor is 1 other)" : ` (nor are ${others} others)`;
  return broken(
    first.speaks ? "export" : "session",
    `${first.name} is not told of ${formatPrefix(network)}: ${exportReason(first)}${more}`,
    first.speaks ? exportAdvice(first) : sessionAdvice(first),
  );
}

function exportAdvice({ name, reason, telling, exportFilter }: ExplainedNeighbour): string {
  if (reason.startsWith("withheld")) {
    return '"underlayctl drain status" says who is out of service, "underlayctl undrain" takes it back.';
  }
  if (telling === "waiting") {
    return `It is under way: ask again. If it stays so, "underlayctl show load" has what waits for ${name}.`;
  }
  if (reason.startsWith("community")) {
    return "Take that community off where it is put on: a filter of this node's, or set of the static route.";
  }
  if (reason.startsWith("learnt within the AS")) {
    return `Only a reflector may pass it on: reflector here, and client: true of peer ${name}.`;
  }
  return exportFilter === undefined
    ? `See "underlayctl show protocols all ${name}", or give peer ${name} an export filter.`
    : `Change the export filter ${exportFilter}; "underlayctl filter test" tries it.`;
}

/** l2: whoever speaks no BGP has to be answered. */
function unanswered({ own, target }: Explanation): BrokenLink | undefined {
  const { answering } = own;
  if (answering?.state !== "missing") return undefined;
  return broken(
    "answering",
    `all neighbours are told, and ARP and NDP for ${formatPrefix(target)} are ${answering.words}`,
    'Hosts without BGP find the pod by that alone: "ip neigh show proxy" has what is answered, the log (operation-failed) why not.',
  );
}
