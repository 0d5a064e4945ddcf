// An update group: neighbours that are to hear exactly the same. They share one Adj-RIB-Out a family
// and one encoding of every UPDATE.
//
// A member whose socket is full leaves the step: from then on changes only mark prefixes for it, one
// bit each, so it costs no memory to speak of and holds nobody back. When it takes bytes again it gets
// the marked prefixes as they are by then, and is in step once none is left.
//
// A member may come from another group, when its export policy has changed. It is as one that drains:
// marked for it is what the two groups export in different ways. So nothing that both export goes away
// in between, and the old Adj-RIB-Out, shared by all who come from there, is all the memory there is of
// what they were told.

import { afiOf, encodeRouteRefresh, ROUTE_REFRESH, SAFI_UNICAST } from "bgp-ts";
import { type AttributeTable, type Family, IPV4, IPV6 } from "../../route/index.ts";
import type { FamilyRib } from "./family-rib.ts";
import { GroupFamily, type Membership } from "./group-family.ts";
import { Member, originOf, watcherOf } from "./member.ts";
import { MultiPathOut } from "./multi-path-out.ts";
import type { Orphans } from "./orphans.ts";
import { SinglePathOut } from "./single-path-out.ts";
import type { GroupSettings, GroupView, MemberView, Write } from "./types.ts";
import type { UpdateBatch } from "./update-batch.ts";
import { UpdateEncoder } from "./update-encoder.ts";

export class UpdateGroup implements Membership {
  readonly id: number;
  readonly settings: GroupSettings;
  readonly #families: readonly (GroupFamily | undefined)[];
  /** Those that there are, one way and the other: every turn asks every group. */
  readonly #active: readonly GroupFamily[];
  readonly #reversed: readonly GroupFamily[];
  readonly #encoder: UpdateEncoder;
  readonly #members = new Map<number, Member>();
  /** Members that are owed an End-of-RIB or the end of a refresh. */
  #owed: Member[] = [];
  #inStep: readonly number[] = [];
  readonly #originsInStep = new Set<number>();
  #waiting: readonly Member[] = [];
  #behind: readonly Member[] = [];
  /** Members that moved to another group, which still compares its table with this one. */
  readonly #leavers = new Set<Member>();
  #isSixFirst = true;

