// What an operator may want done to an AS path that leaves for another AS. Each gives a new path; one
// that says what it said before is the same object.

import type { AsPathSegment } from "bgp-ts";

type Path = readonly AsPathSegment[];

/**
 * Which private AS numbers are taken out of a path:
 * - if-only: all, where the path has no others;
 * - all: all, wherever they are;
 * - replace: likewise, but the own AS takes their place, and the path stays as long as it is.
 */
export type PrivateAsRemoval = "if-only" | "all" | "replace";

/** RFC 6996 §5. */
export function isPrivateAs(asn: number): boolean {
  return (asn >= 64512 && asn <= 65534) || (asn >= 4200000000 && asn <= 4294967294);
}

/**
 * The path without private AS numbers. The neighbour's own stays, private or not: it is how the
 * neighbour knows a loop (RFC 4271 §9.1.2).
 */
export function removePrivateAs(
  path: Path,
  removal: PrivateAsRemoval,
  peerAsn: number,
  localAsn: number,
): Path {
  const isRemoved = (asn: number): boolean => isPrivateAs(asn) && asn !== peerAsn;
  if (!path.some(({ asns }) => asns.some(isRemoved))) return path;
  if (removal === "replace") return mapAsns(path, (asn) => (isRemoved(asn) ? localAsn : asn));
  if (removal === "if-only" && !path.every(({ asns }) => asns.every(isPrivateAs))) return path;
  return path
    .map(({ type, asns }) => ({ type, asns: asns.filter((asn) => !isRemoved(asn)) }))
    .filter(({ asns }) => asns.length > 0);
}

/** The path with our AS where the neighbour's stood, so that it does not take the route for a loop. */
export function overrideAs(path: Path, peerAsn: number, localAsn: number): Path {
  if (!path.some(({ asns }) => asns.includes(peerAsn))) return path;
  return mapAsns(path, (asn) => (asn === peerAsn ? localAsn : asn));
}

function mapAsns(path: Path, change: (asn: number) => number): Path {
  return path.map(({ type, asns }) => ({ type, asns: asns.map(change) }));
}
