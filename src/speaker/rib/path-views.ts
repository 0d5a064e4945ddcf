// Read-only views of the paths of a prefix, each with the reason why it is, or is not, the best. The
// reasons are found when somebody asks; nothing is stored for them.

import type { FamilyRib } from "./family-rib.ts";
import { FLAG } from "./path-store.ts";
import type { PathView, Reason } from "./types.ts";

/** The paths of a prefix, the best one first. As of the last decision. */
export function pathViews(rib: FamilyRib, prefix: number, multipath: number): PathView[] {
  const first = rib.first(prefix);
  const best = rib.best(prefix);
  const shared = sharers(rib, first, best, multipath);
  const views: PathView[] = [];
  for (let path = first; path !== 0; path = rib.paths.next[path]) {
    if ((rib.paths.flags[path] & FLAG.DEAD) !== 0) continue;
    views.push(pathView(rib, path, reasonOf(rib, path, first, best, shared)));
  }
  return views;
}

export function pathView(rib: FamilyRib, path: number, reason: Reason): PathView {
  const { paths } = rib;
  return {
    source: paths.source[path],
    pathId: paths.pathId(path),
    received: paths.received[path],
    accepted: paths.accepted[path],
    since: paths.since[path],
    stale: rib.decision.isStale(path),
    reason,
  };
}

function sharers(rib: FamilyRib, first: number, best: number, multipath: number): Int32Array {
  const sink = new Int32Array(multipath);
  if (best === 0) return sink.subarray(0, 0);
  return sink.subarray(0, rib.decision.multipath(first, best, sink));
}

function reasonOf(
  rib: FamilyRib,
  path: number,
  first: number,
  best: number,
  shared: Int32Array,
): Reason {
  if (path === best) return "best";
  if (rib.paths.accepted[path] === 0) return "filtered";
  if (rib.decision.isSwept(path)) return "swept";
  if (!rib.decision.isEligible(path)) return "next hop unreachable";
  if (best === 0) return "undecided";
  if (shared.includes(path)) return "multipath";
  const before = rib.decision.ties.beforeMed(best, path) !== 0;
  if (!before && !rib.decision.survivesMed(first, path)) return "MED";
  return rib.decision.ties.reason(best, path) ?? "undecided";
}
