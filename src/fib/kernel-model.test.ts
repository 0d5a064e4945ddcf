/**
 * A kernel for tests: links, routes, nexthop objects and proxy entries with the semantics that count
 * here, the silent ones above all. It notes every operation that the Fib should never have asked for.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Address,
  Prefix,
  addressesEqual,
  formatAddress,
  formatPrefix,
  formatWords,
  networkOf,
  parseAddress,
  parsePrefix,
  prefixContainsAddress,
} from "../route/index.ts";
import type {
  BatchError,
  BatchResult,
  DumpKind,
  FibBatch,
  FibOperation,
  GroupMember,
  NexthopGroupOperation,
} from "./index.ts";
import type { KernelFact, RouteFact } from "./index.ts";
import {
  DUMP_KINDS,
  FIRST_OBJECT,
  ROUTE_KIND,
  ROUTE_TYPE,
  ROUTE_WORDS,
  packRoute,
} from "./index.ts";
import { routeFamily, routeKind, routeLength, routeType } from "./index.ts";

export const OURS = 186;
const MAIN = 254;

export interface ModelLink {
  readonly index: number;
  readonly name: string;
  up: boolean;
  running: boolean;
  readonly linkKind: string;
  readonly addresses: { readonly address: Address; readonly length: number }[];
}

interface ModelRoute {
  readonly prefix: Prefix;
  readonly table: number;
  readonly metric: number;
  readonly protocol: number;
  readonly type: number;
  readonly scope: number;
  /** 0: by hops. */
  readonly nexthop: number;
  /** What the worker calls its hops in the first dump, and never again. */
  told?: number;
  readonly hops: readonly { readonly interface: number; readonly gateway?: Address }[];
  readonly source?: Address | undefined;
  /** Batches made before this number could not know of it. */
  readonly epoch: number;
}

interface ModelNexthop {
  readonly id: number;
  readonly protocol: number;
  interface: number;
  gateway: Address | undefined;
  onlink: boolean;
  members: GroupMember[] | undefined;
  /** Of a resilient group. */
  readonly buckets?: number | undefined;
}

/** An item of the stream that a Fib would read from the kernel's worker. */
export type Message =
  | { readonly kind: "fact"; readonly fact: KernelFact; readonly dumped: boolean }
  | {
      readonly kind: "result";
      readonly result: BatchResult;
      /** The batch's array, which may be written anew. */
      readonly routes: Uint32Array;
    }
  | { readonly kind: "begin"; readonly what: DumpKind }
  | { readonly kind: "end"; readonly what: DumpKind }
  | { readonly kind: "overrun" }
  | { readonly kind: "own-routes"; readonly packed: Uint32Array };

export class KernelModel {
  readonly links = new Map<number, ModelLink>();
  /** By prefix, lowest metric first; all tables. */
  readonly routes = new Map<string, ModelRoute[]>();
  readonly nexthops = new Map<number, ModelNexthop>();
  readonly proxies = new Map<string, { address: Address; interface: number; protocol: number }>();
  readonly announced: string[] = [];
  readonly sysctls = new Map<string, string>();
  /** What should never have been asked for. */
  readonly violations: string[] = [];
  /** Prefixes that ever had a route of somebody else than us and the kernel itself. */
  readonly rivals = new Set<string>();
  readonly messages: Message[] = [];
  /** Operations done, by kind. */
  readonly counts = new Map<string, number>();
  /** The worker expands nexthop objects into plain routes; the kernel has none. */
  plain = false;
  readonly workerMap = new Map<number, ModelNexthop>();
  /** The worker has neither dumped nor done anything yet. */
  fresh = true;
  /** It has no resilient groups, whatever it has said. */
  refusesResilient = false;
  #dumping = false;
  /** An errno for the next operation, 0 for none. */
  inject: () => number = () => 0;

  address(text: string): Address {
    const address = parseAddress(text);
    assert.ok(address !== undefined, text);
    return address;
  }

  prefix(text: string): Prefix {
    const prefix = parsePrefix(text);
    assert.ok(prefix !== undefined, text);
    return prefix;
  }

