/** Whether the daemon is there, and since when, as whoever asks again and again finds out. */
export class Presence {
  #isThere: boolean | undefined;
  #since = new Date(0);
  #why = "";
  #isNews = false;

  /** `why`: what was in the way where it is not there. */
  note(isThere: boolean, at: Date, why = ""): void {
    if (this.#isThere !== isThere) {
      // At the first look it is no news that it is there.
      this.#isNews = this.#isThere !== undefined || !isThere;
      this.#since = at;
    }
    this.#isThere = isThere;
    this.#why = why;
  }

  get isAway(): boolean {
    return this.#isThere === false;
  }

  /** In words; undefined: there is nothing to say. */
  get text(): string | undefined {
    if (!this.#isNews) return undefined;
    const since = timeOfDay(this.#since);
    return this.isAway
      ? `underlayd is away since ${since}: ${this.#why}`
      : `underlayd is back since ${since}`;
  }
}

/** `21:22:06`, here. */
export const timeOfDay = (at: Date): string => at.toTimeString().slice(0, 8);
