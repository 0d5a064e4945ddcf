/**
 * Nexthop objects: what the kernel has against what next hops and path lists want.
 *
 * The kernel's rules that are kept here: an id is a single or a group for life; members exist before
 * their group, groups are not nested and never empty; a single may be replaced in place. An object
 * is deleted only when no route and no group uses it, by the kernel's own answers, since the kernel
 * takes the routes of a deleted object away in silence.
 *
 * A put is an NLM_F_CREATE | NLM_F_REPLACE, so that asking twice does no harm; where it is not sure
 * what the kernel has (state "unknown"), it is asked again.
 */
import { IPV6 } from "../route/index.ts";
import type { BatchBuilder } from "./batch-builder.ts";
import type { FibEvent } from "./events.ts";
import { KernelObject, type NextHop, type PathList, groupKey, singleKey } from "./forwarding.ts";
import type { NextHops } from "./next-hops.ts";
import { ObjectAnswers } from "./object-answers.ts";
import type { ObjectBook } from "./object-book.ts";
import type { ObjectClaims } from "./object-claims.ts";
import type { ObjectFacts } from "./object-facts.ts";
import type { NexthopGroupOperation } from "./operations.ts";
import { BUCKETS, isResilient, resilientMembers } from "./standby.ts";

/** Deletions in one batch at most. */
const DELETE_LIMIT = 1024;

/** `prepare`: the object is refused or awaited; what the routes have stays as it is. */
export const WAITING = -1;

export interface ObjectsOptions {
  readonly book: ObjectBook;
  readonly claims: ObjectClaims;
  readonly facts: ObjectFacts;
  readonly nextHops: NextHops;
  readonly events: FibEvent[];
}

export class NexthopObjects {
  readonly #book: ObjectBook;
  readonly #claims: ObjectClaims;
  readonly #facts: ObjectFacts;
  readonly #nextHops: NextHops;
  readonly #answers: ObjectAnswers;
  /** Refused next hops to try once more. */
  readonly #probes = new Set<NextHop>();
  /** Adopted objects that nobody has claimed are as idle as others. */
  #sweeping = false;

  constructor({ book, claims, facts, nextHops, events }: ObjectsOptions) {
    this.#book = book;
    this.#claims = claims;
    this.#facts = facts;
    this.#nextHops = nextHops;
    const free = (object: KernelObject): void => this.#free(object);
    this.#answers = new ObjectAnswers({ book, nextHops, events, free });
  }

  get hasWork(): boolean {
    const deletions = this.#book.slots.limbo === 0 ? this.#book.idle.size : 0;
    return this.#book.dirty.size > 0 || deletions > 0 || this.#probes.size > 0;
  }

  /** Objects that the kernel has, or may have. */
  get inKernel(): number {
    let count = 0;
    for (const { state, flying } of this.#book.slots.all()) {
      if (state !== "absent" || flying !== "") count++;
    }
    return count;
  }

  /** Asks the kernel once more for a next hop that it refused. */
  probe(hop: NextHop): void {
    this.#probes.add(hop);
  }

  /** The slot for the routes of a list: 0 nothing is alive, WAITING, or usable after `batch`. */
  prepare(list: PathList, batch: BatchBuilder): number {
    if (!list.alive) return 0;
    const object = list.isSingle
      ? this.#putSingle(list.best[0], batch)
      : this.#putGroup(list, batch);
    if (object === undefined) return WAITING;
    this.#book.setReady(list.id, object.slot);
    return object.slot;
  }

  /** A next hop leads elsewhere, died, or lives again. */
  hopChanged(hop: NextHop): void {
    for (const list of hop.pathLists) {
      const wasAlive = list.alive;
      list.refresh();
      this.#book.unready(list);
      if (list.group !== undefined) this.#book.dirty.add(list.group);
      if (list.alive !== wasAlive) this.#book.touchedLists.add(list);
      if (!list.alive && list.group !== undefined) this.#book.consider(list.group);
    }
    if (hop.object === undefined) return;
    this.#book.dirty.add(hop.object);
    this.#book.consider(hop.object);
  }

