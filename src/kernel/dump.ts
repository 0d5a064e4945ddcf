/** Dumps: what the kernel holds now, as facts and packed routes between dump-begin and dump-end. */
import {
  RTM_F_CLONED,
  RTM_NEWADDR,
  RTM_NEWLINK,
  RTM_NEWNEIGH,
  RTM_NEWNEXTHOP,
  RTM_NEWROUTE,
  RT_TABLE_UNSPEC,
  RouteReader,
  decodeAddress,
  decodeLink,
  decodeNeighbour,
  decodeNexthop,
  writeDumpAddresses,
  writeDumpLinks,
  writeDumpNexthops,
  writeDumpProxyNeighbours,
  writeDumpRoutes,
} from "rtnetlink-ts";
import type { Family, MessageCursor } from "rtnetlink-ts";
import type { DumpKind } from "../fib/index.ts";
import { ERRNO, describeErrno } from "../sysdep/index.ts";
import { runDump } from "./dump-socket.ts";
import type { DumpRequest } from "./dump-socket.ts";
import {
  addressFact,
  isOwn,
  linkFact,
  nexthopFact,
  ownHops,
  proxyFact,
  routeFact,
} from "./facts.ts";
import type { NexthopObjects } from "./facts.ts";
import type { Outbox } from "./outbox.ts";
import { OwnRoutes } from "./own-routes.ts";
import type { PlainAdoption } from "./plain-adoption.ts";

/** A table that never stays still long enough is taken as it is, and the log says so. */
const TRIES = 10;
const PAUSE = 10; // milliseconds between them
/** There is no such table, or no such family in this kernel: nothing is in it. */
const ABSENT: readonly number[] = [ERRNO.ENOENT, ERRNO.EOPNOTSUPP, ERRNO.EAFNOSUPPORT];

export interface DumperOptions {
  /** Whose routes of others are told. */
  readonly tables: ReadonlySet<number>;
  readonly protocol: number;
  readonly outbox: Outbox;
  readonly objects: NexthopObjects;
  /** The kernel has nexthop objects. */
  readonly nexthops: boolean;
  /** Given: routes are plain. */
  readonly adoption: PlainAdoption | undefined;
}

interface Step {
  readonly what: readonly DumpKind[];
  run(): void;
}

export class Dumper {
  readonly #options: DumperOptions;
  readonly #route = new RouteReader();
  readonly #own: OwnRoutes;
  readonly #pause = new Int32Array(new SharedArrayBuffer(4));
  #interrupted = false;
  #failure: string | undefined;

  constructor(options: DumperOptions) {
    this.#options = options;
    this.#own = new OwnRoutes(options.outbox);
  }

