import {
  NUD_DELAY,
  NUD_FAILED,
  NUD_INCOMPLETE,
  NUD_NOARP,
  NUD_PERMANENT,
  NUD_PROBE,
  NUD_REACHABLE,
  NUD_STALE,
  RTNH_F_DEAD,
  RTNH_F_LINKDOWN,
  RTN_LOCAL,
} from "rtnetlink-ts";
import type {
  KernelHopView,
  KernelNeighbourView,
  KernelObjectView,
  KernelReading,
  KernelRefusal,
  KernelRouteView,
} from "../control/index.ts";
import { protocolName } from "../fib/index.ts";
import { type InquiryReport, type KernelRoute, isRefusal } from "../kernel/index.ts";
import type { Address } from "../route/index.ts";
import { ERRNO, describeErrno } from "../sysdep/index.ts";
import type { Rooms } from "./rooms.ts";

/** What the kernel has answered, with names for its numbers. */
export function kernelReading(rooms: Rooms, report: InquiryReport): KernelReading {
  const { match, path, exact, objects, neighbours } = report;
  const route = (each: KernelRoute): KernelRouteView => routeView(rooms, each);
  return {
    exact: exact && route(exact),
    match: isRefusal(match) ? refusal(match.errno) : route(match),
    path: isRefusal(path) ? refusal(path.errno) : route(path),
    objects: objects.flatMap((each) => objectView(rooms, each)),
    neighbours: neighbours.map((each) => neighbourView(rooms, each)),
  };
}

/** A lookup that ends at a route of such a type ends with its errno (fib_props, ip6_route). */
const REFUSALS: Readonly<Record<number, KernelRefusal>> = {
  [ERRNO.ENETUNREACH]: { refusal: "none", text: "the kernel has no route to it" },
  [ERRNO.EINVAL]: { refusal: "blackhole", text: "the kernel drops it: a blackhole" },
  [ERRNO.EHOSTUNREACH]: { refusal: "unreachable", text: "a route says that it is unreachable" },
  [ERRNO.EACCES]: { refusal: "prohibit", text: "a route prohibits it" },
};

function refusal(errno: number): KernelRefusal {
  return (
    REFUSALS[errno] ?? { refusal: "error", text: `the kernel answers ${describeErrno(errno)}` }
  );
}

function nameOf({ fib }: Rooms, index: number): string {
  return fib.interface(index)?.name ?? `interface ${index}`;
}

interface Hop {
  readonly interface: number;
  readonly gateway?: Address;
  /** RTNH_F_*. */
  readonly flags: number;
}

function hopView(rooms: Rooms, hop: Hop): KernelHopView {
  return {
    gateway: hop.gateway,
    interface: nameOf(rooms, hop.interface),
    dead: (hop.flags & (RTNH_F_DEAD | RTNH_F_LINKDOWN)) !== 0,
  };
}

function routeView(rooms: Rooms, route: KernelRoute): KernelRouteView {
  const { prefix, table, protocol, type, metric, nexthopId, hops, mtu } = route;
  return {
    network: prefix,
    table,
    owner: protocolName(protocol),
    protocolNumber: protocol,
    local: type === RTN_LOCAL,
    metric,
    object: nexthopId,
    hops: hops.map((hop) => hopView(rooms, hop)),
    mtu,
  };
}

/** Nothing where the kernel has no such things at all. */
function objectView(
  rooms: Rooms,
  { id, object }: InquiryReport["objects"][number],
): KernelObjectView[] {
  if (isRefusal(object)) {
    if (object.errno !== ERRNO.ENOENT) return [];
    return [{ id, kind: "missing", owner: "", members: [], hop: undefined }];
  }
  const owner = protocolName(object.protocol);
  if (object.members !== undefined) {
    const members = object.members.map((member) => member.id);
    return [{ id, kind: "group", owner, members, hop: undefined }];
  }
  if (object.blackhole) return [{ id, kind: "blackhole", owner, members: [], hop: undefined }];
  return [{ id, kind: "single", owner, members: [], hop: hopView(rooms, object) }];
}

/** NUD_*, by the names that iproute2 has for them. */
const STATES: readonly (readonly [state: number, name: string])[] = [
  [NUD_INCOMPLETE, "INCOMPLETE"],
  [NUD_REACHABLE, "REACHABLE"],
  [NUD_STALE, "STALE"],
  [NUD_DELAY, "DELAY"],
  [NUD_PROBE, "PROBE"],
  [NUD_FAILED, "FAILED"],
  [NUD_NOARP, "NOARP"],
  [NUD_PERMANENT, "PERMANENT"],
];

function neighbourView(
  rooms: Rooms,
  { address, interface: index, entry, mtu }: InquiryReport["neighbours"][number],
): KernelNeighbourView {
  const isThere = !isRefusal(entry);
  const state = isThere ? STATES.find(([bit]) => (entry.state & bit) !== 0)?.[1] : undefined;
  const bytes = isThere ? Array.from(entry.mac) : [];
  return {
    address,
    interface: nameOf(rooms, index),
    state: state ?? "NONE",
    mac: bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(":"),
    mtu,
  };
}
