/**
 * Which of some addresses lie in a prefix: a sorted list and two binary searches. So a route that
 * comes or goes touches the next hops inside its prefix and no others.
 */
import { type Address, type Prefix, prefixContainsAddress } from "../route/index.ts";
import { compareAddresses, networkAddress } from "../route/index.ts";

interface Addressed {
  readonly address: Address;
}

export class AddressIndex<T extends Addressed> {
  #items: T[] = [];
  #sorted = true;

  add(item: T): void {
    this.#items.push(item);
    this.#sorted = false;
  }

  remove(item: T): void {
    const at = this.#items.indexOf(item);
    if (at >= 0) this.#items.splice(at, 1);
  }

  /** Calls nothing back: the items inside, in address order. */
  inside(prefix: Prefix): readonly T[] {
    if (!this.#sorted) {
      this.#items.sort((a, b) => compareAddresses(a.address, b.address));
      this.#sorted = true;
    }
    const items = this.#items;
    const start = this.#firstAtLeast(networkAddress(prefix));
    let end = start;
    while (end < items.length && prefixContainsAddress(prefix, items[end].address)) end++;
    return items.slice(start, end);
  }

  #firstAtLeast(address: Address): number {
    let low = 0;
    let high = this.#items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareAddresses(this.#items[middle].address, address) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