  /**
   * Links, addresses, nexthop objects, routes (ours and others' in one walk), proxy entries: those
   * that are wanted, in this order.
   */
  dump(wanted: readonly DumpKind[]): void {
    const has = (kind: DumpKind): boolean => wanted.includes(kind);
    const routes: readonly DumpKind[] = (["routes", "own-routes"] as const).filter(has);
    const steps: readonly Step[] = [
      { what: has("links") ? ["links"] : [], run: () => this.#links() },
      { what: has("addresses") ? ["addresses"] : [], run: () => this.#addresses() },
      { what: has("nexthops") ? ["nexthops"] : [], run: () => this.#nexthops(true) },
      { what: routes, run: () => this.#routes(has("routes"), has("own-routes")) },
      { what: has("proxies") ? ["proxies"] : [], run: () => this.#proxies() },
    ];
    for (const step of steps) if (step.what.length > 0) this.#repeat(step);
    this.#options.outbox.flush();
  }

  #repeat(step: Step): void {
    const { outbox } = this.#options;
    for (let tries = 1; ; tries++) {
      this.#interrupted = false;
      this.#failure = undefined;
      for (const what of step.what) outbox.post({ kind: "dump-begin", what });
      step.run();
      if (this.#failure === undefined && !this.#interrupted) break;
      if (tries === TRIES) {
        this.#giveUp(step);
        break;
      }
      Atomics.wait(this.#pause, 0, 0, PAUSE);
    }
    for (const what of step.what) outbox.post({ kind: "dump-end", what });
    if (step.what.includes("own-routes")) this.#options.adoption?.end();
  }

  /** A failure ends the worker: without the dump it would see nothing, and others' routes as gone. */
  #giveUp(step: Step): void {
    const what = step.what.join(" and ");
    if (this.#failure !== undefined) throw new Error(`netlink dump of ${what}: ${this.#failure}`);
    const message = `the kernel's ${what} changed during each of ${TRIES} dumps`;
    this.#options.outbox.post({ kind: "problem", message });
  }

  #walk(write: DumpRequest, type: number, each: (cursor: MessageCursor) => void): void {
    if (this.#failure !== undefined) return;
    const outcome = runDump(write, (cursor) => {
      if (cursor.type === type) each(cursor);
    });
    this.#interrupted ||= outcome.interrupted;
    if (outcome.errno !== 0 && !ABSENT.includes(outcome.errno)) {
      this.#failure = outcome.message ?? describeErrno(outcome.errno);
    }
  }

  #links(): void {
    this.#walk(writeDumpLinks, RTM_NEWLINK, ({ bytes, start, end }) => {
      const link = decodeLink(bytes, start, end);
      const fact = link === undefined ? undefined : linkFact(link, false);
      if (fact !== undefined) this.#options.outbox.fact(fact);
    });
  }

  #addresses(): void {
    this.#walk(writeDumpAddresses, RTM_NEWADDR, ({ bytes, start, end }) => {
      const address = decodeAddress(bytes, start, end);
      if (address !== undefined) this.#options.outbox.fact(addressFact(address, false));
    });
  }

  #proxies(): void {
    this.#walk(writeDumpProxyNeighbours, RTM_NEWNEIGH, ({ bytes, start, end }) => {
      const neighbour = decodeNeighbour(bytes, start, end);
      if (neighbour?.proxy === true) this.#options.outbox.fact(proxyFact(neighbour));
    });
  }

  #nexthops(tell: boolean): void {
    const { objects, nexthops, outbox } = this.#options;
    objects.clear();
    if (!nexthops) return;
    this.#walk(writeDumpNexthops, RTM_NEWNEXTHOP, ({ bytes, start, end }) => {
      const nexthop = decodeNexthop(bytes, start, end);
      if (nexthop === undefined) return;
      const fact = nexthopFact(nexthop, false);
      objects.apply(fact);
      if (tell) outbox.fact(fact);
    });
  }

  #routes(others: boolean, own: boolean): void {
    if (others) {
      this.#options.objects.clearUsed();
      this.#nexthops(false); // so that routes over them can be told with their hops
    }
    for (const family of [0, 1] as const) this.#tables(family, others, own);
    this.#own.flush();
  }

  #nexthopOf(route: RouteReader): number {
    const { adoption } = this.#options;
    if (adoption === undefined || route.nexthopId !== 0) return route.nexthopId;
    return adoption.idOf(route);
  }

  /** Of all tables: ours may be in any, those of an earlier configuration too. */
  #tables(family: Family, others: boolean, own: boolean): void {
    const route = this.#route;
    const { outbox, objects, tables, protocol } = this.#options;
    const filter = { family, table: RT_TABLE_UNSPEC, protocol: others ? 0 : protocol };
    const write: DumpRequest = (writer, sequence) => writeDumpRoutes(writer, sequence, filter);
    this.#walk(write, RTM_NEWROUTE, ({ bytes, start, end }) => {
      if (!route.read(bytes, start, end) || route.family !== family) return;
      if ((route.flags & RTM_F_CLONED) !== 0 || route.tos !== 0) return;
      if (isOwn(route, protocol)) {
        if (own) this.#own.add(route, this.#nexthopOf(route));
      } else if (others && tables.has(route.table)) {
        const hops = route.nexthopId !== 0 ? objects.hops(route.nexthopId) : ownHops(route);
        outbox.fact(routeFact(route, hops));
      }
    });
  }
}
