/**
 * RIB, flow, Fib and a modelled kernel, to be advanced in steps so small that anything may happen
 * between any two; beside them, in plain maps, what should come of it.
 */
import assert from "node:assert/strict";
import { pathAttributes } from "bgp-ts";
import { Fib, type FibBatch, type FibSettings } from "../fib/index.ts";
import { SETTINGS } from "../fib/harness.test.ts";
import { KernelModel, OURS, hopText } from "../fib/kernel-model.test.ts";
import {
  type Address,
  AttributeTable,
  type Handling,
  NextHopTable,
  PLAIN,
  type Prefix,
  PrefixTable,
  isLinkLocal,
  parseAddress,
  parsePrefix,
} from "../route/index.ts";
import { Rib } from "../speaker/rib/index.ts";
import type { KernelInfo } from "../kernel/index.ts";
import { Flow } from "./flow.ts";

export const LINKS = [1, 2, 3] as const;
const STATIC = "192.0.2.0/24";
const STATIC_HOP = "192.0.2.1";
/** On three links, of both families; behind a static route; and where no way leads. */
export const HOPS: readonly string[] = [
  ...LINKS.flatMap((i) => [`10.0.${i}.2`, `10.0.${i}.3`, `fd00:${i}::2`, `fe80::${i}%${i}`]),
  STATIC_HOP,
  "203.0.113.1",
];
export const PREFIXES: readonly string[] = [
  ...Array.from({ length: 9 }, (_, i) => `198.51.${i}.0/24`),
  "2001:db8:1::/48",
  "2001:db8:2::/48",
];
/** Neighbours, by their ids in the RIB. */
export const SOURCES = [1, 2, 3] as const;

/** How routes are handled here, most of them as all others. */
export const HANDLINGS: readonly Partial<Handling>[] = [
  {},
  {},
  {},
  { kernelMetric: 300 },
  { kernelTable: 100 },
  { blackhole: true },
];

/** What the flow is given of everything at a time: it reckons with a thousand times as much. */
const WORK = 3;
const CHANGES = 2;
const BATCH = 3;

const DECISION = {
  defaultLocalPref: 100,
  alwaysCompareMed: false,
  multipathRelax: true,
  missingMedAsWorst: false,
  preferOldest: false,
};

interface ModelPath {
  readonly source: number;
  readonly prefix: string;
  readonly pathId: number;
  readonly hop: string;
  readonly localPref: number;
  readonly handling: Partial<Handling>;
  isStale: boolean;
}

export class World {
  readonly kernel = new KernelModel();
  readonly prefixes: readonly [PrefixTable, PrefixTable] = [new PrefixTable(0), new PrefixTable(1)];
  readonly nextHops = new NextHopTable();
  readonly attributes = new AttributeTable(this.nextHops);
  readonly rib: Rib;
  readonly fib: Fib;
  readonly flow: Flow;
  readonly paths = new Map<string, ModelPath>();
  readonly lost = new Set<string>();
  readonly weights = [0, 0, 0, 0];
  /** Who has ever announced a path by way of a hop. */
  readonly #users = new Map<string, Set<number>>();
  /** Hops whose only neighbour is gone and has not announced them again. */
  readonly #abandoned = new Set<string>();
  #settings: FibSettings;
  #multipath = 8;
  readonly #submitted: FibBatch[] = [];
  /** The kernel has refused, or may: what must be there at once may come with another attempt. */
  isDisturbed = false;
  now = 0;

