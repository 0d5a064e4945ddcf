/**
 * What is known of nexthop objects, and what is to be done about them: the notes that the other
 * parts read and write. Nothing in here asks anything of the kernel.
 */
import type { KernelObject, PathList } from "./forwarding.ts";
import type { ObjectSlots } from "./object-slots.ts";

/** In the place of a content that was refused: none is to be put. */
const ANYTHING = "*";

/** Milliseconds. */
const LONGEST_QUARREL = 8000;

export class ObjectBook {
  readonly slots: ObjectSlots;
  /** By path list id: the slot that its routes can point at right now, 0: it has to be prepared. */
  ready = new Uint32Array(256);
  /** Path lists whose routes have to be looked at again. */
  readonly touchedLists = new Set<PathList>();
  /** What the kernel has is not what is wanted; goes ahead of all routes. */
  readonly dirty = new Set<KernelObject>();
  /** Perhaps nobody needs them any more. */
  readonly idle = new Set<KernelObject>();
  /** Refused, or their deletion was; tried again at their time. */
  readonly retries = new Set<KernelObject>();

  constructor(slots: ObjectSlots) {
    this.slots = slots;
  }

  /** The last use of an object may have gone. */
  consider(object: KernelObject): void {
    this.idle.add(object);
  }

  considerSlot(slot: number): void {
    const object = this.slots.get(slot);
    if (object !== undefined) this.idle.add(object);
  }

  /** It may not be what we think: the next one who needs it asks for it again. */
  doubt(object: KernelObject): void {
    if (object.state === "present") object.state = "unknown";
    this.dirty.add(object);
    this.unreadyAll(object);
  }

  /** The kernel has dropped the object. Its routes, and groups left empty, went with it. */
  vanish(object: KernelObject): void {
    if (object.flying !== "") object.disturbed = true;
    object.state = "unknown";
    this.dirty.add(object);
    this.unreadyAll(object);
    this.markVanished(object);
    if (object.isGroup) this.replaceMembers(object, [], object.asked);
    for (const group of [...object.usedBy]) this.loseMember(group, object);
    this.consider(object);
  }

  loseMember(group: KernelObject, member: KernelObject): void {
    if (group.flying !== "") group.disturbed = true;
    if (!group.members.includes(member)) return;
    const left = group.members.filter((other) => other !== member);
    this.replaceMembers(group, left, group.asked);
    if (left.length === 0) this.vanish(group);
    else this.dirty.add(group);
  }

  markVanished({ slot }: KernelObject): void {
    this.slots.markVanished(slot);
  }

  /** Plain mode: routes carry copies of the content, so they have to be written again. */
  markStale(object: KernelObject): void {
    for (const { slot } of [object, ...object.usedBy]) this.slots.markStale(slot);
  }

  replaceMembers(
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

  touchLists(object: KernelObject): void {
    if (object.list !== undefined) this.touchedLists.add(object.list);
    for (const list of object.hop?.pathLists ?? []) this.touchedLists.add(list);
  }

  unreadyAll(object: KernelObject): void {
    if (object.list !== undefined) this.unready(object.list);
    for (const list of object.hop?.pathLists ?? []) this.unready(list);
  }

  unready(list: PathList): void {
    if (list.id < this.ready.length) this.ready[list.id] = 0;
  }

  setReady(list: number, slot: number): void {
    if (list >= this.ready.length) {
      const ready = new Uint32Array(Math.max(list + 1, this.ready.length * 2));
      ready.set(this.ready);
      this.ready = ready;
    }
    this.ready[list] = slot;
  }

  /** Somebody takes it away, `times` too often: it is put again after a while, whatever its content. */
  hold(object: KernelObject, times: number, now: number): void {
    if (times === 0) return;
    object.failures = Math.max(1, object.failures);
    object.refused = ANYTHING;
    object.retryAt = now + Math.min(LONGEST_QUARREL, 250 * 2 ** times);
    this.retries.add(object);
  }

  /** Whether it is too early to ask the kernel for this content. */
  waits(object: KernelObject, key: string, now: number): boolean {
    return object.retryAt > now && (object.refused === key || object.refused === ANYTHING);
  }

  backOff(object: KernelObject, now: number): void {
    object.failures++;
    object.retryAt = now + Math.min(64_000, 250 * 2 ** Math.min(object.failures - 1, 8));
    this.retries.add(object);
  }
}
