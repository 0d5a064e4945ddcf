/** Operations being put together, each with the part of the Fib that asked for it. */
import type { BatchError, FibOperation } from "./operations.ts";

/** Who hears how an operation ended. */
export interface OperationOwner {
  finished(operation: FibOperation, error: BatchError | undefined, now: number): void;
}

export class BatchBuilder {
  readonly now: number;
  readonly before: FibOperation[] = [];
  readonly after: FibOperation[] = [];
  readonly beforeOwners: OperationOwner[] = [];
  readonly afterOwners: OperationOwner[] = [];

  constructor(now: number) {
    this.now = now;
  }

  addBefore(operation: FibOperation, owner: OperationOwner): void {
    this.before.push(operation);
    this.beforeOwners.push(owner);
  }

  addAfter(operation: FibOperation, owner: OperationOwner): void {
    this.after.push(operation);
    this.afterOwners.push(owner);
  }
}
