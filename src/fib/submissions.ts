/** Batches on their way: put together from what the parts have to do, and their answers handed round. */
import { BatchBuilder, type OperationOwner } from "./batch-builder.ts";
import type { Flight } from "./flight.ts";
import type { NexthopObjects } from "./nexthop-objects.ts";
import type { BatchError, BatchResult, FibBatch, FibOperation } from "./operations.ts";
import type { Proxies } from "./proxies.ts";
import type { RouteBatches } from "./route-batches.ts";
import type { Routes } from "./routes.ts";
import type { Sysctls } from "./sysctls.ts";

/** A batch whose result is out. */
interface Submission {
  readonly builder: BatchBuilder;
  readonly flight: Flight;
}

/** Batches out at a time, at most: enough to keep the worker busy, few enough to stay in control. */
const MOST = 8;

export interface Submitters {
  readonly sysctls: Sysctls;
  readonly proxies: Proxies;
  readonly objects: NexthopObjects;
  readonly routes: Routes;
  readonly batches: RouteBatches;
}

export class Submissions {
  readonly #parts: Submitters;
  readonly #out = new Map<number, Submission>();
  #next = 1;

  constructor(parts: Submitters) {
    this.#parts = parts;
  }

  get isFull(): boolean {
    return this.#out.size >= MOST;
  }

  get isEmpty(): boolean {
    return this.#out.size === 0;
  }

  /** At most `limit` routes, what they need before, what can go after; undefined: nothing to do. */
  take(limit: number, now: number): FibBatch | undefined {
    const { sysctls, proxies, objects, batches } = this.#parts;
    const builder = new BatchBuilder(now);
    sysctls.collect(builder);
    proxies.collect(builder);
    objects.collect(builder);
    const flight = batches.take(limit, builder);
    if (isEmpty(builder, flight)) {
      // Routes that need nothing may have been the last use of an object.
      objects.collect(builder);
      if (isEmpty(builder, flight)) return undefined;
    }
    const id = this.#next++;
    this.#out.set(id, { builder, flight });
    const { before, after } = builder;
    return { id, before, routes: flight.packed, count: flight.count, after };
  }

  result(result: BatchResult, now: number): void {
    const submission = this.#out.get(result.id);
    if (submission === undefined) return;
    this.#out.delete(result.id);
    const { builder, flight } = submission;
    const { routes, batches } = this.#parts;
    const errors = new Map(result.errors.map((error) => [error.index, error]));
    const routeErrors = new Map<number, BatchError>();
    const first = builder.before.length;
    for (const error of result.errors) {
      const index = error.index - first;
      if (index >= 0 && index < flight.count) routeErrors.set(index, error);
    }
    routes.rescan();
    finish(builder.before, builder.beforeOwners, errors, 0, now);
    // An object that came to nothing takes its routes along, those of this batch too.
    routes.rescan();
    batches.finish(flight, routeErrors, now);
    finish(builder.after, builder.afterOwners, errors, first + flight.count, now);
    batches.land(flight);
  }
}

function isEmpty(builder: BatchBuilder, flight: Flight): boolean {
  return flight.count === 0 && builder.before.length === 0 && builder.after.length === 0;
}

function finish(
  operations: readonly FibOperation[],
  owners: readonly OperationOwner[],
  errors: ReadonlyMap<number, BatchError>,
  offset: number,
  now: number,
): void {
  for (let i = 0; i < operations.length; i++) {
    owners[i].finished(operations[i], errors.get(offset + i), now);
  }
}
