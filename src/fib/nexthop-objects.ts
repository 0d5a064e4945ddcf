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
import type { BatchBuilder, OperationOwner } from "./batch-builder.ts";
import { ERRNO, isAbsence, isUnreachable } from "./errno.ts";
import type { FibEvent } from "./events.ts";
import type { NexthopFact } from "./facts.ts";
import { KernelObject, groupKey, singleKey, slotOf } from "./kernel-object.ts";
import type { Link } from "./links.ts";
import type { NextHop, NextHops } from "./next-hops.ts";
import type { ObjectSlots } from "./object-slots.ts";
import type { BatchError, FibOperation } from "./operations.ts";
import type { PathList } from "./path-list.ts";

/** Deletions in one batch at most. */
const DELETE_LIMIT = 1024;

/** `prepare`: the object is refused or awaited; what the routes have stays as it is. */
export const WAITING = -1;

export interface ObjectsOptions {
  readonly slots: ObjectSlots;
  readonly nextHops: NextHops;
  readonly protocol: number;
  readonly plain: boolean;
  readonly events: FibEvent[];
}

export class NexthopObjects implements OperationOwner {
  readonly #slots: ObjectSlots;
  readonly #nextHops: NextHops;
  readonly #protocol: number;
  #plain: boolean;
  readonly #events: FibEvent[];
  /** By path list id: the slot that its routes can point at right now, 0: see `prepare`. */
  ready = new Uint32Array(256);
  /** Path lists whose routes have to be looked at again. */
  readonly touchedLists = new Set<PathList>();
  /** What the kernel has is not what is wanted; goes ahead of all routes. */
  readonly #dirty = new Set<KernelObject>();
  /** Refused next hops to try once more. */
  readonly #probes = new Set<NextHop>();
  /** Perhaps nobody needs them any more. */
  readonly #idle = new Set<KernelObject>();
  readonly #retries = new Set<KernelObject>();
  /** Adopted objects by content, worked out when the first is asked for. */
  #claims: Map<string, KernelObject[]> | undefined;
  #generation = 0;
  #sweeping = false;

  constructor(options: ObjectsOptions) {
    this.#slots = options.slots;
    this.#nextHops = options.nextHops;
    this.#protocol = options.protocol;
    this.#plain = options.plain;
    this.#events = options.events;
  }

  get hasWork(): boolean {
    const deletions = this.#slots.limbo === 0 ? this.#idle.size : 0;
    return this.#dirty.size > 0 || deletions > 0 || this.#probes.size > 0;
  }

  /** Before anything has been put only: whether the kernel has nexthop objects, once that is known. */
  setPlain(plain: boolean): void {
    this.#plain = plain;
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
    this.#setReady(list.id, object.slot);
    return object.slot;
  }

  /** A next hop leads elsewhere, died, or lives again. */
  hopChanged(hop: NextHop): void {
    for (const list of hop.pathLists) {
      const wasAlive = list.alive;
      list.refresh();
      this.#unready(list);
      if (list.group !== undefined) this.#dirty.add(list.group);
      if (list.alive !== wasAlive) this.touchedLists.add(list);
      if (!list.alive && list.group !== undefined) this.consider(list.group);
    }
    if (hop.object === undefined) return;
    this.#dirty.add(hop.object);
    this.consider(hop.object);
  }

  /** No route wants the list any more. */
  listRemoved(list: PathList): void {
    this.#unready(list);
    this.touchedLists.delete(list);
    if (list.group !== undefined) {
      list.group.list = undefined;
      this.consider(list.group);
    }
    for (const hop of list.hops()) {
      if (hop.object === undefined) this.#nextHops.releaseUnused(hop);
      else this.consider(hop.object);
    }
  }

  /** The last use of an object may have gone. */
  consider(object: KernelObject): void {
    this.#idle.add(object);
  }

  considerSlot(slot: number): void {
    const object = this.#slots.get(slot);
    if (object !== undefined) this.consider(object);
  }

