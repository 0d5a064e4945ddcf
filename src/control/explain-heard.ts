// Whether a route is announced, received, accepted and resolved; and where it is not, which of these is
// the first that does not hold.

import { type Prefix, addressesEqual, formatAddress, formatPrefix } from "../route/index.ts";
import {
  type BrokenLink,
  broken,
  namesOf,
  nextHopAdvice,
  sessionAdvice,
  whyDown,
} from "./explain-link.ts";
import type { CandidateView, ExplainedNeighbour, Explanation } from "./explain-views.ts";

/** Sessions of which it is said what is wrong with each. */
const SESSIONS = 4;

/** Nobody announces it: whose session is missing, who is still talking, whom a limit has cut short. */
export function notAnnounced({ neighbours, network }: Explanation): BrokenLink {
  const text = formatPrefix(network);
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
  if (up.length === 0) return noSession(network, down);
  const talking = up.find(({ endOfRib }) => !endOfRib);
  if (talking !== undefined) {
    return broken(
      "announcement",
      `nobody announces ${text}, and ${talking.name} has not said yet that it has told all (End-of-RIB)`,
      "Ask again when it has; a neighbour without graceful restart never says it.",
    );
  }
  const silent = down.length === 0 ? "" : `; ${sessionsOf(down, network)}`;
  return broken(
    "announcement",
    `no neighbour announces ${text}: ${namesOf(up)} ${up.length === 1 ? "has" : "have"} told all${silent}`,
    "Look on the node or router that should announce it, and at the export filter of whoever is between.",
  );
}

function noSession(network: Prefix, down: readonly ExplainedNeighbour[]): BrokenLink {
  const text = formatPrefix(network);
  if (down.length === 0) {
    return broken(
      "session",
      `nobody can announce ${text}: there is no neighbour`,
      "Configure a peer.",
    );
  }
  return broken(
    "session",
    `nobody can announce ${text}: ${sessionsOf(down, network)}`,
    sessionAdvice(down[0]),
  );
}

/** What is wrong with each of the sessions. */
function sessionsOf(down: readonly ExplainedNeighbour[], network: Prefix): string {
  const each = down
    .slice(0, SESSIONS)
    .map((neighbour) => `the session to ${neighbour.name} ${whyDown(neighbour, network)}`);
  const more = down.length - each.length;
  return `${each.join("; ")}${more > 0 ? `; nor are ${more} others there` : ""}`;
}

/** Nobody's was accepted. */
export function rejected({ candidates, network }: Explanation): BrokenLink {
  const [first, ...others] = candidates;
  const { from, importFilter, reason } = first;
  const text = formatPrefix(network);
  const where = importFilter === undefined ? "" : ` (import filter ${importFilter})`;
  if (reason.startsWith("more prefixes")) {
    return broken(
      "limit",
      `${from} announces ${text}, beyond its limit: ${reason}`,
      `Raise maxPrefixes of peer ${from}, or let it announce less.`,
    );
  }
  const too =
    others.length === 0
      ? ""
      : `; ${namesOf(others.map((other) => ({ name: other.from })))} announce${others.length === 1 ? "s" : ""} it too, rejected as well`;
  return broken(
    "import",
    `${from} announces ${text}, and it is rejected${where}: ${reason}${too}`,
    importAdvice(reason, from),
  );
}

/** By how the reason begins. */
const IMPORT_ADVICE: readonly (readonly [reason: string, advice: (from: string) => string])[] = [
  ["martian", () => "Nobody may announce this; look at who does."],
  ["inside this node's own block", ownAddresses],
  ["this node announces", ownAddresses],
  [
    "AS_PATH has this node's own AS",
    (from) =>
      `Where nodes share an AS number, let ${from} put its own in its place (as-override), or allow it here: allowOwnAs of peer ${from}.`,
  ],
  [
    "AS_PATH does not begin",
    (from) =>
      `A route server does not put its own AS first: if ${from} is one, say enforceFirstAs: false of peer ${from}.`,
  ],
  [
    "ORIGINATOR_ID",
    () =>
      "A reflector has sent this node's own route back, and that is as it should be; unless another node has the same routerId.",
  ],
  [
    "CLUSTER_LIST",
    () =>
      "It has been through this reflector already, and that is as it should be; unless another one has the same clusterId and is not its twin.",
  ],
  [
    "the next hop is this node's own",
    (from) =>
      `Packets would come back here: let ${from} announce itself as next hop, or the router that has the way.`,
  ],
  [
    "filter",
    (from) =>
      `Change that rule, or what ${from} announces; "underlayctl filter test" tries a change.`,
  ],
];

function ownAddresses(from: string): string {
  return `The addresses are this node's; look at what makes ${from} announce them.`;
}

function importAdvice(reason: string, from: string): string {
  const found = IMPORT_ADVICE.find(([begin]) => reason.startsWith(begin));
  if (found !== undefined) return found[1](from);
  return `Look at what ${from} announces: "underlayctl show route protocol ${from} filtered all".`;
}

/** Some were accepted, and none is the best. */
export function unusable(
  { nextHops, network }: Explanation,
  accepted: readonly CandidateView[],
): BrokenLink {
  if (accepted.some(({ reason }) => reason === "undecided")) {
    const text = formatPrefix(network);
    return broken("decision", `${text} waits for its turn to be decided`, "Ask again.");
  }
  const [first] = accepted;
  const { nextHop } = first;
  const hop = nextHops.find(
    ({ address, reachable }) =>
      !reachable && (nextHop === undefined || addressesEqual(address, nextHop)),
  );
  const address = nextHop === undefined ? "" : ` ${formatAddress(nextHop)}`;
  const reason = hop?.reason ?? first.reason;
  return broken(
    "next hop",
    `the next hop${address} that ${first.from} gives cannot be reached: ${reason}`,
    nextHopAdvice(reason, first),
  );
}