  addLink(index: number, name: string, subnets: readonly string[], linkKind = "veth"): ModelLink {
    const link: ModelLink = { index, name, up: true, running: true, linkKind, addresses: [] };
    this.links.set(index, link);
    this.#linkFact(link);
    for (const subnet of subnets) {
      const [text, length] = subnet.split("/");
      const entry = { address: this.address(text), length: Number(length) };
      link.addresses.push(entry);
      this.#fact({ kind: "address", interface: index, ...entry });
    }
    this.#connect(link);
    return link;
  }

  removeLink(index: number): void {
    const link = this.links.get(index);
    if (link === undefined) return;
    this.#flushLink(index);
    this.links.delete(index);
    this.#fact({ kind: "link", ...linkWords(link), gone: true });
  }

  /** Up or down, or carrier only. Routes of a link that goes down vanish without a message. */
  setLink(index: number, up: boolean, running: boolean): void {
    const link = this.links.get(index);
    if (link === undefined) return;
    const wasUp = link.up;
    link.up = up;
    link.running = up && running;
    if (!link.running) this.#flushNexthops(index);
    if (!up) this.#flushLink(index);
    this.#linkFact(link);
    if (up && !wasUp) this.#connect(link);
  }

  /**
   * An address goes. IPv4 routes that name it as their source go with it, and with the last of a
   * family the proxy entries, with the last IPv4 one the IPv4 routes over the link: all in silence.
   */
  removeAddress(index: number, text: string): void {
    const link = this.links.get(index);
    const address = this.address(text);
    const at = link?.addresses.findIndex((own) => addressesEqual(own.address, address)) ?? -1;
    if (link === undefined || at < 0) return;
    const [{ length }] = link.addresses.splice(at, 1);
    this.#fact({ kind: "address", interface: index, address, length, gone: true });
    const { family } = address;
    const network = networkOf(address, length);
    if (!link.addresses.some((own) => isIn(network, own.address))) {
      this.removeForeign(formatPrefix(network), family === 1 ? 256 : 0);
    }
    for (const list of this.routes.values()) {
      const kept = list.filter(({ source }) => source === undefined || isOther(source, address));
      list.splice(0, list.length, ...kept);
    }
    if (link.addresses.some((own) => own.address.family === family)) return;
    if (family === 0) this.#flushHops(index, 0);
    this.#flushProxies(index, family);
  }

  addAddress(index: number, text: string, length: number): void {
    const link = this.links.get(index);
    const address = this.address(text);
    if (link === undefined) return;
    if (link.addresses.some((own) => addressesEqual(own.address, address))) return;
    link.addresses.push({ address, length });
    this.#fact({ kind: "address", interface: index, address, length });
    if (link.up) this.#connect(link);
  }

  /** `ip route add` or, with `replace`, `ip route replace`; false: File exists. */
  addForeign(
    text: string,
    metric: number,
    hops: ModelRoute["hops"],
    options: {
      replace?: boolean;
      /** `ip route prepend`: beside a route of the same metric, and before it. */
      prepend?: boolean;
      epoch?: number;
      protocol?: number;
      scope?: number;
      source?: Address;
      table?: number;
    } = {},
  ): boolean {
    const prefix = this.prefix(text);
    const list = this.#list(prefix);
    const { table = MAIN } = options;
    const at = list.findIndex((route) => route.table === table && route.metric === metric);
    const prepend = options.prepend === true;
    if (at >= 0 && options.replace !== true && !prepend) return false;
    if (at >= 0 && list[at].protocol !== OURS) return false;
    const { epoch = 0, protocol = 4, scope = 0, source } = options;
    const key = { prefix, table, metric };
    const route = { ...key, protocol, type: 1, scope, nexthop: 0, hops, epoch, source };
    if (protocol !== 2) this.rivals.add(text);
    if (at >= 0) list.splice(at, prepend ? 0 : 1, route);
    else insert(list, route);
    this.#fact(routeFact(route, { replace: at >= 0 && !prepend }));
    return true;
  }

  removeForeign(text: string, metric: number, table = MAIN): void {
    const list = this.#list(this.prefix(text));
    const at = list.findIndex(
      (route) => route.table === table && route.metric === metric && route.protocol !== OURS,
    );
    if (at < 0) return;
    const [route] = list.splice(at, 1);
    this.#fact(routeFact(route, { gone: true }));
  }