  /** A route over the object was refused as if the object were not there. */
  suspect(slot: number): void {
    const object = this.#slots.get(slot);
    if (object === undefined || object.flying !== "") return;
    this.#doubt(object);
    for (const member of object.members) if (member.flying === "") this.#doubt(member);
  }

  /** A route over the object was refused because its next hop cannot be reached. */
  unreachable(slot: number, message: string, now: number): void {
    const hop = this.#slots.get(slot)?.hop;
    if (hop?.alive === true) this.#nextHops.refuse(hop, `the kernel says: ${message}`, now);
  }

  /** Puts what is wanted otherwise than it is, and deletes what nobody needs. */
  collect(batch: BatchBuilder): void {
    for (const object of this.#dirty) {
      if (object.list?.alive === true) this.#putGroup(object.list, batch);
      else if (object.hop?.alive === true) this.#putSingle(object.hop, batch);
    }
    this.#dirty.clear();
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
    if (this.#slots.limbo > 0) return;
    let count = 0;
    for (const object of this.#idle) {
      if (count === DELETE_LIMIT) return;
      this.#idle.delete(object);
      if (!this.#isIdle(object)) continue;
      if (object.retryAt > batch.now) this.#retries.add(object);
      else if (object.state === "absent") this.#free(object);
      else {
        this.#disown(object);
        object.flying = "delete";
        batch.addAfter({ kind: "nexthop-delete", id: object.id }, this);
        count++;
      }
    }
  }

  finished(operation: FibOperation, error: BatchError | undefined, now: number): void {
    if (!("id" in operation)) return;
    const object = this.#slots.get(slotOf(operation.id));
    if (object === undefined) return;
    object.flying = "";
    if (operation.kind === "nexthop-delete") {
      this.#deleted(object, error, now);
      return;
    }
    if (error === undefined) this.#put(object);
    else this.#refused(object, error, now);
    this.consider(object);
    this.#dirty.add(object);
  }

  /** A link can no longer carry packets: the kernel drops the objects on it, unasked and unsaid. */
  linkLost(link: Link): void {
    for (const object of this.#slots.all()) {
      if (object.isGroup || object.state === "absent" || object.interface !== link.index) continue;
      if (this.#plain) this.#dropPlainRoutes(object);
      else this.#vanish(object);
    }
  }

  fact(fact: NexthopFact): void {
    const slot = slotOf(fact.id);
    if (slot === 0 || this.#plain) return;
    if (fact.gone === true) {
      if (!this.#slots.unreserve(slot)) this.#removed(slot);
    } else if (fact.protocol === this.#protocol) {
      this.#learn(slot, fact);
    } else if (this.#slots.get(slot) === undefined) {
      this.#slots.reserve(slot);
    }
  }

  beginDump(): void {
    this.#generation++;
    this.#claims = undefined;
  }

  endDump(): void {
    if (this.#plain) return;
    for (const object of this.#slots.all()) {
      if (object.generation === this.#generation || object.state === "absent") continue;
      if (object.state === "present") this.#vanish(object);
    }
  }

  /** From now on adopted objects that nobody has claimed are as idle as others. */
  startSweep(): void {
    this.#sweeping = true;
    for (const object of this.#slots.all()) this.consider(object);
  }

  /** The object that an adopted route points at. */
  adoptSlot(slot: number): void {
    this.#ensureSlot(slot, false);
  }

  expire(now: number): void {
    for (const object of this.#retries) {
      if (object.retryAt > now) continue;
      this.#retries.delete(object);
      this.#dirty.add(object);
      this.consider(object);
      this.#touchLists(object);
    }
  }

  nextDeadline(): number {
    let deadline = Infinity;
    for (const object of this.#retries) deadline = Math.min(deadline, object.retryAt);
    return deadline;
  }

  #putSingle(hop: NextHop, batch: BatchBuilder): KernelObject | undefined {
    const resolution = hop.resolution;
    if (resolution === undefined) return undefined;
    const key = singleKey(resolution.interface, resolution.gateway, resolution.onlink);
    const object = hop.object ?? this.#claim(key, false) ?? this.#allocate(false);
    if (object === undefined) return undefined;
    object.hop = hop;
    hop.object = object;
    const changed = object.contentKey() !== key;
    if (object.flying !== "" || (object.state === "present" && !changed)) return object;
    if (object.retryAt > batch.now && object.refused === key) return undefined;
    if (changed && this.#plain) this.#markStale(object);
    object.interface = resolution.interface;
    object.gateway = resolution.gateway;
    object.onlink = resolution.onlink;
    object.state = "present";
    object.flying = "put";
    const { gateway, onlink } = resolution;
    batch.addBefore(
      {
        kind: "nexthop",
        id: object.id,
        family: gateway.family,
        interface: resolution.interface,
        gateway,
        onlink,
      },
      this,
    );
    return object;
  }

  #putGroup(list: PathList, batch: BatchBuilder): KernelObject | undefined {
    const members: KernelObject[] = [];
    for (const hop of list.active) {
      const member = this.#putSingle(hop, batch);
      if (member === undefined) return undefined;
      members.push(member);
    }
    // A backup waits in the kernel, so that failing over is one operation.
    if (list.backup?.alive === true) this.#putSingle(list.backup, batch);
    const key = groupKey(members);
    const group = list.group ?? this.#claim(key, true) ?? this.#allocate(true);
    if (group === undefined) return undefined;
    group.list = list;
    list.group = group;
    const changed = groupKey(group.members) !== key;
    if (group.flying !== "" || (group.state === "present" && !changed)) return group;
    if (group.retryAt > batch.now && group.refused === key) return undefined;
    if (changed && this.#plain) this.#markStale(group);
    group.setAsked(members);
    group.state = "present";
    group.flying = "put";
    const operands = members.map((member) => ({ id: member.id, weight: 1 }));
    batch.addBefore({ kind: "nexthop-group", id: group.id, members: operands }, this);
    return group;
  }

  #put(object: KernelObject): void {
    object.failures = 0;
    object.retryAt = 0;
    if (object.hop !== undefined) this.#nextHops.accepted(object.hop);
    if (object.asked !== undefined) {
      const asked = object.asked;
      this.#replaceMembers(object, asked, undefined);
    }
    if (!object.disturbed) return;
    object.disturbed = false;
    this.#vanish(object);
  }

  #refused(object: KernelObject, error: BatchError, now: number): void {
    object.disturbed = false;
    object.refused = object.asked === undefined ? object.contentKey() : groupKey(object.asked);
    this.#replaceMembers(object, object.members, undefined);
    this.#doubt(object);
    this.#backOff(object, now);
    const missing = error.errno === ERRNO.ENOENT || error.errno === ERRNO.EINVAL;
    if (object.isGroup) {
      if (missing) for (const hop of object.list?.hops() ?? []) this.#doubtHop(hop);
    } else if (object.hop !== undefined && (missing || isUnreachable(error.errno))) {
      object.retryAt = 0;
      this.#retries.delete(object);
      this.#nextHops.refuse(object.hop, `the kernel says: ${error.message}`, now);
    }
    if (object.failures === 1) this.#report(object, error);
  }

  #deleted(object: KernelObject, error: BatchError | undefined, now: number): void {
    object.disturbed = false;
    if (error === undefined || isAbsence(error.errno)) {
      this.#free(object);
      return;
    }
    object.state = "unknown";
    this.#backOff(object, now);
    this.consider(object);
    if (object.failures === 1) this.#report(object, error);
  }

  #report(object: KernelObject, { errno, message }: BatchError): void {
    const operation = object.isGroup ? "nexthop group" : "nexthop";
    const subject = `id ${object.id} ${object.contentKey()}`;
    this.#events.push({ kind: "operation-failed", operation, subject, errno, message });
  }

  #backOff(object: KernelObject, now: number): void {
    object.failures++;
    object.retryAt = now + Math.min(64_000, 250 * 2 ** Math.min(object.failures - 1, 8));
    this.#retries.add(object);
  }

  #doubtHop(hop: NextHop): void {
    if (hop.object !== undefined && hop.object.flying === "") this.#doubt(hop.object);
  }

  /** It may not be what we think: the next one who needs it asks for it again. */
  #doubt(object: KernelObject): void {
    if (object.state === "present") object.state = "unknown";
    this.#dirty.add(object);
    this.#unreadyAll(object);
  }

  /** The kernel has dropped the object. Its routes, and groups left empty, went with it. */
  #vanish(object: KernelObject): void {
    if (object.flying !== "") object.disturbed = true;
    object.state = "unknown";
    this.#dirty.add(object);
    this.#unreadyAll(object);
    this.#markVanished(object);
    if (object.isGroup) this.#replaceMembers(object, [], object.asked);
    for (const group of [...object.usedBy]) this.#loseMember(group, object);
    this.consider(object);
  }

  #loseMember(group: KernelObject, member: KernelObject): void {
    if (group.flying !== "") group.disturbed = true;
    if (!group.members.includes(member)) return;
    const left = group.members.filter((other) => other !== member);
    this.#replaceMembers(group, left, group.asked);
    if (left.length === 0) this.#vanish(group);
    else this.#dirty.add(group);
  }

