// What is answered out of a MIB, a varbind for each name that is asked for (RFC 3416 §4.2).

import type { Library, Mib, Varbind } from "./library.ts";
import { compareOids, parseOid } from "./oid.ts";

/** Both SNMP's error-status and AgentX's: it can be read, and whatever the value is, not written. */
export const NOT_WRITABLE = 17;

export class MibAnswers {
  readonly #mib: Mib;
  readonly #types: Library["ObjectType"];

  constructor(mib: Mib, types: Library["ObjectType"]) {
    this.#mib = mib;
    this.#types = types;
  }

  get(oid: string): Varbind {
    const node = this.#mib.lookup(oid);
    if (node !== undefined) return { oid, type: node.valueType, value: node.value };
    const { NoSuchInstance, NoSuchObject } = this.#types;
    const isObject = this.#mib.getAncestorProviderFromOid(oid) !== null;
    return { oid, type: isObject ? NoSuchInstance : NoSuchObject, value: null };
  }

  /** The first one behind `oid`, and before `end` where there is one. */
  next(oid: string, end?: string): Varbind {
    const node = this.#mib.getTreeNode(oid).getNextInstanceNode();
    const isThere =
      node !== null && (end === undefined || compareOids(parseOid(node.oid), parseOid(end)) < 0);
    if (!isThere) return { oid, type: this.#types.EndOfMibView, value: null };
    return { oid: node.oid, type: node.valueType, value: node.value };
  }

  /**
   * GetBulk (RFC 3416 §4.2.3): of the first `once` names what follows, of the others what follows that as
   * well, and so on. `most`: varbinds that it may come to, but for one repetition, which there always is.
   */
  bulk(oids: readonly string[], once: number, repetitions: number, most: number): Varbind[] {
    const found = oids.slice(0, once).map((oid) => this.next(oid));
    let names = oids.slice(once);
    for (let count = 0; count < repetitions && names.length > 0; count++) {
      if (count > 0 && found.length + names.length > most) break;
      const row = names.map((oid) => this.next(oid));
      found.push(...row);
      if (row.every(({ type }) => type === this.#types.EndOfMibView)) break;
      names = row.map(({ oid }) => oid);
    }
    return found;
  }
}