  /** Somebody deletes a nexthop object of ours: its routes go with it, in silence. */
  deleteNexthop(id: number): void {
    const nexthop = this.nexthops.get(id);
    if (nexthop === undefined) return;
    this.#dropNexthop(id);
    this.#fact({ kind: "nexthop", ...nexthopWords(nexthop), gone: true });
  }

  /** Somebody makes a group of ours anew, as one of the other kind. */
  remakeGroup(id: number): void {
    const group = this.nexthops.get(id);
    if (group === undefined) return;
    this.deleteNexthop(id);
    const made = { ...group, buckets: group.buckets === undefined ? 64 : undefined };
    this.nexthops.set(id, made);
    this.#fact({ kind: "nexthop", ...nexthopWords(made) });
  }

  /** Somebody gives a member of a group of ours another weight. */
  reweigh(id: number): void {
    const group = this.nexthops.get(id);
    if (group?.members === undefined) return;
    const [first, ...others] = group.members;
    const made = { ...group, members: [{ ...first, weight: first.weight + 1 }, ...others] };
    this.nexthops.set(id, made);
    this.#fact({ kind: "nexthop", ...nexthopWords(made) });
  }

  /** Somebody deletes a route of ours. */
  deleteOwnRoute(text: string): void {
    const list = this.#list(this.prefix(text));
    const at = list.findIndex((route) => route.protocol === OURS);
    if (at < 0) return;
    const [{ prefix, table, metric }] = list.splice(at, 1);
    this.#fact({ kind: "own-route-gone", prefix, table, metric });
  }

  /** Somebody puts another one in its place, which bears our mark. */
  replaceOwnRoute(text: string): void {
    const list = this.#list(this.prefix(text));
    const at = list.findIndex((route) => route.protocol === OURS);
    const theirs = { ...list[at], nexthop: 0, hops: [{ interface: 1 }] };
    list[at] = theirs;
    this.messages.push({ kind: "own-routes", packed: packOwn([theirs]) });
  }

  ownRoute(text: string): ModelRoute | undefined {
    return this.#list(this.prefix(text)).find((route) => route.protocol === OURS);
  }

  ownRoutes(): ModelRoute[] {
    return [...this.routes.values()].flat().filter((route) => route.protocol === OURS);
  }

  /** Where the packets of a route of ours go: "interface gateway", sorted. Not where they might. */
  pathsOf(route: ModelRoute): string[] {
    if (route.type === ROUTE_TYPE.BLACKHOLE) return [hopText(0, undefined)];
    if (this.plain) return route.hops.map((hop) => hopText(hop.interface, hop.gateway)).sort();
    const nexthop = this.nexthops.get(route.nexthop);
    const carriers = nexthop?.members === undefined ? [] : carriersOf(nexthop);
    const singles = carriers.length === 0 ? [nexthop] : carriers.map((id) => this.nexthops.get(id));
    return singles.map((single) => hopText(single?.interface, single?.gateway)).sort();
  }

  /** Everything, or some of it, as a dump tells it. */
  dump(kinds: readonly DumpKind[] = DUMP_KINDS): void {
    this.#dumping = true;
    for (const what of kinds) {
      this.messages.push({ kind: "begin", what });
      this.#dumpOne(what);
      this.messages.push({ kind: "end", what });
    }
    this.#dumping = false;
  }

