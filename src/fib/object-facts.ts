/**
 * What the kernel says of nexthop objects, and what it leaves unsaid: facts and dumps, objects that
 * go with their link, and the adoption of those that an earlier run has left.
 */
import type { FibEvent } from "./events.ts";
import type { NexthopFact } from "./facts.ts";
import { KernelObject } from "./forwarding.ts";
import { Losses } from "./losses.ts";
import type { Link } from "./links.ts";
import type { ObjectBook } from "./object-book.ts";
import type { ObjectClaims } from "./object-claims.ts";
import { slotOf } from "./object-ids.ts";
import type { GroupMember } from "./operations.ts";
import { Quarrels } from "./quarrels.ts";
import type { FibSettings } from "./settings.ts";
import { standbyOf } from "./standby.ts";

export class ObjectFacts {
  readonly #book: ObjectBook;
  readonly #claims: ObjectClaims;
  readonly #protocol: number;
  readonly #events: FibEvent[];
  #plain = false;
  #resilient = false;
  #generation = 0;
  readonly #losses = new Losses();
  readonly #quarrels = new Quarrels();

  constructor(book: ObjectBook, claims: ObjectClaims, settings: FibSettings, events: FibEvent[]) {
    this.#book = book;
    this.#claims = claims;
    this.#protocol = settings.protocol;
    this.#events = events;
    this.use(settings);
  }

  /** What the kernel can do. */
  use({
    nexthopObjects,
    resilientGroups,
  }: Pick<FibSettings, "nexthopObjects" | "resilientGroups">): void {
    this.#plain = !nexthopObjects;
    this.#resilient = nexthopObjects && resilientGroups;
  }

  /** Objects live in the worker only; the kernel has plain routes. */
  get plain(): boolean {
    return this.#plain;
  }

  /** Backups stand by in groups. */
  get resilient(): boolean {
    return this.#resilient;
  }

  get generation(): number {
    return this.#generation;
  }

  /** A link can no longer carry packets: the kernel drops the objects on it, unasked and unsaid. */
  linkLost(link: Link): void {
    for (const object of this.#singlesOn(link)) {
      if (this.plain && !object.leftover) this.#dropPlainRoutes(object);
      else this.#book.vanish(object);
    }
  }

  /** The last IPv4 address of a link has gone: plain IPv4 routes over it too; objects stay. */
  ipv4Lost(link: Link): void {
    if (!this.plain) return;
    for (const object of this.#singlesOn(link)) {
      if (!object.leftover) this.#dropPlainRoutes(object);
    }
  }

  fact(fact: NexthopFact, now: number): void {
    const slot = slotOf(fact.id);
    if (slot === 0) return;
    if (fact.gone === true) {
      if (!this.#book.slots.unreserve(slot)) this.#removed(slot, now);
    } else if (fact.protocol === this.#protocol) {
      this.#book.slots.unreserve(slot);
      if (!this.plain || this.#isFree(slot)) this.#learn(slot, fact);
    } else {
      this.#taken(slot, now);
    }
  }

  /** The object has another protocol than ours: somebody's own, or one of ours that he has rewritten. */
  #taken(slot: number, now: number): void {
    const object = this.#book.slots.get(slot);
    if (object === undefined) {
      this.#book.slots.reserve(slot);
    } else if (!this.plain) {
      object.generation = this.#generation;
      if (object.flying !== "") return;
      this.#book.doubt(object);
      this.#book.hold(object, this.#quarrels.note(slot, now), now);
    }
  }

  /** Tells what somebody has removed. */
  watch(now: number): void {
    const lost = this.#losses.take(now);
    if (lost === undefined) return;
    const { count, routes, example } = lost;
    this.#events.push({ kind: "nexthops-removed", count, id: Number(example), routes });
  }

  nextDeadline(): number {
    return this.#losses.nextDeadline();
  }

  beginDump(): void {
    this.#generation++;
    this.#claims.reset();
  }

  endDump(): void {
    for (const object of this.#book.slots.all()) {
      if (this.plain && !object.leftover) continue;
      if (object.generation === this.#generation || object.state === "absent") continue;
      if (object.state === "present") this.#book.vanish(object);
    }
  }

  /** The object that an adopted route points at. */
  adoptSlot(slot: number): void {
    this.#ensureSlot(slot, false);
  }

  *#singlesOn(link: Link): Generator<KernelObject> {
    for (const object of this.#book.slots.all()) {
      if (object.isGroup || object.state === "absent") continue;
      if (object.interface === link.index || object.priorInterface === link.index) yield object;
    }
  }

  /** Plain mode: the kernel drops the hops over a dead link, and routes that have no other. */
  #dropPlainRoutes(single: KernelObject): void {
    this.#book.markVanished(single);
    for (const group of single.usedBy) {
      const alone = group.members.every((member) => member.interface === single.interface);
      if (alone) this.#book.markVanished(group);
      else this.#book.markStale(group);
    }
  }

