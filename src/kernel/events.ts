/** What the kernel says by itself: the event socket, and its messages as facts. */
import {
  GROUP,
  MessageCursor,
  NLM_F_REPLACE,
  RTM_DELADDR,
  RTM_DELLINK,
  RTM_DELNEXTHOP,
  RTM_DELROUTE,
  RTM_F_CLONED,
  RTM_NEWADDR,
  RTM_NEWLINK,
  RTM_NEWNEXTHOP,
  RTM_NEWROUTE,
  RT_TABLE_LOCAL,
  RouteReader,
  decodeAddress,
  decodeLink,
  decodeNexthop,
} from "rtnetlink-ts";
import { ERRNO, NetlinkSocket, describeErrno, isSystemFault } from "../sysdep/index.ts";
import type { FilterInstruction } from "../sysdep/index.ts";
import {
  addressFact,
  isOwn,
  linkFact,
  nexthopFact,
  ownHops,
  prefixOf,
  routeFact,
} from "./facts.ts";
import type { NexthopObjects } from "./facts.ts";
import type { Outbox } from "./outbox.ts";
import { OwnRoutes } from "./own-routes.ts";
import { Stale } from "./stale.ts";

/** A node whose uplink goes tells thousands of things at once; this holds some 50,000 of them. */
const RECEIVE_BUFFER = 32 << 20;
/** Datagrams in a row before anything else gets its turn. */
const DATAGRAMS_AT_MOST = 256;
/** Turns at most, where everything shall be read that has been said so far. */
const TURNS_AT_MOST = 64;
/** The queue was full, an event had more bytes than the buffer, the kernel had no memory for one. */
const LOSSES: readonly number[] = [ERRNO.ENOBUFS, ERRNO.EMSGSIZE, ERRNO.ENOMEM];

const GROUPS: readonly number[] = [
  GROUP.LINK,
  GROUP.IPV4_ADDRESS,
  GROUP.IPV6_ADDRESS,
  GROUP.IPV4_ROUTE,
  GROUP.IPV6_ROUTE,
  GROUP.NEXTHOP,
];

export interface EventReaderOptions {
  /** Whose routes of others are told. */
  readonly tables: ReadonlySet<number>;
  readonly protocol: number;
  /** Port id of the request socket. */
  readonly ownPort: number;
  readonly outbox: Outbox;
  readonly objects: NexthopObjects;
  /** Bytes for events that wait; the default is for production. */
  readonly receiveBuffer?: number;
}

export class EventReader {
  readonly #options: EventReaderOptions;
  readonly #socket: NetlinkSocket;
  readonly #buffer = new Uint8Array(64 << 10);
  readonly #cursor = new MessageCursor();
  readonly #route = new RouteReader();
  readonly #own: OwnRoutes;
  readonly stale = new Stale();
  /** Events were lost and nobody has been told yet. */
  #lost = false;

  constructor(options: EventReaderOptions) {
    this.#options = options;
    this.#own = new OwnRoutes(options.outbox, 64);
    const receiveBuffer = options.receiveBuffer ?? RECEIVE_BUFFER;
    const socket = NetlinkSocket.open({ groups: GROUPS, receiveBuffer });
    if (isSystemFault(socket)) throw new Error(socket.message);
    this.#socket = socket;
    const fault = socket.attachFilter(echoFilter(options.ownPort));
    if (fault === undefined) return;
    socket.close();
    throw new Error(fault.message);
  }

  get fd(): number {
    return this.#socket.fd;
  }

  /**
   * Everything that the kernel said before now. It tells of a change under the lock under which it
   * makes it: whatever happened before a request was done can be read when its answer is there, and
   * is told before that answer.
   */
  catchUp(): void {
    for (let turn = 0; turn < TURNS_AT_MOST; turn++) if (!this.drain()) return;
  }

  /**
   * Reads what is there, up to a bound; what is left makes poll() return at once.
   * @returns whether anything may be left
   */
  drain(): boolean {
    let left = true;
    for (let i = 0; left && i < DATAGRAMS_AT_MOST; i++) {
      const length = this.#socket.receive(this.#buffer);
      if (length === -ERRNO.EAGAIN) {
        this.#tellLoss();
        left = false;
        continue;
      }
      if (length >= 0) {
        this.#read(length);
        // Mostly there is one, and the main thread has its work while this one looks for another.
        if (i === 0) this.#flush();
      } else if (LOSSES.includes(-length)) this.#lost = true;
      else throw new Error(`netlink events: ${describeErrno(-length)}`);
    }
    this.#flush();
    return left;
  }

