// When a neighbour's export policy changes it moves to another update group, which tells it what is
// exported now. What the old group had told it and the new one does not is noted here and withdrawn
// once the new group has said everything, so that a route which both export never goes away.

import { MAXIMUM_LENGTH, UpdateWriter } from "bgp-ts";
import type { Family, PrefixTable } from "../route/index.ts";
import type { Rib } from "./rib/index.ts";

/** The prefixes of one family that a neighbour was told of. Words, since ids are used again. */
interface Ghost {
  readonly family: Family;
  /** Four words a prefix, then its length. */
  readonly rows: Uint32Array;
  cursor: number;
}

const ROW = 5;

export class Ghosts {
  readonly #prefixes: readonly [PrefixTable, PrefixTable];
  readonly #rib: Rib;
  readonly #bySource = new Map<number, Ghost[]>();

  constructor(prefixes: readonly [PrefixTable, PrefixTable], rib: Rib) {
    this.#prefixes = prefixes;
    this.#rib = rib;
  }

  /** Notes what a member of a group was told: one look at every prefix id. */
  note(source: number, families: readonly [boolean, boolean]): void {
    const ghosts = this.#bySource.get(source) ?? [];
    for (const family of [0, 1] as const) {
      if (!families[family]) continue;
      const rows = this.#exported(source, family);
      if (rows.length > 0) ghosts.push({ family, rows, cursor: 0 });
    }
    if (ghosts.length > 0) this.#bySource.set(source, ghosts);
  }

  /** The session is gone: the neighbour holds nothing any more. */
  forget(source: number): void {
    this.#bySource.delete(source);
  }

  /**
   * A slice of about `units` prefixes; `write` sends bytes to one member. True: there is more to do
   * now. Members that still catch up with their new group wait.
   */
  work(units: number, write: (source: number, bytes: Uint8Array) => void): boolean {
    let left = units;
    for (const [source, ghosts] of this.#bySource) {
      if (this.#rib.member(source)?.state !== "in step") continue;
      const [ghost] = ghosts;
      left -= this.#withdraw(source, ghost, left, write);
      if (ghost.cursor === ghost.rows.length) ghosts.shift();
      if (ghosts.length > 0) return true;
      this.#bySource.delete(source);
      if (left <= 0) return this.#bySource.size > 0;
    }
    return false;
  }

  #exported(source: number, family: Family): Uint32Array {
    const table = this.#prefixes[family];
    const rows: number[] = [];
    for (let id = 0; id < table.limit; id++) {
      if (this.#rib.exported(source, family, id) === 0) continue;
      rows.push(table.word(id, 0), table.word(id, 1), table.word(id, 2), table.word(id, 3));
      rows.push(table.lengthOf(id));
    }
    return Uint32Array.from(rows);
  }

  #withdraw(
    source: number,
    ghost: Ghost,
    units: number,
    write: (source: number, bytes: Uint8Array) => void,
  ): number {
    const { family, rows, cursor } = ghost;
    const table = this.#prefixes[family];
    const writer = new UpdateWriter(MAXIMUM_LENGTH);
    const end = Math.min(rows.length, cursor + units * ROW);
    writer.withdraw(family, false);
    for (let at = cursor; at < end; at += ROW) {
      const [w0, w1, w2, w3, length] = rows.subarray(at, at + ROW);
      const id = table.find(w0, w1, w2, w3, length);
      if (id >= 0 && this.#rib.exported(source, family, id) !== 0) continue;
      writer.add(w0, w1, w2, w3, length, 0);
    }
    const bytes = writer.take();
    if (bytes.length > 0) write(source, bytes);
    ghost.cursor = end;
    return (end - cursor) / ROW;
  }
}