  apply(batch: FibBatch): void {
    this.fresh = false;
    const errors: BatchError[] = [];
    let index = 0;
    const note = (errno: number): void => {
      if (errno !== 0) errors.push({ index, errno, message: `errno ${errno}` });
      index++;
    };
    for (const operation of batch.before) note(this.#operate(operation));
    for (let i = 0; i < batch.count; i++) note(this.#route(batch.routes, i, batch.id));
    for (const operation of batch.after) note(this.#operate(operation));
    this.messages.push({ kind: "result", result: { id: batch.id, errors }, routes: batch.routes });
  }

  #operate(operation: FibOperation): number {
    this.#countUp(operation.kind);
    // Without objects in the kernel the worker keeps them in mind, and nothing can fail.
    const isNoted = operation.kind === "nexthop" || operation.kind === "nexthop-group";
    const injected = this.plain && isNoted ? 0 : this.inject();
    if (injected !== 0) return operation.kind.endsWith("-delete") ? 12 : injected;
    switch (operation.kind) {
      case "nexthop":
        return this.#putSingle(operation);
      case "nexthop-group":
        return this.#putGroup(operation);
      case "nexthop-delete":
        return this.#deleteAsked(operation.id);
      case "proxy-add": {
        const { address, interface: index } = operation;
        const key = `${index} ${formatAddress(address)}`;
        this.proxies.set(key, { address, interface: index, protocol: OURS });
        return 0;
      }
      case "proxy-delete": {
        const key = `${operation.interface} ${formatAddress(operation.address)}`;
        return this.proxies.delete(key) ? 0 : 2;
      }
      case "announce-address":
        this.announced.push(formatAddress(operation.address));
        return 0;
      case "sysctl":
        this.sysctls.set(operation.path, operation.value);
        return 0;
      case "read-sysctl":
        this.#fact({
          kind: "sysctl",
          path: operation.path,
          value: this.sysctls.get(operation.path),
        });
        return 0;
    }
  }

