/**
 * Questions about one route, asked of the kernel when somebody wants to know: not what was told before,
 * but what is there now. Each is answered at once and looks at one entry of a table. And one about all
 * links: how many packets have gone by each.
 */
import {
  RTM_NEWNEIGH,
  RTM_NEWNEXTHOP,
  RTM_NEWROUTE,
  RTM_NEWSTATS,
  RouteReader,
  decodeNeighbour,
  decodeNexthop,
  decodeStats,
  writeDumpStats,
  writeGetNeighbour,
  writeGetNexthop,
  writeGetRoute,
} from "rtnetlink-ts";
import type {
  IpAddress,
  LinkCounters,
  MessageCursor,
  Neighbour,
  Nexthop,
  PathMtu,
  RouteHop,
} from "rtnetlink-ts";
import { describeErrno } from "../sysdep/index.ts";
import { DumpSocket, type DumpRequest, runDump } from "./dump-socket.ts";
import { prefixOf } from "./facts.ts";

type Prefix = ReturnType<typeof prefixOf>;

/** A nexthop group has so many members of ours at most, and more would be no answer for a person. */
const MEMBERS_AT_MOST = 32;

export interface NeighbourKey {
  readonly interface: number;
  readonly address: IpAddress;
}

export interface Inquiry {
  /** The address that packets go to; behind it others of the prefix, to find its own route by. */
  readonly addresses: readonly IpAddress[];
  readonly prefix: Prefix;
  /** Ids of nexthop objects. Those that the route points at, and members, are looked at as well. */
  readonly objects: readonly number[];
  /** Those of the objects' gateways are looked at as well. */
  readonly neighbours: readonly NeighbourKey[];
}

/** What the kernel said in place of an answer. */
export interface Refusal {
  readonly errno: number;
}

export interface KernelRoute {
  readonly prefix: Prefix;
  readonly table: number;
  /** rtm_protocol. */
  readonly protocol: number;
  /** RTN_*. */
  readonly type: number;
  readonly metric: number;
  /** 0: none. */
  readonly nexthopId: number;
  readonly hops: readonly RouteHop[];
  readonly mtu: PathMtu | undefined;
}

export type Answer<What> = What | Refusal;

export interface ObjectAnswer {
  readonly id: number;
  readonly object: Answer<Nexthop>;
}

export interface NeighbourAnswer extends NeighbourKey {
  readonly entry: Answer<Neighbour>;
  /** Of packets to the neighbour itself, where the kernel knows one. */
  readonly mtu: PathMtu | undefined;
}

export interface InquiryReport {
  /** The route that packets to the first address are under. */
  readonly match: Answer<KernelRoute>;
  /** What that comes to for a packet now. */
  readonly path: Answer<KernelRoute>;
  /** The route of the prefix itself; undefined: every address asked about is under another one. */
  readonly exact: KernelRoute | undefined;
  readonly objects: readonly ObjectAnswer[];
  readonly neighbours: readonly NeighbourAnswer[];
}

export function isRefusal<What extends object>(answer: Answer<What>): answer is Refusal {
  return "errno" in answer;
}

/** Asks all of it, in some hundred microseconds. */
export function inquire(inquiry: Inquiry): InquiryReport {
  const socket = new DumpSocket();
  try {
    return new Questions(socket).answer(inquiry);
  } finally {
    socket.close();
  }
}

/** What has gone by each link of this namespace until now. Throws where the kernel does not say. */
export function countLinks(): readonly LinkCounters[] {
  const counters: LinkCounters[] = [];
  const { errno } = runDump(writeDumpStats, ({ type, bytes, start, end }) => {
    const link = type === RTM_NEWSTATS ? decodeStats(bytes, start, end) : undefined;
    if (link !== undefined) counters.push(link);
  });
  if (errno !== 0) throw new Error(`links' counters: ${describeErrno(errno)}`);
  return counters;
}

class Questions {
  readonly #socket: DumpSocket;
  readonly #objects = new Map<number, Answer<Nexthop>>();
  readonly #neighbours = new Map<string, NeighbourAnswer>();

