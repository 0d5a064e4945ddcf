/**
 * Local pods: found, not configured. A pod is somebody's host route (/32, /128) in the main table
 * over an interface that matches `pods.interfaces`, inside `pods.pool`; or the connected subnet of
 * such a bridge. CNI plugins make these routes with any scope and protocol.
 *
 * The kernel drops a dead link's routes without a word; links.ts and foreign-routes.ts take care of
 * that, so a pod vanishes with its link (deleted, renamed, down) in any case.
 */
import {
  type Prefix,
  bitsOf,
  formatPrefix,
  networkAddress,
  prefixContains,
} from "../route/index.ts";
import type { FibEvent } from "./events.ts";
import type { ForeignRoute } from "./foreign-route.ts";
import type { ForeignRoutes } from "./foreign-routes.ts";
import { matchesAny } from "./glob.ts";
import type { LinkTable } from "./links.ts";
import { ROUTE_TYPE } from "./operations.ts";
import { PROTOCOL_KERNEL } from "./protocol-names.ts";
import type { PodSettings } from "./settings.ts";

const MAIN_TABLE = 254;

export interface Pod {
  readonly prefix: Prefix;
  /** A single address; else a bridge's subnet. */
  readonly isHost: boolean;
  readonly interface: number;
  /** Name at the time when it was found. */
  readonly interfaceName: string;
}

/** Whether any came or went: single addresses, and the subnets of bridges. */
export interface PodChanges {
  readonly hosts: boolean;
  readonly subnets: boolean;
}

interface OwnRoute {
  readonly prefix: Prefix;
  readonly origin: "pod" | "block";
}

export class Pods {
  readonly #links: LinkTable;
  readonly #foreign: ForeignRoutes;
  readonly #events: FibEvent[];
  #settings: PodSettings;
  readonly #pods = new Map<string, Pod>();
  readonly #announced = new Map<string, OwnRoute>();
  /** Prefixes whose routes or links have changed. */
  readonly #touched = new Map<string, Prefix>();
  /** Blocks that are backed by a blackhole, and so may be announced. */
  readonly #ready = new Set<string>();

  constructor(links: LinkTable, foreign: ForeignRoutes, settings: PodSettings, events: FibEvent[]) {
    this.#links = links;
    this.#foreign = foreign;
    this.#settings = settings;
    this.#events = events;
  }

  get size(): number {
    return this.#pods.size;
  }

  all(): IterableIterator<Pod> {
    return this.#pods.values();
  }

  isAnnounced(prefix: Prefix): boolean {
    return this.#announced.has(formatPrefix(prefix));
  }

  /** The pod of a prefix; in words, why there is none. */
  trial(prefix: Prefix): Pod | string {
    const { pool, interfaces } = this.#settings;
    if (!pool.some((each) => prefixContains(each, prefix))) return "outside pods.pool";
    const found = this.#foreign.of(prefix).map((route) => this.#podOf(route));
    const pod = found.find((each) => typeof each === "object");
    if (pod !== undefined) return pod;
    const [why] = found;
    const wanted = `no route to it on an interface that is up and matches ${interfaces.join(", ")}`;
    return typeof why === "string" ? why : `the kernel has ${wanted}`;
  }

  /** The blocks that want a blackhole. */
  blocks(): readonly Prefix[] {
    return this.#settings.advertise === "hosts" ? [] : this.#settings.blocks;
  }

