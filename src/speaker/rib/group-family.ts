// One family of an update group: turns changes of best paths into UPDATEs for the members in step, and
// goes over Adj-RIB-Out for those that have to be told what is there: in one walk for all who are in step
// (out-walk.ts), by marks for the others.

import type { AdjRibOut } from "./adj-rib-out.ts";
import { IDS_A_UNIT } from "./adj-rib-out.ts";
import { Bitset } from "./bitset.ts";
import type { Member, Progress, Told } from "./member.ts";
import type { Orphans } from "./orphans.ts";
import { OutWalk } from "./out-walk.ts";
import type { UpdateBatch } from "./update-batch.ts";
import type { UpdateEncoder } from "./update-encoder.ts";
import type { Write } from "./types.ts";

/** The same where 32 of them are looked at together. */
const IDS_A_WORD_UNIT = IDS_A_UNIT * 32;

/** Marks of one turn lie this close together, for those of other members are looked through as well. */
const SPAN = 1 << 14;

/** The part of its group that a family asks. */
export interface Membership {
  /** Source ids of the members in step. */
  readonly inStep: readonly number[];
  /** Members that are blocked or draining, and those that moved to another group just now. */
  readonly behind: readonly Member[];
  /** Whether a member in step is, or stands for, this neighbour. */
  isInStep(source: number): boolean;
}

export class GroupFamily implements Told {
  readonly out: AdjRibOut;
  readonly #sendBack: boolean;
  readonly #batch: UpdateBatch;
  readonly #encoder: UpdateEncoder;
  readonly #membership: Membership;
  readonly #walk = new OutWalk((member) => this.progress(member));

  constructor(
    out: AdjRibOut,
    sendBack: boolean,
    batch: UpdateBatch,
    encoder: UpdateEncoder,
    membership: Membership,
  ) {
    this.out = out;
    this.#sendBack = sendBack;
    this.#batch = batch;
    this.#encoder = encoder;
    this.#membership = membership;
  }

  get isBusy(): boolean {
    return this.#hasWork || !this.out.isFilled;
  }