  #removed(slot: number, now: number): void {
    const object = this.#book.slots.get(slot);
    if (object === undefined || object.state === "absent" || object.flying === "delete") return;
    if (this.plain && !object.leftover) return;
    const routes = this.#book.slots.routes[slot];
    if (object.state === "present" && this.#losses.add(now, routes)) {
      this.#losses.example = String(object.id);
    }
    this.#book.vanish(object);
    this.#book.hold(object, this.#quarrels.note(slot, now), now);
  }

  #learn(slot: number, fact: NexthopFact): void {
    const object = this.#ensureSlot(slot, fact.members !== undefined);
    if (object === undefined || object.isGroup !== (fact.members !== undefined)) return;
    object.generation = this.#generation;
    object.leftover = this.plain && fact.virtual !== true;
    // A kind is for life: if it is not the one that has been asked for, that will be refused.
    if (fact.members !== undefined) object.resilient = fact.buckets !== undefined;
    if (object.flying !== "") return;
    object.state = "present";
    if (fact.members === undefined) {
      object.interface = fact.interface;
      object.gateway = fact.gateway;
      object.onlink = fact.onlink;
    } else {
      this.#learnGroup(object, fact.members, fact.buckets);
    }
    this.#book.unreadyAll(object);
    this.#book.dirty.add(object);
  }

  #learnGroup(
    group: KernelObject,
    told: readonly GroupMember[],
    buckets: number | undefined,
  ): void {
    const members = told.map(({ id }) => this.#ensureSlot(slotOf(id), false));
    this.#book.replaceMembers(group, members.filter(isSingle), undefined);
    const standby = standbyOf(told, buckets);
    group.resilient = buckets !== undefined;
    group.standby = this.#book.slots.get(slotOf(standby ?? 0));
    // Otherwise, or with a member that is not ours, it is nothing that we would have made.
    if (standby === undefined || !members.every(isSingle)) group.state = "unknown";
  }

  /** Plain mode: an object in the kernel can be anything but one of those that we speak of. */
  #isFree(slot: number): boolean {
    const object = this.#book.slots.get(slot);
    return object === undefined || object.adopted;
  }

  /** The object of a slot, adopted if it is new; undefined: the slot cannot be that kind. */
  #ensureSlot(slot: number, isGroup: boolean): KernelObject | undefined {
    if (slot === 0 || this.#book.slots.isReserved(slot)) return undefined;
    const known = this.#book.slots.get(slot);
    if (known !== undefined && (known.isGroup === isGroup || !isGroup)) return known;
    if (known !== undefined && (known.hop !== undefined || known.flying !== "")) return undefined;
    const object = new KernelObject(slot, isGroup);
    object.adopted = true;
    object.state = "unknown";
    this.#book.slots.set(slot, object);
    this.#claims.reset();
    this.#book.consider(object);
    return object;
  }
}

function isSingle(object: KernelObject | undefined): object is KernelObject {
  return object !== undefined && !object.isGroup;
}
