/**
 * Next hops, path lists and kernel objects: three things that know one another, so they stand in one
 * file. A path list is made of next hops; a next hop has a single nexthop object, a path list a group
 * of such; and each knows who uses it.
 */
import {
  type Address,
  DISCARD,
  type ResolvedNextHop,
  addressesEqual,
  formatAddress,
} from "../route/index.ts";
import { OBJECT_BASE } from "./object-ids.ts";
import type { Resolution } from "./resolver.ts";

export class NextHop {
  readonly id: number;
  readonly entry: ResolvedNextHop;
  resolution: Resolution | undefined;
  reason = "not resolved yet";
  /** The kernel refused it as it is resolved now; "" = it did not. */
  refusal = "";
  /** `alive` as of the last settle(). */
  wasAlive = false;
  /** Refusals in a row, for the back-off. */
  refusals = 0;
  /** When to ask the kernel again, Infinity = not refused. */
  retryAt = Infinity;
  /** Nobody stands for it any more; what leads there is being taken away. */
  abandoned = false;
  /** The speaker wants to be told. */
  tracked = false;
  readonly pathLists = new Set<PathList>();
  object: KernelObject | undefined;
  /** What the speaker has been told, as text; "" = nothing yet. */
  told = "";

  constructor(id: number, entry: ResolvedNextHop) {
    this.id = id;
    this.entry = entry;
  }

  get address(): Address {
    return this.entry.address;
  }

  /** Packets can be sent to it. */
  get alive(): boolean {
    return this.resolution !== undefined && this.refusal === "" && !this.abandoned;
  }
}

const NO_HOPS: readonly NextHop[] = [];

export class PathList {
  readonly id: number;
  readonly hash: number;
  /** Equally best, by ascending id. */
  readonly best: readonly NextHop[];
  readonly backup: NextHop | undefined;
  /** Where its routes are (places.ts). */
  readonly place: number;
  /** Routes that want it. */
  wanted = 0;
  /** What carries the traffic now: the living of `best`, else the backup, else nothing. */
  active: readonly NextHop[] = NO_HOPS;
  /** The group, if this list needs one. */
  group: KernelObject | undefined;
  /** The kernel refuses a resilient group of these: another one has to do. */
  isPlain = false;
  /** IPv6 routes cannot use an IPv4 gateway (the other way round they can, RFC 8950). */
  readonly hasIPv4: boolean;

  constructor(
    id: number,
    hash: number,
    best: readonly NextHop[],
    backup: NextHop | undefined,
    place: number,
  ) {
    this.id = id;
    this.hash = hash;
    this.best = best;
    this.backup = backup;
    this.place = place;
    this.hasIPv4 = this.hops().some((hop) => hop.address.family === 0);
  }

  /** One next hop and no backup: the single nexthop object itself serves, without a group. */
  get isSingle(): boolean {
    return this.best.length === 1 && this.backup === undefined;
  }

  /** Packets end here, by order. */
  get isBlackhole(): boolean {
    return this.best[0].id === DISCARD;
  }

  get alive(): boolean {
    return this.active.length > 0;
  }

  /** What its routes point at in the kernel. */
  get object(): KernelObject | undefined {
    return this.isSingle ? this.best[0].object : this.group;
  }

  /**
   * The backup, where it can be in one group with the active: packets do not end there, and it is not
   * over a link of theirs (together with which it would go). It may be the active one itself.
   */
  get standby(): NextHop | undefined {
    const { backup } = this;
    if (backup?.alive !== true || backup.id === DISCARD || this.isBlackhole) return undefined;
    const isApart = (hop: NextHop): boolean =>
      hop === backup || hop.resolution?.interface !== backup.resolution?.interface;
    return this.active.every(isApart) ? backup : undefined;
  }

  hops(): readonly NextHop[] {
    return this.backup === undefined ? this.best : [...this.best, this.backup];
  }

  /** Works out anew what is active; answers whether that is something else than before. */
  refresh(): boolean {
    const living = this.best.filter((hop) => hop.alive);
    const next = living.length > 0 || this.backup?.alive !== true ? living : [this.backup];
    const same =
      next.length === this.active.length && next.every((hop, i) => hop === this.active[i]);
    this.active = next;
    return !same;
  }
}

/** absent: never asked for. unknown: it was there, and may or may not be; asked for again. */
export type ObjectState = "absent" | "present" | "unknown";

const NO_MEMBERS: readonly KernelObject[] = [];

/** One nexthop object of ours in the kernel: a single next hop or a group, for life. */
export class KernelObject {
  readonly slot: number;
  readonly isGroup: boolean;
  state: ObjectState = "absent";
  /** Content of a single, as the kernel has it or has been asked to. Neither of the two: a blackhole. */
  interface = 0;
  gateway: Address | undefined;
  onlink = false;
  /** The interface before a put that has not succeeded yet: it may still go and take the object along. */
  priorInterface = 0;
  /** Content of a group, as the kernel has it. */
  members: readonly KernelObject[] = NO_MEMBERS;
  /** Content of a group as asked for, while the answer is out. */
  asked: readonly KernelObject[] | undefined;
  /** Kind of a group, for life (standby.ts). */
  resilient = false;
  /** Of the members of a resilient group the backup, which has no buckets while there are others. */
  standby: KernelObject | undefined;
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
  /** In the kernel, though we work without objects: nothing but to be deleted. */
  leftover = false;
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

  get isBlackhole(): boolean {
    return !this.isGroup && endsHere(this.interface, this.gateway);
  }

  /** By content, for adoption: equal keys forward alike. */
  contentKey(): string {
    return this.isGroup
      ? groupKey(this.members, this.resilient, this.standby)
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

/** Packets go the same ways by both, whichever of the two is a group. */
export function sameForwarding(one: KernelObject, other: KernelObject): boolean {
  const here = waysOf(one);
  const there = waysOf(other);
  return (
    !one.leftover &&
    !other.leftover &&
    here.length === there.length &&
    here.every((way) => there.some((candidate) => sameWay(way, candidate)))
  );
}

/** As the kernel has them, or has been asked to. */
function waysOf(object: KernelObject): readonly KernelObject[] {
  return object.isGroup ? (object.asked ?? object.members) : [object];
}

function sameWay(a: KernelObject, b: KernelObject): boolean {
  if (a === b) return true;
  if (a.interface !== b.interface || a.onlink !== b.onlink) return false;
  if (a.gateway === undefined || b.gateway === undefined) return false;
  return addressesEqual(a.gateway, b.gateway);
}

export function singleKey(index: number, gateway: Address | undefined, onlink: boolean): string {
  if (endsHere(index, gateway)) return "blackhole";
  return `${index} ${gateway === undefined ? "-" : formatAddress(gateway)} ${onlink}`;
}

/** Without an interface and a gateway there is nowhere to go: a blackhole. */
function endsHere(index: number, gateway: Address | undefined): boolean {
  return index === 0 && gateway === undefined;
}

/** `resilient`: the group's kind; `standby`: counts where it is one of `members`. */
export function groupKey(
  members: readonly KernelObject[],
  resilient: boolean,
  standby: KernelObject | undefined,
): string {
  const slots = members
    .filter((member) => member !== standby)
    .map((member) => member.slot)
    .sort((a, b) => a - b)
    .join(",");
  if (!resilient) return slots;
  const hasStandby = standby !== undefined && members.includes(standby);
  return `resilient ${slots}${hasStandby ? ` or ${standby.slot}` : ""}`;
}
