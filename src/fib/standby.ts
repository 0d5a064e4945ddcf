/**
 * A backup that stands by in the kernel.
 *
 * When a link loses its carrier, Linux removes the nexthop objects over it, the groups that have no
 * other member, and all routes over those. A backup that is a member too keeps the group and its
 * routes; but it must not carry packets while the others live. A resilient group can do that: each
 * member has as many buckets as its weight comes to, rounded (nh_res_group_rebalance in
 * net/ipv4/nexthop.c), and a weight of 1 beside 255 comes to none. As the others are removed their
 * buckets go to it, at once, and in the kernel: nobody has to hear of the link first.
 */
import type { KernelObject, PathList } from "./forwarding.ts";
import type { GroupMember } from "./operations.ts";

/**
 * Of a group. Fewer than 128, or the backup has one; so many that equal members come to nearly
 * equal shares, and that cores which forward at the same time seldom write to the same cache line
 * (32 bytes each, and a group has a page of 4096).
 */
export const BUCKETS = 64;

/** Best next hops beside a backup that stands by: each has four buckets, or hardly more or less. */
const MOST_BEST = 16;

/**
 * Of path lists with such a group. It takes a page of the kernel's memory, ten times what another one
 * takes, and neighbours could have as many path lists as they like.
 */
const MOST_LISTS = 4096;

const ACTIVE_WEIGHT = 255;
const STANDBY_WEIGHT = 1;

/**
 * Whether the group of a list is resilient. The same for the life of the list, unless the kernel
 * refuses it, as a group's kind cannot change: so a backup that is dead, or over a link of the others, counts too.
 */
export function isResilient({ backup, best, id, isPlain }: PathList): boolean {
  if (isPlain) return false;
  return backup !== undefined && best.length <= MOST_BEST && id <= MOST_LISTS;
}

/** `standby`: the one of `members` that only carries what nobody else is left for. */
export function resilientMembers(
  members: readonly KernelObject[],
  standby: KernelObject | undefined,
): GroupMember[] {
  return members.map((member) => ({
    id: member.id,
    weight: member === standby ? STANDBY_WEIGHT : ACTIVE_WEIGHT,
  }));
}

/**
 * The id of the member that stands by in a group of the kernel's, 0: none does; undefined: nobody
 * here would have made such a group. `buckets` undefined: it is not resilient.
 */
export function standbyOf(
  members: readonly GroupMember[],
  buckets: number | undefined,
): number | undefined {
  if (buckets === undefined) return members.every(({ weight }) => weight === 1) ? 0 : undefined;
  const light = members.filter(({ weight }) => weight === STANDBY_WEIGHT);
  const heavy = members.filter(({ weight }) => weight === ACTIVE_WEIGHT);
  if (buckets !== BUCKETS || light.length > 1) return undefined;
  if (light.length + heavy.length !== members.length) return undefined;
  return light.length === 0 ? 0 : light[0].id;
}