  #flush(): void {
    this.#own.flush();
    this.#options.outbox.flush();
  }

  /**
   * To be called when everything has been read: from the first loss on until the queue is empty the
   * kernel drops every further event, and says nothing more of it (NETLINK_S_CONGESTED in
   * net/netlink/af_netlink.c). A dump taken before that would miss them for good.
   */
  #tellLoss(): void {
    if (!this.#lost) return;
    this.#lost = false;
    this.#own.flush();
    this.#options.outbox.post({ kind: "overrun" });
  }

  #read(length: number): void {
    const cursor = this.#cursor.reset(this.#buffer, length);
    while (cursor.next()) this.#message(cursor);
  }

  #message(cursor: MessageCursor): void {
    const { bytes, start, end, type } = cursor;
    const { outbox } = this.#options;
    switch (type) {
      case RTM_NEWLINK:
      case RTM_DELLINK:
        return this.#link(cursor);
      case RTM_NEWADDR:
      case RTM_DELADDR: {
        const address = decodeAddress(bytes, start, end);
        if (address !== undefined) outbox.fact(addressFact(address, type === RTM_DELADDR));
        return;
      }
      case RTM_NEWNEXTHOP:
      case RTM_DELNEXTHOP:
        return this.#nexthop(cursor);
      case RTM_NEWROUTE:
      case RTM_DELROUTE:
        return this.#routeChange(cursor);
    }
  }

  #link({ bytes, start, end, type }: MessageCursor): void {
    const link = decodeLink(bytes, start, end);
    const fact = link === undefined ? undefined : linkFact(link, type === RTM_DELLINK);
    if (fact === undefined) return;
    this.#options.outbox.fact(fact);
    const usable = fact.gone !== true && fact.up && fact.running;
    if (!usable && this.#options.objects.standOn(fact.index)) this.stale.add("nexthops");
  }

  #nexthop({ bytes, start, end, type }: MessageCursor): void {
    const nexthop = decodeNexthop(bytes, start, end);
    if (nexthop === undefined) return;
    const fact = nexthopFact(nexthop, type === RTM_DELNEXTHOP);
    if (this.#options.objects.apply(fact)) this.stale.add("routes");
    this.#options.outbox.fact(fact);
  }

  #routeChange({ bytes, start, end, type, flags }: MessageCursor): void {
    const route = this.#route;
    const { tables, protocol, outbox, objects } = this.#options;
    if (!route.read(bytes, start, end)) return;
    if ((route.flags & RTM_F_CLONED) !== 0 || route.tos !== 0) return;
    const gone = type === RTM_DELROUTE;
    if (isOwn(route, protocol)) {
      if (!gone) return this.#own.add(route);
      this.#own.flush();
      const { table, metric } = route;
      outbox.fact({ kind: "own-route-gone", prefix: prefixOf(route), table, metric });
      return;
    }
    if (!tables.has(route.table)) return;
    this.#own.flush();
    if (gone) {
      // IPv6 has several routes of one prefix and metric, and tells of single hops that go; the
      // hops say which. A nexthop object may be another by now.
      const hops = route.nexthopId !== 0 ? [] : ownHops(route);
      return outbox.fact(routeFact(route, hops, { gone }));
    }
    const hops = route.nexthopId !== 0 ? objects.hops(route.nexthopId) : ownHops(route);
    outbox.fact(routeFact(route, hops, (flags & NLM_F_REPLACE) !== 0 ? { replace: true } : {}));
  }

  close(): void {
    this.#socket.close();
  }
}

/**
 * Classic BPF over a netlink message: drops what our own request socket caused (its port id stands
 * in the header), and routes of the local table, which come with every address. Loads are in
 * network order and the header is in host order, so that constants are turned round.
 */
export function echoFilter(ownPort: number): readonly FilterInstruction[] {
  const LOAD_WORD = 0x20; // BPF_LD | BPF_W | BPF_ABS
  const LOAD_HALF = 0x28;
  const LOAD_BYTE = 0x30;
  const JUMP_EQUAL = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
  const RETURN = 0x06;
  return [
    [LOAD_WORD, 0, 0, 12], // nlmsg_pid
    [JUMP_EQUAL, 6, 0, swap32(ownPort)], // -> drop
    [LOAD_HALF, 0, 0, 4], // nlmsg_type
    [JUMP_EQUAL, 1, 0, swap16(RTM_NEWROUTE)],
    [JUMP_EQUAL, 0, 2, swap16(RTM_DELROUTE)], // else -> keep
    [LOAD_BYTE, 0, 0, 20], // rtm_table
    [JUMP_EQUAL, 1, 0, RT_TABLE_LOCAL], // -> drop
    [RETURN, 0, 0, 0xffffffff],
    [RETURN, 0, 0, 0],
  ];
}

function swap32(value: number): number {
  return (swap16(value & 0xffff) * 0x10000 + swap16(value >>> 16)) >>> 0;
}

function swap16(value: number): number {
  return ((value & 0xff) << 8) | ((value >>> 8) & 0xff);
}
