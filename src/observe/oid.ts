// Object identifiers: numbers in order, and their text.

export type Oid = readonly number[];

export const oidText = (oid: Oid): string => oid.join(".");

/** Numbers that do not fit 32 bits become NaN, which is greater than nothing: such a name is nobody's. */
export function parseOid(text: string): Oid {
  return text.split(".").map((part) => (/^[0-9]{1,10}$/.test(part) ? Number(part) : NaN));
}

/** The order of a walk (RFC 3416 §4.2.2): below 0, 0, above 0. */
export function compareOids(a: Oid, b: Oid): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    if (a[at] !== b[at]) return a[at] < b[at] ? -1 : 1;
  }
  return a.length - b.length;
}

export function isWithin(oid: Oid, subtree: Oid): boolean {
  return oid.length >= subtree.length && subtree.every((part, at) => part === oid[at]);
}