  constructor(
    id: number,
    settings: GroupSettings,
    ribs: readonly FamilyRib[],
    attributes: AttributeTable,
    batch: UpdateBatch,
    onLack: () => void,
  ) {
    const { policy, sendBack, paths = [0, 0] } = settings;
    this.id = id;
    this.settings = settings;
    const encoder = new UpdateEncoder(attributes, settings);
    this.#encoder = encoder;
    this.#families = ribs.map((rib) => {
      if (!settings.families[rib.family]) return undefined;
      const most = paths[rib.family];
      const fits = (set: number): boolean => encoder.fits(rib, set);
      const terms = { attributes, policy, sendBack, fits, onLack };
      const out = most === 0 ? new SinglePathOut(rib, terms) : new MultiPathOut(rib, terms, most);
      return new GroupFamily(out, sendBack, batch, encoder, this);
    });
    this.#active = this.#families.filter((family) => family !== undefined);
    this.#reversed = this.#active.toReversed();
  }

  get inStep(): readonly number[] {
    return this.#inStep;
  }

  get behind(): readonly Member[] {
    return this.#behind;
  }

  get isEmpty(): boolean {
    return this.#members.size === 0;
  }

  /** Another group still looks at what this one exported. */
  get isNeeded(): boolean {
    return this.#leavers.size > 0;
  }

  get isBusy(): boolean {
    if (this.#waiting.some((member) => member.isWorkedFor)) return true;
    if (this.#active.some((family) => family.isBusy)) return true;
    return this.#owed.some((member) => member.isInStep);
  }

  isInStep(source: number): boolean {
    return this.#originsInStep.has(source);
  }

  /** A new member hears the whole table, then End-of-RIB a family, then changes. */
  join(source: number): void {
    const member = new Member(source);
    this.#members.set(source, member);
    for (const family of this.#active) family.startWalk(member);
    this.#owed.push(member);
    this.#sort();
  }

  leave(source: number, orphans: Orphans): void {
    const member = this.#members.get(source);
    if (member === undefined) return;
    this.#members.delete(source);
    this.#owed = this.#owed.filter((other) => other !== member);
    for (const family of this.#active) family.forget(member, orphans);
    this.#sort();
  }

  isMoving(source: number): boolean {
    return this.#members.get(source)?.isMoving === true;
  }

  /** A member goes to another group, which is to be given it by arrive(). */
  depart(source: number): Member {
    const member = this.#members.get(source);
    if (member === undefined) throw new Error(`source ${source} is no member of group ${this.id}`);
    this.#members.delete(source);
    this.#owed = this.#owed.filter((other) => other !== member);
    for (const family of this.#active) family.depart(member);
    if (member.isInStep) member.state = "draining";
    this.#leavers.add(member);
    this.#sort();
    return member;
  }

  /** From now on nobody asks what a member that departed was told here. */
  forgetLeaver(member: Member): void {
    this.#leavers.delete(member);
    this.#sort();
  }

  /** What the member was still owed where it comes from it is owed here. */
  arrive(member: Member): void {
    this.#members.set(member.source, member);
    if (member.owes) this.#owed.push(member);
    this.#sort();
  }

  blocked(source: number): void {
    const member = this.#members.get(source);
    if (member === undefined) return;
    if (member.isInStep) for (const family of this.#active) family.leaveWalk(member);
    member.state = "blocked";
    this.#sort();
  }

  /** All that stand for a watcher, in one go: there may be one for each neighbour. */
  watcherBlocked(watcher: number): void {
    for (const member of this.#standIns(watcher)) {
      if (member.isInStep) for (const family of this.#active) family.leaveWalk(member);
      member.state = "blocked";
    }
    this.#sort();
  }

  watcherDrained(watcher: number): void {
    for (const member of this.#standIns(watcher)) {
      if (member.state === "blocked") member.state = "draining";
    }
  }

  watcherLeaves(watcher: number, orphans: Orphans): void {
    for (const member of this.#standIns(watcher)) {
      this.#members.delete(member.source);
      for (const family of this.#active) family.forget(member, orphans);
    }
    this.#owed = this.#owed.filter((member) => this.#members.get(member.source) === member);
    this.#sort();
  }

  drained(source: number): void {
    const member = this.#members.get(source);
    if (member?.state === "blocked") member.state = "draining";
  }

  /** The member asked for the table again (RFC 2918; with `enhanced` RFC 7313). */
  refresh(source: number, family: Family, enhanced: boolean, sink: Write[]): void {
    const member = this.#members.get(source);
    const part = this.#families[family];
    if (member === undefined || part === undefined) return;
    const progress = part.progress(member);
    // Asked again meanwhile: all of it goes out once more before the end of the one that is begun.
    // Before End-of-RIB there are no marks (RFC 7313 §4.1): that one comes when all has been said again.
    if (enhanced && !progress.owesEndOfRefresh && !progress.owesEndOfRib) {
      sink.push({ members: [source], bytes: refreshMark(family, ROUTE_REFRESH.BEGIN) });
      progress.owesEndOfRefresh = true;
      if (!this.#owed.includes(member)) this.#owed.push(member);
    }
    if (member.isInStep) part.startWalk(member);
    else part.markAll(member);
  }

  /** Spends up to `units` (about one a prefix) and appends what is to be sent; gives back the rest. */
  work(units: number, sink: Write[]): number {
    const reserved = this.#waiting.some((member) => member.isWorkedFor) ? units >>> 1 : 0;
    let left = units - reserved;
    this.#isSixFirst = !this.#isSixFirst;
    for (const family of this.#inTurn()) left = family.work(left, sink);
    left = this.#catchUp(Math.max(left, 0) + reserved, sink);
    if (this.#owed.length > 0) this.#payOwed(sink);
    return left;
  }

  /** The last member has gone: stops following the RIB. */
  close(): void {
    for (const family of this.#active) family.out.close();
  }

  /** After close(): gives everything back, in slices; the result is what is left of `units`. */
  clear(units: number): number {
    let left = units;
    for (const family of this.#active) left = family.out.clear(left);
    return left;
  }

  /** Whether an attribute set can be sent to the members. */
  fits(family: Family, set: number): boolean {
    const part = this.#families[family];
    return part !== undefined && this.#encoder.fits(part.out.rib, set);
  }

  exported(source: number, family: Family, prefix: number): number {
    const member = this.#members.get(source);
    const part = this.#families[family];
    return member === undefined || part === undefined ? 0 : part.exportedTo(member, prefix);
  }

  exportedSets(source: number, family: Family, prefix: number): number[] {
    const member = this.#members.get(source);
    const part = this.#families[family];
    return member === undefined || part === undefined ? [] : part.setsFor(member, prefix);
  }

  view(): GroupView {
    return {
      id: this.id,
      policy: this.settings.policy.key,
      members: [...this.#members.keys()],
      exported: this.#count((family) => family.out.size),
      queued: this.#count((family) => family.out.queue.length),
    };
  }

  member(source: number): MemberView | undefined {
    const member = this.#members.get(source);
    if (member === undefined) return undefined;
    const isWalking = member.families.some((progress) => progress.isCatchingUp);
    return {
      source,
      group: this.id,
      state: member.isInStep && isWalking ? "catching up" : member.state,
      endOfRib: [this.#hasPaid(member, IPV4), this.#hasPaid(member, IPV6)],
      lacksNextHop: [this.#isLacking(IPV4), this.#isLacking(IPV6)],
      behind: [member.families[IPV4].behind.count, member.families[IPV6].behind.count],
      bytes: member.bytes,
    };
  }

  #standIns(watcher: number): readonly Member[] {
    return [...this.#members.values()].filter(({ source }) => watcherOf(source) === watcher);
  }

  #hasPaid(member: Member, family: Family): boolean {
    return !this.settings.families[family] || !member.families[family].owesEndOfRib;
  }

  #isLacking(family: Family): boolean {
    return this.#families[family]?.out.lacksNextHop === true;
  }

  /** The families in the order of this slice: none of them waits for the other's flood to end. */
  #inTurn(): readonly GroupFamily[] {
    return this.#isSixFirst ? this.#reversed : this.#active;
  }

  #count(what: (family: GroupFamily) => number): readonly [number, number] {
    const [four, six] = this.#families;
    return [four === undefined ? 0 : what(four), six === undefined ? 0 : what(six)];
  }

  /** New arrays, as the old ones are in writes that were given out. */
  #sort(): void {
    const members = [...this.#members.values()];
    this.#inStep = members.filter((member) => member.isInStep).map((member) => member.source);
    this.#originsInStep.clear();
    for (const source of this.#inStep) this.#originsInStep.add(originOf(source));
    this.#waiting = members.filter((member) => !member.isInStep);
    this.#behind = [...this.#waiting, ...this.#leavers];
  }

  /** Those who come from other groups are told when all of them know what: mostly it is the same. */
  #catchUp(units: number, sink: Write[]): number {
    let left = units;
    if (this.#waiting.length === 0) return left;
    for (const member of this.#waiting.filter((each) => each.isWorkedFor)) {
      for (const family of this.#inTurn()) if (left > 0) left = family.look(member, left);
    }
    if (this.#waiting.some((member) => member.isMoving)) return left;
    const draining = this.#waiting.filter((member) => member.state === "draining");
    for (let i = 0; i < draining.length && left > 0; i++) {
      left = this.#drain(draining[i], draining.slice(i + 1), left, sink);
    }
    const ready = draining.filter((member) => member.hasAll);
    for (const member of ready) member.catchUp();
    if (ready.length > 0) this.#sort();
    return left;
  }

  #drain(member: Member, others: readonly Member[], units: number, sink: Write[]): number {
    let left = units;
    for (const family of this.#inTurn()) {
      if (left > 0) left = family.drain(member, others, left, sink);
    }
    return left;
  }

  #payOwed(sink: Write[]): void {
    for (const family of this.#active) {
      const due = this.#owed.filter((member) => member.isInStep && family.isComplete(member));
      const { rib } = family.out;
      const newcomers = due.filter((member) => family.progress(member).owesEndOfRib);
      const refreshed = due.filter((member) => family.progress(member).owesEndOfRefresh);
      send(sink, newcomers, () => this.#encoder.endOfRib(rib.family));
      send(sink, refreshed, () => refreshMark(rib.family, ROUTE_REFRESH.END));
      for (const member of newcomers) family.progress(member).owesEndOfRib = false;
      for (const member of refreshed) family.progress(member).owesEndOfRefresh = false;
    }
    this.#owed = this.#owed.filter((member) =>
      this.#active.some((family) => family.progress(member).owes),
    );
  }
}

function send(sink: Write[], members: readonly Member[], encode: () => Uint8Array): void {
  if (members.length === 0) return;
  sink.push({ members: members.map((member) => member.source), bytes: encode() });
}

function refreshMark(family: Family, subtype: number): Uint8Array {
  return encodeRouteRefresh({ afi: afiOf(family), safi: SAFI_UNICAST, subtype });
}
