/** One FibBatch into the kernel: `before`, then the routes, then `after`. */
import {
  NLM_F_ACK,
  NLM_F_CREATE,
  NLM_F_EXCL,
  NLM_F_REPLACE,
  NetlinkWriter,
  writeDeleteNexthop,
  writeNexthop,
  writeNexthopGroup,
  writeProxyNeighbour,
  writeRoute,
  writeRouteByNexthop,
} from "rtnetlink-ts";
import type { RouteTemplate } from "rtnetlink-ts";
import {
  ROUTE_KIND,
  ROUTE_TYPE,
  ROUTE_WORDS,
  routeFamily,
  routeKind,
  routeLength,
  routeType,
} from "../fib/index.ts";
import type { BatchError, BatchResult, FibBatch, FibOperation, KernelFact } from "../fib/index.ts";
import { ERRNO, announceAddress } from "../sysdep/index.ts";
import { addressBytes } from "./address-bytes.ts";
import type { NexthopObjects } from "./facts.ts";
import type { PlainNexthops } from "./plain.ts";
import type { FailureSink, RequestSocket } from "./requests.ts";
import { readSysctl, writeSysctl } from "./sysctl.ts";

const CREATE_OR_REPLACE = NLM_F_CREATE | NLM_F_REPLACE;

export interface ApplierOptions {
  readonly requests: RequestSocket;
  readonly objects: NexthopObjects;
  readonly protocol: number;
  /** Given: the kernel has no nexthop objects, or they are switched off. */
  readonly plain: PlainNexthops | undefined;
  /** The answers of read-sysctl. */
  fact(fact: KernelFact): void;
  /** Called between sends, so that events do not wait behind a large batch. */
  between(): void;
}

export class Applier implements FailureSink {
  readonly #options: ApplierOptions;
  readonly #requests: RequestSocket;
  readonly #writer = new NetlinkWriter(256 << 10);
  /** By ROUTE_KIND. */
  readonly #templates: readonly (RouteTemplate | undefined)[];
  #errors: BatchError[] = [];
  /** Of the batch's index: where the writer's messages came from. */
  #places: number[] = [];
  #first = 0;

  constructor(options: ApplierOptions) {
    this.#options = options;
    this.#requests = options.requests;
    const templates: (RouteTemplate | undefined)[] = [];
    const { protocol } = options;
    templates[ROUTE_KIND.ADD] = { kind: "new", flags: NLM_F_CREATE | NLM_F_EXCL, protocol };
    templates[ROUTE_KIND.REPLACE] = { kind: "new", flags: CREATE_OR_REPLACE, protocol };
    templates[ROUTE_KIND.DELETE] = { kind: "delete", flags: 0, protocol };
    this.#templates = templates;
  }

  apply(batch: FibBatch): BatchResult {
    this.#errors = [];
    this.#applyOperations(batch.before, 0);
    this.#applyRoutes(batch.routes, batch.count, batch.before.length);
    this.#applyOperations(batch.after, batch.before.length + batch.count);
    const errors = this.#errors.sort((a, b) => a.index - b.index);
    return { id: batch.id, errors };
  }

  /** FailureSink */
  failed(place: number, errno: number, message: string): void {
    this.#errors.push({ index: this.#places[place], errno, message });
  }

