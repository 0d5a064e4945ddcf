// The paths of a prefix as a chain, the best one first if there is a best one.

import { PHASE, columnLength, grown32 } from "../../route/index.ts";
import { FLAG, type PathStore } from "./path-store.ts";

export class Chains {
  readonly #paths: PathStore;
  /** The first path of each prefix. */
  #heads = new Uint32Array(columnLength(PHASE.CHAINS, 0));

  constructor(paths: PathStore) {
    this.#paths = paths;
  }

  get bytes(): number {
    return this.#heads.byteLength;
  }

  /** The first path of a prefix's chain; 0: it has none. */
  first(prefix: number): number {
    return prefix < this.#heads.length ? this.#heads[prefix] : 0;
  }

  /** The best path of a prefix, as it is marked; 0: there is none. */
  best(prefix: number): number {
    const first = this.first(prefix);
    // No path is 0, and has no flags.
    return (this.#paths.flags[first] & FLAG.BEST) !== 0 ? first : 0;
  }

  /** The path of a source with a path identifier; 0: there is none. */
  find(prefix: number, source: number, pathId: number): number {
    const paths = this.#paths;
    let path = this.first(prefix);
    while (path !== 0 && (paths.source[path] !== source || paths.pathId(path) !== pathId)) {
      path = paths.next[path];
    }
    return path;
  }

  /** Paths of a prefix that come from a source, withdrawn ones included until the next decision. */
  countOf(prefix: number, source: number): number {
    const paths = this.#paths;
    let count = 0;
    for (let path = this.first(prefix); path !== 0; path = paths.next[path]) {
      if (paths.source[path] === source) count++;
    }
    return count;
  }

  /** Behind the first path, which may be the best. */
  add(prefix: number, path: number): void {
    const { next } = this.#paths;
    const first = this.first(prefix);
    if (first === 0) {
      if (prefix >= this.#heads.length) {
        this.#heads = grown32(this.#heads, columnLength(PHASE.CHAINS, prefix + 1));
      }
      this.#heads[prefix] = path;
      return;
    }
    next[path] = next[first];
    next[first] = path;
  }

  /** Makes a path of the chain its first. */
  moveToFront(prefix: number, path: number): void {
    const { next } = this.#paths;
    const first = this.#heads[prefix];
    if (first === path) return;
    let before = first;
    while (next[before] !== path) before = next[before];
    next[before] = next[path];
    next[path] = first;
    this.#heads[prefix] = path;
  }

  /** Takes the dead paths out of a chain; nothing has changed since the last decision any more. */
  tidy(prefix: number): void {
    const paths = this.#paths;
    let before = 0;
    for (let path = this.#heads[prefix]; path !== 0;) {
      const next = paths.next[path];
      if ((paths.flags[path] & FLAG.DEAD) !== 0) {
        if (before === 0) this.#heads[prefix] = next;
        else paths.next[before] = next;
        paths.free(path);
      } else {
        paths.flags[path] &= ~FLAG.CHANGED;
        before = path;
      }
      path = next;
    }
  }
}
