// The walk over one Adj-RIB-Out for members that joined, or that asked for all of it again. They share one
// walk, however many they are and whenever they came: each notes where the walk stood, and has heard
// everything once the walk has come round to there. In the meantime they hear changes as everybody does,
// so they may hear of a prefix twice, or of the end of one that they never heard of; both are harmless.

import type { Member, Progress } from "./member.ts";

export class OutWalk {
  readonly #progress: (member: Member) => Progress;
  /** Members in step that are in the walk. */
  #members: readonly Member[] = [];
  /** The next prefix. */
  cursor = 0;

  constructor(progress: (member: Member) => Progress) {
    this.#progress = progress;
  }

  get isActive(): boolean {
    return this.#members.length > 0;
  }

  /** Source ids of those who are in it. */
  get audience(): readonly number[] {
    return this.#members.map(({ source }) => source);
  }

  /** The member hears of the whole table, beginning where the walk happens to be. */
  start(member: Member): void {
    if (!this.isActive) this.cursor = 0;
    const progress = this.#progress(member);
    progress.joinedAt = this.cursor;
    progress.hasWrapped = false;
    if (!this.#members.includes(member)) this.#members = [...this.#members, member];
  }

  /** A stretch has been told. `limit`: every prefix of the table is below. */
  rest(limit: number): void {
    this.#endWhoHasAll();
    if (this.cursor < limit) return;
    this.cursor = 0;
    for (const member of this.#members) this.#progress(member).hasWrapped = true;
    this.#endWhoHasAll();
  }

  /** Takes a member out; nothing, where it is not in it. */
  stop(member: Member): void {
    const progress = this.#progress(member);
    if (!progress.isCatchingUp) return;
    progress.joinedAt = -1;
    this.#members = this.#members.filter((other) => other !== member);
  }

  #endWhoHasAll(): void {
    for (const member of this.#members) {
      const { hasWrapped, joinedAt } = this.#progress(member);
      if (hasWrapped && this.cursor >= joinedAt) this.stop(member);
    }
  }
}