  constructor(socket: DumpSocket) {
    this.#socket = socket;
  }

  answer({ addresses, prefix, objects, neighbours }: Inquiry): InquiryReport {
    const [first, ...others] = addresses;
    const match = this.#route(first, "match");
    const path = this.#route(first, "path");
    let exact = isOf(match, prefix);
    for (const address of others) exact ??= isOf(this.#route(address, "match"), prefix);
    for (const id of objects) this.#object(id);
    for (const route of [exact, match]) {
      if (route === undefined || isRefusal(route)) continue;
      if (route.nexthopId !== 0) this.#object(route.nexthopId);
      for (const hop of route.hops) this.#hop(hop, first);
    }
    for (const neighbour of neighbours) this.#neighbour(neighbour);
    return {
      match,
      path,
      exact,
      objects: [...this.#objects].map(([id, object]) => ({ id, object })),
      neighbours: [...this.#neighbours.values()],
    };
  }

  /** The object, and what is behind it. */
  #object(id: number): void {
    if (this.#objects.has(id)) return;
    const object = this.#ask(
      (writer, sequence) => writeGetNexthop(writer, sequence, id),
      (cursor) =>
        cursor.type === RTM_NEWNEXTHOP
          ? decodeNexthop(cursor.bytes, cursor.start, cursor.end)
          : undefined,
    );
    this.#objects.set(id, object);
    if (isRefusal(object)) return;
    for (const member of object.members?.slice(0, MEMBERS_AT_MOST) ?? []) this.#object(member.id);
    this.#hop(object, undefined);
  }

  /** `address`: who is to be found where there is no gateway. */
  #hop(
    hop: { readonly interface: number; readonly gateway?: IpAddress },
    address: IpAddress | undefined,
  ): void {
    const to = hop.gateway ?? address;
    if (hop.interface === 0 || to === undefined) return;
    this.#neighbour({ interface: hop.interface, address: to });
  }

  #neighbour(key: NeighbourKey): void {
    const { family, w0, w1, w2, w3 } = key.address;
    const text = [key.interface, family, w0, w1, w2, w3].join();
    if (this.#neighbours.has(text)) return;
    const entry = this.#ask(
      (writer, sequence) => writeGetNeighbour(writer, sequence, key),
      (cursor) =>
        cursor.type === RTM_NEWNEIGH
          ? decodeNeighbour(cursor.bytes, cursor.start, cursor.end)
          : undefined,
    );
    const path = this.#route(key.address, "path");
    const mtu = isRefusal(path) ? undefined : path.mtu;
    this.#neighbours.set(text, { ...key, entry, mtu });
  }

  #route(address: IpAddress, what: "match" | "path"): Answer<KernelRoute> {
    return this.#ask(
      (writer, sequence) => writeGetRoute(writer, sequence, address, what),
      (cursor) => (cursor.type === RTM_NEWROUTE ? readRoute(cursor) : undefined),
    );
  }

  #ask<What extends object>(
    write: DumpRequest,
    read: (cursor: MessageCursor) => What | undefined,
  ): Answer<What> {
    let found: What | undefined;
    const { errno } = this.#socket.run(write, (cursor) => (found ??= read(cursor)));
    return found ?? { errno };
  }
}

function readRoute(cursor: MessageCursor): KernelRoute | undefined {
  const route = new RouteReader();
  if (!route.read(cursor.bytes, cursor.start, cursor.end)) return undefined;
  const { table, protocol, type, metric, nexthopId } = route;
  const hops = route.hops();
  return {
    ...{ prefix: prefixOf(route), table, protocol, type, metric, nexthopId, hops },
    mtu: route.pathMtu(),
  };
}

function isOf(answer: Answer<KernelRoute>, prefix: Prefix): KernelRoute | undefined {
  if (isRefusal(answer)) return undefined;
  const { family, w0, w1, w2, w3, length } = answer.prefix;
  const same =
    family === prefix.family &&
    length === prefix.length &&
    w0 === prefix.w0 &&
    w1 === prefix.w1 &&
    w2 === prefix.w2 &&
    w3 === prefix.w3;
  return same ? answer : undefined;
}
