// The walk over all paths of a family that a change of a whole next hop or of a whole source needs.
// There is no chain of paths by next hop or by source: it would cost 8 bytes a path, to save a walk
// that takes some milliseconds for a million paths and is done in slices. One walk serves all changes
// that wait when it begins. It goes from the newest slot to the oldest, knows how many paths it has to
// find, and ends with the last of them: while a table is being loaded, the paths by way of a next hop
// that has just been resolved are the newest, so the walk is short.

import { grown32, grown8 } from "../../route/index.ts";

/** A next hop's place in the walk; it may have both. */
const CURRENT = 1;
const WAITING = 2;

export class PathScan {
  /** Paths by next hop. */
  #through = new Uint32Array(64);
  #place = new Uint8Array(64);
  #current: number[] = [];
  #waiting: number[] = [];
  /** Slots up to this one were not looked at; 0: no walk is under way, or it is at its end. */
  #cursor = 0;
  /** Paths not looked at, by way of the current next hops. */
  #remaining = 0;

  /** Slots that were not looked at in this walk. */
  get ahead(): number {
    return this.#cursor;
  }

  /** All paths by way of the current next hops were found. */
  get isSatisfied(): boolean {
    return this.#remaining === 0;
  }

  get hasRequests(): boolean {
    return this.#waiting.length > 0;
  }

  /** A path leads to this next hop from now on. */
  add(nextHop: number, path: number): void {
    if (nextHop >= this.#through.length) {
      this.#through = grown32(this.#through, nextHop + 1);
      this.#place = grown8(this.#place, this.#through.length);
    }
    this.#through[nextHop]++;
    if ((this.#place[nextHop] & CURRENT) !== 0 && path <= this.#cursor) this.#remaining++;
  }

  /** A path no longer leads to this next hop. */
  remove(nextHop: number, path: number): void {
    this.#through[nextHop]--;
    if ((this.#place[nextHop] & CURRENT) !== 0 && path <= this.#cursor) this.#remaining--;
  }

  /** Asks for all paths by way of a next hop, in the next walk. */
  request(nextHop: number): void {
    if (nextHop >= this.#through.length || this.#through[nextHop] === 0) return;
    if ((this.#place[nextHop] & WAITING) !== 0) return;
    this.#place[nextHop] |= WAITING;
    this.#waiting.push(nextHop);
  }

  /** Begins a walk for everything that was asked for. `limit`: of the path store. */
  start(limit: number): void {
    this.end();
    this.#cursor = limit - 1;
    this.#current = this.#waiting;
    this.#waiting = [];
    for (const nextHop of this.#current) {
      this.#place[nextHop] = CURRENT;
      this.#remaining += this.#through[nextHop];
    }
  }

  /** The next slot to look at, while `ahead` is not 0. */
  step(): number {
    return this.#cursor--;
  }

  /** Whether a path by way of this next hop is looked for; it counts as found. */
  find(nextHop: number): boolean {
    if ((this.#place[nextHop] & CURRENT) === 0) return false;
    this.#remaining--;
    return true;
  }

  end(): void {
    for (const nextHop of this.#current) this.#place[nextHop] &= ~CURRENT;
    this.#current = [];
    this.#remaining = 0;
    this.#cursor = 0;
  }
}
