/** One nexthop object of ours in the kernel: a single next hop or a group, for life. */
import { type Address, formatAddress } from "../route/index.ts";
import type { NextHop } from "./next-hops.ts";
import type { PathList } from "./path-list.ts";

/**
 * Our range of nexthop ids: nobody else's by habit (zebra counts from 1, its protocol groups from
 * 250,000,000 in steps of as many; systemd-networkd uses what is configured). Slot 0 is "none".
 */
export const OBJECT_BASE = 0x75000000;
export const OBJECT_LIMIT = 1 << 20;

export function slotOf(id: number): number {
  const slot = id - OBJECT_BASE;
  return slot > 0 && slot < OBJECT_LIMIT ? slot : 0;
}

/** absent: never asked for. unknown: it was there, and may or may not be; asked for again. */
export type ObjectState = "absent" | "present" | "unknown";

const NO_MEMBERS: readonly KernelObject[] = [];

export class KernelObject {
  readonly slot: number;
  readonly isGroup: boolean;
  state: ObjectState = "absent";
  /** Content of a single, as the kernel has it or has been asked to. */
  interface = 0;
  gateway: Address | undefined;
  onlink = false;
  /** Content of a group, as the kernel has it. */
  members: readonly KernelObject[] = NO_MEMBERS;
  /** Content of a group as asked for, while the answer is out. */
  asked: readonly KernelObject[] | undefined;
  /** Groups that have this single among `members` or `asked`. */
  readonly usedBy = new Set<KernelObject>();
  /** An operation on it is out; one at a time. */
  flying: "" | "put" | "delete" = "";
  /** Something happened to it while an operation was out: the answer proves nothing. */
  disturbed = false;
  /** Who wants it; a single: a next hop, a group: a path list. */
  hop: NextHop | undefined;
  list: PathList | undefined;
  /** Found in the kernel and not claimed yet. */
  adopted = false;
  generation = 0;
  /** Content that the kernel refused last; something else is tried at once. */
  refused = "";
  /** Failures in a row, and when to try again. */
  failures = 0;
  retryAt = 0;

  constructor(slot: number, isGroup: boolean) {
    this.slot = slot;
    this.isGroup = isGroup;
  }

  get id(): number {
    return OBJECT_BASE + this.slot;
  }

  setMembers(members: readonly KernelObject[]): void {
    const before = this.members;
    this.members = members;
    this.#repin(before);
  }

  setAsked(asked: readonly KernelObject[] | undefined): void {
    const before = this.asked ?? NO_MEMBERS;
    this.asked = asked;
    this.#repin(before);
  }

  /** By content, for adoption: equal keys forward alike. */
  contentKey(): string {
    return this.isGroup
      ? groupKey(this.members)
      : singleKey(this.interface, this.gateway, this.onlink);
  }

  #repin(before: readonly KernelObject[]): void {
    for (const member of this.members) member.usedBy.add(this);
    for (const member of this.asked ?? NO_MEMBERS) member.usedBy.add(this);
    for (const member of before) {
      if (this.members.includes(member) || this.asked?.includes(member) === true) continue;
      member.usedBy.delete(this);
    }
  }
}

export function singleKey(index: number, gateway: Address | undefined, onlink: boolean): string {
  return `${index} ${gateway === undefined ? "-" : formatAddress(gateway)} ${onlink}`;
}

export function groupKey(members: readonly KernelObject[]): string {
  return members
    .map((member) => member.slot)
    .sort((a, b) => a - b)
    .join(",");
}
