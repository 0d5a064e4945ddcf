/** What the kernel's answers make of nexthop objects: assumed until then, in doubt if refused. */
import type { OperationOwner } from "./batch-builder.ts";
import { ERRNO, isAbsence, isUnreachable } from "./errno.ts";
import type { FibEvent } from "./events.ts";
import { type KernelObject, type NextHop, groupKey } from "./forwarding.ts";
import type { NextHops } from "./next-hops.ts";
import type { ObjectBook } from "./object-book.ts";
import { slotOf } from "./object-ids.ts";
import type { BatchError, FibOperation } from "./operations.ts";

/** Refusals of a resilient group in a row, after which another one has to do. */
const PATIENCE = 3;

export interface ObjectAnswersOptions {
  readonly book: ObjectBook;
  readonly nextHops: NextHops;
  readonly events: FibEvent[];
  /** The kernel has it no longer. */
  readonly free: (object: KernelObject) => void;
}

export class ObjectAnswers implements OperationOwner {
  readonly #book: ObjectBook;
  readonly #nextHops: NextHops;
  readonly #events: FibEvent[];
  readonly #free: (object: KernelObject) => void;

  constructor({ book, nextHops, events, free }: ObjectAnswersOptions) {
    this.#book = book;
    this.#nextHops = nextHops;
    this.#events = events;
    this.#free = free;
  }

  finished(operation: FibOperation, error: BatchError | undefined, now: number): void {
    if (!("id" in operation)) return;
    const object = this.#book.slots.get(slotOf(operation.id));
    if (object === undefined) return;
    object.flying = "";
    if (operation.kind === "nexthop-delete") {
      this.#deleted(object, error, now);
      return;
    }
    if (error === undefined) this.#put(object);
    else this.#refused(object, error, now);
    this.#book.consider(object);
    this.#book.dirty.add(object);
  }

  #put(object: KernelObject): void {
    // Routes were refused along with it: they need not wait for their own next attempt.
    if (object.failures > 0) this.#book.touchLists(object);
    object.failures = 0;
    object.retryAt = 0;
    object.priorInterface = 0;
    if (object.hop !== undefined) {
      this.#nextHops.accepted(object.hop);
      this.#hurryGroups(object.hop);
      this.#completeGroups(object);
    }
    const kept = keptMembers(object);
    if (object.asked !== undefined) {
      const asked = object.asked;
      this.#book.replaceMembers(object, asked, undefined);
    }
    if (!object.disturbed) return;
    object.disturbed = false;
    if (kept.length === 0) return this.#book.vanish(object);
    this.#book.replaceMembers(object, kept, undefined);
    this.#book.doubt(object);
  }

  /** Groups that were refused, perhaps for want of this member, are asked for again at once; once. */
  #hurryGroups(hop: NextHop): void {
    for (const { group } of hop.pathLists) {
      if (group?.failures !== 1) continue;
      group.retryAt = 0;
      this.#book.retries.delete(group);
      this.#book.dirty.add(group);
    }
  }

  /** Groups whose backup had to wait for this object. */
  #completeGroups(object: KernelObject): void {
    for (const { group, standby } of object.hop?.pathLists ?? []) {
      if (group?.resilient !== true || standby !== object.hop) continue;
      if (!object.usedBy.has(group)) this.#book.dirty.add(group);
    }
  }

  #refused(object: KernelObject, error: BatchError, now: number): void {
    object.disturbed = false;
    object.refused =
      object.asked === undefined
        ? object.contentKey()
        : groupKey(object.asked, object.resilient, object.standby);
    this.#book.replaceMembers(object, object.members, undefined);
    this.#book.doubt(object);
    this.#book.backOff(object, now);
    const missing = error.errno === ERRNO.ENOENT || error.errno === ERRNO.EINVAL;
    if (object.isGroup) {
      this.#fallBack(object, error);
      if (missing) for (const hop of object.list?.hops() ?? []) this.#doubtHop(hop);
    } else if (object.hop !== undefined && (missing || isUnreachable(error.errno))) {
      object.retryAt = 0;
      this.#book.retries.delete(object);
      this.#nextHops.refuse(object.hop, `the kernel says: ${error.message}`, now);
    }
    if (object.failures === 1) this.#report(object, error);
  }

  /** With all its members there, it is the resilient group itself that this kernel does not take. */
  #fallBack(group: KernelObject, error: BatchError): void {
    const { list } = group;
    if (error.errno !== ERRNO.EINVAL && error.errno !== ERRNO.EOPNOTSUPP) return;
    if (list === undefined || !group.resilient || group.failures < PATIENCE) return;
    if (!list.active.every(({ object }) => object?.state === "present")) return;
    list.isPlain = true;
    this.#report(group, { ...error, message: `${error.message}; its backup stands by no more` });
  }

  #deleted(object: KernelObject, error: BatchError | undefined, now: number): void {
    object.disturbed = false;
    if (error === undefined || isAbsence(error.errno)) {
      this.#free(object);
      return;
    }
    object.state = "unknown";
    this.#book.backOff(object, now);
    this.#book.consider(object);
    if (object.failures === 1) this.#report(object, error);
  }

  #report(object: KernelObject, { errno, message }: BatchError): void {
    const operation = object.isGroup ? "nexthop group" : "nexthop";
    const subject = `id ${object.id} ${object.contentKey()}`;
    this.#events.push({ kind: "operation-failed", operation, subject, errno, message });
  }

  #doubtHop(hop: NextHop): void {
    if (hop.object !== undefined && hop.object.flying === "") this.#book.doubt(hop.object);
  }
}

/** Of a group that was put: the members that it had before, too, and in between; it never was empty. */
function keptMembers({ members, asked = [] }: KernelObject): readonly KernelObject[] {
  return asked.filter(
    (member) => members.includes(member) && member.state === "present" && member.flying === "",
  );
}
