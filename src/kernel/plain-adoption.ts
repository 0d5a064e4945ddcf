/**
 * Plain routes that an earlier run has left, told as if they led over nexthop objects: every next hop
 * and every set of them gets an id, a fact, and its place among the PlainNexthops. So the Fib finds
 * in the first dump what it wants, and writes only what differs.
 *
 * In the first dump only: afterwards ids are the Fib's to give, and a batch that is on its way may
 * mean something else by one of them. Later dumps leave a plain route's content open (id 0).
 */
import type { RouteHop, RouteReader } from "rtnetlink-ts";
import type { KernelFact } from "../fib/index.ts";
import { LAST_OBJECT, FIRST_OBJECT, ROUTE_TYPE } from "../fib/index.ts";
import { addressBytes } from "./address-bytes.ts";
import type { NexthopObjects } from "./facts.ts";
import type { PlainNexthops } from "./plain.ts";

export interface PlainAdoptionOptions {
  readonly plain: PlainNexthops;
  /** The kernel's own objects, whose ids are taken. */
  readonly objects: Pick<NexthopObjects, "has">;
  readonly protocol: number;
  fact(fact: KernelFact): void;
}

export class PlainAdoption {
  readonly #options: PlainAdoptionOptions;
  readonly #ids = new Map<string, number>();
  #next = FIRST_OBJECT;
  #over = false;

  constructor(options: PlainAdoptionOptions) {
    this.#options = options;
  }

  end(): void {
    this.#over = true;
    this.#ids.clear();
  }

  /** The id that stands for what the route carries; 0: it is nothing that we would write. */
  idOf(route: RouteReader): number {
    if (this.#over || route.type !== ROUTE_TYPE.UNICAST) return 0;
    const ids: number[] = [];
    for (const hop of route.hops()) {
      const id = this.#single(hop);
      if (id === 0) return 0;
      ids.push(id);
    }
    if (ids.length < 2) return ids[0] ?? 0;
    return this.#group(ids.sort((a, b) => a - b));
  }

  #single({ interface: index, gateway, onlink, weight }: RouteHop): number {
    if (gateway === undefined || weight !== 1) return 0;
    return this.#idFor(`${index} ${onlink} ${addressBytes(gateway).join(".")}`, (id) => {
      const { family } = gateway;
      const content = { id, family, interface: index, gateway, onlink };
      this.#options.plain.apply({ kind: "nexthop", ...content });
      this.#tell({ ...content, blackhole: false });
    });
  }

  #group(ids: readonly number[]): number {
    return this.#idFor(ids.join(), (id) => {
      const members = ids.map((member) => ({ id: member, weight: 1 }));
      this.#options.plain.apply({ kind: "nexthop-group", id, members });
      this.#tell({ id, family: 0, interface: 0, onlink: false, blackhole: false, members });
    });
  }

  #idFor(key: string, make: (id: number) => void): number {
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    while (this.#options.objects.has(this.#next)) this.#next++;
    if (this.#next > LAST_OBJECT) return 0;
    const id = this.#next++;
    this.#ids.set(key, id);
    make(id);
    return id;
  }

  #tell(content: Omit<Extract<KernelFact, { kind: "nexthop" }>, "kind" | "protocol">): void {
    const { protocol } = this.#options;
    this.#options.fact({ kind: "nexthop", protocol, ...content, virtual: true });
  }
}