  get #hasWork(): boolean {
    return this.out.queue.length > 0 || this.out.needsFill || this.#walk.isActive;
  }

  /**
   * Spends up to `units` on changes, then on the walk; the result is what is left. Less than 0 where
   * the last UPDATEs were larger than that.
   */
  work(units: number, sink: Write[]): number {
    let left = units;
    while (left > 0 && this.#hasWork) {
      if (this.out.queue.length > 0) left = this.#tellChanges(left, sink);
      else if (this.out.needsFill) left = this.out.fill(left);
      else left = this.#tellAll(left, sink);
    }
    if (this.out.queue.length === 0) this.out.noteIdle();
    return left;
  }

  /** The member hears of the whole table. */
  startWalk(member: Member): void {
    if (this.out.size > 0) this.#walk.start(member); // Else all that will come are changes.
  }

  /**
   * Takes a member out of the walk; what the walk still had for it will be marked as its own. Not at
   * once: a neighbour decides when its socket is full, and the table may be large.
   */
  leaveWalk(member: Member): void {
    const progress = this.progress(member);
    if (!progress.isCatchingUp) return;
    const { joinedAt, hasWrapped } = progress;
    this.#walk.stop(member);
    if (hasWrapped) progress.scan(this.#walk.cursor, joinedAt, 0);
    else progress.scan(this.#walk.cursor, this.out.rib.prefixes.limit, joinedAt);
  }

  /** The whole table will be marked for a member that is behind; however often it asks, once. */
  markAll(member: Member): void {
    const progress = this.progress(member);
    if (progress.from === undefined) progress.scan(0, this.out.rib.prefixes.limit, 0);
    else progress.widen();
  }

  /**
   * The member moves to another group. Nothing is told any more from here; that group compares, in
   * slices, what was told with what it has itself. What is marked by now, or by changes here while it
   * compares, is told anew. A member that had not heard all of this table hears all of the other one.
   */
  depart(member: Member): void {
    const progress = this.progress(member);
    const isExact = !progress.isCatchingUp && !progress.isScanning;
    this.#walk.stop(member);
    progress.compare(this, isExact, this.out.rib.prefixes.limit);
  }

  /** Forgets a member that leaves; what was marked for it is given back in slices. */
  forget(member: Member, orphans: Orphans): void {
    const progress = this.progress(member);
    this.#walk.stop(member);
    progress.from = undefined;
    progress.scan(0, 0, 0);
    orphans.add(this.out.rib.references, progress.behind);
    progress.behind = new Bitset();
  }

  /**
   * Looks, a slice, for what a member has to hear; the result is what is left of `units`. Before the
   * policy has answered for all that is there, a withdrawal could be one too many.
   */
  look(member: Member, units: number): number {
    if (!this.out.isSettled) return units;
    const progress = this.progress(member);
    const left = this.#scan(member, units);
    if (!progress.isScanning) progress.from = undefined;
    return left;
  }

  /**
   * Tells a member what was marked for it, and with it those of the others for whom the same is
   * marked: after a change of the policy of many neighbours that is all of them. The result is what is
   * left of `units`.
   */
  drain(member: Member, others: readonly Member[], units: number, sink: Write[]): number {
    if (!this.out.isSettled) return units;
    let left = units;
    const progress = this.progress(member);
    while (left > 0 && progress.behind.count > 0) {
      const count = this.#choose(progress, left);
      if (count > 0) left -= this.#tell(member, others, count, sink);
    }
    return left;
  }

  firstFor(member: Member, prefix: number): number {
    return this.#notOwn(member, this.out.first(prefix));
  }

  nextFor(member: Member, entry: number): number {
    return this.#notOwn(member, this.out.next(entry));
  }

  /** The attribute set that the member holds of a prefix (the first one) once it has taken everything. */
  exportedTo(member: Member, prefix: number): number {
    const entry = this.firstFor(member, prefix);
    return entry === 0 ? 0 : this.out.setOf(entry);
  }

  /** The same of all that it holds, in the order of their path identifiers. */
  setsFor(member: Member, prefix: number): number[] {
    const sets: number[] = [];
    let entry = this.firstFor(member, prefix);
    for (; entry !== 0; entry = this.nextFor(member, entry)) sets.push(this.out.setOf(entry));
    return sets;
  }

  /** Whether a member in step has heard everything that was there when it joined or asked. */
  isComplete(member: Member): boolean {
    return this.out.isFilled && !this.progress(member).isCatchingUp;
  }

  progress(member: Member): Progress {
    return member.families[this.out.rib.family];
  }

  /** The next prefixes that are marked, in order, into the batch's place for them; says how many. */
  #choose(progress: Progress, limit: number): number {
    this.#batch.begin(this.out.rib, this.#encoder);
    const { chosen, room } = this.#batch;
    const most = Math.min(limit, room >>> 1);
    let count = 0;
    while (count < most) {
      const prefix = progress.behind.next(progress.cursor);
      progress.cursor = prefix + 1; // After the last one from the beginning again.
      if (prefix < 0) break;
      if (count > 0 && prefix - chosen[0] >= SPAN) {
        progress.cursor = prefix;
        break;
      }
      chosen[count++] = prefix;
    }
    return count;
  }

  /** Tells the chosen prefixes to all for whom they are marked; the result is what that costs. */
  #tell(member: Member, others: readonly Member[], count: number, sink: Write[]): number {
    const { rib } = this.out;
    const { chosen } = this.#batch;
    const progress = this.progress(member);
    const { behind } = progress;
    const from = chosen[0];
    const end = chosen[count - 1] + 1;
    const audience = [member];
    for (const other of others) {
      if (this.progress(other).behind.includes(behind, from, end)) audience.push(other);
    }
    let told = 0;
    for (; told < count && this.#batch.room >= this.out.mostEntries; told++) {
      this.#addMarked(audience, chosen[told]);
      rib.references.drop(chosen[told], audience.length);
    }
    const to = chosen[told - 1] + 1;
    if (told < count) progress.cursor = to;
    for (let i = audience.length - 1; i >= 0; i--) {
      this.progress(audience[i]).behind.subtract(behind, from, to);
    }
    const ids = audience.map(({ source }) => source);
    const cost = this.#batch.write(rib, this.#encoder, ids, sink);
    return told + cost + Math.ceil((others.length * (end - from)) / IDS_A_WORD_UNIT);
  }

  /** All that is exported of a prefix, and the end of all else that these members may hold of it. */
  #addMarked(audience: readonly Member[], prefix: number): void {
    const { out } = this;
    const { rib } = out;
    const highest = out.highestPathId(prefix);
    let entry = out.first(prefix);
    for (let pathId = out.lowestPathId; pathId <= highest; pathId++) {
      if (entry === 0 || out.pathIdOf(entry) !== pathId) {
        this.#batch.addForAll(rib, prefix, pathId, 0);
        continue;
      }
      const set = out.setOf(entry);
      const source = out.sourceOf(entry);
      entry = out.next(entry);
      if (this.#sendBack || !audience.some((member) => member.origin === source)) {
        this.#batch.addForAll(rib, prefix, pathId, set);
        continue;
      }
      this.#batch.addExcept(rib, prefix, pathId, set, source);
      this.#batch.addOnly(rib, prefix, pathId, 0, source);
    }
  }

  #tellChanges(units: number, sink: Write[]): number {
    const { out } = this;
    const { rib } = out;
    let left = units;
    this.#batch.begin(rib, this.#encoder);
    while (left > 0 && this.#batch.room >= out.mostEntries) {
      const prefix = out.shift();
      if (prefix < 0) break;
      const changes = out.update(prefix);
      if (changes > 0) this.#addChanges(prefix, changes);
      rib.references.drop(prefix);
      left -= Math.max(rib.decision.takeCost(), changes);
    }
    return left - this.#batch.write(rib, this.#encoder, this.#membership.inStep, sink);
  }

  #addChanges(prefix: number, changes: number): void {
    const { out } = this;
    const { rib } = out;
    for (const member of this.#membership.behind) {
      const { from, behind } = this.progress(member);
      // What comes from another group will be compared. What departs lost what was to compare with.
      const isCompared = from !== undefined && from !== this;
      if (isCompared && this.progress(member).isAhead(prefix)) continue;
      if (behind.add(prefix)) rib.references.retain(prefix);
    }
    if (this.#membership.inStep.length === 0) return;
    for (let i = 0; i < changes; i++) {
      out.load(i);
      if (this.#sendBack) this.#batch.addForAll(rib, prefix, out.pathId, out.set);
      else this.#addSplit(prefix);
    }
  }

  /**
   * A change in a group that does not send back: the member that the new path came from loses what it
   * had by us, the one that the old came from hears of the prefix for the first time.
   */
  #addSplit(prefix: number): void {
    const { rib, pathId, set, source, previous, previousSource } = this.out;
    if (set === 0) {
      this.#addBut(previousSource, prefix, pathId, 0);
      return;
    }
    if (set !== previous) this.#addBut(source, prefix, pathId, set);
    else if (this.#membership.isInStep(previousSource)) {
      this.#batch.addOnly(rib, prefix, pathId, set, previousSource);
    }
    if (previous !== 0 && source !== previousSource && this.#membership.isInStep(source)) {
      this.#batch.addOnly(rib, prefix, pathId, 0, source);
    }
  }

  #addBut(source: number, prefix: number, pathId: number, set: number): void {
    const { rib } = this.out;
    if (!this.#membership.isInStep(source)) this.#batch.addForAll(rib, prefix, pathId, set);
    else this.#batch.addExcept(rib, prefix, pathId, set, source);
  }

  /** One stretch of the walk, up to the end of the table at most. */
  #tellAll(units: number, sink: Write[]): number {
    const { out } = this;
    const { rib } = out;
    const walk = this.#walk;
    const limit = rib.prefixes.limit;
    let left = units * IDS_A_UNIT;
    this.#batch.begin(rib, this.#encoder);
    for (; left > 0 && walk.cursor < limit; walk.cursor++) {
      if (this.#batch.room < out.mostEntries) break;
      let entry = out.first(walk.cursor);
      if (entry === 0) left--;
      for (; entry !== 0; entry = out.next(entry)) {
        left -= IDS_A_UNIT;
        this.#addBut(out.sourceOf(entry), walk.cursor, out.pathIdOf(entry), out.setOf(entry));
      }
    }
    const cost = this.#batch.write(rib, this.#encoder, walk.audience, sink);
    walk.rest(limit);
    return Math.floor(left / IDS_A_UNIT) - cost;
  }

  /** Marks, a slice, what a member has to hear; the result is what is left of `units`. */
  #scan(member: Member, units: number): number {
    const progress = this.progress(member);
    let ids = units * IDS_A_UNIT;
    while (ids > 0 && progress.isScanning) {
      if (progress.scanFrom >= progress.scanTo) {
        progress.scan(0, progress.scanThen, 0);
        continue;
      }
      this.#mark(member, progress.scanFrom++);
      ids--;
    }
    return Math.floor(ids / IDS_A_UNIT);
  }

  #mark(member: Member, prefix: number): void {
    const { from, isExact, behind } = this.progress(member);
    const isNothing = this.firstFor(member, prefix) === 0;
    if ((isExact || isNothing) && this.#isTold(member, prefix, from)) return;
    if (behind.add(prefix)) this.out.rib.references.retain(prefix);
  }

  /** Whether a member was told of a prefix, where it comes from, just what it is told here. */
  #isTold(member: Member, prefix: number, from: Told | undefined): boolean {
    const { out } = this;
    let here = this.firstFor(member, prefix);
    if (from === undefined) return here === 0;
    let there = from.firstFor(member, prefix);
    while (here !== 0 && there !== 0) {
      if (out.setOf(here) !== from.out.setOf(there)) return false;
      if (out.pathIdOf(here) !== from.out.pathIdOf(there)) return false;
      here = this.nextFor(member, here);
      there = from.nextFor(member, there);
    }
    return here === there;
  }

  /** An entry, or the first behind it that is not kept from a member because it came from there. */
  #notOwn(member: Member, entry: number): number {
    if (this.#sendBack) return entry;
    let other = entry;
    while (other !== 0 && this.out.sourceOf(other) === member.origin) other = this.out.next(other);
    return other;
  }
}
