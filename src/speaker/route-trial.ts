// One prefix explained: by which rules its paths came in, and by which each neighbour is told or not.
// Nothing is remembered for it, the policies are asked again.

import type { Family } from "../route/index.ts";
import { NO_SOURCE } from "./neighbour.ts";
import type { Neighbour, Up } from "./neighbour.ts";
import type { PathView as RibPath } from "./rib/index.ts";
import type { Routes } from "./routes.ts";
import { describeDownCause } from "./session/index.ts";
import { pathView } from "./show.ts";
import type { NeighbourTrial, PathTrial, RouteTrial } from "./views.ts";

/** `prefix` -1: the table has never heard of it. */
export function tryRoute(
  family: Family,
  prefix: number,
  neighbours: Iterable<Neighbour>,
  routes: Routes,
  now: number,
): RouteTrial {
  const paths = prefix < 0 ? [] : routes.rib.paths(family, prefix);
  const best = paths.find(({ reason }) => reason === "best");
  const told = (neighbour: Neighbour): TellingView =>
    prefix < 0 ? nothing("nobody announces it") : telling(neighbour, best, family, prefix, routes);
  return {
    paths: paths.map((path) => pathTrial(path, family, prefix, routes, now)),
    neighbours: Array.from(neighbours, (each) => neighbourTrial(each, family, told(each))),
  };
}

function pathTrial(
  path: RibPath,
  family: Family,
  prefix: number,
  routes: Routes,
  now: number,
): PathTrial {
  const neighbour = routes.neighbourOf(path.source);
  const judgement = neighbour && routes.judgement(path.source, path.received, family, prefix);
  return {
    ...pathView(path, family, prefix, routes, now),
    importFilter: neighbour?.config.import,
    rule: judgement?.rule,
  };
}

/** What one neighbour is told of a prefix that the table has. */
export function tellingOf(
  neighbour: Neighbour,
  family: Family,
  prefix: number,
  routes: Routes,
): TellingView {
  return telling(neighbour, routes.rib.best(family, prefix), family, prefix, routes);
}

export type TellingView = Pick<NeighbourTrial, "telling" | "reason" | "attributes">;

function neighbourTrial(
  neighbour: Neighbour,
  family: Family,
  verdict: TellingView,
): NeighbourTrial {
  const { name, enabled, session, up, config } = neighbour;
  const { lastError } = session;
  return {
    name,
    enabled,
    state: session.state,
    lastError: lastError && describeDownCause(lastError.cause),
    speaks: up?.context.families[family] === true,
    endOfRib: up?.counters[family].endOfRib === true,
    blocked: up?.counters[family].blocked ?? 0,
    exportFilter: config.export,
    ...verdict,
  };
}

function nothing(reason: string): TellingView {
  return { telling: "not told", reason, attributes: 0 };
}

function telling(
  neighbour: Neighbour,
  best: RibPath | undefined,
  family: Family,
  prefix: number,
  routes: Routes,
): TellingView {
  const { up, enabled, source } = neighbour;
  if (!enabled) return nothing("it is disabled");
  if (up === undefined || source === NO_SOURCE) {
    return nothing(`its session is not Established but ${neighbour.session.state}`);
  }
  if (!up.context.families[family]) return nothing("its session does not speak the family");
  const member = routes.rib.member(source);
  if (member === undefined) {
    return { ...nothing("held back until this node's restart is over"), telling: "waiting" };
  }
  const { sent, reason } = verdictOf(up, source, best, family, prefix, routes);
  const exported = routes.rib.exported(source, family, prefix);
  const isBehind = member.state === "blocked" || member.state === "draining";
  const slow = isBehind ? "; its connection takes bytes slowly" : "";
  if (sent && exported !== 0 && !isBehind) return { telling: "told", reason, attributes: exported };
  if (!sent && exported === 0) return nothing(reason);
  return { telling: "waiting", reason: `${reason}${slow}`, attributes: exported };
}

/** Whether the best path is to be announced to a neighbour that is told things. */
function verdictOf(
  up: Up,
  source: number,
  best: RibPath | undefined,
  family: Family,
  prefix: number,
  { rib }: Routes,
): { readonly sent: boolean; readonly reason: string } {
  const policy = up.export;
  if (policy.ownPrefix(family) === prefix) return { sent: true, reason: "defaultOriginate" };
  if (best === undefined) return { sent: false, reason: "there is no best path" };
  // Back within the AS it goes, and is dropped there by its ORIGINATOR_ID (RFC 4456 §8).
  if (best.source === source && up.negotiated.external) {
    return { sent: false, reason: "the best path came from there (split horizon)" };
  }
  const set = policy.evaluate(best.accepted, family, prefix, best.source);
  if (set !== 0 && !rib.fits(source, family, set)) {
    const { maximumSend } = up.negotiated;
    const reason = `its attributes leave no room for a prefix in ${maximumSend} octets, the longest message to this neighbour (RFC 8654)`;
    return { sent: false, reason };
  }
  return { sent: set !== 0, reason: policy.reason };
}
