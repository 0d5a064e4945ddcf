// Where the way of a route is broken first. The links are looked at in the order in which a route goes:
// announced, received, accepted, resolved, chosen (explain-heard.ts), installed, looked up by the kernel,
// sent to a neighbour that answers, with room for the packets (explain-forwarding.ts); and for this node's
// own: found, inside the pool, announced, told to each neighbour (explain-own.ts).

import { formatPrefix, prefixesEqual } from "../route/index.ts";
import { notInKernel, notInstalled, notReached, notUsed, tooNarrow } from "./explain-forwarding.ts";
import { notAnnounced, rejected, unusable } from "./explain-heard.ts";
import { type BrokenLink, broken, sessionAdvice } from "./explain-link.ts";
import { ownBroken, podMissing } from "./explain-own.ts";
import {
  type CandidateView,
  type ExplainedNeighbour,
  type Explanation,
  isKernelRefusal,
} from "./explain-views.ts";

/** undefined: every link holds. */
export function brokenLink(explanation: Explanation): BrokenLink | undefined {
  const best = explanation.candidates.find((each) => each.best);
  if (best === undefined) return notChosen(explanation);
  if (best.kind !== "neighbour") return ownBroken(explanation, best);
  if (isStray(explanation)) return podMissing(explanation);
  const unused = notUsed(explanation, best);
  if (unused !== undefined) return unused;
  const here = explanation.fib.install
    ? notForwarded(explanation, best)
    : notPassedOn(explanation, best);
  return here ?? leftBehind(explanation, best);
}

/** The address is here and no pod's, and all that is heard of it is a way to many more: the default route. */
function isStray({ own, isAddress, network, target }: Explanation): boolean {
  return isAddress && own.attached && own.pod === undefined && !prefixesEqual(network, target);
}

/** There is no best path: nobody announces one, or none of them can be used. */
function notChosen(explanation: Explanation): BrokenLink {
  const { candidates, own } = explanation;
  if (candidates.length === 0) {
    // What lies in its own block is this node's to say, and nobody else's.
    const isHere = own.block !== undefined || own.pod !== undefined || own.attached;
    if (isHere) return podMissing(explanation);
    return isOwnAddress(explanation) ? addressUnannounced(explanation) : notAnnounced(explanation);
  }
  const accepted = candidates.filter((each) => each.accepted);
  return accepted.length === 0 ? rejected(explanation) : unusable(explanation, accepted);
}

/** By the kernel's word. */
function isOwnAddress({ kernel, target }: Explanation): boolean {
  const { match } = kernel ?? {};
  if (match === undefined || isKernelRefusal(match)) return false;
  return match.local && prefixesEqual(match.network, target);
}

function addressUnannounced({ target }: Explanation): BrokenLink {
  return broken(
    "announcement",
    `${formatPrefix(target)} is an address of this node itself, and nobody announces it`,
    "Packets that come here reach it all the same; to have it announced from here, put it into static.",
  );
}

function notForwarded(explanation: Explanation, best: CandidateView): BrokenLink | undefined {
  const here = notInstalled(explanation, best) ?? notInKernel(explanation);
  // What is dropped here needs nobody who answers, and no room.
  if (here !== undefined || explanation.fib.blackhole) return here;
  return notReached(explanation) ?? tooNarrow(explanation);
}

/** Who is told of it, but for whoever said it: within the AS it goes back there, too. */
export function passedOnTo(
  { neighbours }: Explanation,
  { from }: CandidateView,
): readonly ExplainedNeighbour[] {
  return neighbours.filter(({ name, telling }) => telling === "told" && name !== from);
}

/** Where nothing is installed, as on a reflector, a route is there to be passed on. */
function notPassedOn(explanation: Explanation, best: CandidateView): BrokenLink | undefined {
  if (passedOnTo(explanation, best).length > 0) return undefined;
  const { network } = explanation;
  return broken(
    "installation",
    `${formatPrefix(network)} is not meant for the kernel: kernel.install is off, and no other neighbour is told of it`,
    'Set kernel.install: true where packets are to go by it; on a reflector see "Told to" above.',
  );
}

/** All holds for now, by graceful restart. */
function leftBehind(
  { network, neighbours }: Explanation,
  { from, stale }: CandidateView,
): BrokenLink | undefined {
  const neighbour = neighbours.find(({ name }) => name === from);
  if (!stale || neighbour === undefined || neighbour.speaks) return undefined;
  return broken(
    "session",
    `${formatPrefix(network)} is what ${from} said before its session ended: it is kept for its restart, and goes if it does not come back in time`,
    sessionAdvice(neighbour),
  );
}
