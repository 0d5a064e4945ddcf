// This node's own routes: pods and blocks as they come and go, and the routes of the configuration. Of
// one prefix there may be both; the configuration's is the one that is announced.

import { pathAttributes } from "bgp-ts";
import { formatPrefix } from "../route/index.ts";
import type { Address, AttributeTable, Family, Prefix, PrefixTable } from "../route/index.ts";
import type { StaticRoute } from "./config.ts";
import type { Origins } from "./origins.ts";
import { LOCAL_SOURCE } from "./rib/index.ts";
import type { Rib } from "./rib/index.ts";

/** Path identifiers of this node's own paths; of two, the lower one is the best. */
export const STATIC_PATH = 0;
const FOUND_PATH = 1;

export interface OwnRouteRooms {
  readonly prefixes: readonly [PrefixTable, PrefixTable];
  readonly attributes: AttributeTable;
  readonly rib: Rib;
  readonly origins: Origins;
  /** Notes whether the node originates a prefix, and judges what others announce of it. */
  readonly originates: (family: Family, prefix: number, own: boolean, ticks: number) => void;
}

interface Announced {
  readonly prefix: Prefix;
  readonly id: number;
  readonly set: number;
}

export class OwnRoutes {
  readonly #rooms: OwnRouteRooms;
  /** The attribute set of pods and blocks. */
  readonly #plain: number;
  #statics = new Map<string, Announced>();
  /** Prefix ids of pods and blocks that have a static route too, by family. */
  readonly #both: readonly [Set<number>, Set<number>] = [new Set(), new Set()];

  constructor(rooms: OwnRouteRooms) {
    this.#rooms = rooms;
    this.#plain = rooms.attributes.intern(pathAttributes({}));
    rooms.attributes.hold(this.#plain);
  }

  originate(family: Family, prefix: number, isBlock: boolean, ticks: number): void {
    const { rib, origins, originates } = this.#rooms;
    // Pods and blocks share an attribute set: only a fresh path makes policies look again.
    if (origins.isBlock(family, prefix) !== isBlock) {
      rib.withdraw(LOCAL_SOURCE, family, prefix, FOUND_PATH);
    }
    origins.setBlock(family, prefix, isBlock);
    if (origins.isStatic(family, prefix)) this.#both[family].add(prefix);
    rib.announce(LOCAL_SOURCE, family, prefix, FOUND_PATH, this.#plain, this.#plain, ticks);
    originates(family, prefix, true, ticks);
  }

  withdraw(family: Family, prefix: number, ticks: number): void {
    const { rib, origins, originates } = this.#rooms;
    if (!this.#both[family].delete(prefix)) originates(family, prefix, false, ticks);
    // Last, since this may free the id.
    origins.setBlock(family, prefix, false);
    rib.withdraw(LOCAL_SOURCE, family, prefix, FOUND_PATH);
  }

  /** Gives back all that is held; the RIB has what it has. */
  close(): void {
    this.setStatics([], 0);
    this.#rooms.attributes.release(this.#plain);
  }

  /** All routes of the configuration, in the place of those before. */
  setStatics(routes: readonly StaticRoute[], ticks: number): void {
    const before = this.#statics;
    this.#statics = new Map();
    for (const route of routes) {
      const key = formatPrefix(route.prefix);
      const announced = this.#announce(route, before.get(key), ticks);
      if (announced === undefined) continue;
      before.delete(key);
      this.#statics.set(key, announced);
    }
    for (const old of before.values()) this.#remove(old, ticks);
  }

  /** undefined: the tables have no room, and what was there before goes. */
  #announce(route: StaticRoute, old: Announced | undefined, ticks: number): Announced | undefined {
    const { attributes, rib, originates } = this.#rooms;
    const { prefix, nextHop, ...fields } = route;
    const set = attributes.intern(
      pathAttributes({ ...fields, nextHop: nextHop && words(nextHop) }),
    );
    if (set === 0) return undefined;
    attributes.hold(set);
    if (old !== undefined) attributes.release(old.set);
    if (old?.set === set) return old;
    const { family } = prefix;
    const id = old?.id ?? this.#rooms.prefixes[family].internPrefix(prefix);
    if (old === undefined) this.#makeStatic(family, id);
    rib.announce(LOCAL_SOURCE, family, id, STATIC_PATH, set, set, ticks);
    originates(family, id, true, ticks);
    return { prefix, id, set };
  }

  /** A pod or block that is there already stays behind it. */
  #makeStatic(family: Family, id: number): void {
    const { rib, origins } = this.#rooms;
    const isFound = rib.paths(family, id).some(({ source }) => source === LOCAL_SOURCE);
    if (isFound) this.#both[family].add(id);
    origins.setStatic(family, id, true);
  }

  #remove({ prefix: { family }, id, set }: Announced, ticks: number): void {
    const { attributes, rib, origins, originates } = this.#rooms;
    origins.setStatic(family, id, false);
    if (!this.#both[family].delete(id)) originates(family, id, false, ticks);
    rib.withdraw(LOCAL_SOURCE, family, id, STATIC_PATH);
    attributes.release(set);
  }
}

function words({ family, w0, w1, w2, w3 }: Address) {
  return { family, w0, w1, w2, w3 };
}