  constructor(info: KernelInfo) {
    const { prefixes, attributes, nextHops } = this;
    this.#settings = { ...SETTINGS, ...info };
    this.kernel.plain = !info.nexthopObjects;
    this.rib = new Rib({ prefixes, attributes, nextHops }, { ...DECISION, multipath: 8 });
    this.fib = new Fib({ prefixes, nextHops, settings: this.#settings, share: 1 << 17 });
    const { rib, fib } = this;
    this.flow = new Flow({
      prefixes,
      clock: () => this.now,
      onFibEvent: () => undefined,
      speaker: {
        work: () => this.#work(),
        takeRouteChanges: (sink, limit) =>
          rib.takeFibChanges(sink, CHANGES) === CHANGES ? limit : 0,
        takeNextHopInterest: () => rib.takeNextHopInterest(),
        takeNextHopLosses: () => rib.takeNextHopLosses(),
        setNextHop: (id, { reachable, metric }) => rib.setNextHop(id, reachable, metric),
        originate: () => undefined,
        withdrawOwn: () => undefined,
        ownRoutesKnown: () => undefined,
      },
      fib: {
        get idle() {
          return fib.idle;
        },
        get isLooking() {
          return fib.isLooking;
        },
        get isPrepared() {
          return fib.isPrepared;
        },
        expire: (now) => fib.expire(now),
        nextDeadline: () => fib.nextDeadline(),
        setAbandoned: (id, lost) => fib.setAbandoned(id, lost),
        setRoute: (...route) => fib.setRoute(...route),
        takeBatch: (_limit, now) => fib.takeBatch(BATCH, now),
        takeEvents: (now) => fib.takeEvents(now),
        trackNextHop: (id) => fib.trackNextHop(id),
        untrackNextHop: (id) => fib.untrackNextHop(id),
      },
      kernel: {
        submit: (batch) => this.#submitted.push(batch),
        dump: (what) => this.kernel.dump(what),
      },
    });
    for (const id of SOURCES) rib.addSource(this.#source(id));
    for (const i of LINKS) {
      const addresses = [`10.0.${i}.1/24`, `fd00:${i}::1/64`, `fe80::ff:${i}/64`];
      this.kernel.addLink(i, `eth${i}`, addresses);
    }
    this.kernel.dump();
  }

  // What neighbours and operators do

  announce(
    source: number,
    prefix: string,
    pathId: number,
    hop: string,
    localPref: number,
    handling: Partial<Handling>,
  ): void {
    const { family, id } = this.#prefix(prefix);
    const { address, link } = hopOf(hop);
    const { w0, w1, w2, w3 } = address;
    const nextHop = { family: address.family, w0, w1, w2, w3 };
    const asPath = [{ type: 2 as const, asns: [65000 + source] }];
    const via = this.nextHops.intern(nextHop, link);
    const how = { ...PLAIN, ...handling };
    const set = this.attributes.internWith(
      pathAttributes({ asPath, localPref }),
      via,
      undefined,
      how,
    );
    assert.ok(this.rib.announce(source, family, id, pathId, set, set, this.now));
    const path = { source, prefix, pathId, hop, localPref, handling, isStale: false };
    this.paths.set(keyOf(source, prefix, pathId), path);
    const users = this.#users.get(hop) ?? new Set();
    this.#users.set(hop, users.add(source));
    this.#abandoned.delete(hop);
  }

  withdraw(source: number, prefix: string, pathId: number): void {
    const parsed = parsePrefix(prefix);
    assert.ok(parsed !== undefined, prefix);
    const id = this.prefixes[parsed.family].findPrefix(parsed);
    const isKnown = this.paths.delete(keyOf(source, prefix, pathId));
    const isWithdrawn = id >= 0 && this.rib.withdraw(source, parsed.family, id, pathId);
    assert.ok(isWithdrawn || !isKnown);
  }

  /** The session ends. `keeps`: the neighbour may be restarting (RFC 4724 §4.2). */
  down(source: number, keeps: boolean): void {
    const own = [...this.paths].filter(([, path]) => path.source === source);
    if (keeps) {
      this.rib.markStale(source);
      for (const [key, path] of own) {
        if (path.isStale) this.paths.delete(key);
        path.isStale = true;
      }
      return;
    }
    this.rib.flushSource(source);
    for (const [key, path] of own) this.#forsake(key, path);
  }

  /** What a neighbour left goes: it is back and has told all, or it is not coming back. */
  sweep(source: number, isGone: boolean): void {
    const own = [...this.paths].filter(([, path]) => path.source === source);
    if (isGone && own.every(([, path]) => path.isStale)) {
      this.rib.giveUp(source);
      for (const [key, path] of own) this.#forsake(key, path);
      return;
    }
    this.rib.sweepStale(source);
    for (const [key, path] of own) if (path.isStale) this.paths.delete(key);
  }

  /** BFD's word on a router: the kernel is asked before anybody decides. */
  setLost(hop: string, lost: boolean): void {
    if (lost) this.lost.add(hop);
    else this.lost.delete(hop);
    const { address, link } = hopOf(hop);
    this.fib.setLost(address, link, lost);
    this.flow.hurry();
  }

  setMultipath(multipath: number): void {
    this.#multipath = multipath;
    this.#settings = { ...this.#settings, multipath };
    this.fib.configure(this.#settings);
    this.rib.setMultipath(multipath);
  }

  setWeight(source: number, weight: number): void {
    this.weights[source] = weight;
    this.rib.changeSource(source, this.#source(source));
  }

  setStatic(link: number, isThere: boolean): void {
    const gateway = this.kernel.address(`10.0.${link}.9`);
    if (isThere && this.#isNear(link)) {
      this.kernel.addForeign(STATIC, 5, [{ interface: link, gateway }]);
    } else {
      this.kernel.removeForeign(STATIC, 5);
    }
  }

  // Steps

  slice(): boolean {
    return this.flow.slice(this.now);
  }

  /** The kernel does the oldest batch. */
  work(): boolean {
    const batch = this.#submitted.shift();
    if (batch !== undefined) this.kernel.apply(batch);
    return batch !== undefined;
  }

  /** One message of the kernel's is read. */
  deliver(): boolean {
    const { kernel, fib } = this;
    const message = kernel.messages.shift();
    if (message === undefined) return false;
    switch (message.kind) {
      case "fact":
        fib.fact(message.fact, this.now);
        break;
      case "result":
        this.flow.answered();
        fib.result(message.result, this.now);
        message.routes.fill(0xdeadbeef);
        break;
      case "overrun":
        fib.overrun();
        break;
      case "begin":
        fib.dumpBegin(message.what);
        break;
      case "end":
        fib.dumpEnd(message.what, this.now);
        break;
      default:
        fib.ownRoutes(message.packed, message.packed.length / 8, this.now);
    }
    return true;
  }

  /** What was on its way from the kernel's events is lost; answers are not. */
  overrun(): void {
    const { messages } = this.kernel;
    const left = messages.filter(
      (one) => one.kind !== "fact" || one.dumped || one.fact.kind === "sysctl",
    );
    messages.splice(0, Infinity, ...left, { kind: "overrun" });
    this.kernel.dump();
  }

  /** The kernel is done with all that it was asked, and the RIB has not gone on meanwhile. */
  calm(): void {
    for (let i = 0; i < 10_000; i++) {
      while (this.deliver());
      this.flow.hurry();
      if (!this.work() && this.kernel.messages.length === 0) return;
    }
    assert.fail("never calm");
  }

  /** Everything that can be done without time passing. */
  drain(): void {
    for (let i = 0; i < 100_000; i++) {
      const delivered = this.deliver();
      const worked = this.work();
      const more = this.slice();
      if (!delivered && !worked && !more && this.#isQuiet) return;
    }
    assert.fail("never quiet");
  }

  /** Past every back-off. */
  quiesce(): void {
    this.drain();
    for (let i = 0; i < 6 && this.fib.nextDeadline() !== Infinity; i++) {
      this.now += 70_000;
      this.drain();
    }
  }

  get #isQuiet(): boolean {
    return this.kernel.messages.length === 0 && this.#submitted.length === 0;
  }

  // What must hold

  /** To be asked when the kernel is calm: no packet goes to a router that is known to be gone. */
  assertNoneToTheDead(): void {
    if (this.isDisturbed) return;
    const dead = new Set<string>();
    for (const hop of [...this.lost, ...this.#abandoned]) {
      if (hop === STATIC_HOP || hop === "203.0.113.1") continue;
      const { address, link } = hopOf(hop);
      dead.add(hopText(link === 0 ? linkOf(hop) : link, address));
    }
    for (const route of this.kernel.ownRoutes()) {
      const wrong = this.kernel.pathsOf(route).filter((way) => dead.has(way));
      assert.deepEqual(wrong, [], `${route.prefix.length} ${JSON.stringify(route.prefix)}`);
    }
  }

  /** To be asked when all is quiet: the kernel has what the RIB's paths come to, and no more. */
  assertTruth(): void {
    assert.deepEqual(this.kernel.violations, []);
    for (const prefix of PREFIXES) {
      const own = (this.kernel.routes.get(prefix) ?? []).filter(
        ({ protocol }) => protocol === OURS,
      );
      const there = own.map((route) => [route.table, route.metric, ...this.kernel.pathsOf(route)]);
      assert.deepEqual(there, this.#expected(prefix), prefix);
    }
    this.#assertObjects();
  }

  /** To be asked when nobody announces anything: nothing of it is left anywhere. */
  assertEmpty(): void {
    assert.deepEqual(this.kernel.ownRoutes(), []);
    assert.equal(this.kernel.nexthops.size, 0, "nexthop objects");
    assert.deepEqual([this.prefixes[0].size, this.prefixes[1].size], [0, 0], "prefixes");
    assert.equal(this.attributes.size, 0, "attribute sets");
    assert.equal(this.nextHops.size, 0, "next hops");
    assert.deepEqual([...this.fib.pathLists()], []);
  }

  #assertObjects(): void {
    const { kernel, fib } = this;
    const used = new Set(kernel.ownRoutes().map((route) => route.nexthop));
    for (const { members = [] } of kernel.nexthops.values()) {
      for (const { id } of members) used.add(id);
    }
    for (const list of fib.pathLists()) {
      used.add(list.kernelId);
      for (const hop of [...list.best, list.backup]) used.add(fib.nextHop(hop)?.kernelId ?? 0);
    }
    for (const id of kernel.nexthops.keys()) assert.ok(used.has(id), `nexthop ${id} is not used`);
  }

  /** The decision process, by sorting: table, metric and ways of the route that there is to be. */
  #expected(prefix: string): (string | number)[][] {
    const endsHere = ({ handling }: ModelPath): boolean => handling.blackhole === true;
    const usable = [...this.paths.values()].filter(
      (path) => path.prefix === prefix && (endsHere(path) || this.#wayOf(path.hop) !== ""),
    );
    const rank = (path: ModelPath): number[] => [
      -this.weights[path.source],
      -path.localPref,
      path.hop === STATIC_HOP && !endsHere(path) ? 5 : 0,
    ];
    usable.sort((a, b) => compare(rank(a), rank(b)) || a.source - b.source || a.pathId - b.pathId);
    const best = usable.at(0);
    if (best === undefined) return [];
    const { kernelTable = 254, kernelMetric = 32 } = best.handling;
    if (endsHere(best)) return [[kernelTable, kernelMetric, hopText(0, undefined)]];
    const equal = usable.filter((path) => compare(rank(path), rank(best)) === 0 && !endsHere(path));
    const hops = [...new Set(equal.map(({ hop }) => hop))].slice(0, this.#multipath);
    return [[kernelTable, kernelMetric, ...hops.map((hop) => this.#wayOf(hop)).sort()]];
  }

  /** By the kernel's own state and BFD's word: where packets for a hop go, "" nowhere. */
  #wayOf(hop: string): string {
    const { kernel } = this;
    const isRunning = (index: number): boolean => kernel.links.get(index)?.running === true;
    if (this.lost.has(hop) || hop === "203.0.113.1") return "";
    if (hop === STATIC_HOP) {
      const [via] = kernel.routes.get(STATIC)?.[0]?.hops ?? [];
      const isThere = via !== undefined && isRunning(via.interface);
      return isThere ? hopText(via.interface, via.gateway) : "";
    }
    const index = linkOf(hop);
    const isNear = hop.includes(":") || this.#isNear(index);
    return isNear && isRunning(index) ? hopText(index, hopOf(hop).address) : "";
  }

  #isNear(index: number): boolean {
    const link = this.kernel.links.get(index);
    return link?.up === true && link.addresses.some(({ address }) => address.family === 0);
  }

  #forsake(key: string, { source, hop }: ModelPath): void {
    this.paths.delete(key);
    const users = this.#users.get(hop);
    if (users?.size === 1 && users.has(source)) this.#abandoned.add(hop);
  }

  #work(): boolean {
    const more = this.rib.work(WORK);
    this.rib.take();
    this.attributes.sweep();
    return more;
  }

  #source(id: number) {
    const address = this.kernel.address(`10.9.9.${id}`);
    const ends = { external: true, client: false, asn: 65000 + id, routerId: id };
    return { name: `n${id}`, ...ends, address, weight: this.weights[id] };
  }

  #prefix(text: string) {
    const prefix: Prefix | undefined = parsePrefix(text);
    assert.ok(prefix !== undefined, text);
    return { family: prefix.family, id: this.prefixes[prefix.family].internPrefix(prefix) };
  }
}

function keyOf(source: number, prefix: string, pathId: number): string {
  return `${source} ${prefix} ${pathId}`;
}

/** A next hop, and the link that its scope is. */
function hopOf(text: string): { address: Address; link: number } {
  const [bare, scope] = text.split("%");
  const address = parseAddress(bare);
  assert.ok(address !== undefined, text);
  return { address, link: isLinkLocal(address) ? Number(scope) : 0 };
}

/** The link that a next hop's address is on. */
function linkOf(hop: string): number {
  const scope = hop.split("%").at(1);
  return Number(scope ?? (hop.startsWith("10.") ? hop.split(".")[2] : hop[5]));
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return 0;
}