  #putSingle(operation: Extract<FibOperation, { kind: "nexthop" }>): number {
    const { id, interface: index, gateway, onlink } = operation;
    if (this.plain) {
      const members = undefined;
      this.workerMap.set(id, { id, protocol: OURS, interface: index, gateway, onlink, members });
      return 0;
    }
    const known = this.nexthops.get(id);
    if (known?.members !== undefined) return 22;
    const refusal = this.#refuses({ interface: index, gateway, onlink });
    if (refusal !== 0) return refusal;
    this.nexthops.set(id, {
      id,
      protocol: OURS,
      interface: index,
      gateway,
      onlink,
      members: undefined,
    });
    return 0;
  }

  /** Errno of a next hop that the kernel does not take, 0 for a good one. */
  #refuses(single: Pick<ModelNexthop, "interface" | "gateway" | "onlink">): number {
    const { interface: index, gateway, onlink } = single;
    if (endsHere(single)) return 0;
    const link = this.links.get(index);
    if (link === undefined) return 19;
    if (!link.up || (!link.running && !this.plain)) return 100;
    const near =
      gateway === undefined ||
      onlink ||
      link.addresses.some(({ address, length }) =>
        prefixContainsAddress(networkOf(address, length), gateway),
      );
    return near ? 0 : 101;
  }

  /** The next hops of a nexthop object; undefined: it does not exist. */
  #singles(id: number): ModelNexthop[] | undefined {
    const map = this.plain ? this.workerMap : this.nexthops;
    const object = map.get(id);
    const singles = object?.members?.map((member) => map.get(member.id)) ?? [object];
    return singles.every((single) => single !== undefined) ? singles : undefined;
  }

  #putGroup({ id, members, buckets }: NexthopGroupOperation): number {
    const map = this.plain ? this.workerMap : this.nexthops;
    const known = map.get(id);
    if (known !== undefined && known.members === undefined) return 22;
    if (buckets !== undefined && this.refusesResilient) return 95;
    // Neither its kind nor the number of its buckets can change.
    if (known !== undefined && known.buckets !== buckets) return 22;
    const ids = members.map((member) => member.id);
    if (ids.length === 0 || new Set(ids).size !== ids.length) return 22;
    for (const member of ids) {
      const single = map.get(member);
      if (single === undefined || single.members !== undefined) return 22;
      if (endsHere(single) && ids.length > 1 && !this.plain) return 22;
    }
    const rest = { interface: 0, gateway: undefined, onlink: false, protocol: OURS };
    map.set(id, { id, ...rest, members: [...members], buckets });
    return 0;
  }

  #deleteAsked(id: number): number {
    if (this.plain && this.workerMap.delete(id)) return 0;
    if (!this.nexthops.has(id)) return 2;
    const victims = this.ownRoutes().filter((route) => this.#uses(route, id));
    for (const { prefix } of victims) {
      this.violations.push(`nexthop ${id} deleted under ${formatPrefix(prefix)}`);
    }
    this.#dropNexthop(id);
    return 0;
  }

  #uses(route: ModelRoute, id: number): boolean {
    if (route.nexthop === id) return true;
    const members = this.nexthops.get(route.nexthop)?.members;
    return members !== undefined && members.length === 1 && members[0].id === id;
  }

  #route(words: Uint32Array, i: number, epoch: number): number {
    const at = i * ROUTE_WORDS;
    const kind = routeKind(words[at]);
    this.#countUp(`route ${kind}`);
    const injected = this.inject();
    // "It is not there" would be no error but a lie.
    if (injected !== 0) return kind === ROUTE_KIND.DELETE ? 12 : injected;
    const family = routeFamily(words[at]);
    const [w0, w1, w2, w3] = words.subarray(at + 2, at + 6);
    const prefix = new Prefix(family, w0, w1, w2, w3, routeLength(words[at]));
    const [metric, table] = words.subarray(at + 6, at + 8);
    const list = this.#list(prefix);
    const isThere = (route: ModelRoute): boolean =>
      route.metric === metric && route.table === table;
    const old = list.findIndex(isThere);
    if (kind === ROUTE_KIND.DELETE) {
      const own = list.findIndex((route) => isThere(route) && route.protocol === OURS);
      if (own < 0) return 3;
      list.splice(own, 1);
      return 0;
    }
    const asked = routeType(words[at]);
    const nexthop = this.plain ? 0 : words[at + 1];
    const singles = asked === ROUTE_TYPE.UNICAST ? this.#singles(words[at + 1]) : [];
    if (singles === undefined) return 22;
    const type = singles.some(endsHere) ? ROUTE_TYPE.BLACKHOLE : asked;
    if (type !== asked && singles.length > 1) return 22;
    if (family === 1 && singles.some((single) => single.gateway?.family === 0)) return 22;
    if (this.plain && singles.some((single) => this.#refuses(single) !== 0)) return 101;
    const hops = this.plain && type === ROUTE_TYPE.UNICAST ? singles.map(hopOf) : [];
    if (old >= 0 && kind === ROUTE_KIND.ADD) return 17;
    const route = {
      prefix,
      table,
      metric,
      protocol: OURS,
      type,
      scope: 0,
      nexthop,
      hops,
      epoch,
    };
    if (old < 0) {
      insert(list, route);
      return 0;
    }
    if (list[old].protocol !== OURS && list[old].epoch < epoch) {
      this.violations.push(`foreign ${formatPrefix(prefix)} replaced`);
    }
    list[old] = route;
    return 0;
  }

  #connect(link: ModelLink): void {
    for (const { address, length } of link.addresses) {
      const prefix = networkOf(address, length);
      const metric = prefix.family === 1 ? 256 : 0;
      const hops = [{ interface: link.index }];
      const options = { protocol: 2, scope: prefix.family === 1 ? 0 : 253 };
      this.addForeign(formatPrefix(prefix), metric, hops, options);
    }
  }

  /** Everything that the kernel drops with a link that is not up any more. */
  #flushLink(index: number): void {
    this.#flushNexthops(index);
    for (const family of [0, 1] as const) {
      this.#flushHops(index, family);
      this.#flushProxies(index, family);
    }
  }

  #flushHops(index: number, family: 0 | 1): void {
    for (const list of this.routes.values()) {
      for (let i = list.length - 1; i >= 0; i--) {
        const hops = list[i].hops.filter((hop) => hop.interface !== index);
        if (list[i].prefix.family !== family || hops.length === list[i].hops.length) continue;
        if (hops.length === 0) list.splice(i, 1);
        else list[i] = { ...list[i], hops };
      }
    }
  }

  #flushProxies(index: number, family: 0 | 1): void {
    for (const [key, proxy] of this.proxies) {
      if (proxy.interface === index && proxy.address.family === family) this.proxies.delete(key);
    }
  }

  #flushNexthops(index: number): void {
    for (const nexthop of [...this.nexthops.values()]) {
      if (nexthop.members === undefined && nexthop.interface === index) {
        this.#dropNexthop(nexthop.id);
      }
    }
  }

  #dropNexthop(id: number): void {
    this.nexthops.delete(id);
    for (const list of this.routes.values()) {
      for (let i = list.length - 1; i >= 0; i--) {
        if (list[i].nexthop !== id) continue;
        const [{ prefix, table, metric }] = list.splice(i, 1);
        // IPv6 tells, IPv4 does not.
        if (prefix.family === 1) this.#fact({ kind: "own-route-gone", prefix, table, metric });
      }
    }
    for (const group of [...this.nexthops.values()]) {
      if (group.members?.some((member) => member.id === id) !== true) continue;
      group.members = group.members.filter((member) => member.id !== id);
      if (group.members.length === 0) this.#dropNexthop(group.id);
    }
  }

  #dumpOne(what: DumpKind): void {
    if (what === "links") {
      for (const link of this.links.values()) this.#linkFact(link);
    } else if (what === "addresses") {
      for (const link of this.links.values()) {
        for (const entry of link.addresses) {
          this.#fact({ kind: "address", interface: link.index, ...entry });
        }
      }
    } else if (what === "routes") {
      for (const route of [...this.routes.values()].flat()) {
        if (route.protocol !== OURS) this.#fact(routeFact(route, {}));
      }
    } else if (what === "nexthops") {
      for (const nexthop of this.nexthops.values()) {
        this.#fact({ kind: "nexthop", ...nexthopWords(nexthop) });
      }
    } else if (what === "own-routes") {
      this.#adoptPlain();
      this.messages.push({ kind: "own-routes", packed: packOwn(this.ownRoutes()) });
    } else {
      for (const proxy of this.proxies.values()) this.#fact({ kind: "proxy", ...proxy });
    }
  }

  /** A worker that has done nothing yet names what plain routes carry. */
  #adoptPlain(): void {
    if (!this.plain || !this.fresh) return;
    this.fresh = false;
    const ids = new Map<string, number>();
    let next = FIRST_OBJECT;
    while (this.nexthops.has(next)) next++;
    const idFor = (key: string, make: (id: number) => ModelNexthop): number => {
      let id = ids.get(key);
      if (id !== undefined) return id;
      id = next++;
      while (this.nexthops.has(next)) next++;
      ids.set(key, id);
      const nexthop = make(id);
      this.workerMap.set(id, nexthop);
      this.#fact({ kind: "nexthop", ...nexthopWords(nexthop), virtual: true });
      return id;
    };
    const rest = { protocol: OURS, onlink: false };
    for (const list of this.routes.values()) {
      for (const [at, route] of list.entries()) {
        if (route.protocol !== OURS || route.nexthop !== 0 || route.hops.length === 0) continue;
        const singles = route.hops.map(({ interface: index, gateway }) =>
          idFor(hopText(index, gateway), (id) => ({
            id,
            ...rest,
            interface: index,
            gateway,
            members: undefined,
          })),
        );
        const members = singles.sort().map((id) => ({ id, weight: 1 }));
        const group = (id: number) => ({ id, ...rest, interface: 0, gateway: undefined, members });
        const name = singles.length === 1 ? singles[0] : idFor(singles.join(), group);
        list[at] = { ...route, told: name };
      }
    }
  }

  #list(prefix: Prefix): ModelRoute[] {
    const text = formatPrefix(prefix);
    let list = this.routes.get(text);
    if (list === undefined) this.routes.set(text, (list = []));
    return list;
  }

  #linkFact(link: ModelLink): void {
    this.#fact({ kind: "link", ...linkWords(link) });
  }

  #fact(fact: KernelFact): void {
    this.messages.push({ kind: "fact", fact, dumped: this.#dumping });
  }

  #countUp(kind: string): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
  }
}

