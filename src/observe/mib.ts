// A management information base over tables whose cells are made when they are asked for. It answers
// net-snmp's agents in the place of that package's own, a tree of stored values: a walk costs a binary
// search a cell however large a table is, and nothing is copied that nobody asks for.

import type { InstanceNode, Mib as Library, ObjectTypeName, Provider } from "./library.ts";
import { compareOids, isWithin, oidText, parseOid, type Oid } from "./oid.ts";

/** As net-snmp wants them: octets as a Buffer, IpAddress and OID as text. */
export type MibValue = number | string | Buffer;

/** A scalar object; its one instance is `.0`. */
export interface Scalar {
  readonly oid: Oid;
  readonly type: ObjectTypeName;
  value(): MibValue;
}

export interface Column<Row> {
  readonly number: number;
  readonly type: ObjectTypeName;
  /** undefined: this row has no such cell. */
  value(row: Row): MibValue | undefined;
}

/** A conceptual table (RFC 2578 §7.1.12). `oid`: of its entry, to which a column's number is added. */
export interface Table<Row> {
  readonly oid: Oid;
  /** By rising numbers. */
  readonly columns: readonly Column<Row>[];
  /** By rising index, no index twice. */
  rows(): readonly IndexedRow<Row>[];
}

export interface IndexedRow<Row> {
  readonly index: Oid;
  readonly row: Row;
}

type MibObject = Scalar | Table<unknown>;

interface Cell {
  readonly oid: Oid;
  readonly type: ObjectTypeName;
  readonly value: MibValue;
}

export interface MibTypes {
  /** Numbers of the types on the wire. */
  readonly types: Readonly<Record<ObjectTypeName, number>>;
  /** How net-snmp calls what is read-only. */
  readonly readOnly: Pick<Provider, "type" | "maxAccess">;
}

export class Mib implements Library {
  readonly providersByOid: Readonly<Record<string, Provider>> = {};
  readonly #objects: readonly MibObject[];
  readonly #types: MibTypes["types"];
  readonly #provider: Provider;

  constructor(objects: readonly MibObject[], { types, readOnly }: MibTypes) {
    this.#objects = [...objects].sort((a, b) => compareOids(a.oid, b.oid));
    this.#types = types;
    this.#provider = { name: "underlay", oid: "1.3.6.1", ...readOnly };
  }

  lookup(text: string): InstanceNode | undefined {
    const oid = parseOid(text);
    for (const object of this.#objects) {
      if (!isWithin(oid, object.oid)) continue;
      const cell = cellAt(object, oid);
      if (cell !== undefined) return this.#node(cell);
    }
    return undefined;
  }

  getTreeNode(text: string): Pick<InstanceNode, "getNextInstanceNode"> {
    return { getNextInstanceNode: () => this.#next(parseOid(text)) };
  }

  getProviderNodeForInstance(): { readonly provider: Provider } {
    return { provider: this.#provider };
  }

  getAncestorProviderFromOid(text: string): Provider | null {
    const oid = parseOid(text);
    return this.#objects.some((object) => isWithin(oid, object.oid)) ? this.#provider : null;
  }

  /** What there is is known from the beginning; regions are registered with the master agent. */
  registerProvider(): void {
    return;
  }

  #next(oid: Oid): InstanceNode | null {
    for (const object of this.#objects) {
      // All of it stands before: its last instance is within it.
      if (compareOids(object.oid, oid) < 0 && !isWithin(oid, object.oid)) continue;
      const cell = cellAfter(object, oid);
      if (cell !== undefined) return this.#node(cell);
    }
    return null;
  }

  #node({ oid, type, value }: Cell): InstanceNode {
    return {
      oid: oidText(oid),
      valueType: this.#types[type],
      value,
      getNextInstanceNode: () => this.#next(oid),
    };
  }
}

function cellAt(object: MibObject, oid: Oid): Cell | undefined {
  const rest = oid.slice(object.oid.length);
  if (!("columns" in object)) {
    const isInstance = rest.length === 1 && rest[0] === 0;
    return isInstance ? { oid, type: object.type, value: object.value() } : undefined;
  }
  const column = object.columns.find(({ number }) => number === rest[0]);
  if (column === undefined) return undefined;
  const index = rest.slice(1);
  const rows = object.rows();
  const found = rows[firstNotBefore(rows, index)];
  if (found === undefined || compareOids(found.index, index) !== 0) return undefined;
  return cellOf(object, column, found);
}

/** The first instance behind `oid`. */
function cellAfter(object: MibObject, oid: Oid): Cell | undefined {
  if (!("columns" in object)) {
    const instance = [...object.oid, 0];
    if (compareOids(instance, oid) <= 0) return undefined;
    return { oid: instance, type: object.type, value: object.value() };
  }
  const rest = isWithin(oid, object.oid) ? oid.slice(object.oid.length) : [];
  const rows = object.rows();
  for (const column of object.columns) {
    if (rest.length > 0 && column.number < rest[0]) continue;
    const isHere = column.number === rest[0];
    let at = isHere ? firstNotBefore(rows, rest.slice(1)) : 0;
    if (isHere && rows[at] !== undefined && compareOids(rows[at].index, rest.slice(1)) === 0) at++;
    for (; at < rows.length; at++) {
      const cell = cellOf(object, column, rows[at]);
      if (cell !== undefined) return cell;
    }
  }
  return undefined;
}

function cellOf<Row>(
  table: Table<Row>,
  column: Column<Row>,
  { index, row }: IndexedRow<Row>,
): Cell | undefined {
  const value = column.value(row);
  if (value === undefined) return undefined;
  return { oid: [...table.oid, column.number, ...index], type: column.type, value };
}

/** Where the first row stands whose index is not before `index`. */
function firstNotBefore(rows: readonly IndexedRow<unknown>[], index: Oid): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareOids(rows[middle].index, index) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Rows by rising index; of those with the same one, the first. */
export function sortRows<Row>(rows: readonly IndexedRow<Row>[]): IndexedRow<Row>[] {
  const sorted = [...rows].sort((a, b) => compareOids(a.index, b.index));
  return sorted.filter((row, at) => at === 0 || compareOids(row.index, sorted[at - 1].index) !== 0);
}
