import type { Logger } from "pino";
import {
  type BatchResult,
  DUMP_KINDS,
  type DumpKind,
  type Fib,
  type KernelFact,
  ROUTE_WORDS,
  routeFamily,
} from "../fib/index.ts";
import type { KernelHandlers } from "../kernel/index.ts";
import { formatAddress } from "../route/index.ts";
import type { OwnAddress } from "../speaker/index.ts";
import type { HostView } from "./host.ts";

export interface KernelEventRooms {
  readonly fib: Pick<
    Fib,
    "dumpBegin" | "dumpEnd" | "fact" | "overrun" | "ownRoutes" | "pods" | "result"
  >;
  readonly host: Pick<HostView, "addresses" | "concernsUplink" | "dumpBegin" | "dumpEnd" | "fact">;
  readonly logger: Pick<Logger, "fatal" | "warn">;
  readonly clock: () => number;
  /** A batch has been answered: the flow's. */
  readonly answered: () => void;
  /** There is work: the transport's. */
  readonly wake: () => void;
  /** There is work that may wait a millisecond for more of its kind: the transport's. */
  readonly gather: () => void;
  /** Reads the kernel's tables again. */
  readonly dump: () => void;
  /** This node's own addresses have changed. */
  readonly onAddresses: (addresses: readonly OwnAddress[]) => void;
  /** `pods.uplink` as it is configured now. */
  readonly uplinkName: () => string | undefined;
  /** The uplink, or its MTU, may have changed. */
  readonly onUplink: () => void;
  /** The worker is dead: nothing can be followed any more. */
  readonly onDead: () => void;
}

/** What the netlink worker says, on its way to the rooms that it concerns. */
export class KernelEvents implements KernelHandlers {
  readonly #rooms: KernelEventRooms;
  readonly #missing = new Set<DumpKind>(DUMP_KINDS);
  readonly #dumped = Promise.withResolvers<void>();
  /** The node's own, as text: whatever follows from them is done once a change. */
  #addresses = "";
  /** By family. */
  #adopted: [number, number] = [0, 0];
  /** Operations that the kernel has answered with an error, and times that events were lost. */
  failures = 0;
  overruns = 0;

  constructor(rooms: KernelEventRooms) {
    this.#rooms = rooms;
  }

  /** Resolves when every kind of dump has ended once. */
  get dumped(): Promise<void> {
    return this.#dumped.promise;
  }

  /** Routes of an earlier run that were in the kernel at the start. */
  get adopted(): number {
    return this.#adopted[0] + this.#adopted[1];
  }

  /**
   * By family, whether forwarding to what this node announces has gone on until now. An earlier run's
   * routes are proof of it; so are pods that are there already, whoever announced them before: another
   * daemon, or an earlier run that had learnt nothing. To be asked when the kernel has been read.
   */
  get preserved(): readonly [boolean, boolean] {
    const preserved: [boolean, boolean] = [this.#adopted[0] > 0, this.#adopted[1] > 0];
    for (const { prefix } of this.#rooms.fib.pods()) preserved[prefix.family] = true;
    return preserved;
  }

  onFacts(facts: readonly KernelFact[]): void {
    const { host, fib, clock, wake, onUplink } = this.#rooms;
    const now = clock();
    let addressed = false;
    let uplink = false;
    const uplinkName = this.#rooms.uplinkName();
    for (const fact of facts) {
      host.fact(fact);
      fib.fact(fact, now);
      if (fact.kind === "address" || (fact.kind === "link" && fact.gone)) addressed = true;
      if (host.concernsUplink(fact, uplinkName)) uplink = true;
    }
    if (addressed) this.#addressesChanged();
    if (uplink) onUplink();
    wake();
  }

  onOwnRoutes(packed: Uint32Array, count: number): void {
    if (this.#missing.size > 0) this.#countAdopted(packed, count);
    this.#rooms.fib.ownRoutes(packed, count, this.#rooms.clock());
    // Somebody may have put another route in the place of ours.
    this.#rooms.wake();
  }

  onResult(result: BatchResult): void {
    const { answered, fib, clock, gather } = this.#rooms;
    answered();
    this.failures += result.errors.length;
    fib.result(result, clock());
    gather();
  }

  onDumpBegin(what: DumpKind): void {
    this.#rooms.host.dumpBegin(what);
    this.#rooms.fib.dumpBegin(what);
    // It starts over: what it has brought so far comes again.
    if (what === "own-routes" && this.#missing.has(what)) this.#adopted = [0, 0];
  }

  onDumpEnd(what: DumpKind): void {
    const { host, fib, clock, wake, onUplink } = this.#rooms;
    host.dumpEnd(what);
    fib.dumpEnd(what, clock());
    if (what === "links" || what === "addresses") this.#addressesChanged();
    if (what === "links" || what === "routes") onUplink();
    this.#missing.delete(what);
    if (this.#missing.size === 0) this.#dumped.resolve();
    wake();
  }

  onOverrun(): void {
    this.overruns++;
    this.#rooms.logger.warn(
      { event: "kernel-overrun" },
      "the kernel reported more changes than could be read: its tables are read again",
    );
    this.#rooms.fib.overrun();
    this.#rooms.dump();
  }

  onProblem(message: string): void {
    this.#rooms.logger.warn({ event: "kernel-problem" }, message);
  }

  onError(error: Error): void {
    // Without the worker the kernel cannot be followed: better to be started again.
    this.#rooms.logger.fatal(
      { event: "kernel-worker-died", error: error.message },
      `the netlink worker died: ${error.message}`,
    );
    this.#rooms.onDead();
  }

  #countAdopted(packed: Uint32Array, count: number): void {
    for (let i = 0; i < count; i++) this.#adopted[routeFamily(packed[i * ROUTE_WORDS])]++;
  }

  /** This node's own addresses: never a next hop to be used, and what is announced as one. */
  #addressesChanged(): void {
    const addresses = this.#rooms.host.addresses();
    // One that has gone over to another interface is another next hop.
    const text = addresses
      .map((own) => `${formatAddress(own.address)} ${own.interface}`)
      .sort()
      .join();
    if (text === this.#addresses) return;
    this.#addresses = text;
    this.#rooms.onAddresses(addresses);
  }
}