export function hopText(index: number | undefined, gateway: Address | undefined): string {
  return `${index} ${gateway === undefined ? "-" : formatAddress(gateway)}`;
}

function insert(list: ModelRoute[], route: ModelRoute): void {
  const at = list.findIndex((other) => other.metric > route.metric);
  list.splice(at < 0 ? list.length : at, 0, route);
}

function hopOf({ interface: index, gateway }: ModelNexthop) {
  return gateway === undefined ? { interface: index } : { interface: index, gateway };
}

function endsHere(single: Pick<ModelNexthop, "interface" | "gateway">): boolean {
  return single.interface === 0 && single.gateway === undefined;
}

function linkWords({ index, name, up, running, linkKind }: ModelLink) {
  const mac = Uint8Array.of(2, 0, 0, 0, 0, index);
  return { index, name, up, running, mtu: 1500, mac, master: 0, linkKind };
}

/** Ids of the members that have buckets: net/ipv4/nexthop.c, nh_res_group_rebalance. */
function carriersOf({ members = [], buckets }: ModelNexthop): number[] {
  if (buckets === undefined) return members.map(({ id }) => id);
  const total = members.reduce((sum, { weight }) => sum + weight, 0);
  let weights = 0;
  let before = 0;
  return members.flatMap(({ id, weight }) => {
    weights += weight;
    const upTo = Math.floor((buckets * weights + Math.floor(total / 2)) / total);
    const wanted = upTo - before;
    before = upTo;
    return wanted > 0 ? [id] : [];
  });
}

