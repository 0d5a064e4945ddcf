// Typed arrays that double: the columns of the tables, indexed by small integers.
//
// Doubling copies what is there into fresh memory, which the kernel gives page by page (measured: 1 ms a
// MiB, most of it for the pages). One new route is a new id in a dozen columns of several tables. Were all
// of one length, all would double for the same id, in one turn of the event loop (measured: 20 ms for the
// 524,289th route). So every column has a length of its own, and columns that grow with the same ids have
// different phases: at most one of them doubles for one id, and the next does many ids later.

/**
 * Phases there are: between the doublings of two that follow one another a column grows by 1/128, some
 * turns' worth of routes. Further apart, the halves that the last ones leave behind are still there when a
 * table is at its largest (measured: 1/32, a million routes: peak 5 to 20 MiB more).
 */
const PHASES = 128;

/**
 * Of the tables that grow with every prefix, path or attribute set: each has as many of its own as it has
 * columns.
 */
export const PHASE = {
  PREFIXES: 0,
  CHAINS: 3,
  REFERENCES: 4,
  PATHS: 5,
  FIB: 16,
  ATTRIBUTES: 24,
  FORMS: 48,
} as const;

/** Entries of a column at first, in phase 0. */
const FIRST = 1024;

/**
 * How long a column of this phase is to be for `needed` entries: always one of the same lengths, however
 * it came to need so many. `first`: entries that it is to have room for at first.
 */
export function columnLength(phase: number, needed: number, first = FIRST): number {
  let length = first + Math.ceil((first * phase) / PHASES);
  while (length < needed) length *= 2;
  return length;
}

/** A longer array with the old content: twice as long, or as is needed. */
export function grown32(from: Uint32Array, needed: number): Uint32Array<ArrayBuffer> {
  const to = new Uint32Array(Math.max(needed, from.length * 2));
  to.set(from);
  return to;
}

export function grown16(from: Uint16Array, needed: number): Uint16Array<ArrayBuffer> {
  const to = new Uint16Array(Math.max(needed, from.length * 2));
  to.set(from);
  return to;
}

export function grown8(from: Uint8Array, needed: number): Uint8Array<ArrayBuffer> {
  const to = new Uint8Array(Math.max(needed, from.length * 2));
  to.set(from);
  return to;
}

/** A column of a phase with room for so many entries: as it is where it has, else a longer one. */
export function fitted32(
  column: Uint32Array<ArrayBuffer>,
  phase: number,
  needed: number,
  first = FIRST,
): Uint32Array<ArrayBuffer> {
  if (column.length >= needed) return column;
  return grown32(column, columnLength(phase, needed, first));
}

export function fitted16(
  column: Uint16Array<ArrayBuffer>,
  phase: number,
  needed: number,
  first = FIRST,
): Uint16Array<ArrayBuffer> {
  if (column.length >= needed) return column;
  return grown16(column, columnLength(phase, needed, first));
}

export function fitted8(
  column: Uint8Array<ArrayBuffer>,
  phase: number,
  needed: number,
  first = FIRST,
): Uint8Array<ArrayBuffer> {
  if (column.length >= needed) return column;
  return grown8(column, columnLength(phase, needed, first));
}

/** Entries that every one of the columns has room for. */
export function roomOf(columns: readonly { readonly length: number }[]): number {
  return Math.min(...columns.map(({ length }) => length));
}