  /** Plain mode: the kernel drops the hops over a dead link, and routes that have no other. */
  #dropPlainRoutes(single: KernelObject): void {
    this.#markVanished(single);
    for (const group of single.usedBy) {
      const alone = group.members.every((member) => member.interface === single.interface);
      if (alone) this.#markVanished(group);
      else this.#markStale(group);
    }
  }

  #markVanished({ slot }: KernelObject): void {
    if (this.#slots.routes[slot] === 0) return;
    this.#slots.vanished[slot] = 1;
    this.#slots.marked = true;
  }

  /** Plain mode: routes carry copies of the content, so they have to be written again. */
  #markStale(object: KernelObject): void {
    for (const used of [object, ...object.usedBy]) {
      if (this.#slots.routes[used.slot] === 0) continue;
      this.#slots.stale[used.slot] = 1;
      this.#slots.marked = true;
    }
  }

  #removed(slot: number): void {
    const object = this.#slots.get(slot);
    if (object === undefined || object.state === "absent" || object.flying === "delete") return;
    const routes = this.#slots.routes[slot];
    if (object.state === "present") {
      this.#events.push({ kind: "nexthop-removed", id: object.id, routes });
    }
    this.#vanish(object);
  }

  #learn(slot: number, fact: NexthopFact): void {
    const object = this.#ensureSlot(slot, fact.members !== undefined);
    if (object === undefined || object.isGroup !== (fact.members !== undefined)) return;
    object.generation = this.#generation;
    if (object.flying !== "") return;
    object.state = "present";
    if (fact.members === undefined) {
      object.interface = fact.interface;
      object.gateway = fact.gateway;
      object.onlink = fact.onlink;
    } else {
      const members = fact.members.map(({ id }) => this.#ensureSlot(slotOf(id), false));
      this.#replaceMembers(object, members.filter(isSingle), undefined);
      // With a member that is not ours it is nothing that we would have made.
      if (!members.every(isSingle)) object.state = "unknown";
    }
    this.#unreadyAll(object);
    this.#dirty.add(object);
  }

  /** The object of a slot, adopted if it is new; undefined: the slot cannot be that kind. */
  #ensureSlot(slot: number, isGroup: boolean): KernelObject | undefined {
    if (slot === 0) return undefined;
    const known = this.#slots.get(slot);
    if (known !== undefined && (known.isGroup === isGroup || !isGroup)) return known;
    if (known !== undefined && (known.hop !== undefined || known.flying !== "")) return undefined;
    const object = new KernelObject(slot, isGroup);
    object.adopted = true;
    object.state = "unknown";
    this.#slots.set(slot, object);
    this.#claims = undefined;
    this.consider(object);
    return object;
  }

  #claim(key: string, isGroup: boolean): KernelObject | undefined {
    this.#claims ??= this.#claimable();
    const object = this.#claims.get(isGroup ? `group ${key}` : key)?.pop();
    if (object === undefined) return undefined;
    if (!object.adopted || object.state !== "present" || object.flying !== "") return undefined;
    object.adopted = false;
    return object;
  }

  /** Of several with the same content the one with the most routes comes last, and is taken first. */
  #claimable(): Map<string, KernelObject[]> {
    const adopted = [...this.#slots.all()].filter((object) => object.adopted);
    adopted.sort((a, b) => this.#slots.routes[a.slot] - this.#slots.routes[b.slot]);
    const claims = new Map<string, KernelObject[]>();
    for (const object of adopted) {
      const key = object.isGroup ? `group ${object.contentKey()}` : object.contentKey();
      const same = claims.get(key);
      if (same === undefined) claims.set(key, [object]);
      else same.push(object);
    }
    return claims;
  }

  #allocate(isGroup: boolean): KernelObject | undefined {
    const slot = this.#slots.allocate();
    if (slot === 0) return undefined;
    const object = new KernelObject(slot, isGroup);
    object.generation = this.#generation;
    this.#slots.set(slot, object);
    return object;
  }

  #isIdle(object: KernelObject): boolean {
    if (this.#slots.get(object.slot) !== object || object.flying !== "") return false;
    if (this.#slots.routes[object.slot] > 0 || object.usedBy.size > 0) return false;
    if (object.adopted) return this.#sweeping;
    if (object.list !== undefined) return !object.list.alive;
    return object.hop === undefined || !object.hop.alive || object.hop.pathLists.size === 0;
  }

  #free(object: KernelObject): void {
    this.#disown(object);
    this.#replaceMembers(object, [], undefined);
    object.adopted = false;
    object.state = "absent";
    this.#dirty.delete(object);
    this.#idle.delete(object);
    this.#retries.delete(object);
    this.#slots.free(object.slot);
  }

  #disown(object: KernelObject): void {
    if (object.list !== undefined) {
      this.#unready(object.list);
      object.list.group = undefined;
      object.list = undefined;
    }
    const hop = object.hop;
    if (hop !== undefined) {
      for (const list of hop.pathLists) this.#unready(list);
      object.hop = undefined;
      hop.object = undefined;
      this.#nextHops.releaseUnused(hop);
    }
  }

  #replaceMembers(
    group: KernelObject,
    members: readonly KernelObject[],
    asked: readonly KernelObject[] | undefined,
  ): void {
    if (!group.isGroup) return;
    const before = [...group.members, ...(group.asked ?? [])];
    group.setMembers(members);
    group.setAsked(asked);
    for (const member of before) if (member.usedBy.size === 0) this.consider(member);
  }

  #touchLists(object: KernelObject): void {
    if (object.list !== undefined) this.touchedLists.add(object.list);
    for (const list of object.hop?.pathLists ?? []) this.touchedLists.add(list);
  }

  #unreadyAll(object: KernelObject): void {
    if (object.list !== undefined) this.#unready(object.list);
    for (const list of object.hop?.pathLists ?? []) this.#unready(list);
  }

  #unready(list: PathList): void {
    if (list.id < this.ready.length) this.ready[list.id] = 0;
  }

  #setReady(list: number, slot: number): void {
    if (list >= this.ready.length) {
      const ready = new Uint32Array(Math.max(list + 1, this.ready.length * 2));
      ready.set(this.ready);
      this.ready = ready;
    }
    this.ready[list] = slot;
  }
}

function isSingle(object: KernelObject | undefined): object is KernelObject {
  return object !== undefined && !object.isGroup;
}
