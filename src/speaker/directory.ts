// Who a remote address belongs to: neighbours by address, else the most specific range.
// Touched once a connection, never on the way of a route.

import { isLinkLocal, prefixContainsAddress } from "../route/index.ts";
import type { Address, Prefix } from "../route/index.ts";

/** A link-local address means something only together with its interface (RFC 4007 §6). */
export function remoteKey(address: Address, interfaceName: string | undefined): string {
  const scope = isLinkLocal(address) ? (interfaceName ?? "") : "";
  return `${address.family} ${address.w0} ${address.w1} ${address.w2} ${address.w3} ${scope}`;
}

/** Ranges of dynamic neighbours, asked for the most specific that contains an address. */
export class RangeList<T extends { readonly prefix: Prefix }> {
  #ranges: T[] = [];

  replace(ranges: readonly T[]): void {
    this.#ranges = [...ranges].sort((a, b) => b.prefix.length - a.prefix.length);
  }

  find(address: Address): T | undefined {
    return this.#ranges.find((range) => prefixContainsAddress(range.prefix, address));
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#ranges[Symbol.iterator]();
  }
}
