/**
 * Routes: struct rtmsg (family, lengths, tos, table, protocol, scope, type, flags) and attributes.
 * There may be a million of them, so reading and writing have a path without an object per route.
 */
import {
  NLM_F_ACK,
  NLM_F_DUMP,
  RTA_DST,
  RTA_METRICS,
  RTA_MULTIPATH,
  RTA_NH_ID,
  RTA_OIF,
  RTA_PREFSRC,
  RTA_PRIORITY,
  RTA_TABLE,
  RTAX_LOCK,
  RTAX_MTU,
  RTM_DELROUTE,
  RTM_GETROUTE,
  RTM_F_FIB_MATCH,
  RTM_F_LOOKUP_TABLE,
  RTM_NEWROUTE,
  RTNH_F_ONLINK,
  RTN_UNSPEC,
  RT_SCOPE_NOWHERE,
  RT_SCOPE_UNIVERSE,
} from "./constants.ts";
import { networkU32, readAddressOf, u32 } from "./bytes.ts";
import { AttributeCursor } from "./cursor.ts";
import { IPV4, IPV6, addressBits, addressFamilyOf } from "./ip.ts";
import type { Family, IpAddress } from "./ip.ts";
import { hopOf, readGateway, readHops, writeGateway, writeHop } from "./route-hop.ts";
import type { RouteHop, WrittenHop } from "./route-hop.ts";
import type { NetlinkWriter } from "./writer.ts";

const ROUTE_HEADER_LENGTH = 12;

/** RTM_NEWROUTE, RTM_DELROUTE: the fields of one route after the other, in place. */
export class RouteReader {
  family: Family = IPV4;
  /** Destination, host order; a default route has no RTA_DST and is all zeros. */
  w0 = 0;
  w1 = 0;
  w2 = 0;
  w3 = 0;
  length = 0;
  table = 0;
  protocol = 0;
  scope = 0;
  type = 0;
  flags = 0;
  tos = 0;
  metric = 0;
  /** 0: the route carries its next hops itself. */
  nexthopId = 0;
  readonly #attributes = new AttributeCursor();
  #bytes: Uint8Array = new Uint8Array(0);
  #start = 0;
  #end = 0;

  /** @returns false: too short, of another family, or with an impossible destination */
  read(bytes: Uint8Array, start: number, end: number): boolean {
    if (end - start < ROUTE_HEADER_LENGTH) return false;
    const addressFamily = bytes[start];
    if (addressFamily !== 2 && addressFamily !== 10) return false;
    this.family = addressFamily === 2 ? IPV4 : IPV6;
    this.length = bytes[start + 1];
    if (this.length > addressBits(this.family)) return false;
    this.tos = bytes[start + 3];
    this.table = bytes[start + 4];
    this.protocol = bytes[start + 5];
    this.scope = bytes[start + 6];
    this.type = bytes[start + 7];
    this.flags = u32(bytes, start + 8);
    this.w0 = this.w1 = this.w2 = this.w3 = 0;
    this.metric = 0;
    this.nexthopId = 0;
    this.#bytes = bytes;
    this.#start = start + ROUTE_HEADER_LENGTH;
    this.#end = end;
    return this.#readAttributes();
  }

