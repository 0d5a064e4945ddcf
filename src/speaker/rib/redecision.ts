// A walk over all paths of a family, in slices, after which every prefix has been decided again that a
// change may count for: of a source (its identifier, address, kind), or of the rules of decision.

const ALL = -1;

export class Redecision {
  /** Slots up to this one were not looked at; 0: there is nothing to do. */
  #cursor = 0;
  /** Sources whose paths are looked for; with ALL in it, all prefixes that have a choice. */
  readonly #wanted = new Set<number>();

  get isActive(): boolean {
    return this.#cursor > 0;
  }

  /** `limit`: of the path store. A walk under way begins again, for all that was asked for. */
  requestSource(source: number, limit: number): void {
    this.#request(source, limit);
  }

  requestAll(limit: number): void {
    this.#request(ALL, limit);
  }

  /** The next slot to look at, while it is active. */
  step(): number {
    return this.#cursor--;
  }

  wantsSource(source: number): boolean {
    return this.#wanted.has(source);
  }

  get wantsAll(): boolean {
    return this.#wanted.has(ALL);
  }

  /** To be called when it is not active any more. */
  end(): void {
    this.#wanted.clear();
  }

  #request(what: number, limit: number): void {
    this.#wanted.add(what);
    this.#cursor = limit - 1;
  }
}