  /** Whether a block may be announced. */
  setReady(block: Prefix, ready: boolean): void {
    const text = formatPrefix(block);
    if (this.#ready.has(text) === ready) return;
    if (ready) this.#ready.add(text);
    else this.#ready.delete(text);
    this.#announce(block);
  }

  configure(settings: PodSettings): void {
    const before = this.blocks();
    this.#settings = settings;
    const wanted = new Set(this.blocks().map(formatPrefix));
    for (const block of before) {
      if (!wanted.has(formatPrefix(block))) this.#ready.delete(formatPrefix(block));
      this.#announce(block);
    }
    for (const pod of this.#pods.values()) this.#touched.set(formatPrefix(pod.prefix), pod.prefix);
    for (const link of this.#links.all()) for (const route of link.routes) this.touch(route);
  }

  touch(route: ForeignRoute): void {
    const inPool = this.#settings.pool.some((pool) => prefixContains(pool, route.prefix));
    const text = formatPrefix(route.prefix);
    if (inPool || this.#pods.has(text)) this.#touched.set(text, route.prefix);
  }

  /** `arrived`: what is found from now on has come now. Answers what came or went. */
  settle(arrived: boolean): PodChanges {
    const changes = { hosts: false, subnets: false };
    for (const [text, prefix] of this.#touched) {
      const before = this.#pods.get(text);
      const after = this.#find(prefix);
      if (before !== undefined && after !== undefined && samePlace(before, after)) {
        this.#announce(prefix);
        continue;
      }
      if (before === undefined && after === undefined) continue;
      if (before?.isHost === true || after?.isHost === true) changes.hosts = true;
      if (before?.isHost === false || after?.isHost === false) changes.subnets = true;
      if (before !== undefined) {
        this.#pods.delete(text);
        this.#events.push({ kind: "pod-gone", prefix, interface: before.interfaceName });
      }
      if (after !== undefined) {
        this.#pods.set(text, after);
        const { interfaceName } = after;
        this.#events.push({ kind: "pod-found", prefix, interface: interfaceName, arrived });
      }
      this.#announce(prefix);
    }
    this.#touched.clear();
    return changes;
  }

  #find(prefix: Prefix): Pod | undefined {
    for (const route of this.#foreign.of(prefix)) {
      const pod = this.#podOf(route);
      if (typeof pod === "object") return pod;
    }
    return undefined;
  }

  /** The pod that a route leads to; in words, why it is none. */
  #podOf(route: ForeignRoute): Pod | string {
    const { prefix, hops } = route;
    const { interfaces, pool } = this.#settings;
    if (route.table !== MAIN_TABLE) return `its route is in table ${route.table}, not in main`;
    if (route.type !== ROUTE_TYPE.UNICAST) return "its route leads nowhere";
    if (hops.length !== 1) return "its route has more than one way";
    if (hops[0].gateway !== undefined) return "its route goes by a gateway, not onto a link";
    const link = this.#links.get(hops[0].interface);
    if (link === undefined || !matchesAny(interfaces, link.name)) {
      const name = link?.name ?? `interface ${hops[0].interface}`;
      return `its route is on ${name}, which pods.interfaces (${interfaces.join(", ")}) does not match`;
    }
    if (!pool.some((each) => prefixContains(each, prefix))) return "outside pods.pool";
    const isHost = prefix.length === bitsOf(prefix.family);
    if (isHost) {
      if (!link.usable) return `its interface ${link.name} is down`;
      if (this.#links.isOwn(networkAddress(prefix))) return "it is an address of this node itself";
    } else {
      // A bridge without pods has no carrier; its subnet is the node's all the same.
      const isSubnet = route.protocol === PROTOCOL_KERNEL && link.linkKind === "bridge";
      if (!isSubnet) return "it is neither a single address nor the subnet of a bridge";
      if (!link.up) return `its bridge ${link.name} is down`;
    }
    return { prefix, isHost, interface: link.index, interfaceName: link.name };
  }

  /** What is announced for a prefix: as a block, as a pod, or not. */
  #origin(prefix: Prefix, text: string): "pod" | "block" | undefined {
    const isBlock = this.blocks().some((block) => formatPrefix(block) === text);
    if (isBlock) return this.#ready.has(text) ? "block" : undefined;
    if (!this.#pods.has(text)) return undefined;
    if (this.#settings.advertise !== "block") return "pod";
    const covered = this.#settings.blocks.some((block) => prefixContains(block, prefix));
    return covered ? undefined : "pod";
  }

  #announce(prefix: Prefix): void {
    const text = formatPrefix(prefix);
    const before = this.#announced.get(text);
    const origin = this.#origin(prefix, text);
    if (before?.origin === origin) return;
    if (before !== undefined) {
      this.#announced.delete(text);
      this.#events.push({ kind: "own-route", prefix, origin: before.origin, announce: false });
    }
    if (origin === undefined) return;
    this.#announced.set(text, { prefix, origin });
    this.#events.push({ kind: "own-route", prefix, origin, announce: true });
  }
}

function samePlace(a: Pod, b: Pod): boolean {
  return a.interface === b.interface && a.interfaceName === b.interfaceName;
}
