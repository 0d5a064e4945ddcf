import { IPV4, type Prefix } from "../route/index.ts";
import type { CandidateView, ExplainedNeighbour } from "./explain-views.ts";

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
  | "answering"
  | "unanswered";

export function broken(link: Link, words: string, advice: string): BrokenLink {
  return { link, words, advice };
}

/** Names, but not hundreds of them. */
export function namesOf(list: readonly { readonly name: string }[], most = 8): string {
  const names = list.slice(0, most).map(({ name }) => name);
  const more = list.length - names.length;
  return `${names.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** Why a neighbour says, or hears, nothing, as what is said of its session. */
export function whyDown(
  { enabled, state, lastError }: ExplainedNeighbour,
  { family }: Pick<Prefix, "family">,
): string {
  if (!enabled) return "is disabled";
  if (state === "Established")
    return `is up, and does not carry ${family === IPV4 ? "IPv4" : "IPv6"}`;
  return `is not up: ${state}${lastError === undefined ? "" : `, ${lastError}`}`;
}

/** What to do about that. */
export function sessionAdvice({ name, enabled, state }: ExplainedNeighbour): string {
  if (!enabled) return `"underlayctl enable ${name}" lets it come up again.`;
  const look = `"underlayctl show protocols all ${name}"`;
  return state === "Established"
    ? `Both sides have to want the family, here by families of peer ${name}; ${look} has what each has said.`
    : `${look} shows its session; once that is mended, "underlayctl restart ${name}" tries at once.`;
}

/** With the session's last error, where it is down. */
export function exportReason(neighbour: ExplainedNeighbour): string {
  const { speaks, enabled, lastError, reason } = neighbour;
  return !speaks && enabled && lastError !== undefined ? `${reason}, ${lastError}` : reason;
}

/** What to do about a next hop that cannot be reached. */
export function nextHopAdvice(reason: string, { from }: Pick<CandidateView, "from">): string {
  if (/^interface .* is down$/.test(reason)) {
    return 'Bring that link up, or look at its cable: "ip -br link".';
  }
  if (reason.includes("this node's own address")) {
    return `Packets would come back here: let ${from} announce itself as next hop, or the router that has the way.`;
  }
  if (reason.startsWith("a blackhole route")) {
    return 'Remove that route of somebody else\'s ("ip route show type blackhole"), or add a longer one that leads there.';
  }
  if (reason.startsWith("an IPv6 route")) {
    return `Let ${from} announce an IPv6 next hop, or ask it in a session over IPv6.`;
  }
  return "Give this node a route to it (its link, or a static route; those by BGP do not count), or let the neighbour announce itself as next hop.";
}