  /** No route wants the list any more. */
  listRemoved(list: PathList): void {
    this.#book.unready(list);
    this.#book.touchedLists.delete(list);
    if (list.group !== undefined) {
      list.group.list = undefined;
      this.#book.consider(list.group);
    }
    for (const hop of list.hops()) {
      if (hop.object === undefined) this.#nextHops.releaseUnused(hop);
      else this.#book.consider(hop.object);
    }
  }

  /** A route over the object was refused as if the object were not there. */
  suspect(slot: number): void {
    const object = this.#book.slots.get(slot);
    if (object === undefined || object.flying !== "") return;
    this.#book.doubt(object);
    for (const member of object.members) if (member.flying === "") this.#book.doubt(member);
  }

  /** A route over the object was refused because its next hop cannot be reached. */
  unreachable(slot: number, message: string, now: number): void {
    const hop = this.#book.slots.get(slot)?.hop;
    if (hop?.alive === true) this.#nextHops.refuse(hop, `the kernel says: ${message}`, now);
  }

  /** Puts what is wanted otherwise than it is, and deletes what nobody needs. */
  collect(batch: BatchBuilder): void {
    for (const object of this.#book.dirty) {
      if (object.list?.alive === true) this.#putGroup(object.list, batch);
      else if (object.hop?.alive === true) this.#putSingle(object.hop, batch);
    }
    this.#book.dirty.clear();
    for (const hop of this.#probes) {
      const object = this.#putSingle(hop, batch);
      if (object === undefined) this.#nextHops.postpone(hop, batch.now + 1000);
      // The kernel has it by now, by another operation.
      else if (object.flying === "") this.#nextHops.accepted(hop);
    }
    this.#probes.clear();
    this.#deleteIdle(batch);
  }

