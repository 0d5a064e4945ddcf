/**
 * Where a BGP next hop is: RFC 4271 §5.1.3 and §9.1.2.1, against the kernel's own routes and
 * connected subnets. Routes of ours take no part, so no next hop is ever resolved through a route
 * that it supports, and the answer does not depend on what has been installed already.
 */
import {
  type Address,
  type ResolvedNextHop,
  formatAddress,
  isLinkLocal,
  isLoopback,
  isMulticast,
  isUnspecified,
  prefixContainsAddress,
} from "../route/index.ts";
import type { ForeignRoute } from "./foreign-route.ts";
import type { ForeignRoutes } from "./foreign-routes.ts";
import type { LinkTable } from "./links.ts";
import type { OnlinkSetting } from "./settings.ts";
import { ROUTE_TYPE } from "./operations.ts";

/** A static route may point at a gateway that another route leads to; further is a loop. */
const MAXIMUM_DEPTH = 4;

export interface Resolution {
  readonly interface: number;
  /** undefined: packets end here, and there is no interface either. */
  readonly gateway: Address | undefined;
  /** RTNH_F_ONLINK: the kernel shall not ask its routes whether the gateway is on the link. */
  readonly onlink: boolean;
  readonly connected: boolean;
  /** 0 when connected, else at least 1. */
  readonly metric: number;
}

/** Of DISCARD. */
export const ENDS_HERE: Resolution = {
  interface: 0,
  gateway: undefined,
  onlink: false,
  connected: true,
  metric: 0,
};

/** A reason in words; it is shown to people. */
export type Outcome = Resolution | string;

export class Resolver {
  readonly #links: LinkTable;
  readonly #routes: ForeignRoutes;
  #onlink: readonly OnlinkSetting[];

  constructor(links: LinkTable, routes: ForeignRoutes, onlink: readonly OnlinkSetting[]) {
    this.#links = links;
    this.#routes = routes;
    this.#onlink = onlink;
  }

  configure(onlink: readonly OnlinkSetting[]): void {
    this.#onlink = onlink;
  }

  resolve(nextHop: ResolvedNextHop): Outcome {
    const { address, linkLocal, interface: scope } = nextHop;
    const wrong = this.#refuse(address);
    if (wrong !== undefined) return wrong;
    // RFC 2545 §3: the link-local address is there exactly when the next hop is on the shared link.
    if (linkLocal !== undefined && scope !== 0) return this.#onLink(linkLocal, scope);
    if (isLinkLocal(address) && address.family === 1) {
      if (scope === 0) return "link-local next hop without an interface";
      return this.#onLink(address, scope);
    }
    const outcome = this.#follow(address, 0);
    if (typeof outcome !== "string") return outcome;
    const down = this.#onlink.find(({ prefix }) => prefixContainsAddress(prefix, address));
    const name = down?.interface ?? this.#links.unusable(address)?.name;
    return name === undefined ? outcome : `interface ${name} is down`;
  }

  #refuse(address: Address): string | undefined {
    if (isUnspecified(address) || isMulticast(address) || isLoopback(address)) {
      return `${formatAddress(address)} is not the address of a router`;
    }
    // A route through ourselves would loop (RFC 4271 §5.1.3: the speaker's own address is not used).
    if (this.#links.isOwn(address)) return "it is this node's own address";
    return undefined;
  }

  #onLink(gateway: Address, index: number): Outcome {
    if (this.#links.isOwn(gateway)) return "it is this node's own address";
    const link = this.#links.get(index);
    if (link?.usable !== true) return `interface ${this.#links.nameOf(index)} is down`;
    return connectedBy(index, gateway, false);
  }

  /** The longest setting that says on which link the address is; only usable links count. */
  #configured(address: Address): OnlinkSetting | undefined {
    let best: OnlinkSetting | undefined;
    for (const setting of this.#onlink) {
      if (!prefixContainsAddress(setting.prefix, address)) continue;
      if (this.#links.named(setting.interface)?.usable !== true) continue;
      if (best === undefined || setting.prefix.length > best.prefix.length) best = setting;
    }
    return best;
  }

  /** By longest match: connected subnets, settings and routes; in this order where they tie. */
  #follow(address: Address, depth: number): Outcome {
    if (depth === MAXIMUM_DEPTH) return "routes to it lead in a circle";
    const routes = this.#routes.lookup(address);
    const routed = routes[0]?.prefix.length ?? -1;
    const setting = depth === 0 ? this.#configured(address) : undefined;
    const configured = setting?.prefix.length ?? -1;
    const direct = this.#links.connected(address, Math.max(routed, configured));
    if (direct !== undefined) return connectedBy(direct.index, address, false);
    const link = setting === undefined ? undefined : this.#links.named(setting.interface);
    if (link !== undefined && configured >= routed) return connectedBy(link.index, address, true);
    const route = routes.find((candidate) => this.#routes.leads(candidate));
    if (route === undefined) return `no route to ${formatAddress(address)}`;
    if (route.type !== ROUTE_TYPE.UNICAST) {
      return `a blackhole route covers ${formatAddress(address)}`;
    }
    return this.#through(route, address, depth);
  }

  #through(route: ForeignRoute, address: Address, depth: number): Outcome {
    const hop = route.hops.find((candidate) => this.#links.usable(candidate.interface));
    if (hop === undefined) return `no route to ${formatAddress(address)}`;
    if (hop.gateway === undefined) {
      return {
        interface: hop.interface,
        gateway: address,
        onlink: hop.onlink,
        connected: depth === 0,
        metric: depth === 0 ? 0 : Math.max(1, route.metric),
      };
    }
    if (this.#links.isOwn(hop.gateway)) return "its gateway is this node's own address";
    const metric = Math.max(1, route.metric);
    if (hop.onlink || isLinkLocal(hop.gateway) || this.#isReachable(hop.gateway, hop.interface)) {
      const { interface: index, gateway, onlink } = hop;
      return { interface: index, gateway, onlink, connected: false, metric };
    }
    const further = this.#follow(hop.gateway, depth + 1);
    return typeof further === "string" ? further : { ...further, connected: false, metric };
  }

  /** The gateway is on the link of its route, as the kernel demands of a gateway. */
  #isReachable(gateway: Address, index: number): boolean {
    const link = this.#links.get(index);
    if (link === undefined) return false;
    if (this.#links.isConnected(link, gateway)) return true;
    return this.#routes
      .lookup(gateway)
      .some((route) => route.hops.some((hop) => isDirect(hop.gateway, hop.interface, index)));
  }
}

function isDirect(gateway: Address | undefined, hopInterface: number, index: number): boolean {
  return gateway === undefined && hopInterface === index;
}

function connectedBy(index: number, gateway: Address, onlink: boolean): Resolution {
  return { interface: index, gateway, onlink, connected: true, metric: 0 };
}
