// All update groups: who is in which, and whose turn it is.

import type { AttributeTable, Family } from "../../route/index.ts";
import type { FamilyRib } from "./family-rib.ts";
import { Orphans } from "./orphans.ts";
import type { ExportPolicy, GroupSettings, GroupView, MemberView, Write } from "./types.ts";
import { type Member, watcherOf } from "./member.ts";
import { UpdateBatch } from "./update-batch.ts";
import { UpdateGroup } from "./update-group.ts";

/** A member on its way from one group to another one. */
interface Move {
  readonly member: Member;
  readonly from: UpdateGroup;
}

export class UpdateGroups {
  readonly #ribs: readonly FamilyRib[];
  readonly #attributes: AttributeTable;
  /** Every slice of work fills it and empties it again, so one is enough. */
  readonly #batch: UpdateBatch;
  readonly #byKey = new Map<string, UpdateGroup>();
  readonly #bySource = new Map<number, UpdateGroup>();
  /** Groups without members, whose tables are given back once no move needs them any more. */
  #closing: UpdateGroup[] = [];
  #moves: Move[] = [];
  readonly #orphans = new Orphans();
  #writes: Write[] = [];
  /** How often a group was found without a next hop for its routes. */
  lacks = 0;
  #nextId = 1;
  #turn = 0;

  constructor(ribs: readonly FamilyRib[], attributes: AttributeTable) {
    this.#ribs = ribs;
    this.#attributes = attributes;
    this.#batch = new UpdateBatch(attributes);
  }

  get isBusy(): boolean {
    if (this.#closing.length > 0 || !this.#orphans.isEmpty) return true;
    for (const group of this.#byKey.values()) if (group.isBusy) return true;
    return false;
  }

  join(source: number, settings: GroupSettings): void {
    if (this.#bySource.has(source)) throw new Error(`source ${source} is in a group already`);
    const group = this.#groupFor(settings);
    this.#bySource.set(source, group);
    group.join(source);
  }

  /**
   * Another policy for a member, whose session goes on: it hears of what changes by that. False: it
   * is still on its way from the group before; work() sees to it that it arrives.
   */
  regroup(source: number, policy: ExportPolicy): boolean {
    const from = this.#bySource.get(source);
    if (from === undefined) throw new Error(`source ${source} is in no group`);
    const settings = { ...from.settings, policy };
    if (keyOf(settings) === keyOf(from.settings)) return true;
    if (from.isMoving(source)) return false;
    const to = this.#groupFor(settings);
    const member = from.depart(source);
    this.#moves.push({ member, from });
    this.#bySource.set(source, to);
    to.arrive(member);
    if (from.isEmpty) this.#close(from);
    return true;
  }

  /** A source that is in no group is no mistake: its session may never have come up. */
  leave(source: number): void {
    const group = this.#bySource.get(source);
    if (group === undefined) return;
    this.#bySource.delete(source);
    group.leave(source, this.#orphans);
    this.#endMoves();
    // The begin of a refresh that nobody took yet must not reach the source's next session.
    this.#writes = this.#writes.filter(({ members }) => members.some((other) => other !== source));
    if (group.isEmpty) this.#close(group);
  }

  /** Nobody is told anything any more. */
  leaveAll(): void {
    for (const group of [...this.#byKey.values()]) this.#close(group);
    this.#bySource.clear();
    this.#moves = [];
    this.#writes = [];
  }

  blocked(source: number): void {
    this.#bySource.get(source)?.blocked(source);
  }

  drained(source: number): void {
    this.#bySource.get(source)?.drained(source);
  }

  /** A watcher takes nothing more of what neighbours are told. */
  watcherBlocked(watcher: number): void {
    for (const group of this.#byKey.values()) group.watcherBlocked(watcher);
  }

  watcherDrained(watcher: number): void {
    for (const group of this.#byKey.values()) group.watcherDrained(watcher);
  }

  /** It is told no more. */
  watcherLeaves(watcher: number): void {
    for (const source of this.#bySource.keys()) {
      if (watcherOf(source) === watcher) this.#bySource.delete(source);
    }
    for (const group of this.#byKey.values()) group.watcherLeaves(watcher, this.#orphans);
    this.#endMoves();
    for (const group of this.#byKey.values()) if (group.isEmpty) this.#close(group);
  }

  refresh(source: number, family: Family, enhanced: boolean): void {
    this.#bySource.get(source)?.refresh(source, family, enhanced, this.#writes);
  }

  /** Spends up to `units`, beginning with another group every time; gives back what is left. */
  work(units: number): number {
    const isClearing = this.#closing.length > 0 || !this.#orphans.isEmpty;
    const reserved = isClearing ? units >>> 3 : 0;
    let left = units - reserved;
    const groups = [...this.#byKey.values()];
    for (let i = 0; i < groups.length && left > 0; i++) {
      left = groups[(this.#turn + i) % groups.length].work(left, this.#writes);
    }
    this.#turn = groups.length === 0 ? 0 : (this.#turn + 1) % groups.length;
    this.#endMoves();
    // What is to be given back is, also while changes never cease.
    return this.#orphans.work(this.#clear(Math.max(left, 0) + reserved));
  }

  take(): Write[] {
    const writes = this.#writes;
    this.#writes = [];
    return writes;
  }

  fits(source: number, family: Family, set: number): boolean {
    return this.#bySource.get(source)?.fits(family, set) ?? false;
  }

  exported(source: number, family: Family, prefix: number): number {
    return this.#bySource.get(source)?.exported(source, family, prefix) ?? 0;
  }

  exportedSets(source: number, family: Family, prefix: number): number[] {
    return this.#bySource.get(source)?.exportedSets(source, family, prefix) ?? [];
  }

  views(): GroupView[] {
    return [...this.#byKey.values()].map((group) => group.view());
  }

  member(source: number): MemberView | undefined {
    return this.#bySource.get(source)?.member(source);
  }

  #groupFor(settings: GroupSettings): UpdateGroup {
    const key = keyOf(settings);
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const id = this.#nextId++;
    const onLack = (): void => void this.lacks++;
    const group = new UpdateGroup(id, settings, this.#ribs, this.#attributes, this.#batch, onLack);
    this.#byKey.set(key, group);
    return group;
  }

  /**
   * The last member has gone. The policy is not asked again: whoever made it may take it away. Members
   * on their way to other groups were told what is in the table now, and of no later change.
   */
  #close(group: UpdateGroup): void {
    this.#byKey.delete(keyOf(group.settings));
    group.close();
    this.#closing.push(group);
  }

  #endMoves(): void {
    if (this.#moves.length === 0) return;
    for (const { member, from } of this.#moves) if (!member.isMoving) from.forgetLeaver(member);
    this.#moves = this.#moves.filter(({ member }) => member.isMoving);
  }

  /** Gives the tables of closed groups back; the result is what is left of `units`. */
  #clear(units: number): number {
    let left = units;
    for (const group of this.#closing.filter(({ isNeeded }) => !isNeeded)) {
      if (left > 0) left = group.clear(left);
      if (left > 0) this.#closing = this.#closing.filter((other) => other !== group);
    }
    return left;
  }
}

/** Neighbours with the same key hear the same bytes. */
function keyOf(settings: GroupSettings): string {
  const { policy, families, fourOctetAs, maximumLength, sendBack } = settings;
  const flags = [...families, fourOctetAs, settings.extendedNextHop === true, sendBack];
  return [policy.key, maximumLength, ...flags, ...(settings.paths ?? [0, 0])].join(" ");
}