  #deleteIdle(batch: BatchBuilder): void {
    if (this.#book.slots.limbo > 0) return;
    let count = 0;
    for (const object of this.#book.idle) {
      if (count === DELETE_LIMIT) return;
      this.#book.idle.delete(object);
      if (!this.#isIdle(object)) continue;
      if (object.retryAt > batch.now) this.#book.retries.add(object);
      else if (object.state === "absent") this.#free(object);
      else {
        this.#disown(object);
        object.flying = "delete";
        batch.addAfter({ kind: "nexthop-delete", id: object.id }, this.#answers);
        count++;
      }
    }
  }

  /** From now on adopted objects that nobody has claimed are as idle as others. */
  startSweep(): void {
    this.#sweeping = true;
    for (const object of this.#book.slots.all()) this.#book.consider(object);
  }

  expire(now: number): void {
    for (const object of this.#book.retries) {
      if (object.retryAt > now) continue;
      this.#book.retries.delete(object);
      this.#book.dirty.add(object);
      this.#book.consider(object);
      this.#book.touchLists(object);
    }
  }

  nextDeadline(): number {
    let deadline = Infinity;
    for (const object of this.#book.retries) deadline = Math.min(deadline, object.retryAt);
    return deadline;
  }

  #putSingle(hop: NextHop, batch: BatchBuilder): KernelObject | undefined {
    const resolution = hop.resolution;
    if (resolution === undefined) return undefined;
    const key = singleKey(resolution.interface, resolution.gateway, resolution.onlink);
    const object = hop.object ?? this.#claims.claim(key, false) ?? this.#allocate(false);
    if (object === undefined) return undefined;
    object.hop = hop;
    hop.object = object;
    const changed = object.contentKey() !== key;
    if (object.flying !== "" || (object.state === "present" && !changed)) return object;
    if (this.#book.waits(object, key, batch.now)) return undefined;
    if (changed && this.#facts.plain) this.#book.markStale(object);
    if (object.state !== "absent" && object.priorInterface === 0) {
      object.priorInterface = object.interface;
    }
    const { gateway, onlink, interface: index } = resolution;
    object.interface = index;
    object.gateway = gateway;
    object.onlink = onlink;
    object.state = "present";
    object.flying = "put";
    // IPv4 routes may use an object of the other family, IPv6 routes only their own.
    const family = gateway?.family ?? IPV6;
    const content = { id: object.id, family, interface: index, gateway, onlink };
    batch.addBefore({ kind: "nexthop", ...content }, this.#answers);
    return object;
  }

  #putGroup(list: PathList, batch: BatchBuilder): KernelObject | undefined {
    const members: KernelObject[] = [];
    for (const hop of list.active) {
      const member = this.#putSingle(hop, batch);
      if (member === undefined) return undefined;
      members.push(member);
    }
    const resilient = this.#isResilient(list);
    const standby = this.#putBackup(list, batch);
    if (standby !== undefined && !members.includes(standby)) members.push(standby);
    const key = groupKey(members, resilient, standby);
    this.#leaveOtherKind(list, resilient);
    const group = list.group ?? this.#claims.claim(key, true) ?? this.#allocate(true);
    if (group === undefined) return undefined;
    group.list = list;
    list.group = group;
    const changed = group.contentKey() !== key;
    if (group.flying !== "" || (group.state === "present" && !changed)) return group;
    if (this.#book.waits(group, key, batch.now)) return undefined;
    if (changed && this.#facts.plain) this.#book.markStale(group);
    group.setAsked(members);
    group.resilient = resilient;
    group.standby = standby;
    group.state = "present";
    group.flying = "put";
    batch.addBefore(groupOperation(group, members), this.#answers);
    return group;
  }

  /** Somebody has made the group anew as one of the other kind: its routes move to another id. */
  #leaveOtherKind(list: PathList, resilient: boolean): void {
    const { group } = list;
    if (group === undefined || group.flying !== "" || group.state === "absent") return;
    if (group.resilient === resilient) return;
    this.#disown(group);
    this.#book.consider(group);
    this.#book.touchedLists.add(list);
  }

  #isResilient(list: PathList): boolean {
    return this.#facts.resilient && isResilient(list);
  }

  /** A backup waits in the kernel, at the least beside the group. The answer is the one in it, if any. */
  #putBackup(list: PathList, batch: BatchBuilder): KernelObject | undefined {
    if (list.backup?.alive !== true) return undefined;
    const object = this.#putSingle(list.backup, batch);
    return this.#isResilient(list) && list.standby !== undefined ? object : undefined;
  }

  #allocate(isGroup: boolean): KernelObject | undefined {
    const slot = this.#book.slots.allocate();
    if (slot === 0) return undefined;
    const object = new KernelObject(slot, isGroup);
    object.generation = this.#facts.generation;
    this.#book.slots.set(slot, object);
    return object;
  }

  #isIdle(object: KernelObject): boolean {
    if (this.#book.slots.get(object.slot) !== object || object.flying !== "") return false;
    if (this.#book.slots.routes[object.slot] > 0 || object.usedBy.size > 0) return false;
    if (object.adopted) return this.#sweeping;
    if (object.list !== undefined) return !object.list.alive;
    return object.hop === undefined || !object.hop.alive || object.hop.pathLists.size === 0;
  }

  #free(object: KernelObject): void {
    this.#disown(object);
    this.#book.replaceMembers(object, [], undefined);
    object.adopted = false;
    object.state = "absent";
    this.#book.dirty.delete(object);
    this.#book.idle.delete(object);
    this.#book.retries.delete(object);
    this.#book.slots.free(object.slot);
  }

  #disown(object: KernelObject): void {
    if (object.list !== undefined) {
      this.#book.unready(object.list);
      object.list.group = undefined;
      object.list = undefined;
    }
    const hop = object.hop;
    if (hop !== undefined) {
      for (const list of hop.pathLists) this.#book.unready(list);
      object.hop = undefined;
      hop.object = undefined;
      this.#nextHops.releaseUnused(hop);
    }
  }
}

function groupOperation(
  { id, resilient, standby }: KernelObject,
  members: readonly KernelObject[],
): NexthopGroupOperation {
  const kind = "nexthop-group";
  if (resilient) {
    return { kind, id, members: resilientMembers(members, standby), buckets: BUCKETS };
  }
  return { kind, id, members: members.map((member) => ({ id: member.id, weight: 1 })) };
}
