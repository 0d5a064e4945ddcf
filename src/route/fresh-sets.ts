// Ids of sets that nobody held when they were made: whoever made one holds it soon, or never.

const FIRST_LIMIT = 1024;

export class FreshSets {
  #ids: number[] = [];
  #limit = FIRST_LIMIT;

  /** `isUnheld`: there is such a set, and still nobody holds it. */
  add(id: number, isUnheld: (id: number) => boolean): void {
    if (this.#ids.length >= this.#limit) {
      // Those that are held by now need not be looked at again.
      this.#ids = [...new Set(this.#ids.filter(isUnheld))];
      this.#limit = Math.max(FIRST_LIMIT, this.#ids.length * 2);
    }
    this.#ids.push(id);
  }

  take(): readonly number[] {
    const ids = this.#ids;
    this.#ids = [];
    this.#limit = FIRST_LIMIT;
    return ids;
  }
}
