/** Ids of nexthop objects, and the slots that stand for them here. */

/**
 * Our range of nexthop ids: nobody else's by habit (zebra counts from 1, its protocol groups from
 * 250,000,000 in steps of as many; systemd-networkd uses what is configured). Slot 0 is "none".
 */
export const OBJECT_BASE = 0x75000000;
export const OBJECT_LIMIT = 1 << 20;

/** The ids themselves, from the first to the last. */
export const FIRST_OBJECT = OBJECT_BASE + 1;
export const LAST_OBJECT = OBJECT_BASE + OBJECT_LIMIT - 1;

export function slotOf(id: number): number {
  const slot = id - OBJECT_BASE;
  return slot > 0 && slot < OBJECT_LIMIT ? slot : 0;
}
