// All update groups: who is in which, and whose turn it is.

import type { AttributeTable, Family } from "../../route/index.ts";
import type { FamilyRib } from "./family-rib.ts";
import { Orphans } from "./orphans.ts";
import type { GroupSettings, GroupView, MemberView, Write } from "./types.ts";
import { UpdateBatch } from "./update-batch.ts";
import { UpdateGroup } from "./update-group.ts";

export class UpdateGroups {
  readonly #ribs: readonly FamilyRib[];
  readonly #attributes: AttributeTable;
  /** Every slice of work fills it and empties it again, so one is enough. */
  readonly #batch = new UpdateBatch();
  readonly #byKey = new Map<string, UpdateGroup>();
  readonly #bySource = new Map<number, UpdateGroup>();
  /** Groups without members, whose tables are being given back. */
  #closing: UpdateGroup[] = [];
  readonly #orphans = new Orphans();
  #writes: Write[] = [];
  #nextId = 1;
  #turn = 0;

  constructor(ribs: readonly FamilyRib[], attributes: AttributeTable) {
    this.#ribs = ribs;
    this.#attributes = attributes;
  }

  get isBusy(): boolean {
    if (this.#closing.length > 0 || !this.#orphans.isEmpty) return true;
    for (const group of this.#byKey.values()) if (group.isBusy) return true;
    return false;
  }

  join(source: number, settings: GroupSettings): void {
    if (this.#bySource.has(source)) throw new Error(`source ${source} is in a group already`);
    const key = keyOf(settings);
    let group = this.#byKey.get(key);
    if (group === undefined) {
      const id = this.#nextId++;
      group = new UpdateGroup(id, settings, this.#ribs, this.#attributes, this.#batch);
      this.#byKey.set(key, group);
    }
    this.#bySource.set(source, group);
    group.join(source);
  }

  /** A source that is in no group is no mistake: its session may never have come up. */
  leave(source: number): void {
    const group = this.#bySource.get(source);
    if (group === undefined) return;
    this.#bySource.delete(source);
    group.leave(source, this.#orphans);
    // The begin of a refresh that nobody took yet must not reach the source's next session.
    this.#writes = this.#writes.filter(({ members }) => members.some((other) => other !== source));
    if (!group.isEmpty) return;
    this.#byKey.delete(keyOf(group.settings));
    group.close();
    this.#closing.push(group);
  }

  blocked(source: number): void {
    this.#bySource.get(source)?.blocked(source);
  }

  drained(source: number): void {
    this.#bySource.get(source)?.drained(source);
  }

  refresh(source: number, family: Family, enhanced: boolean): void {
    this.#bySource.get(source)?.refresh(source, family, enhanced, this.#writes);
  }

  /** Spends up to `units`, beginning with another group every time; gives back what is left. */
  work(units: number): number {
    let left = units;
    const groups = [...this.#byKey.values()];
    for (let i = 0; i < groups.length && left > 0; i++) {
      left = groups[(this.#turn + i) % groups.length].work(left, this.#writes);
    }
    this.#turn = groups.length === 0 ? 0 : (this.#turn + 1) % groups.length;
    while (left > 0 && this.#closing.length > 0) {
      left = this.#closing[0].clear(left);
      if (left > 0) this.#closing.shift();
    }
    return this.#orphans.work(left);
  }

  take(): Write[] {
    const writes = this.#writes;
    this.#writes = [];
    return writes;
  }

  exported(source: number, family: Family, prefix: number): number {
    return this.#bySource.get(source)?.exported(source, family, prefix) ?? 0;
  }

  views(): GroupView[] {
    return [...this.#byKey.values()].map((group) => group.view());
  }

  member(source: number): MemberView | undefined {
    return this.#bySource.get(source)?.member(source);
  }
}

/** Neighbours with the same key hear the same bytes. */
function keyOf(settings: GroupSettings): string {
  const { policy, families, fourOctetAs, maximumLength, sendBack } = settings;
  const flags = [...families, fourOctetAs, settings.extendedNextHop === true, sendBack];
  return [policy.key, maximumLength, ...flags].join(" ");
}