  #applyOperations(operations: readonly FibOperation[], base: number): void {
    for (const [offset, operation] of operations.entries()) {
      this.#applyOperation(operation, base + offset);
      this.#flushIfFull();
    }
    this.#flush();
  }

  /** Operations that are not netlink's keep their place in the order: what is written goes first. */
  #applyOperation(operation: FibOperation, index: number): void {
    switch (operation.kind) {
      case "nexthop":
      case "nexthop-group":
      case "nexthop-delete":
        if (this.#options.plain?.apply(operation) === true) return;
        return this.#writeNexthop(operation, this.#begin(index));
      case "proxy-add":
      case "proxy-delete":
        return this.#writeProxy(operation, this.#begin(index));
      case "announce-address":
        this.#flush();
        return this.#announce(operation, index);
      case "sysctl": {
        this.#flush();
        const failure = writeSysctl(operation.path, operation.value);
        if (failure !== undefined) this.#errors.push({ index, ...failure });
        return;
      }
      case "read-sysctl": {
        this.#flush();
        const { path } = operation;
        return this.#options.fact({ kind: "sysctl", path, value: readSysctl(path) });
      }
    }
  }

  #writeNexthop(
    operation: Extract<FibOperation, { kind: "nexthop" | "nexthop-group" | "nexthop-delete" }>,
    sequence: number,
  ): void {
    const writer = this.#writer;
    const { protocol, objects } = this.#options;
    const flags = NLM_F_ACK | CREATE_OR_REPLACE;
    if (operation.kind === "nexthop-delete") {
      objects.forgetOwn(operation.id);
      writeDeleteNexthop(writer, NLM_F_ACK, sequence, operation.id);
    } else if (operation.kind === "nexthop") {
      objects.noteOwn(operation.id, operation.interface);
      writeNexthop(writer, flags, sequence, { ...operation, protocol });
    } else {
      writeNexthopGroup(writer, flags, sequence, { ...operation, protocol });
    }
  }

  #writeProxy(
    operation: Extract<FibOperation, { kind: "proxy-add" | "proxy-delete" }>,
    sequence: number,
  ): void {
    const proxy = { ...operation, protocol: this.#options.protocol };
    if (operation.kind === "proxy-add") {
      writeProxyNeighbour(this.#writer, "new", NLM_F_ACK | CREATE_OR_REPLACE, sequence, proxy);
    } else {
      writeProxyNeighbour(this.#writer, "delete", NLM_F_ACK, sequence, proxy);
    }
  }

  #announce(operation: Extract<FibOperation, { kind: "announce-address" }>, index: number): void {
    const { mac, address } = operation;
    if (mac.length !== 6) {
      this.#errors.push({ index, errno: ERRNO.EINVAL, message: "not an Ethernet interface" });
      return;
    }
    const fault = announceAddress(operation.interface, mac, addressBytes(address));
    if (fault === undefined) return;
    this.#errors.push({ index, errno: fault.errno, message: fault.message });
  }

  #applyRoutes(routes: Uint32Array, count: number, base: number): void {
    for (let i = 0; i < count; i++) {
      this.#writeRoute(routes, i * ROUTE_WORDS, base + i);
      this.#flushIfFull();
    }
    this.#flush();
  }

  #writeRoute(routes: Uint32Array, at: number, index: number): void {
    const word = routes[at];
    const template = this.#templates[routeKind(word)];
    if (template === undefined) throw new RangeError(`no such route kind: ${routeKind(word)}`);
    const { plain } = this.#options;
    const nexthopId = routes[at + 1];
    const isPlain = plain !== undefined && nexthopId !== 0 && template.kind === "new";
    const endsHere = isPlain && plain.isBlackhole(nexthopId);
    if (isPlain && !endsHere) return this.#writePlainRoute(plain, template, routes, at, index);
    writeRouteByNexthop(
      this.#writer,
      template,
      this.#begin(index),
      routeFamily(word),
      routes[at + 2],
      routes[at + 3],
      routes[at + 4],
      routes[at + 5],
      routeLength(word),
      endsHere ? ROUTE_TYPE.BLACKHOLE : routeType(word),
      endsHere ? 0 : nexthopId,
      routes[at + 6],
      routes[at + 7],
    );
  }

  #writePlainRoute(
    plain: PlainNexthops,
    template: RouteTemplate,
    routes: Uint32Array,
    at: number,
    index: number,
  ): void {
    const hops = plain.hops(routes[at + 1]);
    if (hops.length === 0) {
      const message = `nexthop ${routes[at + 1]} is not there`;
      this.#errors.push({ index, errno: ERRNO.ENOENT, message });
      return;
    }
    const family = routeFamily(routes[at]);
    const destination = {
      family,
      w0: routes[at + 2],
      w1: routes[at + 3],
      w2: routes[at + 4],
      w3: routes[at + 5],
    };
    writeRoute(this.#writer, template, this.#begin(index), {
      destination,
      length: routeLength(routes[at]),
      type: ROUTE_TYPE.UNICAST,
      metric: routes[at + 6],
      table: routes[at + 7],
      hops,
    });
  }

  /** @returns the sequence number for the message of the operation or route at `index` */
  #begin(index: number): number {
    const sequence = this.#requests.nextSequence();
    if (this.#writer.count === 0) this.#first = sequence;
    this.#places[this.#writer.count] = index;
    return sequence;
  }

  #flushIfFull(): void {
    if (!this.#requests.isFull(this.#writer)) return;
    this.#flush();
    this.#options.between();
  }

  #flush(): void {
    this.#writer.flagLast(NLM_F_ACK);
    this.#requests.exchange(this.#writer, this.#first, this);
  }
}
