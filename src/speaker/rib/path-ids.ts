// The path identifiers (RFC 7911 §3) by which paths are announced: small numbers, 1 and up, given to a
// path when it is first exported to somebody who takes several, and its own in every update group as
// long as it lasts. So they are stable, and a neighbour whose policy changes keeps what it has. The one
// that a path came with is not passed on: two neighbours may use the same.
//
// Per prefix the highest one ever given is remembered: a neighbour that was not told of changes for a
// while may hold paths under any of them, and under no others.

import { grown16 } from "../../route/index.ts";
import type { PathStore } from "./path-store.ts";

/** Of more paths than that to one prefix, those that were exported first are announced. */
export const MAXIMUM_PATH_ID = 1023;

export class PathIds {
  readonly #paths: PathStore;
  /** By prefix; nothing until a path identifier is given. */
  #highest = new Uint16Array(0);
  /** Which ones a prefix has given: one bit each, all 0 between two calls. */
  readonly #used = new Uint32Array((MAXIMUM_PATH_ID + 1) >>> 5);

  constructor(paths: PathStore) {
    this.#paths = paths;
  }

  get bytes(): number {
    return this.#highest.byteLength;
  }

  /** The highest one that a path of the prefix ever had. */
  highest(prefix: number): number {
    return prefix < this.#highest.length ? this.#highest[prefix] : 0;
  }

  /** The prefix is a new one: nobody holds anything of it. */
  forget(prefix: number): void {
    if (prefix < this.#highest.length) this.#highest[prefix] = 0;
  }

  /** That of a path in the chain that begins with `first`: the lowest free one. 0: none is. */
  of(prefix: number, first: number, path: number): number {
    const known = this.#paths.sendId(path);
    if (known !== 0) return known;
    const pathId = this.#lowestFree(first);
    if (pathId === 0) return 0;
    this.#paths.setSendId(path, pathId);
    this.#note(prefix, pathId);
    return pathId;
  }

  /** For a route that has no path, and none beside it: the first one, whoever else has it. */
  forOwn(prefix: number): number {
    this.#note(prefix, 1);
    return 1;
  }

  #note(prefix: number, pathId: number): void {
    if (prefix >= this.#highest.length) this.#highest = grown16(this.#highest, prefix + 1);
    if (pathId > this.#highest[prefix]) this.#highest[prefix] = pathId;
  }

  #lowestFree(first: number): number {
    const used = this.#used;
    used[0] = 1; // 0 is none.
    for (let path = first; path !== 0; path = this.#paths.next[path]) {
      const pathId = this.#paths.sendId(path);
      used[pathId >>> 5] |= 1 << (pathId & 31);
    }
    let at = 0;
    while (at < used.length && used[at] === 0xffffffff) at++;
    const free = at === used.length ? 0 : (at << 5) + 31 - Math.clz32(~used[at] & (used[at] + 1));
    used.fill(0);
    return free;
  }
}
