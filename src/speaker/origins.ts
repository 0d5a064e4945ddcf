// Where routes come from, as policies ask: by source id of the RIB, in typed arrays.

import type { Family } from "../route/index.ts";
import { SOURCE } from "./policy/index.ts";
import type { Source, Teacher, Teachers } from "./policy/index.ts";
import { LOCAL_SOURCE } from "./rib/index.ts";

export class Origins implements Teachers {
  #kinds = new Uint8Array(64);
  #routerIds = new Uint32Array(64);
  /** By source: its number among the teachers. */
  #teachers = new Uint16Array(64);
  /** Peers of the configuration, each with each group that it was ever in; not neighbours of a range. */
  readonly #known: (Teacher | undefined)[] = [undefined];
  readonly #numbers = new Map<string, number>();
  /** This node's own blocks among its own routes: a handful of prefix ids, by family. */
  readonly #blocks: readonly [Set<number>, Set<number>] = [new Set(), new Set()];
  /** Those that have a route of the configuration. */
  readonly #statics: readonly [Set<number>, Set<number>] = [new Set(), new Set()];

  /** A neighbour's session is up: what its routes count as from now on. */
  set(source: number, kind: Source, routerId: number, teacher?: Teacher): void {
    if (source >= this.#kinds.length) this.#grow(source);
    this.#teachers[source] = teacher === undefined ? 0 : this.#numberOf(teacher);
    this.#kinds[source] = kind;
    this.#routerIds[source] = routerId;
  }

  /** A source counts here as another one does there. */
  copy(source: number, other: Origins, theirs: number): void {
    const kind = other.#kinds[theirs] as Source;
    this.set(source, kind, other.#routerIds[theirs], other.teacher(other.#teachers[theirs]));
  }

  setBlock(family: Family, prefix: number, isBlock: boolean): void {
    if (isBlock) this.#blocks[family].add(prefix);
    else this.#blocks[family].delete(prefix);
  }

  setStatic(family: Family, prefix: number, isStatic: boolean): void {
    if (isStatic) this.#statics[family].add(prefix);
    else this.#statics[family].delete(prefix);
  }

  isStatic(family: Family, prefix: number): boolean {
    return this.#statics[family].has(prefix);
  }

  isBlock(family: Family, prefix: number): boolean {
    return this.#blocks[family].has(prefix);
  }

  /** This node's own of the configuration; `behind`: blocks among them, of which the route is announced. */
  counts(family: Family): { blocks: number; statics: number; behind: number } {
    const [blocks, statics] = [this.#blocks[family], this.#statics[family]];
    let behind = 0;
    for (const prefix of blocks) if (statics.has(prefix)) behind++;
    return { blocks: blocks.size, statics: statics.size, behind };
  }

  kind(source: number, family: Family, prefix: number): Source {
    if (source !== LOCAL_SOURCE) return this.#kinds[source] as Source;
    if (this.isStatic(family, prefix)) return SOURCE.OWN_STATIC;
    return this.isBlock(family, prefix) ? SOURCE.OWN_BLOCK : SOURCE.OWN_POD;
  }

  routerId(source: number): number {
    return source === LOCAL_SOURCE ? 0 : this.#routerIds[source];
  }

  /** The number of whoever is behind a source, as rules may ask for it; 0: this node. */
  teacherOf(source: number): number {
    return source === LOCAL_SOURCE ? 0 : this.#teachers[source];
  }

  teacher(number: number): Teacher | undefined {
    return this.#known[number];
  }

  #numberOf(teacher: Teacher): number {
    const key = JSON.stringify([teacher.peer, teacher.group]);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#known.push(teacher) - 1;
    this.#numbers.set(key, number);
    return number;
  }

  #grow(source: number): void {
    const size = Math.max(source + 1, this.#kinds.length * 2);
    const kinds = new Uint8Array(size);
    kinds.set(this.#kinds);
    this.#kinds = kinds;
    const routerIds = new Uint32Array(size);
    routerIds.set(this.#routerIds);
    this.#routerIds = routerIds;
    const teachers = new Uint16Array(size);
    teachers.set(this.#teachers);
    this.#teachers = teachers;
  }
}