  /** @returns false: the destination is missing or of another family's length */
  #readAttributes(): boolean {
    const bytes = this.#bytes;
    const attributes = this.#attributes.reset(bytes, this.#start, this.#end);
    let hasDestination = this.length === 0;
    while (attributes.next()) {
      if (!attributes.holds(4)) continue;
      const at = attributes.start;
      switch (attributes.type) {
        case RTA_DST:
          if (attributes.end - at !== (this.family === IPV4 ? 4 : 16)) return false;
          this.#readDestination(at);
          hasDestination = true;
          break;
        case RTA_TABLE:
          this.table = u32(bytes, at);
          break;
        case RTA_PRIORITY:
          this.metric = u32(bytes, at);
          break;
        case RTA_NH_ID:
          this.nexthopId = u32(bytes, at);
          break;
      }
    }
    return hasDestination;
  }

  #readDestination(at: number): void {
    const bytes = this.#bytes;
    this.w0 = networkU32(bytes, at);
    if (this.family === IPV4) return;
    this.w1 = networkU32(bytes, at + 4);
    this.w2 = networkU32(bytes, at + 8);
    this.w3 = networkU32(bytes, at + 12);
  }

  /** The next hops that the route carries; none for a blackhole or (in itself) a nexthop object. */
  hops(): RouteHop[] {
    const bytes = this.#bytes;
    const attributes = new AttributeCursor().reset(bytes, this.#start, this.#end);
    let index = 0;
    let gateway: IpAddress | undefined;
    while (attributes.next()) {
      if (attributes.type === RTA_MULTIPATH) {
        return readHops(this.family, bytes, attributes.start, attributes.end);
      }
      if (attributes.type === RTA_OIF && attributes.holds(4)) index = u32(bytes, attributes.start);
      gateway = readGateway(this.family, bytes, attributes) ?? gateway;
    }
    if (index === 0 && gateway === undefined) return [];
    return [hopOf(index, gateway, this.flags, 1)];
  }

  /** RTA_PREFSRC: the source address that the route suggests. */
  preferredSource(): IpAddress | undefined {
    const attributes = new AttributeCursor().reset(this.#bytes, this.#start, this.#end);
    while (attributes.next()) {
      if (attributes.type === RTA_PREFSRC) {
        return readAddressOf(this.family, this.#bytes, attributes.start, attributes.end);
      }
    }
    return undefined;
  }

  /** RTAX_MTU: set by hand, or learnt on the way; undefined: that of the link counts. */
  pathMtu(): PathMtu | undefined {
    const bytes = this.#bytes;
    const attributes = new AttributeCursor().reset(bytes, this.#start, this.#end);
    while (attributes.next()) {
      if (attributes.type !== RTA_METRICS) continue;
      const metrics = new AttributeCursor().reset(bytes, attributes.start, attributes.end);
      let [mtu, lock] = [0, 0];
      while (metrics.next()) {
        if (!metrics.holds(4)) continue;
        if (metrics.type === RTAX_MTU) mtu = u32(bytes, metrics.start);
        if (metrics.type === RTAX_LOCK) lock = u32(bytes, metrics.start);
      }
      return mtu === 0 ? undefined : { mtu, locked: (lock & (1 << RTAX_MTU)) !== 0 };
    }
    return undefined;
  }
}

/** How large packets may be by a route. */
export interface PathMtu {
  /** Octets. */
  readonly mtu: number;
  /** Set by hand: the kernel does not learn another one. */
  readonly locked: boolean;
}

/** A decoded route as a value. */
export interface Route {
  readonly family: Family;
  readonly destination: IpAddress;
  readonly length: number;
  readonly table: number;
  readonly protocol: number;
  readonly scope: number;
  readonly type: number;
  readonly flags: number;
  readonly metric: number;
  readonly nexthopId: number;
  readonly hops: readonly RouteHop[];
}

/** @returns undefined when RouteReader refuses it */
export function decodeRoute(bytes: Uint8Array, start: number, end: number): Route | undefined {
  const reader = new RouteReader();
  if (!reader.read(bytes, start, end)) return undefined;
  const { family, length, table, protocol, scope, type, flags, metric, nexthopId } = reader;
  const { w0, w1, w2, w3 } = reader;
  const destination = { family, w0, w1, w2, w3 };
  const hops = reader.hops();
  return {
    family,
    destination,
    length,
    table,
    protocol,
    scope,
    type,
    flags,
    metric,
    nexthopId,
    hops,
  };
}

/** What writeRoute and writeRouteByNexthop have in common; one object serves a million routes. */
export interface RouteTemplate {
  readonly kind: "new" | "delete";
  /** NLM_F_*, besides NLM_F_REQUEST. */
  readonly flags: number;
  readonly protocol: number;
}

/**
 * A route over a nexthop object, or with `nexthopId` 0 one without a next hop (blackhole):
 * `ip route replace PREFIX nhid ID metric M table T proto P`. A deletion matches protocol, table,
 * prefix and metric; its type and nexthop id are not looked at.
 * @param sequence of the request
 * @param type RTN_*
 */
export function writeRouteByNexthop(
  writer: NetlinkWriter,
  template: RouteTemplate,
  sequence: number,
  family: Family,
  w0: number,
  w1: number,
  w2: number,
  w3: number,
  length: number,
  type: number,
  nexthopId: number,
  metric: number,
  table: number,
): void {
  beginRoute(writer, template, sequence, family, length, type, table);
  writer.attributeWords(RTA_DST, family === IPV4, w0, w1, w2, w3);
  if (nexthopId !== 0 && template.kind === "new") writer.attributeU32(RTA_NH_ID, nexthopId);
  writer.attributeU32(RTA_PRIORITY, metric);
  if (table >= 256) writer.attributeU32(RTA_TABLE, table);
  writer.end();
}

/** The same with the next hops in the route: `ip route replace PREFIX nexthop via G dev IF ...`. */
export function writeRoute(
  writer: NetlinkWriter,
  template: RouteTemplate,
  sequence: number,
  route: {
    destination: IpAddress;
    length: number;
    type: number;
    metric: number;
    table: number;
    hops: readonly WrittenHop[];
  },
): void {
  const { destination, hops } = route;
  const { family } = destination;
  const single = hops.length === 1 && template.kind === "new";
  const flags = single && hops[0].onlink ? RTNH_F_ONLINK : 0;
  beginRoute(writer, template, sequence, family, route.length, route.type, route.table, flags);
  writer.attributeAddress(RTA_DST, destination);
  if (single) writeGateway(writer, family, hops[0].gateway);
  writer.attributeU32(RTA_PRIORITY, route.metric);
  if (route.table >= 256) writer.attributeU32(RTA_TABLE, route.table);
  if (single) {
    writer.attributeU32(RTA_OIF, hops[0].interface);
  } else if (hops.length > 1 && template.kind === "new") {
    const mark = writer.beginNested(RTA_MULTIPATH);
    for (const hop of hops) writeHop(writer, family, hop);
    writer.endNested(mark);
  }
  writer.end();
}

function beginRoute(
  writer: NetlinkWriter,
  template: RouteTemplate,
  sequence: number,
  family: Family,
  length: number,
  type: number,
  table: number,
  flags = 0,
): void {
  const adds = template.kind === "new";
  writer.begin(adds ? RTM_NEWROUTE : RTM_DELROUTE, template.flags, sequence);
  writer.u8(addressFamilyOf(family));
  writer.u8(length);
  writer.u16(0); // source length, tos
  writer.u8(table < 256 ? table : 0); // else RTA_TABLE says it
  writer.u8(template.protocol);
  writer.u8(adds ? RT_SCOPE_UNIVERSE : RT_SCOPE_NOWHERE); // nowhere: any (fib_table_delete)
  writer.u8(adds ? type : RTN_UNSPEC);
  writer.u32(flags);
}

/**
 * Asks for the routes of a family in a table, and with `protocol` only for its own. A socket that
 * checks strictly gets ENOENT for a table that is not there.
 * @param protocol RTPROT_*; 0 all
 */
export function writeDumpRoutes(
  writer: NetlinkWriter,
  sequence: number,
  filter: { family: Family; table: number; protocol: number },
): void {
  writer.begin(RTM_GETROUTE, NLM_F_DUMP, sequence);
  writer.u8(addressFamilyOf(filter.family));
  writer.u8(0);
  writer.u16(0);
  writer.u8(0);
  writer.u8(filter.protocol);
  writer.u8(0);
  writer.u8(RTN_UNSPEC);
  writer.u32(0);
  writer.attributeU32(RTA_TABLE, filter.table);
  writer.end();
}

/**
 * Asks for one address: "match", the route that it is under, as it is in its table; "path", what
 * that comes to for a packet now, with one next hop and the MTU that the kernel knows. An ACK ends the
 * answer. A route of a type that forbids is an error: EINVAL (blackhole), EHOSTUNREACH, EACCES.
 */
export function writeGetRoute(
  writer: NetlinkWriter,
  sequence: number,
  address: IpAddress,
  what: "match" | "path",
): void {
  writer.begin(RTM_GETROUTE, NLM_F_ACK, sequence);
  writer.u8(addressFamilyOf(address.family));
  writer.u8(addressBits(address.family));
  writer.u16(0); // source length, tos
  writer.u32(0); // table, protocol, scope, type: all are the kernel's to say
  // IPv6 says it unasked, and a kernel that checks strictly takes the flag for an error (EINVAL).
  const table = address.family === IPV4 ? RTM_F_LOOKUP_TABLE : 0;
  writer.u32(table | (what === "match" ? RTM_F_FIB_MATCH : 0));
  writer.attributeAddress(RTA_DST, address);
  writer.end();
}