function nexthopWords({ id, protocol, gateway, onlink, members, buckets, ...rest }: ModelNexthop) {
  return {
    id,
    protocol,
    family: gateway?.family ?? 0,
    interface: rest.interface,
    onlink,
    blackhole: members === undefined && endsHere({ gateway, ...rest }),
    ...(gateway === undefined ? {} : { gateway }),
    ...(members === undefined ? {} : { members }),
    ...(buckets === undefined ? {} : { buckets }),
  } as const;
}

function routeFact(route: ModelRoute, flags: { replace?: boolean; gone?: boolean }): RouteFact {
  const { prefix, table, protocol, type, scope, metric, source } = route;
  const hops = route.hops.map((hop) => ({ ...hop, onlink: false }));
  const words = { prefix, table, protocol, type, scope, metric, hops };
  return { kind: "route", ...words, ...(source === undefined ? {} : { source }), ...flags };
}

function isIn(network: Prefix, address: Address): boolean {
  return prefixContainsAddress(network, address);
}

function isOther(a: Address, b: Address): boolean {
  return !addressesEqual(a, b);
}

function packOwn(routes: readonly ModelRoute[]): Uint32Array {
  const packed = new Uint32Array(routes.length * ROUTE_WORDS);
  routes.forEach((route, i) => {
    const { prefix, type, nexthop, told, metric, table } = route;
    const id = nexthop === 0 ? (told ?? 0) : nexthop;
    route.told = 0;
    packRoute(packed, i, 0, prefix.family, prefix.length, type, id, metric, table);
    packed.set([prefix.w0, prefix.w1, prefix.w2, prefix.w3], i * ROUTE_WORDS + 2);
  });
  return packed;
}

test("the model drops routes of a dead link in silence, and empty groups", () => {
  const kernel = new KernelModel();
  kernel.addLink(1, "eth0", ["10.0.0.1/24"]);
  kernel.addLink(2, "eth1", ["10.0.1.1/24"]);
  const before: FibOperation[] = [
    nexthopOperation(101, 1, "10.0.0.2"),
    nexthopOperation(102, 2, "10.0.1.2"),
    { kind: "nexthop-group", id: 103, members: [{ id: 101, weight: 1 }] },
  ];
  const routes = new Uint32Array(new SharedArrayBuffer(ROUTE_WORDS * 2 * 4));
  packRoute(routes, 0, ROUTE_KIND.ADD, 0, 24, 1, 103, 32, 254);
  packRoute(routes, 1, ROUTE_KIND.ADD, 0, 24, 1, 102, 32, 254);
  routes[2] = 0xc6336400;
  routes[ROUTE_WORDS + 2] = 0xc6336500;
  kernel.apply({ id: 1, before, routes, count: 2, after: [] });
  assert.equal(kernel.ownRoutes().length, 2);
  kernel.messages.length = 0;
  kernel.setLink(1, false, false);
  assert.deepEqual(
    kernel.ownRoutes().map(({ prefix }) => formatWords(0, prefix.w0, 0, 0, 0)),
    ["198.51.101.0"],
  );
  assert.deepEqual([...kernel.nexthops.keys()], [102]);
  assert.equal(kernel.messages.length, 1);
  assert.ok(addressesEqual(kernel.address("10.0.1.2"), new Address(0, 0x0a000102)));
});

function nexthopOperation(id: number, index: number, gateway: string): FibOperation {
  const address = parseAddress(gateway);
  assert.ok(address !== undefined);
  return { kind: "nexthop", id, family: 0, interface: index, gateway: address, onlink: false };
}
