/**
 * Kernels without nexthop objects, or `kernel.nexthopObjects: off`: the Fib speaks of nexthop ids
 * all the same; here they are kept, and routes get the next hops written into them.
 */
import type { FibOperation } from "../fib/index.ts";
import type { RouteHop } from "rtnetlink-ts";

type Hop = Pick<RouteHop, "interface" | "gateway" | "onlink" | "weight">;
type NexthopOperation = Extract<
  FibOperation,
  { kind: "nexthop" | "nexthop-group" | "nexthop-delete" }
>;
type Entry = Exclude<NexthopOperation, { kind: "nexthop-delete" }>;

export class PlainNexthops {
  readonly #entries = new Map<number, Entry>();

  /** False: the id to be deleted is none of these, but an object in the kernel. */
  apply(operation: NexthopOperation): boolean {
    if (operation.kind === "nexthop-delete") return this.#entries.delete(operation.id);
    this.#entries.set(operation.id, operation);
    return true;
  }

  /** Whether an id stands for the end of the way. */
  isBlackhole(id: number): boolean {
    const entry = this.#entries.get(id);
    return entry?.kind === "nexthop" && entry.gateway === undefined && entry.interface === 0;
  }

  /** The next hops that an id stands for now; none when the id or all its members are unknown. */
  hops(id: number): readonly Hop[] {
    const entry = this.#entries.get(id);
    if (entry === undefined) return [];
    if (entry.kind === "nexthop") return [hopOf(entry, 1)];
    const hops: Hop[] = [];
    for (const member of entry.members) {
      const single = this.#entries.get(member.id);
      if (single?.kind === "nexthop") hops.push(hopOf(single, member.weight));
    }
    return hops;
  }
}

function hopOf(entry: Extract<Entry, { kind: "nexthop" }>, weight: number): Hop {
  const { interface: index, gateway, onlink } = entry;
  return { interface: index, onlink, weight, ...(gateway === undefined ? {} : { gateway }) };
}
